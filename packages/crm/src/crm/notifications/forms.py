"""What people submit about channels."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
EventName = Literal[
    "lead.created", "lead.status_changed", "submission.quarantined", "submission.failed", "webhook.paused"
]
Events = Annotated[list[EventName], msgspec.Meta(min_length=1, max_length=20)]


class NewChannel(msgspec.Struct, frozen=True):
    """A new channel; `target` is a mail address or the address of a service."""

    name: Name
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    events: Events


class EditChannel(msgspec.Struct, frozen=True):
    """The page's form. An empty `target` keeps the one that is stored."""

    name: Name
    events: Events
    version: Annotated[int, msgspec.Meta(ge=1)]
    target: Annotated[str, msgspec.Meta(max_length=2000)] = ""
