"""A form that is sent twice creates one record. Its hidden field `once` differs each time the form is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.http.request import Request

KEPT = timedelta(days=1)


async def post_once(
    request: Request, connection: Connection, make: Callable[[], Awaitable[str]], body: bytes | None = None
) -> str:
    """The URL that `make` returns, in the caller's transaction.

    If this user has sent the same form with the same values before, it is the URL of then, and nothing is made. A
    second post at the same time waits for the first. A form without the field `once` is not compared. `body` stands in
    for that of a request whose body was read as it arrived.
    """
    body = await request.body() if body is None else body
    if b"once=" not in body:
        return await make()
    user_id, now = request.actor.id, clock.now()
    fingerprint = hashlib.sha256(request.scope["path"].encode() + b"\n" + body).digest()
    await connection.execute("DELETE FROM form_posts WHERE user_id = $1 AND at < $2", user_id, now - KEPT)
    claimed = await connection.fetchval(
        """
        INSERT INTO form_posts (user_id, fingerprint, location, at)
        VALUES ($1, $2, '', $3)
        ON CONFLICT DO NOTHING
        RETURNING true
        """,
        user_id, fingerprint, now,
    )  # fmt: skip
    if not claimed:
        location: str = await connection.fetchval(
            "SELECT location FROM form_posts WHERE user_id = $1 AND fingerprint = $2", user_id, fingerprint
        )
        return location
    location = await make()
    await connection.execute(
        "UPDATE form_posts SET location = $3 WHERE user_id = $1 AND fingerprint = $2", user_id, fingerprint, location
    )
    return location
