"""Who and what the tests are about, made in one call each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher

from crm import apikeys, auth
from crm.auth import queries as people
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.db import Connection

PASSWORD = "eight quiet strokes"


@cache
def _hash_of(password: str) -> str:
    # Cheap on purpose, and once for each password: hashing is tried where it is promised.
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


async def person(
    conn: Connection,
    name: str = "Ada Lovelace",
    *,
    email: str = "",
    password: str = PASSWORD,
    at: datetime | None = None,
) -> auth.User:
    """Somebody who can sign in with `password`."""
    address = email or f"{name.split(maxsplit=1)[0].lower()}@crm.test"
    user = await people.insert(conn, email=address, name=name, password_hash=_hash_of(password), at=at or clock.now())
    assert user is not None, f"{address} is taken"
    return user


async def api_key(
    conn: Connection,
    *scopes: str,
    name: str = "A program",
    by: Actor = SYSTEM,
    expires_at: datetime | None = None,
) -> tuple[apikeys.ApiKey, str]:
    """A key with `scopes` (none: it may do nothing) and its secret."""
    wanted: Iterable[str] = scopes
    return await apikeys.create(conn, name=name, scopes=wanted, by=by, expires_at=expires_at)
