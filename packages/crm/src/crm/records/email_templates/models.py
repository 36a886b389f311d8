"""A template of an e-mail."""

from __future__ import annotations

from datetime import datetime

import msgspec


class EmailTemplate(msgspec.Struct, frozen=True):
    """`subject` and `body` may hold placeholders."""

    id: int
    name: str
    subject: str
    body: str
    version: int
    created_at: datetime
    updated_at: datetime
