"""The four events that each kind of record has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from crm.event_names import EventName
from crm.kernel.actor import Actor
from crm.kernel.events import Event


class RecordEvents:
    """Builds the events of one kind of record. Webhooks receive the record under its noun, as `view` shows it."""

    def __init__(self, noun: str, view: Callable[[Any], Any] = lambda record: record) -> None:
        self._noun, self._view = noun, view
        self._created, self._deleted, self._restored = map(self._define, ("created", "deleted", "restored"))
        self._changed = self._define("changed", ("changed", list[str]))

    def created(self, record: Any, by: Actor) -> Event:
        return self._build(self._created, record, by)

    def changed(self, record: Any, changed: list[str], by: Actor) -> Event:
        return self._build(self._changed, record, by, changed=changed)

    def deleted(self, record: Any, by: Actor) -> Event:
        return self._build(self._deleted, record, by)

    def restored(self, record: Any, by: Actor) -> Event:
        return self._build(self._restored, record, by)

    def _define(self, verb: str, *more: tuple[str, Any]) -> Any:
        fields = [(self._noun, Any), *more, ("by", Actor)]
        namespace = {"kind": EventName(f"{self._noun}.{verb}")}
        name = f"{self._noun}_{verb}".title().replace("_", "")
        return msgspec.defstruct(name, fields, bases=(Event,), namespace=namespace, frozen=True, kw_only=True)

    def _build(self, event: Any, record: Any, by: Actor, **more: Any) -> Event:
        built: Event = event(**{self._noun: self._view(record)}, **more, by=by)
        return built
