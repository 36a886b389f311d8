"""The content of files. It comes and goes in parts, and no connection is held while a slow client sends or reads."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from datetime import timedelta

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection, Database
from crm.kernel.errors import FieldError, PayloadTooLargeError, ValidationError
from crm.records.files import object_store, queries, types
from crm.records.files.models import Stored

PART = 256 * 1024
MB = 1_000_000
"""As pages show sizes."""
KEPT = timedelta(days=1)
"""How long content stays that nothing uses: a form may still be open that will."""


class Writer:
    """Stores the content of one file as it arrives. `limit` is in bytes.

    `refusal` says why the file is not accepted. Then nothing of it is stored, and the rest can be skipped.
    """

    def __init__(self, db: Database, name: str, limit: int) -> None:
        self.name = types.clean_name(name)
        self.refusal, self.is_too_large = "", False
        self._db, self._limit = db, limit
        self._buffer, self._head = bytearray(), b""
        self._size = self._position = 0
        self._digest = hashlib.sha256()
        self._content_id: int | None = None

    async def write(self, data: bytes) -> None:
        """Take the next bytes."""
        if self.refusal:
            return
        self._size += len(data)
        if self._size > self._limit:
            self.refusal, self.is_too_large = f"“{self.name}” is larger than {describe_limit(self._limit)}.", True
            return
        self._digest.update(data)
        self._buffer += data
        if len(self._buffer) >= PART:
            await self._flush()

    async def close(self) -> Stored | None:
        """Store what is left. None if the file is not accepted."""
        if not self.refusal:
            await self._flush()
        if self.refusal or self._content_id is None:
            return None
        content_type = types.find_type(self.name, self._head)
        return Stored(self.name, content_type, self._size, self._content_id, self._digest.hexdigest())

    async def _flush(self) -> None:
        if self._content_id is None:
            self._head = bytes(self._buffer[: types.HEAD])
            self.refusal = types.find_refusal(self.name, self._head)
        if self.refusal:
            return
        async with self._db.connection() as conn:
            if self._content_id is None:
                self._content_id = await insert_content(conn)
            while self._buffer:
                await insert_part(conn, self._content_id, self._position, bytes(self._buffer[:PART]))
                del self._buffer[:PART]
                self._position += 1


async def store_bytes(connection: Connection, name: str, data: bytes) -> Stored:
    """Store a small file in the transaction of the caller."""
    content_id = await insert_content(connection)
    await insert_part(connection, content_id, 0, data)
    digest = hashlib.sha256(data).hexdigest()
    return Stored(name, types.find_type(name, data[: types.HEAD]), len(data), content_id, digest)


def describe_limit(limit: int) -> str:
    """The limit in words."""
    return f"{limit / MB:g} MB, which is the most for one file"


async def store(db: Database, name: str, limit: int, chunks: AsyncIterable[bytes]) -> Stored:
    """Store one file. Raises `PayloadTooLargeError`, and `ValidationError` for a type that is not accepted."""
    writer = Writer(db, name, limit)
    async for chunk in chunks:
        await writer.write(chunk)
        if writer.refusal:
            break
    stored = await writer.close()
    if stored is None:
        if writer.is_too_large:
            raise PayloadTooLargeError(writer.refusal)
        raise ValidationError([FieldError("name", writer.refusal)])
    return stored


async def open_content(context: AppContext, content_id: int) -> AsyncIterator[bytes]:
    """The content, part by part, from where it lies. Raises `NotFoundError` or `ServiceUnavailableError`."""
    async with context.db.connection() as conn:
        key = await queries.find_moved(conn, content_id)
    return await object_store.get(context, key) if key else read_parts(context.db, content_id)


async def read_parts(db: Database, content_id: int) -> AsyncIterator[bytes]:
    """The content in the database, part by part."""
    data, position = b"", 0
    while data is not None:
        if data:
            yield data
        async with db.connection() as conn:
            data = await conn.fetchval(
                "SELECT data FROM file_parts WHERE content_id = $1 AND position = $2", content_id, position
            )
        position += 1


async def read_content(context: AppContext, content_id: int) -> bytes:
    """The whole content, for what needs it in memory."""
    return b"".join([part async for part in await open_content(context, content_id)])


async def insert_content(connection: Connection) -> int:
    """Add content, which has no parts yet. Returns its id."""
    content_id: int = await connection.fetchval(
        "INSERT INTO file_contents (expires_at) VALUES ($1) RETURNING id", clock.now() + KEPT
    )
    return content_id


async def insert_part(connection: Connection, content_id: int, position: int, data: bytes) -> None:
    await connection.execute(
        "INSERT INTO file_parts (content_id, position, data) VALUES ($1, $2, $3)", content_id, position, data
    )
