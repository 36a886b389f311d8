"""The stages of the pipeline are rows that owners edit, and everything that names a status reads them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, ValidationError
from crm.records import leads, stages
from crm.workspace.pipeline.stage_actions import delete_stage

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
SignInAs = Callable[..., Awaitable[httpx.AsyncClient]]
SEEDED = ["new", "contacted", "qualified", "proposal", "won", "lost"]
ANY = {"if-match": "*"}


async def find(conn: Connection, key: str) -> stages.Stage:
    return next(stage for stage in await stages.list_all(conn) if stage.key == key)


async def add_lead(conn: Connection, status: str = "new", **values: Any) -> leads.Lead:
    return await leads.create(conn, leads.NewLead(**{"name": "Ann", "status": status, **values}), by=SYSTEM)


async def list_keys(program: httpx.AsyncClient) -> list[str]:
    return [stage["key"] for stage in (await program.get("/api/v1/stages")).json()["data"]]


async def test_the_six_statuses_of_the_release_before_are_the_first_stages(conn: Connection) -> None:
    assert [stage.key for stage in await stages.list_all(conn)] == SEEDED
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await conn.execute(
            "INSERT INTO leads (reference, name, channel, status, received_at, status_at, created_at, updated_at)"
            " VALUES ('X', 'X', 'api', 'nowhere', now(), now(), now(), now())"
        )


async def test_a_program_adds_renames_moves_and_deletes_a_stage(keyed: Keyed) -> None:
    program = await keyed("stages:read", "stages:write")
    sent = {"name": "Späte Verhandlung", "probability": 80, "position": 4}
    made = await program.post("/api/v1/stages", json=sent, headers={"idempotency-key": "once-and-again"})
    again = await program.post("/api/v1/stages", json=sent, headers={"idempotency-key": "once-and-again"})
    assert (made.status_code, made.json()["key"]) == (201, "spate_verhandlung")
    assert again.json()["id"] == made.json()["id"]
    assert await list_keys(program) == [*SEEDED[:3], "spate_verhandlung", *SEEDED[3:]]
    url, tag = made.headers["location"], made.headers["etag"]
    changed = await program.patch(url, json={"name": "Late", "position": 1}, headers={"if-match": tag})
    assert (changed.json()["name"], changed.json()["key"]) == ("Late", "spate_verhandlung")
    assert (await list_keys(program))[0] == "spate_verhandlung"
    assert (await program.patch(url, json={"name": "Later"}, headers={"if-match": tag})).status_code == 412
    assert (await program.delete(url, headers=ANY)).status_code == 204
    assert await list_keys(program) == SEEDED
    assert (await program.get(url)).status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "name"), ({"name": " "}, "name"), ({"name": "x" * 41}, "name"), ({"name": "won"}, "name"),
        ({"name": "A", "probability": 101}, "probability"), ({"name": "A", "stale_days": -1}, "stale_days"),
        ({"name": "A", "kind": "won"}, "kind"),
    ],
)  # fmt: skip
async def test_a_stage_with_a_wrong_value_is_refused_and_the_field_named(
    keyed: Keyed, sent: dict[str, Any], field: str
) -> None:
    program = await keyed("stages:write")
    answer = await program.post("/api/v1/stages", json=sent)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_won_and_lost_only_get_another_name(keyed: Keyed, context: AppContext) -> None:
    program = await keyed("stages:write")
    async with context.db.connection() as conn:
        won = await find(conn, "won")
    url = f"/api/v1/stages/{won.id}"
    refused = await program.patch(url, json={"probability": 50, "position": 2}, headers=ANY)
    assert [error["field"] for error in refused.json()["errors"]] == ["probability", "position"]
    assert (await program.patch(url, json={"name": "Ordered"}, headers=ANY)).json()["name"] == "Ordered"


@pytest.mark.parametrize("key", ["new", "won", "lost"])
async def test_the_stages_that_everything_needs_cannot_be_deleted(conn: Connection, key: str) -> None:
    with pytest.raises(ConflictError, match="cannot be deleted"):
        await delete_stage(conn, await find(conn, key), "proposal", by=SYSTEM)


async def test_the_leads_of_a_deleted_stage_move_to_the_chosen_one(keyed: Keyed, context: AppContext) -> None:
    program = await keyed("stages:write", "leads:read", "activities:read")
    async with context.db.transaction() as conn:
        moved = [await add_lead(conn, "proposal"), await add_lead(conn, "proposal")]
        url = f"/api/v1/stages/{(await find(conn, 'proposal')).id}"
    for wrong in ("", "?move_to=won", "?move_to=proposal", "?move_to=nowhere"):
        refused = await program.delete(f"{url}{wrong}", headers=ANY)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "move_to"), wrong
    assert (await program.delete(f"{url}?move_to=qualified")).status_code == 428
    assert (await program.delete(f"{url}?move_to=qualified", headers=ANY)).status_code == 204
    listed = (await program.get("/api/v1/leads?status=qualified")).json()["data"]
    assert {lead["id"] for lead in listed} == {lead.id for lead in moved}
    story = (await program.get(f"/api/v1/activities?lead_id={moved[0].id}")).json()["data"]
    assert "deleted the stage Proposal, and the lead moved to Qualified." in story[0]["body"]
    async with context.db.connection() as conn:
        events = await conn.fetch("SELECT payload FROM events WHERE kind = 'lead.changed'")
        past = await conn.fetchval("SELECT count(*) FROM status_periods WHERE status = 'proposal'")
    assert [event["payload"]["changed"] for event in events] == [["status"], ["status"]]
    assert past == 2
    assert (await program.get("/api/v1/leads?left_status=proposal")).json()["total"] == 2


async def test_a_status_that_is_no_stage_names_the_choices(keyed: Keyed) -> None:
    program = await keyed("leads:read", "leads:write")
    for answer in (
        await program.get("/api/v1/leads?status=nowhere"),
        await program.post("/api/v1/leads", json={"name": "A", "status": "nowhere"}),
    ):
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"field": "status", "message": "Choose one of: new, contacted, qualified, proposal, won, lost."}
        ]


async def test_a_new_stage_is_everywhere_that_a_status_is(
    signed_in: httpx.AsyncClient, keyed: Keyed, context: AppContext
) -> None:
    added = await signed_in.post("/settings/pipeline", data={"name": "Negotiation", "probability": "70"})
    assert added.headers["location"] == "/settings/pipeline"
    program = await keyed("leads:write", "leads:read")
    made = await program.post("/api/v1/leads", json={"name": "Ann", "status": "negotiation"})
    assert made.status_code == 201
    lead_id = made.json()["id"]
    page = (await signed_in.get("/leads?status=negotiation")).text
    assert f'href="/leads/{lead_id}?status=negotiation"' in page
    assert '<option value="negotiation">Negotiation</option>' in page
    assert 'aria-label="Move to Negotiation"' in (await signed_in.get(f"/leads/{(await add(context)).id}")).text
    reports = (await signed_in.get("/reports")).text
    assert 'data-stage="negotiation">Negotiation<' in reports
    await signed_in.post(f"/leads/{lead_id}/status", data={"status": "contacted", "was": "negotiation"})
    assert "moved it from Negotiation to Contacted." in (await signed_in.get(f"/leads/{lead_id}")).text
    assert (await program.get("/api/v1/reports/ageing")).json()["rows"][4]["status"] == "negotiation"


async def add(context: AppContext) -> leads.Lead:
    async with context.db.transaction() as conn:
        return await add_lead(conn)


async def test_the_page_asks_where_the_leads_go_and_deleting_can_be_undone(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        lead, moved_on = await add_lead(conn, "contacted"), await add_lead(conn, "contacted")
        stage = await find(conn, "contacted")
    url = f"/settings/pipeline/{stage.id}"
    assert "Choose a stage" in (await signed_in.get(url)).text
    refused = await signed_in.post(f"{url}/delete", data={"move_to": ""})
    assert refused.status_code == 422
    assert "Choose where its leads go." in refused.text
    deleted = await signed_in.post(f"{url}/delete", data={"move_to": "new"})
    page = (await signed_in.get(deleted.headers["location"])).text
    assert "Contacted deleted. 2 leads moved to New." in page
    assert (await signed_in.get(url)).status_code == 404
    undo = re.search(r'action="(/changes/\d+/undo)"', page)
    assert undo
    async with context.db.transaction() as conn:
        later = await leads.lock(conn, moved_on.id)
        await leads.move(conn, later, "qualified", SYSTEM)
    await signed_in.post(undo.group(1))
    async with context.db.connection() as conn:
        assert [each.key for each in await stages.list_all(conn)] == SEEDED
        assert (await leads.get(conn, lead.id)).status == "contacted"
        assert (await leads.get(conn, moved_on.id)).status == "qualified"


async def test_arrows_move_a_stage_and_stop_at_the_ends(signed_in: httpx.AsyncClient, context: AppContext) -> None:
    async with context.db.connection() as conn:
        first, last = await find(conn, "new"), await find(conn, "proposal")
    for stage, by in ((first, "up"), (last, "down"), (first, "down")):
        await signed_in.post(f"/settings/pipeline/{stage.id}/shift", data={"by": by})
    async with context.db.connection() as conn:
        assert [each.key for each in await stages.list_all(conn)] == ["contacted", "new", *SEEDED[2:]]
    assert (await signed_in.post(f"/settings/pipeline/{first.id}/shift", data={"by": "left"})).status_code == 400


async def test_a_stage_that_somebody_else_has_changed_is_shown_again(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.connection() as conn:
        stage = await find(conn, "qualified")
    sent = {"name": "Fits us", "probability": "45", "stale_days": "9", "version": str(stage.version)}
    url = f"/settings/pipeline/{stage.id}"
    assert (await signed_in.post(url, data=sent)).status_code == 303
    again = await signed_in.post(url, data=sent | {"name": "Fits"})
    assert again.status_code == 409
    assert "Somebody else has just changed this stage." in again.text
    assert (await signed_in.post(url, data=sent | {"name": ""})).status_code == 422


async def test_another_process_knows_an_edit_within_seconds(keyed: Keyed, context: AppContext) -> None:
    program = await keyed("leads:read")
    assert (await program.get("/api/v1/leads?status=elsewhere")).status_code == 422
    async with context.db.transaction() as conn:  # as another process does it
        await conn.execute(
            "INSERT INTO stages (key, name, kind, position, probability, stale_days, created_at, updated_at)"
            " VALUES ('elsewhere', 'Elsewhere', 'open', 5, 1, 1, now(), now())"
        )
    for _ in range(100):
        if (answer := await program.get("/api/v1/leads?status=elsewhere")).status_code == 200:
            break
        await asyncio.sleep(0.05)
    assert answer.status_code == 200


async def test_no_lead_stays_behind_in_a_stage_that_is_deleted_at_that_moment(context: AppContext) -> None:
    async with context.db.transaction() as conn:
        lead, stage = await add_lead(conn), await find(conn, "proposal")

    async def delete() -> None:
        async with context.db.transaction() as other:
            await delete_stage(other, await stages.get(other, stage.id), "new", by=SYSTEM)

    async with context.db.transaction() as conn:
        await leads.move(conn, await leads.lock(conn, lead.id), "proposal", SYSTEM)
        deleting = asyncio.create_task(delete())
        await wait_until_blocked(context)
    await deleting
    async with context.db.transaction() as conn:
        assert (await leads.get(conn, lead.id)).status == "new"
        with pytest.raises(ValidationError):
            await leads.move(conn, await leads.lock(conn, lead.id), "proposal", SYSTEM)
    await restore(context, stage)


async def wait_until_blocked(context: AppContext) -> None:
    """Wait until a statement of another transaction waits for a lock."""
    async with context.db.connection() as conn:
        for _ in range(1500):
            if await conn.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
                return
            await asyncio.sleep(0.02)
    raise AssertionError("No statement waits for a lock.")


async def restore(context: AppContext, stage: stages.Stage) -> None:
    async with context.db.transaction() as conn:
        await stages.restore(conn, stage.id, by=SYSTEM)


async def test_what_returns_from_the_trash_or_an_undo_never_lands_in_a_deleted_stage(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        lead, other = await add_lead(conn, "proposal"), await add_lead(conn, "proposal")
        await leads.delete(conn, lead, by=SYSTEM)
    form = {"do": "move", "status": "contacted", "pick": str(other.id)}
    await signed_in.post("/leads/bulk", data=form)
    undo = re.search(r'action="(/changes/[^"]+)"', (await signed_in.get("/leads")).text)
    assert undo
    async with context.db.transaction() as conn:
        await delete_stage(conn, await find(conn, "proposal"), "", by=SYSTEM)
    await signed_in.post(f"/leads/{lead.id}/restore")
    asked = await signed_in.post(undo[1])
    assert asked.status_code == 409
    async with context.db.connection() as conn:
        assert (await leads.get(conn, lead.id)).status == "new"
        assert (await leads.get(conn, other.id)).status == "contacted"


async def test_a_stage_is_put_back_in_its_place_by_owners_alone(signed_in_as: SignInAs, context: AppContext) -> None:
    owner = await signed_in_as("owner")
    async with context.db.connection() as conn:
        stage = await find(conn, "contacted")
    url = f"/settings/pipeline/{stage.id}"
    changes = []
    for path, data in (
        ("", {"name": "Talking", "probability": "30", "stale_days": "7"}),
        ("/shift", {"by": "down"}),
    ):
        await owner.post(url + path, data=data)
        found = re.search(r'action="(/changes/\d+/undo)"', (await owner.get("/settings/pipeline")).text)
        assert found
        changes.append(found[1])
    shown = (await owner.get(changes[0].removesuffix("/undo"))).text
    assert re.search(r"Contacted.*Talking", shown, flags=re.DOTALL)
    cookies = httpx.Cookies(owner.cookies)
    member = await signed_in_as("member")
    assert (await member.post(changes[0])).status_code == 403
    owner.cookies = cookies
    for change in changes:
        assert (await owner.post(change)).status_code == 303
    async with context.db.connection() as conn:
        again = await find(conn, "contacted")
    assert (again.name, again.probability, again.position) == ("Contacted", 20, 2)
