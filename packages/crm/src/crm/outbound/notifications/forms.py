"""What people submit about notification channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from crm.outbound.notifications.messages import EVENTS

if TYPE_CHECKING:
    EventChoice = str
else:
    EventChoice = Literal[*(name.value for name in EVENTS)]

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Events = Annotated[list[EventChoice], msgspec.Meta(min_length=1, max_length=20)]


class NewChannel(msgspec.Struct, frozen=True):
    """A new channel; `target` is an e-mail address or the URL of a service."""

    name: Name
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    events: Events


class EditChannel(msgspec.Struct, frozen=True):
    """The page's form. An empty `target` keeps the stored one."""

    name: Name
    events: Events
    version: Annotated[int, msgspec.Meta(ge=1)]
    target: Annotated[str, msgspec.Meta(max_length=2000)] = ""
