"""The raw limit: a handler that does nothing but run the same SQL and write the rows as JSON.

It replays the statements the real service was seen to send for one request (`record.py`), over the same driver,
on the same web server, with the ids and words of each request put in their place. No routing, no key, no checks.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import secrets
import sys
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import uvicorn

from crm.kernel import db

PLAYS: dict[str, Any] = pickle.loads(Path(sys.argv[1]).read_bytes()) if len(sys.argv) > 1 else {}
pool: Any = None


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _run_lifespan(receive, send)
        return
    _, name, word, *_ = (*scope["path"].split("/"), "")
    play = PLAYS.get(name)
    if scope["method"] in ("POST", "PATCH"):
        await receive()
    body = b"{}"
    if play is not None:
        given = {old: _build_value(kind, word) for old, kind in play["puts"] if kind != "version"}
        versions = [old for old, kind in play["puts"] if kind == "version"]
        async with pool.acquire() as connection:
            for statement, values in play["statements"]:
                if values is None:
                    await connection.execute(statement)
                else:
                    rows = await connection.fetch(statement, *[_replace(value, given) for value in values])
                    if versions and rows and "version" in rows[0]:
                        given[versions.pop()] = rows[0]["version"]
                    if len(rows) >= play["rows"]:
                        body = msgspec.json.encode([dict(row) for row in rows])
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


def _build_value(kind: str, word: str) -> Any:
    if kind == "number":
        return int(word)
    return secrets.token_hex(8) if kind == "random" else word


def _replace(value: Any, given: dict[Any, Any]) -> Any:
    if isinstance(value, str):
        for old, new in given.items():
            if isinstance(old, str) and old in value:
                value = value.replace(old, str(new))
        return value
    return given.get(value, value) if isinstance(value, int) and not isinstance(value, bool) else value


async def _run_lifespan(receive: Any, send: Any) -> None:
    global pool  # noqa: PLW0603 one pool for the one handler
    await receive()
    pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=10, max_size=10, init=db.prepare, reset=_skip_reset,
        server_settings=db.settings("bare"),
    )  # fmt: skip
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await pool.close()
    await send({"type": "lifespan.shutdown.complete"})


async def _skip_reset(_: Any) -> None:
    await asyncio.sleep(0)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), loop="uvloop", http="httptools",
                access_log=False, log_level="error", backlog=1024)  # fmt: skip
