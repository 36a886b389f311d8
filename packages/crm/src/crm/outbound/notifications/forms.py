"""What people submit about notification channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from crm.outbound.notifications.messages import EVENTS
from crm.values import Line

if TYPE_CHECKING:
    EventChoice = str
else:
    EventChoice = Literal[*(name.value for name in EVENTS)]

Name = Annotated[Line, msgspec.Meta(min_length=1, max_length=120)]
Events = Annotated[list[EventChoice], msgspec.Meta(min_length=1, max_length=20)]


class NewChannel(msgspec.Struct, frozen=True):
    """A new channel; `target` is an e-mail address or the URL of a service."""

    name: Name
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    events: Events


Value = Annotated[str, msgspec.Meta(max_length=2000)]


class ServiceValues(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of all services, of which a form shows those of one. `target` is a whole address instead."""

    service: Annotated[str, msgspec.Meta(max_length=40)] = ""
    target: Value = ""
    email: Value = ""
    webhook_url: Value = ""
    bot_token: Value = ""
    chat_id: Value = ""
    topic: Value = ""
    user_key: Value = ""
    app_token: Value = ""
    access_token: Value = ""


class AddChannel(ServiceValues, frozen=True, kw_only=True):
    """The page's form of a new channel."""

    name: Name
    events: Events


class EditChannel(ServiceValues, frozen=True, kw_only=True):
    """The page's form of a channel. Without an address it keeps the stored one."""

    name: Name
    events: Events
    version: Annotated[int, msgspec.Meta(ge=1)]


class ServiceChoice(msgspec.Struct, frozen=True):
    """Which service the form of a new channel is for."""

    service: Annotated[str, msgspec.Meta(max_length=40)] = ""
