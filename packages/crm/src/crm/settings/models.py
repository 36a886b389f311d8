"""What the organization chose about its own CRM."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import msgspec

from shared import site_config


class Settings(msgspec.Struct, frozen=True):
    """`quarantine_days`: suspected spam is deleted after so many days; `delivery_days`: so is the history of
    webhooks and notifications. `time_zone` is an IANA name, `currency` an ISO 4217 code."""

    organization_name: str
    time_zone: str
    currency: str
    quarantine_days: int
    delivery_days: int


class Change(msgspec.Struct, frozen=True):
    """Who changed a setting last, and when; `by` is empty for somebody who is no longer there."""

    name: str
    at: datetime
    by: str


@cache
def defaults() -> Settings:
    """What holds until somebody chooses otherwise: the facts of `site.toml`."""
    facts = site_config.load().organization
    return Settings(
        organization_name=facts.name,
        time_zone=facts.time_zone,
        currency=facts.currency,
        quarantine_days=90,
        delivery_days=30,
    )
