from __future__ import annotations

import html
import re

import httpx
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads


@pytest.fixture
async def deleted(signed_in: httpx.AsyncClient, context: AppContext) -> leads.Lead:
    async with context.db.transaction() as conn:
        form = leads.NewLead(name="Zoë <Quine>", email="zoe@quine.example")
        lead = await leads.create(conn, form, by=SYSTEM, channel="site")
    answer = await signed_in.post(f"/leads/{lead.id}/delete")
    assert answer.headers["location"] == "/leads"
    return lead


async def entry(context: AppContext) -> str:
    async with context.db.connection() as conn:
        return f"/trash/{await conn.fetchval('SELECT min(id) FROM trash')}"


async def test_after_deleting_the_next_page_offers_undo_as_a_plain_form(
    signed_in: httpx.AsyncClient, deleted: leads.Lead
):
    page = await signed_in.get("/leads")
    undo = re.search(
        r'<form method="post" action="(/changes/\d+/undo)"><input type="hidden" name="back" value="/leads"><button',
        page.text,
    )
    assert undo
    back = await signed_in.post(undo[1], data={"back": "/leads"})
    assert back.headers["location"] == f"/leads/{deleted.id}"
    assert f'id="lead-{deleted.id}"' in (await signed_in.get("/leads")).text


async def test_restoring_twice_says_that_it_is_back_already(signed_in: httpx.AsyncClient, deleted: leads.Lead):
    await signed_in.post(f"/leads/{deleted.id}/restore")
    again = await signed_in.post(f"/leads/{deleted.id}/restore")
    assert again.status_code == 404
    assert "not in the trash" in again.text


async def test_the_trash_shows_what_was_deleted_and_by_whom(
    signed_in: httpx.AsyncClient, deleted: leads.Lead, context: AppContext
):
    listed = await signed_in.get("/trash")
    assert "Zoë &lt;Quine&gt;" in listed.text
    assert "Ada Lovelace" in listed.text
    shown = await signed_in.get(await entry(context))
    assert f'action="/leads/{deleted.id}/restore"' in shown.text


async def test_an_end_for_good_asks_for_the_name(
    signed_in: httpx.AsyncClient, deleted: leads.Lead, context: AppContext
):
    path = await entry(context)
    for name in ("", "Zoë"):
        refused = await signed_in.post(f"{path}/forget", data={"name": name})
        assert refused.status_code == 422
        assert "Type Zoë <Quine> to confirm" in html.unescape(refused.text)
    assert (await signed_in.post(f"{path}/forget", data={"name": "zoë <quine>"})).headers["location"] == "/trash"
    assert (await signed_in.post(f"/leads/{deleted.id}/restore")).status_code == 404
    assert "The trash is empty" in (await signed_in.get("/trash")).text


@pytest.mark.parametrize("room", ["contacts", "companies"])
async def test_people_and_companies_are_undone_the_same_way(signed_in: httpx.AsyncClient, room: str):
    path = (await signed_in.post(f"/{room}", data={"name": "Build"})).headers["location"]
    await signed_in.post(f"{path}/delete")
    undo = re.search(r'action="(/changes/\d+/undo)"', (await signed_in.get(f"/{room}")).text)
    assert undo
    assert (await signed_in.get(path)).status_code == 404
    assert (await signed_in.post(undo[1])).headers["location"] == path
    assert (await signed_in.get(path)).status_code == 200


async def test_sample_data_that_is_removed_leaves_the_trash_too(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        form = leads.NewLead(name="Sample", email="a@sample.example")
        lead = await leads.create(conn, form, by=SYSTEM, channel="site", demo=True)
    await signed_in.post(f"/leads/{lead.id}/delete")
    await signed_in.post("/demo/remove")
    assert "The trash is empty" in (await signed_in.get("/trash")).text
