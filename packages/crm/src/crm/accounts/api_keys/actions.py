"""What can be done with API keys: create and revoke them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime

from crm.accounts.api_keys import queries
from crm.accounts.api_keys.models import SCOPES, ApiKey
from crm.accounts.audit import AuditAction, Target, record_audit
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, ValidationError
from crm.kernel.security.tokens import new_token

PREFIX = "oct_"


def secret_hash(secret: str) -> bytes:
    """The stored hash of a key. A key has 256 random bits, so a plain hash is safe.

    The hash does not depend on SESSION_SECRET, so keys survive a change of it.
    """
    return hashlib.sha256(secret.encode()).digest()


def _random_secret(_: datetime) -> str:
    return new_token(PREFIX)


async def create(
    connection: Connection,
    *,
    name: str,
    scopes: Iterable[str],
    by: Actor,
    expires_at: datetime | None = None,
    make_secret: Callable[[datetime], str] = _random_secret,
) -> tuple[ApiKey, str]:
    """Create a key and return it with its secret, which is not stored. `make_secret` gets `created_at`.

    Raises `ValidationError` for an empty name, an unknown scope, or an expiry in the past.
    """
    name, requested = name.strip(), set(scopes)
    errors = []
    if not name or len(name) > 120:
        errors.append(FieldError("name", "Enter a name of 1 to 120 characters."))
    if unknown := sorted(requested - set(SCOPES)):
        errors.append(
            FieldError("scopes", f"Unknown scope: {', '.join(unknown)[:120]}. Choose from: {', '.join(SCOPES)}.")
        )
    if expires_at is not None and expires_at <= clock.now():
        errors.append(FieldError("expires_at", "Choose a time in the future."))
    if errors:
        raise ValidationError(errors)
    now = clock.now()
    secret = make_secret(now)
    key = await queries.insert(
        connection,
        name=name,
        hint=f"{PREFIX}…{secret[-4:]}",
        token_hash=secret_hash(secret),
        scopes=[scope for scope in SCOPES if scope in requested],
        created_by=by.id if by.kind == "person" else None,
        at=now,
        expires_at=expires_at,
    )
    await record_audit(
        connection, AuditAction.API_KEY_CREATED, by=by, target=_target(key),
        after={"scopes": key.scopes, "expires_at": key.expires_at},
    )  # fmt: skip
    return key, secret


async def get(connection: Connection, key_id: int) -> ApiKey:
    """Return the key with this id. Raises `NotFoundError`."""
    key = await queries.find(connection, key_id)
    if key is None:
        raise NotFoundError("There is no such key.")
    return key


async def revoke(connection: Connection, key: ApiKey, *, by: Actor = SYSTEM) -> ApiKey:
    """Revoke the key. Raises `NotFoundError`.

    After the commit, call `key_cache.forget(database, key.id)`, so that this process refuses the key at once. Others
    do within `key_cache.KEEP_S` seconds.
    """
    revoked = await queries.revoke(connection, key.id, clock.now())
    if revoked is None:
        raise NotFoundError("There is no such key.")
    await record_audit(connection, AuditAction.API_KEY_REVOKED, by=by, target=_target(key))
    return revoked


async def revoke_named(connection: Connection, name: str) -> list[int]:
    """Revoke every active key with this name, and return their ids.

    Raises `NotFoundError` if there is none.
    """
    revoked = await queries.revoke_named(connection, name, clock.now())
    if not revoked:
        raise NotFoundError(f"No active key is named {name}.")
    for key_id in revoked:
        await record_audit(connection, AuditAction.API_KEY_REVOKED, by=SYSTEM, target=Target("api key", key_id, name))
    return revoked


async def revoke_created_by(connection: Connection, user_id: int, *, by: Actor) -> int:
    """Revoke every active key that this user created, and return how many.

    After the commit, call `key_cache.forget_all(database)`.
    """
    keys = [key for key in await queries.list_keys(connection) if key.created_by == user_id and key.revoked_at is None]
    for key in keys:
        await revoke(connection, key, by=by)
    return len(keys)


def _target(key: ApiKey) -> Target:
    return Target("api key", key.id, f"{key.name} ({key.hint})")
