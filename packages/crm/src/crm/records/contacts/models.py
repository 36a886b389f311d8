"""A person outside; found or created from an e-mail address."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.records.base import RecordEvents

EVENTS = RecordEvents("contact")


class Contact(msgspec.Struct, frozen=True):
    """`email` is as written; two spellings of one mailbox are one contact (see `email_keys.key_of`)."""

    id: int
    name: str
    email: str
    phone: str
    job_title: str
    company_id: int | None
    notes: str
    tag_ids: list[int]
    demo: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ContactWithIgnored(Contact, frozen=True):
    """A contact, and what of its enquiries it does not take: entries such as `phone +49 30 1234567`."""

    ignored: list[str]
