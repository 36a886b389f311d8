"""The page of a lead: its status, its owner and its fields are changed where they stand."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads

Made = Callable[..., Awaitable[leads.Lead]]


@pytest.fixture
def made(context: AppContext) -> Made:
    """`await made(message="Help")` commits a lead."""

    async def make(**values: Any) -> leads.Lead:
        async with context.db.transaction() as conn:
            form = leads.NewLead(**{"name": "Zoë Quine", "email": "zoe@quine.example", **values})
            return await leads.create(conn, form, by=SYSTEM, channel="site")

    return make


async def read(context: AppContext, lead_id: int) -> leads.Lead:
    async with context.db.connection() as conn:
        return await leads.get(conn, lead_id)


def field_form(field: str, value: str, was: str = "", **more: str) -> dict[str, str]:
    return {"field": field, "value": value, "was": was, **more}


async def test_the_meter_is_the_control_of_the_status_with_won_and_lost_at_its_end(
    signed_in: httpx.AsyncClient, made: Made, context: AppContext
):
    lead = await made()
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    start = page.index('<ol class="meter"')
    meter = page[start : page.index("</ol>", start)]
    pattern = r'(?:name="status" value="(\w+)"|aria-current="step">(\w+)<|href="/leads/\d+/(won|lost)")'
    assert re.findall(pattern, meter) == [
        ("", "New", ""), ("contacted", "", ""), ("qualified", "", ""), ("proposal", "", ""), ("", "", "won"),
        ("", "", "lost"),
    ]  # fmt: skip
    assert page.count('name="status"') == 3, "No second row of buttons changes the status."
    await signed_in.post(f"/leads/{lead.id}/status", data={"was": "new", "status": "won"})
    await signed_in.post(f"/leads/{lead.id}/status", data={"was": "won", "status": "qualified"})
    assert (await read(context, lead.id)).status == "qualified"


async def test_name_and_company_stand_once_in_one_card_of_details(signed_in: httpx.AsyncClient, made: Made):
    lead = await made(company="Quine Ltd", message="Orders are copied by hand", phone="+49 30 1")
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    body = page[page.index('id="record"') : page.index('id="timeline"')]
    for words in ("Quine Ltd", "Zoë Quine"):
        shown = re.sub(r"<(?:input|textarea|option)[^>]*>", "", body)
        assert len(re.findall(rf">\s*{words}\s*<", shown)) == 1
    assert body.count('aria-labelledby="facts"') == 1


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("title", "Warehouse link", "Warehouse link"),
        ("phone", "+49 30 1234567", "+49 30 1234567"),
        ("value", "1200.50", 1200.5),
        ("value", "", 0),
        ("budget", "over_50k", "over_50k"),
        ("hours", "16", 16),
    ],
)
async def test_one_field_is_saved_alone(
    signed_in: httpx.AsyncClient, made: Made, context: AppContext, field: str, value: str, stored: object
):
    lead = await made(message="Help", company="Quine Ltd", value=99, source="blog")
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    was = re.search(rf'name="field" value="{field}">\s*<input type="hidden" name="was" value="([^"]*)"', page)
    assert was
    saved = await signed_in.post(f"/leads/{lead.id}/field?status=new", data=field_form(field, value, was[1]))
    assert (saved.status_code, saved.headers["location"]) == (303, f"/leads/{lead.id}?status=new")
    changed = await read(context, lead.id)
    assert getattr(changed, field) == stored
    others = set(lead.__struct_fields__) - {field, "version", "updated_at"}
    assert {each: getattr(changed, each) for each in others} == {each: getattr(lead, each) for each in others}


async def test_a_field_that_someone_else_has_changed_asks_before_it_is_replaced(
    signed_in: httpx.AsyncClient, made: Made, context: AppContext
):
    lead = await made(phone="1")
    await signed_in.post(f"/leads/{lead.id}/field", data=field_form("phone", "22222222", "1"))
    late = await signed_in.post(f"/leads/{lead.id}/field", data=field_form("phone", "33333333", "1"))
    assert late.status_code == 409
    assert "Someone else has just changed this to: 22222222." in late.text
    assert 'value="33333333"' in late.text
    assert (await read(context, lead.id)).phone == "22222222"


async def test_a_wrong_value_comes_back_in_its_open_form_with_the_reason(signed_in: httpx.AsyncClient, made: Made):
    lead = await made()
    wrong = await signed_in.post(f"/leads/{lead.id}/field", data=field_form("value", "-1", "0"))
    assert wrong.status_code == 422
    form = wrong.text[wrong.text.index('id="field-value" open') :]
    assert 'value="-1"' in form[:1500]
    assert "Must be 0 or more." in form[:1500]
    assert form[:1500].count('aria-invalid="true"') == 1


@pytest.mark.parametrize("data", [{"value": "1"}, {"field": "status", "value": "won"}, {"field": "id", "value": "7"}])
async def test_only_the_fields_of_the_form_are_saved_this_way(
    signed_in: httpx.AsyncClient, made: Made, data: dict[str, str]
):
    lead = await made()
    assert (await signed_in.post(f"/leads/{lead.id}/field", data=data)).status_code in (400, 422)
    assert (await signed_in.post("/leads/999999/field", data=field_form("phone", "1"))).status_code == 404


async def test_a_visitor_changes_no_field(client: httpx.AsyncClient, made: Made, context: AppContext):
    lead = await made()
    answer = await client.post(f"/leads/{lead.id}/field", data=field_form("phone", "1"))
    assert answer.headers["location"].startswith("/sign-in")
    assert (await read(context, lead.id)).phone == ""


async def test_the_owner_is_in_the_header_and_one_press_changes_it(
    signed_in: httpx.AsyncClient, made: Made, context: AppContext
):
    lead = await made()
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    header = page[page.index('class="record-head"') : page.index("</header>", page.index('class="record-head"'))]
    assert "Unassigned" in header
    user = re.search(r'<button class="menu-item" name="value" value="(\d+)"', header)
    assert user
    await signed_in.post(f"/leads/{lead.id}/field", data=field_form("owner_id", user[1]))
    assert (await read(context, lead.id)).owner_id == int(user[1])
    assert "Ada Lovelace" in (await signed_in.get(f"/leads/{lead.id}")).text
    await signed_in.post(f"/leads/{lead.id}/field", data=field_form("owner_id", "", user[1]))
    assert (await read(context, lead.id)).owner_id is None


async def test_links_in_messages_and_notes_can_be_pressed_and_nothing_else_becomes_a_link(
    signed_in: httpx.AsyncClient, made: Made
):
    text = 'See https://widgets.example/a?b=1&c=2, not javascript:alert(1) or <a href="https://evil.example">this</a>'
    lead = await made(message=text)
    await signed_in.post(
        "/activities", data={"lead_id": str(lead.id), "back": f"/leads/{lead.id}", "kind": "note", "body": text}
    )
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    link = '<a href="https://widgets.example/a?b=1&amp;c=2" rel="nofollow noopener noreferrer">'
    assert page.count(link) == 2
    assert 'href="javascript:' not in page
    assert '<a href="https://evil.example">' not in page
    assert "&lt;a href=" in page


async def test_an_address_breaks_after_its_at_sign_and_dots_and_nowhere_else(signed_in: httpx.AsyncClient, made: Made):
    lead = await made(email="eleanor@quillmark.example")
    for path in (f"/leads/{lead.id}", f"/contacts/{lead.contact_id}", "/contacts"):
        assert ">eleanor@<wbr>quillmark.<wbr>example</a>" in (await signed_in.get(path)).text


async def test_a_call_is_logged_with_its_own_date_and_time_and_can_be_moved(
    signed_in: httpx.AsyncClient, made: Made, context: AppContext
):
    lead = await made()
    call = {"lead_id": str(lead.id), "back": f"/leads/{lead.id}", "kind": "call", "body": "They called"}
    await signed_in.post("/activities", data={**call, "at_local": "2026-11-03T09:30"})
    async with context.db.connection() as conn:
        row = await conn.fetchrow("SELECT id, at FROM activities WHERE kind = 'call'")
    assert row["at"].isoformat() == "2026-11-03T07:30:00+00:00", "The organization is two hours ahead."
    edit = await signed_in.get(f"/activities/{row['id']}/edit")
    assert 'type="datetime-local" value="2026-11-03T09:30"' in edit.text
    moved = {"kind": "call", "body": "They called", "at_local": "2026-11-02T08:00", "version": "1"}
    assert (await signed_in.post(f"/activities/{row['id']}", data=moved)).status_code == 303
    async with context.db.connection() as conn:
        assert (await conn.fetchval("SELECT at FROM activities WHERE kind = 'call'")).day == 2
    for wrong in ("2026-02-30T10:00", "tomorrow"):
        answer = await signed_in.post("/activities", data={**call, "at_local": wrong})
        assert answer.status_code == 422
        assert "They called" in answer.text
        assert 'aria-invalid="true"' in answer.text
