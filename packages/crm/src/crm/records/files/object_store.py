"""The object store of FILES_URL, which takes the content of files in place of the database.

Content is stored in the database first, so an upload needs no store. A job moves it. A crash between the two leaves the
content in the database, and the next run moves it again under the same key. The store is called in threads, because the
asynchronous writer of obstore can abort a process that ends.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import cache
from typing import Any

from crm.kernel.app_context import AppContext
from crm.kernel.errors import NotFoundError, ServiceUnavailableError
from shared import object_stores

BUFFER = 5 * 1024 * 1024
"""What S3 takes at least as one part of an upload."""
CHUNK = 256 * 1024
RETRIES = 3


@cache
def _open(url: str) -> Any:
    return object_stores.open_store("FILES_URL", url, os.environ, RETRIES)


def _find_store(context: AppContext) -> Any:
    if not context.config.files_url:
        raise ServiceUnavailableError("This file is in an object store, and FILES_URL names none. Set it again.")
    return _open(context.config.files_url)


async def put(context: AppContext, key: str, parts: AsyncIterator[bytes]) -> None:
    """Store content under this key, or replace it."""
    import obstore  # noqa: PLC0415 it takes memory

    writer = obstore.open_writer(_find_store(context), key, buffer_size=BUFFER, max_concurrency=1)
    async for part in parts:
        await asyncio.to_thread(writer.write, part)
    await asyncio.to_thread(writer.close)


async def get(context: AppContext, key: str) -> AsyncIterator[bytes]:
    """The content, chunk by chunk. Raises `NotFoundError`, or `ServiceUnavailableError` if the store is away."""
    import obstore  # noqa: PLC0415
    from obstore.exceptions import BaseError  # noqa: PLC0415

    store = _find_store(context)
    try:
        found = await asyncio.to_thread(obstore.get, store, key)
    except FileNotFoundError as error:
        raise NotFoundError("The content of this file is not in the object store.") from error
    except (BaseError, OSError) as error:
        raise ServiceUnavailableError("The object store does not answer. Try again in a moment.") from error

    async def read() -> AsyncIterator[bytes]:
        chunks = iter(found.stream(min_chunk_size=CHUNK))
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            yield bytes(chunk)

    return read()


async def delete(context: AppContext, key: str) -> None:
    """Delete the content under this key, if there is any."""
    import obstore  # noqa: PLC0415

    with suppress(FileNotFoundError):
        await asyncio.to_thread(obstore.delete, _find_store(context), key)
