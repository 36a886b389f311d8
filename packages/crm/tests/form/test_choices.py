"""The choices of the enquiry form are rows that owners edit, and everything that shows or reads one follows."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import due_jobs
import factories
import httpx
import pytest

from crm.accounts import form_choices
from crm.accounts.form_choices import ChangeChoice, Choice, NewChoice
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, ValidationError
from crm.records import leads
from crm.workspace.form.actions import delete_choice
from shared.enquiry_form import BY_NAME

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
ANY = {"if-match": "*"}
SOURCES = [choice.value for choice in BY_NAME["source"].choices]


async def find(conn: Connection, field: str, key: str) -> Choice:
    return next(choice for choice in (await form_choices.list_all(conn)).list_field(field) if choice.key == key)


async def add(conn: Connection, label: str, field: str = "source") -> Choice:
    return await form_choices.create(conn, NewChoice(field, label), by=SYSTEM)


async def retire(conn: Connection, field: str, key: str) -> Choice:
    locked = await form_choices.lock(conn, (await find(conn, field, key)).id)
    return await form_choices.change(conn, locked, ChangeChoice(active=False), by=SYSTEM)


async def add_lead(conn: Connection, **values: Any) -> leads.Lead:
    return await leads.create(conn, leads.NewLead(**{"name": "Ann", **values}), by=SYSTEM)


def list_offered(snapshot: dict[str, Any], field: str = "source") -> list[str]:
    return [choice["value"] for choice in snapshot["choices"][field]]


async def test_the_first_choices_are_those_of_the_definition(conn: Connection) -> None:
    known = await form_choices.list_all(conn)
    for field in form_choices.CHOICE_FIELDS.values():
        assert [(choice.key, choice.label) for choice in known.list_field(field.name)] == [
            (choice.value, choice.label) for choice in field.choices
        ]


async def test_a_choice_that_a_newer_definition_adds_becomes_a_row(conn: Connection) -> None:
    await conn.execute("DELETE FROM form_choices WHERE key = 'event'")
    assert (await find(conn, "source", "event")).id > 0


async def test_a_program_adds_renames_moves_retires_and_deletes_a_choice(
    keyed: Keyed, client: httpx.AsyncClient
) -> None:
    program = await keyed("choices:read", "choices:write")
    sent, once = {"field": "source", "label": "Ein Pödcast"}, {"idempotency-key": "once-and-again"}
    made = await program.post("/api/v1/choices", json=sent, headers=once)
    again = await program.post("/api/v1/choices", json=sent, headers=once)
    assert (made.status_code, made.json()["key"], again.json()["id"]) == (201, "ein_podcast", made.json()["id"])
    url, tag = made.headers["location"], made.headers["etag"]
    changed = await program.patch(url, json={"label": "A podcast", "position": 1}, headers={"if-match": tag})
    assert (changed.json()["label"], changed.json()["key"]) == ("A podcast", "ein_podcast")
    assert (await program.patch(url, json={"label": "B"}, headers={"if-match": tag})).status_code == 412
    assert (await program.patch(url, json={"label": "B"})).status_code == 428
    assert list_offered((await client.get("/api/form")).json()) == ["ein_podcast", *SOURCES]
    retired = await program.patch(url, json={"active": False}, headers=ANY)
    assert retired.json()["active"] is False
    assert list_offered((await client.get("/api/form")).json()) == SOURCES
    listed = (await program.get("/api/v1/choices")).json()["data"]
    assert [each["key"] for each in listed if each["field"] == "source"] == [*SOURCES, "ein_podcast"]
    assert (await program.patch(url, json={"position": 1}, headers=ANY)).json()["errors"][0]["field"] == "position"
    assert (await program.delete(url, headers=ANY)).status_code == 204
    assert (await program.get(url)).status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"label": "A"}, "field"), ({"field": "name", "label": "A"}, "field"), ({"field": "source"}, "label"),
        ({"field": "source", "label": " "}, "label"), ({"field": "source", "label": "x" * 81}, "label"),
        ({"field": "source", "label": "an EVENT"}, "label"), ({"field": "source", "label": "A", "key": "a"}, "key"),
    ],
)  # fmt: skip
async def test_a_choice_with_a_wrong_value_is_refused_and_the_field_named(
    keyed: Keyed, sent: dict[str, Any], field: str
) -> None:
    answer = await (await keyed("choices:write")).post("/api/v1/choices", json=sent)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_only_owners_change_the_form(
    signed_in_as: Callable[[str], Awaitable[httpx.AsyncClient]], keyed: Keyed
) -> None:
    member = await signed_in_as("member")
    assert (await member.get("/settings/form")).status_code == 403
    assert (await member.post("/settings/form", data={"field": "source", "label": "A"})).status_code == 403
    reader = await keyed("choices:read")
    assert (await reader.post("/api/v1/choices", json={"field": "source", "label": "A"})).status_code == 403


async def test_a_new_choice_is_everywhere_that_a_choice_is(
    signed_in: httpx.AsyncClient, keyed: Keyed, context: AppContext
) -> None:
    added = await signed_in.post("/settings/form", data={"field": "source", "label": "A podcast"})
    assert added.headers["location"] == "/settings/form#source"
    assert "A podcast added." in (await signed_in.get("/settings/form")).text
    sent = await signed_in.post("/api/leads", json=factories.build_enquiry(source="a_podcast"))
    assert sent.status_code == 201, sent.text
    async with context.db.transaction() as conn:
        await factories.create_channel(conn, context, "lead.created")
    await due_jobs.run(context)
    async with context.db.connection() as conn:
        lead = (await leads.RECORD.list_page(conn, leads.LeadFilter())).data[0]
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    assert "<span>A podcast</span>" in page
    assert (
        '<option value="a_podcast" selected>A podcast</option>' in (await signed_in.get(f"/leads/{lead.id}/edit")).text
    )
    listed = (await signed_in.get("/leads?source=a_podcast&columns=source")).text
    assert "Source: A podcast" in listed or "How they heard about us: A podcast" in listed
    assert ">A podcast</td>" in listed
    program = await keyed("leads:read", "leads:write")
    rows = (await program.get("/api/v1/reports/source?by=source")).json()["rows"]
    assert "A podcast" in [row["label"] for row in rows]
    assert "A podcast" in (await signed_in.get("/reports/source.csv?by=source")).text
    changed = await program.patch(f"/api/v1/leads/{lead.id}", json={"source": "blog"}, headers=ANY)
    assert changed.json()["source"] == "blog"
    story = (await signed_in.get(f"/leads/{lead.id}")).text
    assert "from “A podcast” to “An article of yours”." in story


async def test_a_retired_choice_stays_on_its_leads_and_old_forms_may_still_send_it(
    signed_in: httpx.AsyncClient, keyed: Keyed, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        lead = await add_lead(conn, source="event")
        await retire(conn, "source", "event")
    assert "<span>An event</span>" in (await signed_in.get(f"/leads/{lead.id}")).text
    edit = (await signed_in.get(f"/leads/{lead.id}/edit")).text
    assert '<option value="event" selected>An event (retired)</option>' in edit
    assert '"event"' not in (await signed_in.get("/leads/new")).text
    values = {"name": "Ann Lee", "source": "event", "version": str(lead.version)}
    assert (await signed_in.post(f"/leads/{lead.id}", data=values)).status_code == 303
    listed = (await signed_in.get("/leads?source=event")).text
    assert '<option value="event" selected>An event (retired)</option>' in listed or "An event (retired)" in listed
    assert "Ann Lee" in listed
    sent = await signed_in.post("/api/leads", json=factories.build_enquiry(source="event"))
    assert sent.status_code == 201
    program = await keyed("leads:write")
    made = await program.post("/api/v1/leads", json={"name": "Bo", "source": "event"})
    assert made.json()["source"] == "event"


async def test_a_deleted_choice_is_accepted_from_an_old_form_and_keeps_its_label(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        choice = await form_choices.lock(conn, (await add(conn, "A fair")).id)
        await delete_choice(conn, choice, by=SYSTEM)
    sent = await signed_in.post("/api/leads", json=factories.build_enquiry(source="a_fair"))
    assert sent.status_code == 201
    await due_jobs.run(context)
    assert "A fair" in (await signed_in.get("/inbox")).text


async def test_what_was_never_a_choice_is_refused_as_before(
    signed_in: httpx.AsyncClient, keyed: Keyed, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        await retire(conn, "source", "event")
    message = "Choose one of: search, blog, recommendation, social, other."
    sent = await signed_in.post("/api/leads", json=factories.build_enquiry(source="atlantis"))
    assert sent.json()["errors"] == [{"field": "source", "message": message}]
    program = await keyed("leads:write")
    for call in (
        program.post("/api/v1/leads", json={"name": "Bo", "source": "atlantis"}),
        program.patch(await make_url(program), json={"source": "atlantis"}, headers=ANY),
    ):
        answer = await call
        assert (answer.status_code, answer.json()["errors"]) == (422, [{"field": "source", "message": message}])


async def make_url(program: httpx.AsyncClient) -> str:
    made = await program.post("/api/v1/leads", json={"name": "Cy"})
    return made.headers["location"]


async def test_the_mail_about_a_new_lead_uses_the_labels_of_the_settings(
    client: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        await factories.create_channel(conn, context, "lead.created")
        locked = await form_choices.lock(conn, (await find(conn, "budget", "unsure")).id)
        await form_choices.change(conn, locked, ChangeChoice(label="We do not know yet"), by=SYSTEM)
    await client.post("/api/leads", json=factories.build_enquiry(budget="unsure"))
    await due_jobs.run(context)
    async with context.db.connection() as conn:
        body = await conn.fetchval("SELECT body FROM notifications")
        hook = await conn.fetchval("SELECT payload -> 'lead' ->> 'budget' FROM events WHERE kind = 'lead.created'")
    assert "Budget: We do not know yet" in body
    assert hook == "unsure"


async def test_a_choice_that_leads_have_is_retired_and_not_deleted(conn: Connection) -> None:
    await add_lead(conn, source="event")
    with pytest.raises(ConflictError, match="Leads have the choice An event"):
        await delete_choice(conn, await form_choices.lock(conn, (await find(conn, "source", "event")).id), by=SYSTEM)


async def test_the_page_says_why_a_choice_is_not_deleted_or_retired(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        await add_lead(conn, source="event")
        used = await find(conn, "source", "event")
        for key in SOURCES:
            if key != "event":
                await retire(conn, "source", key)
    for action, reason in (("delete", "Leads have the choice An event"), ("retire", "is the last choice")):
        refused = await signed_in.post(f"/settings/form/{used.id}/{action}")
        assert (refused.status_code, reason in refused.text) == (409, True), action
    assert f'href="/leads?source={used.key}"' in refused.text


async def test_a_field_keeps_its_last_choice(conn: Connection) -> None:
    for key in SOURCES[1:]:
        await retire(conn, "source", key)
    with pytest.raises(ConflictError, match="the last choice"):
        await retire(conn, "source", SOURCES[0])
    with pytest.raises(ConflictError, match="the last choice"):
        await delete_choice(conn, await form_choices.lock(conn, (await find(conn, "source", SOURCES[0])).id), by=SYSTEM)


async def test_a_label_is_taken_also_by_a_retired_choice(conn: Connection) -> None:
    await retire(conn, "source", "event")
    with pytest.raises(ValidationError) as raised:
        await add(conn, "an event")
    assert raised.value.errors[0].message == "There is a choice An event already, which is retired."
    assert (await add(conn, "An event", "budget")).key == "an_event"


async def undo(browser: httpx.AsyncClient, page: httpx.Response) -> str:
    """Press Undo in the toast after a change, and return the text of the page that follows."""
    shown = (await browser.get(page.headers["location"].partition("#")[0])).text
    found = re.search(r'action="(/changes/\d+/undo)"', shown.partition("toast")[2])
    assert found, shown
    again = await browser.post(found[1], data={"back": "/settings/form"})
    return again.text if again.status_code == 409 else (await browser.get(again.headers["location"])).text


async def test_renaming_retiring_adding_and_deleting_can_be_undone(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.connection() as conn:
        choice = await find(conn, "source", "event")
    url = f"/settings/form/{choice.id}"
    renamed = await signed_in.post(url, data={"label": "A meetup", "version": str(choice.version)})
    assert "A meetup" not in await undo(signed_in, renamed)
    for action in ("retire", "delete"):
        assert "An event" in await undo(signed_in, await signed_in.post(f"{url}/{action}"))
        assert list_offered((await signed_in.get("/api/form")).json()) == SOURCES
    added = await signed_in.post("/settings/form", data={"field": "source", "label": "A fair"})
    assert "A fair" not in await undo(signed_in, added)
    async with context.db.connection() as conn:
        known = await form_choices.list_all(conn)
    assert {option[1] for option in known.list_options("source")} == {c.label for c in BY_NAME["source"].choices}


async def test_a_rename_is_not_undone_over_a_later_one(signed_in: httpx.AsyncClient, context: AppContext) -> None:
    async with context.db.connection() as conn:
        choice = await find(conn, "source", "event")
    url = f"/settings/form/{choice.id}"
    first = await signed_in.post(url, data={"label": "A meetup", "version": str(choice.version)})
    async with context.db.transaction() as conn:
        locked = await form_choices.lock(conn, choice.id)
        await form_choices.change(conn, locked, ChangeChoice(label="A conference"), by=SYSTEM)
    asked = await undo(signed_in, first)
    assert "Somebody has changed this since." in asked
    assert "A conference" in asked


async def test_a_choice_that_somebody_else_has_changed_is_shown_again(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.connection() as conn:
        choice = await find(conn, "source", "event")
    url, version = f"/settings/form/{choice.id}", str(choice.version)
    assert (await signed_in.post(url, data={"label": "A meetup", "version": version})).status_code == 303
    late = await signed_in.post(url, data={"label": "A fair", "version": version})
    assert late.status_code == 409
    assert "Somebody else has just changed this choice." in late.text
    assert 'value="A fair"' in late.text
    assert (await signed_in.post(url, data={"label": "", "version": "0"})).status_code == 422
    taken = await signed_in.post(url, data={"label": "Search engine", "version": "0"})
    assert (taken.status_code, "There is a choice Search engine already." in taken.text) == (422, True)


async def test_two_people_who_add_the_same_choice_at_once_get_one(context: AppContext) -> None:
    async def create() -> object:
        try:
            async with context.db.transaction() as conn:
                return await add(conn, "A podcast")
        except (ConflictError, ValidationError) as error:
            return error

    results = await asyncio.gather(create(), create())
    assert sum(isinstance(result, Choice) for result in results) == 1
    async with context.db.transaction() as conn:
        await conn.execute("DELETE FROM form_choices WHERE key = 'a_podcast'")


async def test_arrows_move_a_choice_and_stop_at_the_ends(signed_in: httpx.AsyncClient, context: AppContext) -> None:
    async with context.db.connection() as conn:
        first, last = await find(conn, "source", SOURCES[0]), await find(conn, "source", SOURCES[-1])
    for choice, by in ((first, "up"), (last, "down"), (first, "down")):
        await signed_in.post(f"/settings/form/{choice.id}/shift", data={"by": by})
    snapshot = (await signed_in.get("/api/form")).json()
    assert list_offered(snapshot) == [SOURCES[1], SOURCES[0], *SOURCES[2:]]
    assert (await signed_in.post(f"/settings/form/{first.id}/shift", data={"by": "left"})).status_code == 400


async def test_every_change_is_in_the_audit_log(signed_in: httpx.AsyncClient, context: AppContext) -> None:
    await signed_in.post("/settings/form", data={"field": "source", "label": "A podcast"})
    async with context.db.connection() as conn:
        choice = await find(conn, "source", "a_podcast")
    for action in ("retire", "restore", "delete"):
        await signed_in.post(f"/settings/form/{choice.id}/{action}")
    log = (await signed_in.get("/settings/audit")).text
    for text in ("Choice of the form added", "Choice of the form changed", "Choice of the form deleted"):
        assert text in log
    assert "How they heard about us: A podcast" in log


async def test_another_process_knows_a_new_choice_within_seconds(
    client: httpx.AsyncClient, context: AppContext
) -> None:
    assert (await client.post("/api/leads", json=factories.build_enquiry(source="a_fair"))).status_code == 422
    async with context.db.transaction() as conn:  # as another process does it
        await conn.execute(
            "INSERT INTO form_choices (field, key, label, position, created_at, updated_at)"
            " VALUES ('source', 'a_fair', 'A fair', 9, now(), now())"
        )
    for _ in range(600):
        answer = await client.post("/api/leads", json=factories.build_enquiry(source="a_fair"))
        if answer.status_code == 201:
            break
        await asyncio.sleep(0.05)
    assert answer.status_code == 201


async def test_a_plain_form_that_is_shown_again_offers_the_choices_of_the_settings(
    client: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        await add(conn, "A podcast")
        await retire(conn, "source", "event")
        await form_choices.list_all(conn)
    sent = await client.post("/api/leads", data=factories.build_enquiry(email="ada", source="event"))
    assert sent.status_code == 422
    assert '<option value="event" selected>An event</option>' in sent.text
    assert '<option value="a_podcast">A podcast</option>' in sent.text
