"""A lead has a title: the one it was given, or else the first words of its message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import pytest

from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.outbound.notifications import messages
from crm.records import leads, related

ADA = Actor("person", None, "Ada")
Keyed = Callable[..., Awaitable[httpx.AsyncClient]]


async def create(conn: Connection, **values: Any) -> leads.Lead:
    form = leads.NewLead(**{"name": "Zoë Quine", "email": "zoe@quine.example", **values})
    return await leads.create(conn, form, by=SYSTEM, channel="site")


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("Orders are copied by hand.", "Orders are copied by hand"),
        ("Hello,\n\nour booking system is old. Help!", "our booking system is old"),
        ("Our tools write files. We want the readings in a database.", "Our tools write files"),
        ("Can you take our shop over? The agency has closed, and we sell every day.", "Can you take our shop over?"),
        ("Call me. I need a site.", "Call me. I need a site"),
        ("We have approx. 40 tools. All of them write files.", "We have approx. 40 tools"),
        ("We spend approx. 40 hours each week on files of our tools, by hand.",
         "We spend approx. 40 hours each week on files of our tools…"),
        ("Dear Ada and team,\nplease call", "please call"),
        ("Hello", "Hello"),
        ("Hi there!", "Hi there!"),
        ("We  have\n\ttwo offers", "We have two offers"),
        (
            "We run field tests on paper and type them up at night, every night.",
            "We run field tests on paper and type them up at night…",
        ),
        ("x" * 90, "x" * 59 + "…"),
        ("東京" * 40, "東京" * 29 + "東…"),
        ("", "Zoë Quine"),
        ("  \n ", "Zoë Quine"),
    ],
)  # fmt: skip
async def test_an_unnamed_lead_is_called_by_the_first_words_of_its_message(conn: Connection, message: str, title: str):
    assert (await create(conn, message=message)).title == title


async def test_a_title_that_was_given_stays_whatever_the_message_becomes(conn: Connection):
    lead = await create(conn, message="Orders are copied by hand.", title="Warehouse link")
    changed = await leads.change(conn, lead, leads.ChangeLead(message="Something else"), by=ADA)
    assert (lead.title, changed.title) == ("Warehouse link", "Warehouse link")
    cleared = await leads.change(conn, changed, leads.ChangeLead(title=""), by=ADA)
    assert cleared.title == "Something else"


async def test_saving_a_form_that_shows_the_first_words_does_not_name_the_lead(conn: Connection):
    lead = await create(conn, message="Orders are copied by hand.")
    same = await leads.change(conn, lead, leads.ChangeLead(title=lead.title, hours=3), by=ADA)
    later = await leads.change(conn, same, leads.ChangeLead(message="It is urgent"), by=ADA)
    assert later.title == "It is urgent"
    assert await conn.fetchval("SELECT title FROM leads WHERE id = $1", lead.id) == ""


async def test_three_enquiries_of_one_person_are_three_titles_in_the_list_and_on_her_pages(
    signed_in: httpx.AsyncClient, context: AppContext
):
    async with context.db.transaction() as conn:
        made = [await create(conn, message=f"{word} system needs care") for word in ("Booking", "Payroll", "Stock")]
    for path in ("/leads", f"/contacts/{made[0].contact_id}", f"/companies/{made[0].company_id}"):
        page = (await signed_in.get(path)).text
        for lead in made:
            assert f'href="/leads/{lead.id}"' in page
            assert lead.title in page


async def test_the_release_before_can_add_a_lead_that_knows_no_title(conn: Connection):
    lead_id = await conn.fetchval(
        """
        INSERT INTO leads (reference, name, message, channel, received_at, status_at, created_at, updated_at)
        VALUES ('E-OLD', 'Grace', 'Old words', 'site', now(), now(), now(), now())
        RETURNING id
        """
    )
    assert (await leads.get(conn, lead_id)).title == "Old words"


async def test_leads_are_sorted_by_title_and_by_next_step_from_page_to_page(conn: Connection):
    for title, on in (
        ("beta", date(2026, 12, 3)),
        ("Alpha", None),
        ("ärger", date(2026, 12, 1)),
        ("gamma", date(2026, 12, 2)),
    ):
        values = {"next_action": "Call", "next_action_on": on} if on else {}
        await create(conn, title=title, **values)
    for sort, expected in (
        ("title", ["Alpha", "ärger", "beta", "gamma"]),
        ("next_action_on", ["ärger", "gamma", "beta", "Alpha"]),
    ):
        for direction, order in (("", expected), ("-", expected[::-1])):
            found, cursor = [], ""
            while cursor is not None:
                page = await leads.RECORD.list_page(
                    conn, leads.LeadFilter(sort=direction + sort, limit=1, cursor=cursor)
                )
                found += [lead.title for lead in page.data]
                cursor = page.next_cursor  # type: ignore[assignment]
            assert found == order


async def test_programs_read_and_write_the_title(keyed: Keyed):
    program = await keyed("leads:read", "leads:write")
    made = await program.post("/api/v1/leads", json={"name": "Bob", "message": "A long story", "title": "Short"})
    assert made.json()["title"] == "Short"
    lead = f"/api/v1/leads/{made.json()['id']}"
    changed = await program.patch(lead, json={"title": ""}, headers={"if-match": made.headers["etag"]})
    assert changed.json()["title"] == "A long story"
    assert (await program.get("/api/v1/leads?sort=title")).status_code == 200
    refused = await program.patch(lead, json={"title": "x" * 161}, headers={"if-match": changed.headers["etag"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "title")


async def test_the_event_of_a_change_names_the_title_that_followed_the_message(conn: Connection):
    lead = await create(conn, message="Old words")
    await leads.change(conn, lead, leads.ChangeLead(message="New words"), by=ADA)
    payload = await conn.fetchval("SELECT payload FROM events WHERE kind = 'lead.changed'")
    assert payload["changed"] == ["title", "message"]
    assert payload["lead"]["title"] == "New words"


async def test_messages_about_a_lead_say_its_title(conn: Connection):
    lead = await create(conn, message="A long story", title="Warehouse link", company="Quine")
    by = {"name": "Ada"}
    payload = {"lead": {**leads_payload(lead)}, "by": by, "previous": "new", "status": "won"}
    moved = messages.build_message("lead.status_changed", payload, markup=False)
    created = messages.build_message("lead.created", payload, markup=False)
    assert moved
    assert created
    assert moved.title == "Warehouse link (Zoë Quine): new → won"
    assert "About: Warehouse link" in created.body


def leads_payload(lead: leads.Lead) -> dict[str, Any]:
    return {name: getattr(lead, name) for name in lead.__struct_fields__}


async def test_a_company_lists_its_related_leads_by_title(conn: Connection):
    lead = await create(conn, message="Stock is wrong", company="Quine")
    listed = await related.list_leads(conn, "company_id", lead.company_id or 0, 5)
    assert [each.title for each in listed] == ["Stock is wrong"]


async def test_the_trash_tells_two_leads_of_one_person_apart(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        for message in ("Booking is slow", "Payroll is slow"):
            await leads.delete(conn, await create(conn, message=message), by=ADA)
    page = (await signed_in.get("/trash")).text
    assert "Booking is slow" in page
    assert "Payroll is slow" in page
