"""A snapshot of the form's choices: the CRM gives one, the build of the site takes it, and the built site publishes it.

{"choices": {"budget": [{"value": "under_5k", "label": "Under €5,000"}, …], …}}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from shared.enquiry_form import FIELDS, Choice, Field

MAX_SIZE = 256 * 1024
"""The bytes of the largest snapshot that is read."""


class SnapshotError(Exception):
    """The data is no snapshot. The message says what is wrong with it."""


class FormSnapshot(msgspec.Struct, frozen=True):
    """The choices that a new form offers, by field, in their order."""

    choices: dict[str, tuple[Choice, ...]]


def read_snapshot(data: bytes) -> FormSnapshot:
    """Reads a snapshot from JSON. Raises `SnapshotError`."""
    if len(data) > MAX_SIZE:
        raise SnapshotError(f"It is larger than {MAX_SIZE:,} bytes.")
    try:
        snapshot = msgspec.json.decode(data, type=FormSnapshot)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotError(f"{error}.") from error
    for name, choices in snapshot.choices.items():
        if not choices:
            raise SnapshotError(f"`{name}` has no choices.")
        values = [choice.value for choice in choices]
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise SnapshotError(f"`{name}` has a choice twice: {', '.join(twice)}.")
    return snapshot


def apply_snapshot(snapshot: FormSnapshot) -> tuple[Field, ...]:
    """Returns the fields of the form with the choices of the snapshot.

    A field that the snapshot does not know keeps the choices of its definition.
    """
    return tuple(
        msgspec.structs.replace(field, choices=snapshot.choices.get(field.name, field.choices))
        if field.choices
        else field
        for field in FIELDS
    )


def take_snapshot(fields: Iterable[Field]) -> FormSnapshot:
    """Returns the choices of these fields."""
    return FormSnapshot({field.name: field.choices for field in fields if field.choices})


def write_snapshot(snapshot: FormSnapshot) -> bytes:
    """Returns the snapshot as JSON that people can read and compare."""
    return msgspec.json.format(msgspec.json.encode(snapshot), indent=2) + b"\n"


def list_differences(published: FormSnapshot, current: FormSnapshot, labels: Mapping[str, str]) -> list[str]:
    """Returns how the published choices differ from the current ones, a sentence for each. `labels` name the fields."""
    return [
        f"{label}: {difference}"
        for name, label in labels.items()
        for difference in _compare(published.choices.get(name, ()), current.choices.get(name, ()))
    ]


def _compare(published: tuple[Choice, ...], current: tuple[Choice, ...]) -> list[str]:
    before, after = ({choice.value: choice.label for choice in choices} for choices in (published, current))
    common = [value for value in after if value in before]
    differences = [f"“{label}” is not on the form yet." for value, label in after.items() if value not in before]
    differences += [f"“{label}” is still on the form." for value, label in before.items() if value not in after]
    differences += [
        f"“{after[value]}” is still called “{before[value]}”." for value in common if after[value] != before[value]
    ]
    if [value for value in before if value in after] != common:
        differences.append("The order is still another one.")
    return differences
