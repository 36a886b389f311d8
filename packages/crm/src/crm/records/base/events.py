"""The four events that each kind of record has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from crm.event_names import EventName
from crm.kernel.actor import Actor
from crm.kernel.events import Event

Verb = Literal["created", "changed", "deleted", "restored"]
_FIELDS: dict[Verb, list[tuple[str, Any]]] = {
    "created": [], "changed": [("changed", list[str])], "deleted": [], "restored": [],
}  # fmt: skip
"""What each event has beside the record and the actor."""


class RecordEvents:
    """Builds the events of one kind of record. Webhooks receive the record under its noun, as `view` shows it."""

    def __init__(
        self,
        noun: str,
        view: Callable[[Any], Any] = lambda record: record,
        *,
        created_with: tuple[str, Any] | None = None,
    ) -> None:
        """`created_with` is the name and type of one more field of a created record's event."""
        self._noun, self._view = noun, view
        fields = {**_FIELDS, "created": [*_FIELDS["created"], *([created_with] if created_with else ())]}
        self._types = {verb: self._define(verb, more) for verb, more in fields.items()}

    def build(self, verb: Verb, record: Any, by: Actor, **more: Any) -> Event:
        """Return the event. `more` is `changed` for the verb `changed`, the names of the fields, or `created_with`."""
        event: Event = self._types[verb](**{self._noun: self._view(record)}, **more, by=by)
        return event

    def _define(self, verb: str, more: list[tuple[str, Any]]) -> Any:
        fields = [(self._noun, Any), *more, ("by", Actor)]
        namespace = {"kind": EventName(f"{self._noun}.{verb}")}
        name = f"{self._noun}_{verb}".title().replace("_", "")
        return msgspec.defstruct(name, fields, bases=(Event,), namespace=namespace, frozen=True, kw_only=True)
