"""Tasks in the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
PATH = "/api/v1/tasks"


@pytest.fixture
async def program(keyed: Keyed) -> httpx.AsyncClient:
    return await keyed("tasks:read", "tasks:write")


@pytest.fixture
async def made(program: httpx.AsyncClient) -> dict[str, Any]:
    body = {"title": "Send the offer", "due_on": "2026-11-30", "due_time": "14:30", "recurrence": "FREQ=MONTHLY"}
    answer = await program.post(PATH, json=body)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    return answer.json()  # type: ignore[no-any-return]


async def test_a_task_is_made_read_changed_and_deleted(program: httpx.AsyncClient, made: dict[str, Any]):
    url = f"{PATH}/{made['id']}"
    assert (made["due_time"], made["recurrence"]) == ("14:30", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1")
    read = await program.get(url)
    assert read.json() == made
    changed = await program.patch(url, json={"note": "By post"}, headers={"if-match": read.headers["etag"]})
    assert changed.json()["note"] == "By post"
    stale = await program.patch(url, json={"note": "x"}, headers={"if-match": read.headers["etag"]})
    assert stale.status_code == 412
    assert (await program.delete(url, headers={"if-match": "*"})).status_code == 204
    assert (await program.get(url)).status_code == 404
    assert (await program.get(PATH)).json()["data"] == []


async def test_done_completes_and_reopens(program: httpx.AsyncClient, made: dict[str, Any]):
    url = f"{PATH}/{made['id']}"
    done = await program.patch(url, json={"done": True}, headers={"if-match": "*"})
    assert done.json()["done_at"]
    listed = (await program.get(PATH, params={"done": "false"})).json()["data"]
    assert [task["title"] for task in listed] == ["Send the offer"]
    assert listed[0]["id"] != made["id"]
    opened = await program.patch(url, json={"done": False}, headers={"if-match": "*"})
    assert opened.json()["done_at"] is None
    assert [task["id"] for task in (await program.get(PATH)).json()["data"]] == [made["id"]]


async def test_tasks_are_filtered_sorted_and_paged(program: httpx.AsyncClient):
    for day in (3, 1, 2):
        await program.post(PATH, json={"title": f"Day {day}", "due_on": f"2026-12-0{day}"})
    await program.post(PATH, json={"title": "Some day"})
    first = (await program.get(PATH, params={"limit": 2})).json()
    assert [task["title"] for task in first["data"]] == ["Day 1", "Day 2"]
    second = (await program.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [task["title"] for task in second["data"]] == ["Day 3", "Some day"]
    found = (await program.get(PATH, params={"due_from": "2026-12-02", "due_to": "2026-12-02"})).json()
    assert [task["title"] for task in found["data"]] == ["Day 2"]
    assert [
        task["title"] for task in (await program.get(PATH, params={"sort": "-due", "limit": 1})).json()["data"]
    ] == ["Some day"]
    assert (await program.get(PATH, params={"sort": "-done_at"})).json()["data"] == []


async def test_the_task_of_a_lead_is_its_next_step_in_the_api_too(program: httpx.AsyncClient, keyed: Keyed):
    writer = await keyed("leads:read", "leads:write")
    lead = (await writer.post("/api/v1/leads", json={"name": "Ada"})).json()
    task = (await program.post(PATH, json={"title": "Call", "lead_id": lead["id"], "due_on": "2026-12-01"})).json()
    read = await writer.get(f"/api/v1/leads/{lead['id']}")
    assert (read.json()["next_action"], read.json()["next_action_on"]) == ("Call", "2026-12-01")
    body = {"next_action": "Write", "next_action_on": "2026-12-02"}
    assert (
        await writer.patch(f"/api/v1/leads/{lead['id']}", json=body, headers={"if-match": read.headers["etag"]})
    ).json()["next_action"] == "Write"
    assert (await program.get(f"{PATH}/{task['id']}")).json()["title"] == "Write"


async def test_a_key_needs_the_scope(keyed: Keyed, made: dict[str, Any]):
    reader, other = await keyed("tasks:read"), await keyed("leads:read")
    assert (await reader.get(f"{PATH}/{made['id']}")).status_code == 200
    assert (await reader.post(PATH, json={"title": "x"})).status_code == 403
    assert (await other.get(PATH)).status_code == 403
    assert (await httpx.AsyncClient(transport=reader._transport, base_url=reader.base_url).get(PATH)).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "x", "due_on": "tomorrow"}, "due_on"),
        ({"title": "x", "due_on": "2026-12-01", "due_time": "25:00"}, "due_time"),
        ({"title": "x", "due_on": "2026-12-01", "recurrence": "FREQ=MONTHLY;BYMONTHDAY=40"}, "recurrence"),
        ({"title": "x", "lead_id": 999999}, "lead_id"),
        ({"title": "x", "colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_is_named(program: httpx.AsyncClient, body: dict[str, Any], field: str):
    answer = await program.post(PATH, json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("query", ["sort=title", "limit=0", "cursor=zzz", "task=1", "done=maybe"])
async def test_a_query_that_makes_no_sense_gets_a_clear_error(program: httpx.AsyncClient, query: str):
    answer = await program.get(f"{PATH}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]
