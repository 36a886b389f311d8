"""Receivers of webhooks, and what they can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

EVENTS: Mapping[str, str] = {
    "lead.created": "A lead came in",
    "lead.changed": "A lead was edited",
    "lead.status_changed": "A lead moved on the pipeline",
    "lead.deleted": "A lead was deleted",
    "lead.restored": "A deleted lead was brought back",
    "lead.synthetic": "A test enquiry was followed through the system",
    "contact.created": "A contact was added",
    "contact.changed": "A contact was edited",
    "contact.deleted": "A contact was deleted",
    "contact.restored": "A deleted contact was brought back",
    "company.created": "A company was added",
    "company.changed": "A company was edited",
    "company.deleted": "A company was deleted",
    "company.restored": "A deleted company was brought back",
    "submission.quarantined": "An enquiry was held as likely spam",
    "submission.failed": "An enquiry could not be processed",
    "webhook.paused": "A receiver was paused",
}
"""Every event a receiver can ask for, in plain words."""
EVERY = "*"

FAILING_FOR = timedelta(hours=24)
"""A receiver that has failed for so long is paused."""
OLD_SECRET_FOR = timedelta(hours=24)
"""After a rotation, messages are signed with both secrets for so long."""
TOLD_AGAIN_FOR = timedelta(hours=24)
"""A create that is sent again with its Idempotency-Key is answered with the secret for so long."""


class Webhook(msgspec.Struct, frozen=True):
    """A receiver. `events` may hold `*` for all; `failing_since` is when it last began to fail without a success since.

    While it is paused (`active` false), what happens waits and goes out when it is resumed.
    """

    id: int
    name: str
    url: str
    events: list[str]
    active: bool
    failing_since: datetime | None
    paused_at: datetime | None
    pause_reason: str
    old_secret_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class NewlyMade(Webhook, frozen=True):
    """A receiver with its secret, which is told this once. Verify with any Standard Webhooks library."""

    secret: str = ""
