"""Tags: on records, in lists, in bulk; renamed, merged and deleted, each with its undo; and in the API."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from crm.accounts.permissions import Role
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads, tags
from crm.records.tags.models import Tag

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
SignInAs = Callable[[Role], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def hot(client: httpx.AsyncClient, context: AppContext) -> Tag:
    async with context.db.transaction() as conn:
        return await tags.create(conn, tags.NewTag("Hot", "red"))


@pytest.fixture
async def cold(client: httpx.AsyncClient, context: AppContext) -> Tag:
    async with context.db.transaction() as conn:
        return await tags.create(conn, tags.NewTag("Cold", "blue"))


@pytest.fixture
async def lead(client: httpx.AsyncClient, context: AppContext) -> leads.Lead:
    async with context.db.transaction() as conn:
        form = leads.NewLead(name="Ada", email="ada@acme.example", company="Acme", title="Engine")
        return await leads.create(conn, form, by=SYSTEM, channel="manual")


async def read_lead(context: AppContext, lead: leads.Lead) -> leads.Lead:
    async with context.db.connection() as conn:
        return await leads.get(conn, lead.id)


async def undo_last(client: httpx.AsyncClient, url: str = "/tags") -> httpx.Response:
    """Press Undo in the toast of the page."""
    undo = re.search(r'action="(/changes/\d+/undo)"', (await client.get(url)).text)
    assert undo
    return await client.post(undo[1], data={"back": url})


def count_rows(page: str) -> int:
    return len(re.findall(r'<tr id="\w+-\d+">', page))


async def test_a_record_gets_tags_on_its_page_and_its_timeline_says_so(
    signed_in: httpx.AsyncClient, context: AppContext, lead: leads.Lead, hot: Tag
):
    for url in (f"/leads/{lead.id}", f"/contacts/{lead.contact_id}", f"/companies/{lead.company_id}"):
        answer = await signed_in.post(f"{url}/tags", data={"tag_ids": str(hot.id), "new_tag": "Partner"})
        assert answer.headers["location"] == url
        page = (await signed_in.get(url)).text
        assert 'data-color="red" dir="auto">Hot</span>' in page
        assert "changed the tags to “Hot”, “Partner”." in page
        assert 'action="/changes/' in page
    async with context.db.connection() as conn:
        assert [tag.name for tag in (await tags.read_tags(conn)).every] == ["Hot", "Partner"]


async def test_new_tags_of_a_record_are_undone_and_later_ones_asked_about(
    signed_in: httpx.AsyncClient, context: AppContext, lead: leads.Lead, hot: Tag, cold: Tag
):
    url = f"/leads/{lead.id}/tags"
    for later in ("", f"{cold.id},{hot.id}"):
        await signed_in.post(url, data={"tag_ids": str(hot.id)})
        undo = re.search(r'action="(/changes/[^"]+)"', (await signed_in.get(f"/leads/{lead.id}")).text)
        assert undo
        if later:
            await signed_in.post(url, data={"tag_ids": later})
        answer = await signed_in.post(undo[1])
        assert answer.status_code == (409 if later else 303)
        assert (await read_lead(context, lead)).tag_ids == (sorted([hot.id, cold.id]) if later else [])
    assert "Cold, Hot" in answer.text or "Hot, Cold" in answer.text


async def test_lists_are_filtered_by_tag_and_show_them(
    signed_in: httpx.AsyncClient, lead: leads.Lead, hot: Tag, cold: Tag
):
    await signed_in.post(f"/leads/{lead.id}/tags", data={"tag_ids": str(hot.id)})
    page = (await signed_in.get(f"/leads?tag={hot.id},{cold.id}")).text
    assert count_rows(page) == 1
    assert "Remove the filter Tag: Hot or Cold" in page
    assert 'data-color="red" dir="auto">Hot</span>' in page
    for query, number in ((f"tag={cold.id}", 0), (f"tag_not={cold.id}", 1), (f"tag_not={hot.id}", 0),
                          ("tag_empty=true", 0), ("tag_empty=false", 1), ("tag=999", 0)):  # fmt: skip
        assert count_rows((await signed_in.get(f"/leads?{query}")).text) == number, query
    assert count_rows((await signed_in.get("/contacts?tag_empty=true")).text) == 1


async def test_a_tag_is_added_renamed_and_colored_and_no_name_is_used_twice(signed_in: httpx.AsyncClient, hot: Tag):
    assert (await signed_in.post("/tags", data={"name": "Partner", "color": "green"})).status_code == 303
    answer = await signed_in.post("/tags", data={"name": "hot", "color": "green"})
    assert answer.status_code == 422
    assert "There is a tag “hot” already." in answer.text
    assert (await signed_in.post(f"/tags/{hot.id}", data={"name": "PARTNER", "color": "red"})).status_code == 422
    await signed_in.post(f"/tags/{hot.id}", data={"name": "Warm", "color": "orange"})
    page = (await signed_in.get("/tags")).text
    assert 'data-color="orange" dir="auto">Warm</span>' in page
    for wrong in ({"name": "", "color": "red"}, {"name": "x", "color": "mauve"}, {"name": "x" * 41, "color": "red"}):
        assert (await signed_in.post("/tags", data=wrong)).status_code == 422


async def test_a_merged_tag_is_the_other_one_everywhere_until_it_is_undone(
    signed_in: httpx.AsyncClient, context: AppContext, lead: leads.Lead, hot: Tag, cold: Tag
):
    await signed_in.post(f"/leads/{lead.id}/tags", data={"tag_ids": [str(hot.id), str(cold.id)]})
    await signed_in.post(f"/tags/{hot.id}/merge", data={"into": str(cold.id)})
    page = (await signed_in.get("/tags")).text
    assert f'href="/leads?tag={cold.id}" data-count="1"' in page
    undo = re.search(r'action="(/changes/\d+/undo)"', page)
    assert undo
    record = (await signed_in.get(f"/leads/{lead.id}")).text
    assert ">Hot</span>" not in record
    assert count_rows((await signed_in.get(f"/leads?tag={hot.id}")).text) == 1
    assert (await read_lead(context, lead)).version == 2  # merging has written no lead
    await signed_in.post(undo[1])
    await undo_last(signed_in)  # undoes that, so the tags are merged again
    assert ">Hot</span>" not in (await signed_in.get("/leads")).text
    async with context.db.connection() as conn:
        merged = await conn.fetchval("SELECT max(id) FROM change_sets")
    await signed_in.post(f"/changes/{merged}/undo")
    assert ">Hot</span>" in (await signed_in.get(f"/leads/{lead.id}")).text
    answer = await signed_in.post(f"/tags/{hot.id}/merge", data={"into": str(hot.id)})
    assert answer.status_code == 422


async def test_a_deleted_tag_is_gone_from_every_record_until_it_is_undone(
    signed_in: httpx.AsyncClient, lead: leads.Lead, hot: Tag
):
    await signed_in.post(f"/leads/{lead.id}/tags", data={"tag_ids": str(hot.id)})
    await signed_in.post(f"/tags/{hot.id}/delete")
    undo = re.search(r'action="(/changes/\d+/undo)"', (await signed_in.get("/tags")).text)
    assert undo
    assert count_rows((await signed_in.get("/leads?tag_empty=true")).text) == 1
    assert count_rows((await signed_in.get(f"/leads?tag={hot.id}")).text) == 0
    assert (await signed_in.post(f"/contacts/{lead.contact_id}/tags", data={"tag_ids": str(hot.id)})).status_code == 422
    await signed_in.post(undo[1])
    assert count_rows((await signed_in.get(f"/leads?tag={hot.id}")).text) == 1


async def test_a_deleted_tag_whose_name_was_taken_does_not_come_back(signed_in: httpx.AsyncClient, hot: Tag):
    await signed_in.post(f"/tags/{hot.id}/delete")
    undo = re.search(r'action="(/changes/\d+/undo)"', (await signed_in.get("/tags")).text)
    assert undo
    await signed_in.post("/tags", data={"name": "Hot", "color": "blue"})
    asked = await signed_in.post(undo[1])
    assert asked.status_code == 409
    assert "Another tag has its name by now." in asked.text


async def test_a_new_tag_and_its_new_name_are_undone(signed_in: httpx.AsyncClient, hot: Tag):
    await signed_in.post(f"/tags/{hot.id}", data={"name": "Warm", "color": "orange"})
    answer = await undo_last(signed_in)
    assert answer.headers["location"] == "/tags"
    page = (await signed_in.get("/tags")).text
    assert 'data-color="red" dir="auto">Hot</span>' in page
    await signed_in.post("/tags", data={"name": "Partner", "color": "green"})
    await undo_last(signed_in)
    assert ">Partner</span>" not in (await signed_in.get("/tags")).text


async def test_undo_of_a_new_tag_asks_if_another_record_has_it_by_now(
    signed_in: httpx.AsyncClient, context: AppContext, lead: leads.Lead
):
    await signed_in.post(f"/leads/{lead.id}/tags", data={"new_tag": "Partner"})
    undo = re.search(r'action="(/changes/\d+/undo)"', (await signed_in.get(f"/leads/{lead.id}")).text)
    assert undo
    partner = (await read_lead(context, lead)).tag_ids
    await signed_in.post(f"/contacts/{lead.contact_id}/tags", data={"tag_ids": str(partner[0])})
    asked = await signed_in.post(undo[1])
    assert asked.status_code == 409
    assert "Records have it. Undoing takes it off them." in asked.text
    await signed_in.post(undo[1], data={f"tag-{partner[0]}.": "keep"})
    assert (await read_lead(context, lead)).tag_ids == []
    assert ">Partner</span>" in (await signed_in.get(f"/contacts/{lead.contact_id}")).text


async def test_several_leads_are_tagged_at_once_and_this_is_undone(
    signed_in: httpx.AsyncClient, context: AppContext, lead: leads.Lead, hot: Tag, cold: Tag
):
    async with context.db.transaction() as conn:
        other = await leads.create(conn, leads.NewLead(name="Grace"), by=SYSTEM, channel="manual")
    await signed_in.post(f"/leads/{lead.id}/tags", data={"tag_ids": str(cold.id)})
    data = {"action": "tag", "pick": [str(lead.id), str(other.id), "999999"], "tag_id": str(hot.id)}
    await signed_in.post("/leads/bulk", data=data)
    page = (await signed_in.get("/leads")).text
    assert "Tagged 2 leads with “Hot”." in page
    assert (await read_lead(context, lead)).tag_ids == sorted([cold.id, hot.id])
    undo = re.search(r'action="(/changes/[^"]+)"', page)
    assert undo
    await signed_in.post(undo[1])
    assert (await read_lead(context, lead)).tag_ids == [cold.id]
    assert (await read_lead(context, other)).tag_ids == []
    asked = await signed_in.post("/leads/bulk", data={"action": "tag", "pick": str(lead.id)})
    assert asked.status_code == 422
    assert "choose a tag" in asked.text


async def test_a_deleted_lead_comes_back_with_its_tags(
    signed_in: httpx.AsyncClient, context: AppContext, lead: leads.Lead, hot: Tag
):
    await signed_in.post(f"/leads/{lead.id}/tags", data={"tag_ids": str(hot.id)})
    await signed_in.post(f"/leads/{lead.id}/delete")
    await signed_in.post(f"/leads/{lead.id}/restore")
    assert (await read_lead(context, lead)).tag_ids == [hot.id]


async def test_viewers_see_tags_and_change_none(signed_in_as: SignInAs, lead: leads.Lead, hot: Tag):
    viewer = await signed_in_as("viewer")
    page = (await viewer.get("/tags")).text
    assert ">Hot</span>" in page
    assert "New tag" not in page
    assert (await viewer.post("/tags", data={"name": "x", "color": "red"})).status_code == 403
    assert (await viewer.post(f"/leads/{lead.id}/tags", data={})).status_code == 403


async def test_programs_manage_tags_and_put_them_on_records(keyed: Keyed, lead: leads.Lead, hot: Tag):
    program = await keyed("tags:read", "tags:write", "leads:read", "leads:write")
    created = await program.post("/api/v1/tags", json={"name": "Partner", "color": "green"})
    assert created.status_code == 201
    partner, path = created.json(), created.headers["location"]
    assert (await program.post("/api/v1/tags", json={"name": "partner"})).status_code == 422
    assert [each["name"] for each in (await program.get("/api/v1/tags")).json()["data"]] == ["Hot", "Partner"]
    renamed = await program.patch(path, json={"name": "Ally"}, headers={"if-match": created.headers["etag"]})
    assert (renamed.json()["name"], renamed.json()["color"]) == ("Ally", "green")
    assert (await program.patch(path, json={}, headers={"if-match": '"1"'})).status_code == 412
    url, anyone = f"/api/v1/leads/{lead.id}", {"if-match": "*"}
    both = await program.patch(url, json={"tag_ids": [partner["id"], hot.id]}, headers=anyone)
    assert both.json()["tag_ids"] == sorted([hot.id, partner["id"]])
    wrong = await program.patch(url, json={"tag_ids": [999]}, headers=anyone)
    assert [each["field"] for each in wrong.json()["errors"]] == ["tag_ids"]
    merged = await program.post(f"{path}/merge", json={"into": hot.id})
    assert merged.json()["id"] == hot.id
    assert (await program.get(path)).status_code == 404
    found = await program.get(f"/api/v1/leads?tag={hot.id}")
    assert [each["id"] for each in found.json()["data"]] == [lead.id]
    assert (await program.delete(f"/api/v1/tags/{hot.id}", headers=anyone)).status_code == 204
    assert (await (await keyed("leads:read")).get("/api/v1/tags")).status_code == 403
    assert (await (await keyed("tags:read")).post("/api/v1/tags", json={"name": "x"})).status_code == 403
