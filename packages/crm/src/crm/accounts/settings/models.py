"""The data of the settings."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import msgspec

from shared import site_config


class Settings(msgspec.Struct, frozen=True):
    """`quarantine_days`, `delivery_days` and `audit_days` say when to delete possible spam, the history of deliveries,
    and the audit log.

    `time_zone` is an IANA name, `currency` an ISO 4217 code, `weekly_hours` what one person works for clients.
    """

    organization_name: str
    time_zone: str
    currency: str
    quarantine_days: int
    delivery_days: int
    audit_days: int
    weekly_hours: int


class Change(msgspec.Struct, frozen=True):
    """The last change of a setting. `user_id` is None if the user was deleted."""

    name: str
    at: datetime
    user_id: int | None


@cache
def defaults() -> Settings:
    """The default settings, from `site.toml`."""
    organization = site_config.load().organization
    return Settings(
        organization_name=organization.name,
        time_zone=organization.time_zone,
        currency=organization.currency,
        quarantine_days=90,
        delivery_days=30,
        audit_days=365,
        weekly_hours=30,
    )
