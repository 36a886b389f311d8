"""Passkeys, and why one is refused."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Passkey(msgspec.Struct, frozen=True):
    """A key pair on a user's device, of which the public half is here.

    `handle` names the account to the device. `sign_count` grows with each use, on devices that count.
    """

    id: int
    user_id: int
    handle: bytes
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


class PasskeyError(Exception):
    """The passkey is refused. The message is a sentence for the person, and says what to do."""
