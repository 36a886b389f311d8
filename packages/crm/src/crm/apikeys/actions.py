"""What happens to keys: they are made, shown once, and revoked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from crm.apikeys import queries
from crm.apikeys.models import SCOPES, ApiKey
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, ValidationError
from crm.kernel.security.tokens import new_token

PREFIX = "oct_"


def secret_hash(secret: str) -> bytes:
    """What is stored of a key. A key is 256 random bits, so a plain digest cannot be guessed back; and keys
    outlive a change of SESSION_SECRET."""
    return hashlib.sha256(secret.encode()).digest()


async def create(
    connection: Connection, *, name: str, scopes: Iterable[str], by: Actor, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is told this once and stored nowhere.

    Raises `ValidationError` for an empty name, an unknown scope, or an end that has passed.
    """
    name, wanted = name.strip(), set(scopes)
    faults = []
    if not name or len(name) > 120:
        faults.append(FieldError("name", "Give a name of 1 to 120 characters."))
    if unknown := sorted(wanted - set(SCOPES)):
        faults.append(
            FieldError("scopes", f"There is no scope {', '.join(unknown)[:120]}. Choose from: {', '.join(SCOPES)}.")
        )
    if expires_at is not None and expires_at <= clock.now():
        faults.append(FieldError("expires_at", "Choose a time that is still to come."))
    if faults:
        raise ValidationError(faults)
    secret = new_token(PREFIX)
    key = await queries.insert(
        connection,
        name=name,
        hint=f"{PREFIX}…{secret[-4:]}",
        token_hash=secret_hash(secret),
        scopes=[scope for scope in SCOPES if scope in wanted],
        created_by=by.id if by.kind == "person" else None,
        at=clock.now(),
        expires_at=expires_at,
    )
    return key, secret


async def get(connection: Connection, number: int) -> ApiKey:
    """The key with this number. Raises `NotFoundError`."""
    key = await queries.find(connection, number)
    if key is None:
        raise NotFoundError("There is no such key.")
    return key


async def revoke(connection: Connection, key: ApiKey) -> ApiKey:
    """Let the key hold no longer. Raises `NotFoundError`.

    After the commit, call `ring.forget(database, key.id)` so that this process refuses it at once; others do
    within `ring.KEEP_S`.
    """
    revoked = await queries.revoke(connection, key.id, clock.now())
    if revoked is None:
        raise NotFoundError("There is no such key.")
    return revoked


async def revoke_named(connection: Connection, name: str) -> list[int]:
    """Revoke every key in force that has this name, and give their numbers.

    Raises `NotFoundError` when there is none.
    """
    revoked = await queries.revoke_named(connection, name, clock.now())
    if not revoked:
        raise NotFoundError(f"No key in force is named {name}.")
    return revoked
