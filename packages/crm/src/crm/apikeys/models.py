"""Keys of programs: what each may do, and how long it holds."""

from __future__ import annotations

from datetime import datetime

import msgspec

ROOMS = ("leads", "contacts", "companies", "activities", "webhooks", "operations")
SCOPES: tuple[str, ...] = tuple(f"{room}:{deed}" for room in ROOMS for deed in ("read", "write"))
"""Everything a key may be allowed. A key without any may only ask who it is."""


class ApiKey(msgspec.Struct, frozen=True):
    """`hint` is what is shown of the key: its prefix and last four characters."""

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
    """What a key may do. `rate_limit` is in requests per minute."""

    name: str
    scopes: list[str]
    rate_limit: int
    created_at: datetime
    expires_at: datetime | None
