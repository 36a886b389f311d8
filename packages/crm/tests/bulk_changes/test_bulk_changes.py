"""One change of many records: what it would change, what was left out and why, its undo, as a job, and in the API."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import pytest

from crm.accounts import auth
from crm.accounts.permissions import Role
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads, tags
from crm.workspace import bulk_changes, undo
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


async def undo_change(person: httpx.AsyncClient, path: str, **choices: str) -> httpx.Response:
    """Press *Undo* on the page of a change."""
    form = r'action="(/changes/\d+/undo)"><input type="hidden" name="back" value="([^"]+)"'
    found = re.search(form, (await person.get(path)).text)
    assert found
    return await person.post(found[1], data={"back": found[2], **choices})


async def read(context: AppContext, column: str) -> list[Any]:
    async with context.db.connection() as conn:
        rows = await conn.fetch(f"SELECT {column} FROM leads WHERE company = 'Acme' ORDER BY id")
    return [row[0] for row in rows]


async def test_the_page_says_how_many_it_changes_and_shows_three(signed_in: httpx.AsyncClient, five: list[int]):
    assert "Change all 5 leads" in (await signed_in.get("/leads?company=acme")).text
    assert "Select all 5" not in (await signed_in.get("/leads?company=acme")).text
    assert "Select all 5 leads" in (await signed_in.get("/leads?company=acme&limit=2")).text
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
        assert (await undo_change(signed_in, path)).headers["location"] == "/leads"
        assert await read(context, column) == [before] * LEADS
        undone = (await signed_in.get(path)).text
        assert "Ada Lovelace has undone this." in undone
        assert "/undo" not in undone.partition("<main")[2].partition("</main>")[0]
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT status FROM leads WHERE company = 'Zenith'") == "new"


async def test_all_are_deleted_and_restored(signed_in: httpx.AsyncClient, context: AppContext, five: list[int]):
    path = await start(signed_in, action="delete")
    assert await read(context, "id") == []
    await undo_change(signed_in, path)
    assert await read(context, "id") == five


async def test_a_conflict_in_the_middle_is_reported_and_the_rest_is_done(
    signed_in: httpx.AsyncClient, context: AppContext, five: list[int]
):
    async with context.db.transaction() as conn:
        where = leads.LeadFilter(company="acme")
        found = await leads.actions.apply_filters(conn, where)
        change = await actions.start(
            conn, leads.PAGES.record, "move", {"status": "won", "lost_reason": ""}, found, by=SYSTEM
        )
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


async def test_a_change_is_one_change_set_and_undo_asks_about_what_was_changed_since(
    signed_in: httpx.AsyncClient, context: AppContext, five: list[int]
):
    path = await start(signed_in, action="move", status="qualified")
    recent = (await signed_in.get("/changes")).text
    assert len(re.findall(r'<tr id="change-', recent)) == 1
    assert "and 2 more changes" in recent
    async with context.db.transaction() as conn:
        await leads.move(conn, await leads.lock(conn, five[0]), "won", SYSTEM)
    assert (await undo_change(signed_in, path)).status_code == 409
    await undo_change(signed_in, path, **{f"lead-{five[0]}.status": "keep"})
    assert await read(context, "status") == ["won", "new", "new", "new", "new"]


async def create_many(context: AppContext) -> int:
    """More leads of Acme than are changed at once; how many."""
    number = models.AT_ONCE + 30
    async with context.db.transaction() as conn:
        for n in range(number):
            form = leads.NewLead(name=f"P{n}", company="Acme")
            await leads.create(conn, form, by=SYSTEM, channel="manual")
    return number


async def test_a_large_change_is_undone_by_a_job_that_names_what_was_changed_since(
    signed_in: httpx.AsyncClient, context: AppContext
):
    number = await create_many(context)
    path = await start(signed_in, number, action="move", status="contacted")
    await bulk_changes.run(context, {"id": int(path.rpartition("/")[2])})
    ids = await read(context, "id")
    async with context.db.transaction() as conn:
        await leads.move(conn, await leads.lock(conn, ids[0]), "won", SYSTEM)
        await leads.delete(conn, await leads.lock(conn, ids[1]), by=SYSTEM)
    answer = await undo_change(signed_in, path)
    job = answer.headers["location"]
    assert f"Working: 0 of {number} records" in (await signed_in.get(job)).text
    await asyncio.gather(*(undo.run(context, {"id": int(job.rpartition("/")[2])}) for _ in range(3)))
    assert await read(context, "status") == ["won"] + ["new"] * (number - 2)
    page = (await signed_in.get(job)).text
    assert f"{number - 2} records changed back." in page
    assert "Status: Somebody has changed this since." in page
    assert f"Lead {ids[1]}: It was deleted since. Restore it first." in page
    # The undo is a change set too, and the first one is undone.
    again = (await undo_change(signed_in, job)).headers["location"]
    await undo.run(context, {"id": int(again.rpartition("/")[2])})
    assert await read(context, "status") == ["won"] + ["contacted"] * (number - 2)
    assert "Ada Lovelace has undone this." in (await signed_in.get(path)).text


async def test_a_change_that_still_runs_is_not_undone(signed_in: httpx.AsyncClient, context: AppContext):
    path = await start(signed_in, await create_many(context), action="move", status="contacted")
    change_id = int(path.rpartition("/")[2])
    await actions.run_batch(context, change_id, actions.change_records)
    async with context.db.connection() as conn:
        change = await actions.get(conn, change_id)
    assert change.waiting > 0
    await signed_in.post(f"/changes/{change.change_set_id}/undo")
    assert "This change is still running." in (await signed_in.get("/leads")).text
    await bulk_changes.run(context, {"id": change_id})
    assert {*await read(context, "status")} == {"contacted"}


async def test_a_large_change_is_a_job_that_is_safe_to_run_twice_and_at_once(
    signed_in: httpx.AsyncClient, context: AppContext
):
    number = await create_many(context)
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
        {"action": "next_step"}, {"action": "next_step", "next_action": "Call", "existing": "date"},
        {"action": "next_step", "next_action": "Call", "next_action_on": "2026-02-30"}, {"action": "ask"},
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


@pytest.mark.parametrize(
    ("existing", "steps"),
    [
        ("keep", [("Write", date(2026, 12, 1)), ("Call", date(2026, 12, 24))]),
        ("date", [("Write", date(2026, 12, 24)), ("Call", date(2026, 12, 24))]),
        ("replace", [("Call", date(2026, 12, 24)), ("Call", date(2026, 12, 24))]),
    ],
)
async def test_a_next_step_is_a_task_of_each_lead_and_the_form_says_what_happens_to_those_that_have_one(
    signed_in: httpx.AsyncClient, context: AppContext, five: list[int], existing: str, steps: list[Any]
):
    step = leads.ChangeLead(next_action="Write", next_action_on=date(2026, 12, 1))
    async with context.db.transaction() as conn:
        await leads.change(conn, await leads.lock(conn, five[0]), step, by=SYSTEM)
    sent = {"action": "next_step", "next_action": "Call", "next_action_on": "2026-12-24", "existing": existing}
    path = await start(signed_in, **sent)
    found = [*zip(await read(context, "next_action"), await read(context, "next_action_on"), strict=True)]
    assert found == [steps[0], *[steps[1]] * 4]
    async with context.db.connection() as conn:
        tasks = await conn.fetch("SELECT title, due_on FROM tasks WHERE done_at IS NULL ORDER BY lead_id")
    assert [tuple(row) for row in tasks] == found
    assert (await undo_change(signed_in, path)).headers["location"] == "/leads"
    assert await read(context, "next_action") == ["Write", "", "", "", ""]


async def test_a_next_step_that_somebody_set_meanwhile_stays(context: AppContext, five: list[int]):
    value = {"next_action": "Call", "next_action_on": None, "existing": "replace"}
    async with context.db.transaction() as conn:
        found = await leads.actions.apply_filters(conn, leads.LeadFilter(company="acme"))
        change = await actions.start(conn, leads.PAGES.record, "next_step", value, found, by=SYSTEM)
        step = leads.ChangeLead(next_action="Write")
        await leads.change(conn, await leads.lock(conn, five[0]), step, by=SYSTEM)
    await bulk_changes.run(context, {"id": change.id})
    assert await read(context, "next_action") == ["Write", "Call", "Call", "Call", "Call"]


@pytest.mark.parametrize("plural", ["contacts", "companies"])
async def test_contacts_and_companies_are_tagged_and_deleted_together_and_this_is_undone(
    signed_in: httpx.AsyncClient, context: AppContext, plural: str
):
    for name in ("Ada", "Bob", "Cy"):
        await signed_in.post(f"/{plural}", data={"name": name})
    async with context.db.transaction() as conn:
        tag = await tags.create(conn, tags.NewTag("Hot", "red"))
        ids = [row["id"] for row in await conn.fetch(f"SELECT id FROM {plural} ORDER BY id")]
    listed = (await signed_in.get(f"/{plural}")).text
    assert re.findall(r'name="pick" value="(\d+)"', listed) == [str(each) for each in ids]
    assert f"Change all 3 {plural}" in listed
    page = (await signed_in.get(f"/{plural}/change?name_not=cy")).text
    assert f"This changes 2 {plural}" in page
    assert 'value="assign"' not in page
    sent = {"expected": "2", "action": "tag", "tag_id": str(tag.id)}
    tagged = (await signed_in.post(f"/{plural}/change?name_not=cy", data=sent)).headers["location"]
    assert len(re.findall(">Hot</span>", (await signed_in.get(f"/{plural}")).text)) == 2
    picked = {"action": "delete", "pick": [str(each) for each in ids[:2]]}
    answer = await signed_in.post(f"/{plural}/bulk", data=picked)
    assert answer.headers["location"] == f"/{plural}"
    page = (await signed_in.get(f"/{plural}")).text
    assert f"Deleted 2 {plural}." in page
    assert re.findall(r'name="pick" value="(\d+)"', page) == [str(ids[2])]
    restored = re.search(r'action="(/changes/\d+/undo)"', page)
    assert restored
    await signed_in.post(restored[1])
    await undo_change(signed_in, tagged)
    back = (await signed_in.get(f"/{plural}")).text
    assert re.findall(r'name="pick" value="(\d+)"', back) == [str(each) for each in ids]
    assert ">Hot</span>" not in back.partition("<tbody>")[2].partition("</tbody>")[0]
    refused = await signed_in.post(f"/{plural}/bulk", data={"action": "assign", "pick": str(ids[0])})
    assert refused.status_code == 422
    assert "Choose one of: tag, untag, delete." in refused.text


async def test_a_contact_with_leads_is_left_out_of_a_deletion_and_named(
    signed_in: httpx.AsyncClient, context: AppContext
):
    await signed_in.post("/contacts", data={"name": "Ada", "email": "ada@acme.example"})
    await signed_in.post("/leads", data={"name": "Grace", "email": "grace@navy.example"})
    answer = await signed_in.post("/contacts/change", data={"expected": "2", "action": "delete"})
    page = (await signed_in.get(answer.headers["location"])).text
    assert "1 contact changed. 1 contact left out." in re.sub("<[^>]+>", "", page)
    assert ">Grace</a>" in page


async def test_the_selected_rows_lead_to_the_page_of_all_actions(signed_in: httpx.AsyncClient, five: list[int]):
    sent = {"action": "ask", "pick": [str(each) for each in five[:2]]}
    page = await signed_in.post("/leads/bulk?company=acme", data=sent)
    assert page.status_code == 200
    assert "This changes 2 leads" in page.text
    step = page.text.partition('name="action" value="next_step"')[2].partition("</form>")[0]
    assert re.findall(r'name="pick" value="(\d+)"', step) == sent["pick"]
    wrong = {"action": "next_step", "next_action_on": "2026-12-24", "pick": sent["pick"]}
    again = await signed_in.post("/leads/bulk", data=wrong)
    assert again.status_code == 422
    assert "Say what the next step is." in again.text
    assert 'value="2026-12-24"' in again.text


async def test_an_erased_contact_leaves_no_row_of_a_bulk_change(signed_in: httpx.AsyncClient, context: AppContext):
    await signed_in.post("/contacts", data={"name": "Ada Lovelace-Byron"})
    await signed_in.post("/contacts/change", data={"expected": "1", "action": "delete"})
    async with context.db.connection() as conn:
        entry = await conn.fetchval("SELECT id FROM trash")
    await signed_in.post(f"/trash/{entry}/forget", data={"name": "Ada Lovelace-Byron"})
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM trash") == 0
        assert await conn.fetchval("SELECT count(*) FROM bulk_change_rows") == 0


async def test_programs_change_several_leads_and_undo_it(keyed: Keyed, context: AppContext, five: list[int]):
    program = await keyed("leads:read", "leads:write")
    url = "/api/v1/leads/bulk-changes"
    body = {"action": "move", "status": "contacted", "ids": [*five, 999_999]}
    created = await program.post(url, json=body, headers={"idempotency-key": "a-key-of-this-test"})
    assert created.status_code == 201
    change = created.json()
    assert (change["state"], change["total"], change["done"], change["failed"]) == ("done", 6, 5, 1)
    again = await program.post(url, json=body, headers={"idempotency-key": "a-key-of-this-test"})
    assert again.json()["id"] == change["id"]
    path = created.headers["location"]
    assert (await program.get(path)).json() == change
    undoer = await keyed("changes:read", "changes:write")
    undo_url = f"/api/v1/changes/{change['change_set_id']}/undo"
    assert (await undoer.get(undo_url)).status_code == 404
    undone = await undoer.post(undo_url, json={})
    assert undone.json() == {"undone": 5, "kept": 0, "running": False}
    assert await read(context, "status") == ["new"] * LEADS
    assert (await program.get(path)).json()["undone_by"] == "A program"
    assert (await program.post(url, json={"action": "move", "ids": five})).status_code == 422
    assert (await program.post(url, json={"action": "delete", "ids": []})).status_code == 422
    assert (await program.post(url, json={"action": "ask", "ids": five})).status_code == 422
    reader = await keyed("leads:read", "contacts:read")
    assert (await reader.post(url, json=body)).status_code == 403
    assert (await reader.get(f"{url}/999")).status_code == 404
    assert (await reader.get(path.replace("leads", "contacts"))).status_code == 404


async def test_programs_undo_a_large_change_by_a_job_and_see_how_far_it_is(keyed: Keyed, context: AppContext):
    number = await create_many(context)
    program = await keyed("leads:write", "changes:read", "changes:write")
    body = {"action": "delete", "ids": await read(context, "id")}
    change = (await program.post("/api/v1/leads/bulk-changes", json=body)).json()
    await bulk_changes.run(context, {"id": change["id"]})
    assert await read(context, "id") == []
    url = f"/api/v1/changes/{change['change_set_id']}/undo"
    assert (await program.post(url, json={})).json() == {"undone": 0, "kept": 0, "running": True}
    running = (await program.get(url)).json()
    assert (running["action"], running["state"], running["waiting"]) == ("undo", "running", number)
    await undo.run(context, {"id": running["id"]})
    assert len(await read(context, "id")) == number
    done = (await program.get(url)).json()
    assert (done["state"], done["done"], done["failed"]) == ("done", number, 0)
    assert (await program.post(url, json={})).status_code == 409
