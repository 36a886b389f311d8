"""A choice of the enquiry form, and the choices of all its fields."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from shared import enquiry_form
from shared.form_snapshot import FormSnapshot

CHOICE_FIELDS = {field.name: field for field in enquiry_form.FIELDS if field.choices}
"""The fields of the form that have choices, by name."""


class Choice(msgspec.Struct, frozen=True):
    """An enquiry and a lead hold the `key`, which never changes. A choice that is not `active` is on no new form.

    `position` counts the active choices of the field from 1.
    """

    id: int
    field: str
    key: str
    label: str
    position: int
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.label


_EPOCH = datetime.fromtimestamp(0, UTC)
_DEFINED = tuple(
    Choice(
        id=0, field=field.name, key=choice.value, label=choice.label, position=position, active=True, version=1,
        created_at=_EPOCH, updated_at=_EPOCH, deleted_at=None,
    )
    for field in CHOICE_FIELDS.values()
    for position, choice in enumerate(field.choices, start=1)
)  # fmt: skip
"""The choices of the definition. A process knows them before it has read the table."""


class FormChoices:
    """The choices of all fields, of each the active ones in their order, then the retired ones."""

    def __init__(self, rows: Iterable[Choice] = ()) -> None:
        self._by_key: dict[tuple[str, str], Choice] = {}
        for row in (*rows, *_DEFINED):
            self._by_key.setdefault((row.field, row.key), row)
        self.every = tuple(self._by_key.values())
        self.lacks_rows = any(not row.id for row in self.every)

    def knows(self, field: str, key: str) -> bool:
        """Whether a form has ever offered this choice. Retired and deleted ones count."""
        return (field, key) in self._by_key

    def label_of(self, field: str, value: str) -> str:
        """The label of a choice; the value itself where it is none, or not of a field with choices."""
        choice = self._by_key.get((field, value))
        return choice.label if choice else value

    def list_field(self, field: str) -> list[Choice]:
        """The choices of a field that are not deleted."""
        return [row for row in self.every if row.field == field and row.deleted_at is None]

    def list_pairs(self, field: str) -> list[tuple[str, str]]:
        """Key and label of each choice of a field, the retired ones too."""
        return [
            (row.key, row.label if row.active else f"{row.label} (retired)")
            for row in self.every
            if row.field == field and row.deleted_at is None
        ]

    def list_options(self, field: str, value: str = "", note: str = " (retired)") -> list[tuple[str, str]]:
        """What a control offers: the active choices, and its present `value`, with a note, if that is another one."""
        options = [(choice.key, choice.label) for choice in self.list_field(field) if choice.active]
        if value and value not in dict(options):
            options.append((value, f"{self.label_of(field, value)}{note}"))
        return options

    def take_snapshot(self) -> FormSnapshot:
        """What a new form offers."""
        return FormSnapshot(
            {
                field: tuple(enquiry_form.Choice(key, label) for key, label in self.list_options(field))
                for field in CHOICE_FIELDS
            }
        )
