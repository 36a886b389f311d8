"""The data of API keys."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.accounts.permissions import Role

RESOURCES = (
    "leads", "contacts", "companies", "activities", "stages", "tasks", "emails", "files", "templates", "tags", "views",
    "choices", "changes", "imports", "webhooks", "operations",
)  # fmt: skip
READ_ONLY = ("users", "audit")
SCOPES: tuple[str, ...] = (
    *(f"{resource}:{access}" for resource in RESOURCES for access in ("read", "write")),
    *(f"{resource}:read" for resource in READ_ONLY),
)
"""Every scope a key can have. A key without scopes can only show itself."""


class ApiKey(msgspec.Struct, frozen=True):
    """`hint` identifies the key on pages: its prefix and last four characters.

    The key may do what its scopes say, as far as the role of the person who created it allows.
    """

    id: int
    name: str
    hint: str
    scopes: list[str]
    created_by: int | None
    role: Role
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
