"""Which SQL one request of the real service sends, seen from inside it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from crm import app, config
from crm.kernel import db

Shape = tuple[str, str, list[dict[str, Any] | None], list[tuple[Any, str]]]
"""Method, path, the JSON bodies of three tries, and which values of the last stand for others:
(value, `number` | `word` | `random` | `version`, the last as read by the first statement)."""


async def record_statements(environ: dict[str, str], key: str, shapes: dict[str, Shape]) -> dict[str, Any]:
    """Send each request a few times, so that what is kept is what a warm service sends, and give the plays."""
    seen: list[tuple[str, Any]] = []
    prepare = db.prepare

    async def prepare_and_watch(connection: Any) -> None:
        await prepare(connection)
        connection.add_query_logger(lambda query: seen.append((query.query, query.args)))

    db.prepare = prepare_and_watch
    application = app.build(config.load({**environ, "WORKER": "separate"}))
    headers = {"authorization": f"Bearer {key}", "if-match": "*"}
    plays: dict[str, Any] = {}
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://crm", headers=headers) as client:
            for name, (method, path, bodies, puts) in shapes.items():
                for body in bodies:
                    seen.clear()
                    answer = await client.request(method, path, json=body)
                    await asyncio.sleep(0)  # A statement is reported in the loop's next round.
                    if answer.is_error:
                        raise SystemExit(f"bench: {method} {path} gave {answer.status_code}: {answer.text}")
                plays[name] = {"statements": _list_statements(seen), "puts": puts, "rows": 1}
    db.prepare = prepare
    return plays


def _list_statements(seen: list[tuple[str, Any]]) -> list[tuple[str, tuple[Any, ...] | None]]:
    kept = []
    for query, values in seen:
        if query.lstrip().startswith(("SELECT t.oid", "WITH RECURSIVE typeinfo")):
            continue  # The driver learning a type, once for each connection.
        simple = query.startswith(("BEGIN", "COMMIT", "ROLLBACK"))
        kept.append((query, None if simple else tuple(values or ())))
    return kept
