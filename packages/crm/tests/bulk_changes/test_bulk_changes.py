"""One change of many leads: what it would change, what was left out and why, its undo, as a job, and in the API."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from crm.accounts import auth
from crm.accounts.permissions import Role
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads, tags
from crm.workspace import bulk_changes
from crm.workspace.bulk_changes import actions, models

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
SignInAs = Callable[[Role], Awaitable[httpx.AsyncClient]]
LEADS = 5


@pytest.fixture
async def five(client: httpx.AsyncClient, context: AppContext) -> list[int]:
    """The ids of five leads of Acme; there is one more of Zenith."""
    async with context.db.transaction() as conn:
        await leads.create(conn, leads.NewLead(name="Zoë", company="Zenith"), by=SYSTEM, channel="manual")
        return [
            (await leads.create(conn, leads.NewLead(name=f"P{n}", company="Acme"), by=SYSTEM, channel="manual")).id
            for n in range(LEADS)
        ]


async def start(person: httpx.AsyncClient, expected: int = LEADS, **sent: Any) -> str:
    """Change all leads of Acme; the path of the change."""
    answer = await person.post("/leads/change?company=acme", data={"expected": str(expected), **sent})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def read(context: AppContext, column: str) -> list[Any]:
    async with context.db.connection() as conn:
        rows = await conn.fetch(f"SELECT {column} FROM leads WHERE company = 'Acme' ORDER BY id")
    return [row[0] for row in rows]


async def test_the_page_says_how_many_it_changes_and_shows_three(signed_in: httpx.AsyncClient, five: list[int]):
    assert "Change all 5 leads" in (await signed_in.get("/leads?company=acme")).text
    page = (await signed_in.get("/leads/change?company=acme")).text
    assert "This changes 5 leads" in page
    assert re.findall(r'<li><a href="/leads/(\d+)"', page) == [str(each) for each in five[:1:-1]]
    assert "and 2 more" in page
    assert "No lead matches" in (await signed_in.get("/leads/change?company=nobody")).text


async def test_all_are_assigned_moved_and_tagged_and_each_is_undone(
    signed_in: httpx.AsyncClient, context: AppContext, five: list[int]
):
    async with context.db.transaction() as conn:
        (ada,) = await auth.list_users(conn)
        tag = await tags.create(conn, tags.NewTag("Hot", "red"))
    for sent, column, after, before in (
        ({"action": "assign", "owner_id": str(ada.id)}, "owner_id", ada.id, None),
        ({"action": "move", "status": "qualified"}, "status", "qualified", "new"),
        ({"action": "move", "status": "lost", "lost_reason": "No budget"}, "status", "lost", "new"),
        ({"action": "tag", "tag_id": str(tag.id)}, "tag_ids", [tag.id], []),
    ):
        path = await start(signed_in, **sent)
        assert await read(context, column) == [after] * LEADS
        page = (await signed_in.get(path)).text
        assert "5 leads changed." in page
        assert "load delay:1s" not in page
        assert (await signed_in.post(f"{path}/undo")).status_code == 303
        assert await read(context, column) == [before] * LEADS
        assert "5 leads changed back." in (await signed_in.get(path)).text
        assert (await signed_in.post(f"{path}/undo")).status_code == 404
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT status FROM leads WHERE company = 'Zenith'") == "new"


async def test_all_are_deleted_and_restored(signed_in: httpx.AsyncClient, context: AppContext, five: list[int]):
    path = await start(signed_in, action="delete")
    assert await read(context, "id") == []
    await signed_in.post(f"{path}/undo")
    assert await read(context, "id") == five


async def test_a_conflict_in_the_middle_is_reported_and_the_rest_is_done(
    signed_in: httpx.AsyncClient, context: AppContext, five: list[int]
):
    async with context.db.transaction() as conn:
        where = leads.LeadFilter(company="acme")
        found = await leads.apply_filters(conn, where)
        change = await actions.start(conn, "move", {"status": "won", "lost_reason": ""}, found, by=SYSTEM)
        # Meanwhile somebody works on three of them.
        await leads.move(conn, await leads.lock(conn, five[1]), "contacted", SYSTEM)
        await leads.move(conn, await leads.lock(conn, five[2]), "won", SYSTEM)
        await leads.delete(conn, await leads.lock(conn, five[3]), by=SYSTEM)
    await bulk_changes.run(context, {"id": change.id})
    page = (await signed_in.get(f"/bulk-changes/{change.id}")).text
    assert "2 leads changed." in page
    assert "1 lead needed no change." in page
    assert "2 leads left out." in page
    assert "Someone has moved it to Contacted meanwhile." in page
    assert f"Lead {five[3]}: It was deleted meanwhile." in page
    assert await read(context, "status") == ["won", "contacted", "won", "won"]


async def test_undo_leaves_what_somebody_has_changed_since(
    signed_in: httpx.AsyncClient, context: AppContext, five: list[int]
):
    path = await start(signed_in, action="move", status="qualified")
    async with context.db.transaction() as conn:
        await leads.move(conn, await leads.lock(conn, five[0]), "won", SYSTEM)
    await signed_in.post(f"{path}/undo")
    assert await read(context, "status") == ["won", "new", "new", "new", "new"]
    page = (await signed_in.get(path)).text
    assert "4 leads changed back." in page
    assert "Someone has changed it since." in page


async def test_a_large_change_is_a_job_that_is_safe_to_run_twice_and_at_once(
    signed_in: httpx.AsyncClient, context: AppContext
):
    number = models.AT_ONCE + 30
    async with context.db.transaction() as conn:
        for n in range(number):
            form = leads.NewLead(name=f"P{n}", company="Acme")
            await leads.create(conn, form, by=SYSTEM, channel="manual")
    path = await start(signed_in, number, action="move", status="contacted")
    change = {"id": int(path.rpartition("/")[2])}
    page = (await signed_in.get(path)).text
    assert f"0 of {number} leads" in page
    assert 'hx-trigger="load delay:1s"' in page
    fragment = (await signed_in.get(path, headers={"hx-request": "true"})).text
    assert fragment.strip().startswith("<div")
    await asyncio.gather(*(bulk_changes.run(context, change) for _ in range(3)))
    await bulk_changes.run(context, change)
    assert await read(context, "status") == ["contacted"] * number
    async with context.db.connection() as conn:
        moves = await conn.fetchval("SELECT count(*) FROM activities WHERE kind = 'status'")
        job = await conn.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = $1", bulk_changes.JOB)
    assert (moves, job) == (number, 1)
    assert f"{number} leads changed." in (await signed_in.get(path)).text


async def test_another_number_than_the_page_said_changes_nothing(
    signed_in: httpx.AsyncClient, context: AppContext, five: list[int]
):
    answer = await signed_in.post("/leads/change?company=acme", data={"expected": "4", "action": "delete"})
    assert answer.status_code == 422
    assert "There are 5 by now. Nothing was changed." in answer.text
    assert await read(context, "id") == five


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"action": "burn"}, {"action": "move"}, {"action": "move", "status": "gone"},
        {"action": "move", "status": "lost"}, {"action": "tag"}, {"action": "assign", "owner_id": "x"},
    ],
)  # fmt: skip
async def test_a_change_that_makes_no_sense_is_refused(
    signed_in: httpx.AsyncClient, context: AppContext, five: list[int], sent: dict[str, str]
):
    answer = await signed_in.post("/leads/change?company=acme", data={"expected": "5", **sent})
    assert answer.status_code == 422
    assert await read(context, "status") == ["new"] * LEADS


async def test_an_owner_who_may_own_no_lead_leaves_all_out_and_says_why(
    signed_in_as: SignInAs, context: AppContext, five: list[int]
):
    await signed_in_as("viewer")
    async with context.db.connection() as conn:
        (viewer,) = await auth.list_users(conn)
    path = await start(await signed_in_as("owner"), action="assign", owner_id=str(viewer.id))
    assert await read(context, "owner_id") == [None] * LEADS
    assert "5 leads left out." in (await (await signed_in_as("member")).get(path)).text


async def test_a_form_that_is_sent_twice_changes_once(
    signed_in: httpx.AsyncClient, context: AppContext, five: list[int]
):
    sent = {"action": "move", "status": "won", "once": "a-token-of-this-form"}
    assert await start(signed_in, **sent) == await start(signed_in, **sent)


async def test_viewers_change_nothing(signed_in_as: SignInAs, five: list[int]):
    viewer = await signed_in_as("viewer")
    assert "Change all" not in (await viewer.get("/leads")).text
    assert (await viewer.get("/leads/change")).status_code == 403


async def test_programs_change_several_leads_and_undo_it(keyed: Keyed, context: AppContext, five: list[int]):
    program = await keyed("leads:read", "leads:write")
    body = {"action": "move", "status": "contacted", "lead_ids": [*five, 999_999]}
    created = await program.post("/api/v1/bulk-changes", json=body, headers={"idempotency-key": "a-key-of-this-test"})
    assert created.status_code == 201
    change = created.json()
    assert (change["state"], change["total"], change["done"], change["failed"]) == ("done", 6, 5, 1)
    again = await program.post("/api/v1/bulk-changes", json=body, headers={"idempotency-key": "a-key-of-this-test"})
    assert again.json()["id"] == change["id"]
    path = created.headers["location"]
    assert (await program.get(path)).json() == change
    undone = await program.post(f"{path}/undo")
    assert (undone.json()["state"], undone.json()["undone"]) == ("undone", 5)
    assert await read(context, "status") == ["new"] * LEADS
    assert (await program.post("/api/v1/bulk-changes", json={"action": "move", "lead_ids": five})).status_code == 422
    assert (await program.post("/api/v1/bulk-changes", json={"action": "delete", "lead_ids": []})).status_code == 422
    reader = await keyed("leads:read")
    assert (await reader.post("/api/v1/bulk-changes", json=body)).status_code == 403
    assert (await reader.get("/api/v1/bulk-changes/999")).status_code == 404
