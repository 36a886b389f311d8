"""What has to change at the provider, as a pure function of what is wanted and what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec


class Existing(msgspec.Struct, frozen=True):
    """A monitor that the provider has. Nothing is measured unless it is `active`."""

    id: str
    kind: str
    name: str
    fields: Mapping[str, Any]
    active: bool
    heartbeat_url: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` are the provider's own. An update replaces the values of `before`."""

    action: Literal["create", "update", "delete"] = "create"
    kind: str
    name: str
    id: str = ""
    fields: Mapping[str, Any] = {}
    before: Mapping[str, Any] = {}


def plan_changes(creations: Sequence[Change], existing: Sequence[Existing], prefix: str) -> list[Change]:
    """Returns what leads from `existing` to what the creations would make: deletions, updates, creations.

    Monitors without the prefix are never in it. Of several with one name the first is kept.
    """
    unclaimed = [each for each in existing if each.name.startswith(prefix)]
    updates, missing = [], []
    for want in creations:
        have = next((each for each in unclaimed if (each.kind, each.name) == (want.kind, want.name)), None)
        if have is None:
            missing.append(want)
            continue
        unclaimed.remove(have)
        fields = {name: value for name, value in want.fields.items() if have.fields.get(name) != value}
        before = {name: have.fields.get(name) for name in fields}
        if fields:
            updates.append(msgspec.structs.replace(want, action="update", id=have.id, fields=fields, before=before))
    deletions = [Change(action="delete", kind=each.kind, name=each.name, id=each.id) for each in unclaimed]
    return [*deletions, *updates, *missing]
