"""Saved views in the API: programs see and change those that are shared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

from crm.kernel.app_context import AppContext

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
VIEW = {"kind": "leads", "name": "Hot", "query": "status=new&sort=-value"}


async def test_a_view_is_created_read_changed_and_deleted(keyed: Keyed):
    program = await keyed("views:read", "views:write")
    created = await program.post("/api/v1/views", json=VIEW)
    assert created.status_code == 201
    path = created.headers["location"]
    view = created.json()
    assert {**view, **VIEW, "shared": True, "owner_id": None} == view
    assert (await program.get(path)).json() == view
    assert [each["id"] for each in (await program.get("/api/v1/views?kind=leads")).json()["data"]] == [view["id"]]
    assert (await program.get("/api/v1/views?kind=contacts")).json()["data"] == []
    changed = await program.patch(path, json={"name": "Warm"}, headers={"if-match": created.headers["etag"]})
    assert (changed.json()["name"], changed.json()["query"]) == ("Warm", VIEW["query"])
    stale = await program.patch(path, json={"name": "Cold"}, headers={"if-match": created.headers["etag"]})
    assert stale.status_code == 412
    assert (await program.delete(path, headers={"if-match": "*"})).status_code == 204
    assert (await program.get(path)).status_code == 404


async def test_a_view_of_ones_own_is_nobody_elses_business(
    keyed: Keyed, signed_in: httpx.AsyncClient, context: AppContext
):
    await signed_in.post("/views", data={"kind": "leads", "name": "Mine", "query": "status=new"})
    async with context.db.connection() as conn:
        view_id = await conn.fetchval("SELECT id FROM saved_views")
    program = await keyed("views:read", "views:write")
    assert (await program.get("/api/v1/views")).json()["data"] == []
    for method in ("GET", "PATCH", "DELETE"):
        answer = await program.request(method, f"/api/v1/views/{view_id}", json={}, headers={"if-match": "*"})
        assert answer.status_code == 404


async def test_a_key_needs_the_scope(keyed: Keyed):
    assert (await (await keyed("leads:read")).get("/api/v1/views")).status_code == 403
    assert (await (await keyed("views:read")).post("/api/v1/views", json=VIEW)).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**VIEW, "kind": "moons"}, "kind"), ({**VIEW, "name": " "}, "name"), ({**VIEW, "query": "a b"}, "query"),
        ({"kind": "leads"}, "name"), ({**VIEW, "shared": True}, "shared"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_named(keyed: Keyed, body: dict[str, str], field: str):
    answer = await (await keyed("views:write")).post("/api/v1/views", json=body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_a_create_that_is_repeated_creates_one_view(keyed: Keyed):
    program = await keyed("views:read", "views:write")
    headers = {"idempotency-key": "a-key-of-this-test"}
    first, second = [await program.post("/api/v1/views", json=VIEW, headers=headers) for _ in range(2)]
    assert first.json() == second.json()
