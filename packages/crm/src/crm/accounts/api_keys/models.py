"""The data of API keys."""

from __future__ import annotations

from datetime import datetime

import msgspec

RESOURCES = ("leads", "contacts", "companies", "activities", "webhooks", "operations")
SCOPES: tuple[str, ...] = tuple(f"{resource}:{access}" for resource in RESOURCES for access in ("read", "write"))
"""Every scope a key can have. A key without scopes can only show itself."""


class ApiKey(msgspec.Struct, frozen=True):
    """`hint` identifies the key on pages: its prefix and last four characters."""

    id: int
    name: str
    hint: str
    scopes: list[str]
    created_by: int | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class Me(msgspec.Struct, frozen=True):
    """The caller's API key. `rate_limit` is in requests per minute."""

    name: str
    scopes: list[str]
    rate_limit: int
    created_at: datetime
    expires_at: datetime | None
