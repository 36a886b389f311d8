"""What people and programs submit about webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from crm.event_names import EventName
from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT
from crm.outbound.webhooks.models import ALL_EVENTS, State
from crm.values import Line

if TYPE_CHECKING:
    EventChoice = str
else:
    EventChoice = Literal[ALL_EVENTS, *(name.value for name in EventName)]

Name = Annotated[Line, msgspec.Meta(min_length=1, max_length=120, description="What people call it.")]
Url = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=2000,
        description="Where to: a public https:// or http:// address.",
        examples=["https://example.org/hook"],
    ),
]
Events = Annotated[
    list[EventChoice], msgspec.Meta(min_length=1, max_length=20, description="Which events to send; `*` means all.")
]
Limit = Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)]
Cursor = Annotated[str, msgspec.Meta(max_length=MAX_CURSOR, description="`next_cursor` of the page before.")]


class NewWebhook(msgspec.Struct, frozen=True):
    """A new webhook endpoint."""

    name: Name
    url: Url
    events: Events


class ChangeWebhook(msgspec.Struct, frozen=True):
    """The changes; the rest stays. `active` false pauses the endpoint, true resumes it."""

    name: Name | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class EditWebhook(NewWebhook, frozen=True):
    """The page's form, with the version it was read at."""

    version: Annotated[int, msgspec.Meta(ge=1)]


class WebhookFilter(msgspec.Struct, frozen=True):
    """Which webhooks, in which order."""

    sort: Annotated[str, msgspec.Meta(description="`created_at` or, newest first, `-created_at`.")] = ""
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = ""


class DeliveryFilter(msgspec.Struct, frozen=True):
    """Which deliveries to an endpoint, newest first."""

    state: Annotated[list[State], msgspec.Meta(description="In any of these states.")] = []
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = ""
