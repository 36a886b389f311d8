"""What people and programs submit about receivers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_LIMIT
from crm.webhooks.deliveries.models import State

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120, description="What people call it.")]
Url = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=2000,
        description="Where to: a public https:// or http:// address.",
        examples=["https://example.org/hook"],
    ),
]
EventName = Literal[
    "*", "lead.created", "lead.changed", "lead.status_changed", "lead.deleted", "lead.restored", "lead.synthetic",
    "contact.created", "contact.changed", "contact.deleted", "contact.restored", "company.created", "company.changed",
    "company.deleted", "company.restored", "submission.quarantined", "submission.failed", "webhook.paused",
]  # fmt: skip
Events = Annotated[
    list[EventName], msgspec.Meta(min_length=1, max_length=20, description="Which events to send; `*` means all.")
]
Limit = Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)]
Cursor = Annotated[str, msgspec.Meta(max_length=1000, description="`next_cursor` of the page before.")]


class NewWebhook(msgspec.Struct, frozen=True):
    """A new receiver."""

    name: Name
    url: Url
    events: Events


class ChangeWebhook(msgspec.Struct, frozen=True):
    """What is to change; the rest stays. `active` false pauses it, true resumes it."""

    name: Name | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class EditWebhook(NewWebhook, frozen=True):
    """The page's form: all of it, and the version it was read at."""

    version: Annotated[int, msgspec.Meta(ge=1)]


class Press(msgspec.Struct, frozen=True):
    """A button that needs nothing more."""


class WebhookFilter(msgspec.Struct, frozen=True):
    """Which receivers, in which order."""

    sort: Annotated[str, msgspec.Meta(description="`created_at` or, newest first, `-created_at`.")] = ""
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = ""


class DeliveryAsk(msgspec.Struct, frozen=True):
    """Which deliveries of a receiver, newest first."""

    state: Annotated[list[State], msgspec.Meta(description="In any of these states.")] = []
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor = ""
