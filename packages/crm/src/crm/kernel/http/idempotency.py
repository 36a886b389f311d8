"""A create that carries an Idempotency-Key happens once, however often it is sent
(IETF draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import BadRequestError, ConflictError, FieldError, NotFoundError, ValidationError
from crm.kernel.http.request import Request

HEADER = "idempotency-key"
KEY_LIFETIME = timedelta(days=7)
_KEY = re.compile(r"[!-~]{8,200}")


R = TypeVar("R", bound=Any)
"""A record with an `id`."""


async def run_once(
    request: Request,
    connection: Connection,
    make: Callable[[], Awaitable[R]],
    read: Callable[[Connection, int], Awaitable[R]],
    body: bytes | None = None,
) -> R:
    """The record that `make` creates. If this API key has sent the same body with the same Idempotency-Key before, it
    is the record created then, by `read`. A second request at the same time waits for the first. `body` stands in for
    that of a request whose body was read as it arrived.

    Raises `BadRequestError`, `ValidationError` if the key came with another body, `ConflictError` if the record has
    been deleted since.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return await make()
    if not _KEY.fullmatch(key):
        raise BadRequestError("An Idempotency-Key has 8 to 200 visible ASCII characters and no spaces.")
    sent = await request.body() if body is None else body
    fingerprint = hashlib.sha256(request.scope["path"].encode() + b"\n" + sent).digest()
    claimed = await connection.fetchval(
        """
        INSERT INTO idempotency_keys (api_key_id, key, fingerprint, location, at)
        VALUES ($1, $2, $3, '', $4)
        ON CONFLICT DO NOTHING
        RETURNING true
        """,
        request.actor.id, key, fingerprint, clock.now(),
    )  # fmt: skip
    if claimed:
        made = await make()
        await connection.execute(
            "UPDATE idempotency_keys SET location = $3 WHERE api_key_id = $1 AND key = $2",
            request.actor.id, key, str(made.id),
        )  # fmt: skip
        return made
    row = await connection.fetchrow(
        "SELECT fingerprint, location FROM idempotency_keys WHERE api_key_id = $1 AND key = $2", request.actor.id, key
    )
    if row is None or row["fingerprint"] != fingerprint:
        raise ValidationError(
            [FieldError("Idempotency-Key", "This key came with another request. Use a new key for a new record.")]
        )
    try:
        return await read(connection, int(row["location"]))
    except NotFoundError as gone:
        raise ConflictError("The record this key made has been deleted. Use a new key to make another.") from gone


async def forget_old(context: AppContext, _: dict[str, Any]) -> None:
    """Delete keys that no client will send again."""
    async with context.db.connection() as connection:
        await connection.execute("DELETE FROM idempotency_keys WHERE at < $1", clock.now() - KEY_LIFETIME)
