"""An organization people work for; found or created from a mail domain or a name."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.records.base import RecordEvents

EVENTS = RecordEvents("company")


class Company(msgspec.Struct, frozen=True):
    """`domain` is that of its e-mail addresses, in small letters, and belongs to one company only."""

    id: int
    name: str
    domain: str | None
    website: str
    phone: str
    notes: str
    tag_ids: list[int]
    demo: bool
    version: int
    created_at: datetime
    updated_at: datetime
