from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
PATH = "/api/v1/leads"


@pytest.fixture
async def program(keyed: Keyed) -> httpx.AsyncClient:
    return await keyed("leads:read", "leads:write")


async def create_lead(program: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    answer = await program.post(PATH, json={"name": "Ada Lovelace", "email": "ada@acme.example", **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_created_lead_has_an_address_and_an_etag(program: httpx.AsyncClient):
    answer = await program.post(PATH, json={"name": "Ada", "email": "ada@acme.example", "value": 12500.5, "hours": 40})
    assert answer.status_code == 201
    lead = answer.json()
    assert answer.headers["location"] == f"{PATH}/{lead['id']}"
    assert answer.headers["etag"] == '"1"'
    assert (lead["value"], lead["currency"], lead["status"], lead["channel"]) == (12500.5, "EUR", "new", "api")
    shown = await program.get(answer.headers["location"])
    assert shown.json() == lead
    assert shown.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", PATH, "leads:read"),
        ("GET", f"{PATH}/1", "leads:read"),
        ("POST", PATH, "leads:write"),
        ("PATCH", f"{PATH}/1", "leads:write"),
        ("DELETE", f"{PATH}/1", "leads:write"),
    ],
)
async def test_only_a_key_with_the_scope_may_enter(
    client: httpx.AsyncClient, keyed: Keyed, method: str, path: str, scope: str
):
    assert (await client.request(method, path)).status_code == 401
    others = {"leads:read", "leads:write", "contacts:read", "contacts:write"} - {scope}
    refused = await (await keyed(*others)).request(method, path)
    assert refused.status_code == 403
    assert scope in refused.json()["detail"]


async def test_every_wrong_field_is_named_at_once(program: httpx.AsyncClient):
    answer = await program.post(
        PATH,
        json={"name": "", "email": "not an address", "value": -1, "budget": "a lot", "currency": "euro", "nam": "x"},
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {error["field"] for error in answer.json()["errors"]} == {
        "name", "email", "value", "budget", "currency", "nam",
    }  # fmt: skip


@pytest.mark.parametrize("path", [f"{PATH}/0", f"{PATH}/999999999", f"{PATH}/99999999999999999999999999"])
async def test_a_lead_that_is_not_there_is_not_found(program: httpx.AsyncClient, path: str):
    assert (await program.get(path)).status_code == 404
    assert (await program.patch(path, json={"name": "x"}, headers={"if-match": "*"})).status_code == 404
    assert (await program.delete(path, headers={"if-match": "*"})).status_code == 404


async def test_a_nul_character_is_refused_wherever_it_stands(program: httpx.AsyncClient):
    answer = await program.post(PATH, json={"name": "A\x00da", "first_touch": {"path": "/\x00"}})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"name", "first_touch"}
    assert (await program.get(PATH, params={"q": "a\x00b"})).status_code == 400


async def test_a_body_that_is_no_json_object_is_malformed(program: httpx.AsyncClient):
    assert (await program.post(PATH, json=[1])).status_code == 400
    assert (await program.post(PATH, content=b"{", headers={"content-type": "application/json"})).status_code == 400
    assert (await program.post(PATH, data={"name": "Ada"})).status_code == 415


async def test_a_change_must_name_the_version_it_is_based_on(program: httpx.AsyncClient):
    lead = await create_lead(program)
    path = f"{PATH}/{lead['id']}"
    assert (await program.patch(path, json={"hours": 5})).status_code == 428
    changed = await program.patch(path, json={"hours": 5}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["hours"], changed.headers["etag"]) == (200, 5, '"2"')
    late = await program.patch(path, json={"hours": 9}, headers={"if-match": '"1"'})
    assert late.status_code == 412
    assert "Read it again" in late.json()["detail"]
    assert (await program.patch(path, json={"hours": 9}, headers={"if-match": "*"})).json()["version"] == 3


async def test_of_two_writers_at_once_one_is_refused(program: httpx.AsyncClient):
    lead = await create_lead(program)
    answers = await asyncio.gather(
        *(program.patch(f"{PATH}/{lead['id']}", json={"hours": n}, headers={"if-match": '"1"'}) for n in (1, 2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_status_is_a_field_and_lost_needs_a_reason(program: httpx.AsyncClient):
    lead = await create_lead(program)
    path, any_version = f"{PATH}/{lead['id']}", {"if-match": "*"}
    refused = await program.patch(path, json={"status": "lost"}, headers=any_version)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "lost_reason"
    lost = await program.patch(path, json={"status": "lost", "lost_reason": "Too late"}, headers=any_version)
    assert (lost.json()["status"], lost.json()["lost_reason"]) == ("lost", "Too late")
    reopened = await program.patch(path, json={"status": "contacted"}, headers=any_version)
    assert (reopened.json()["status"], reopened.json()["lost_reason"]) == ("contacted", "")


async def test_null_empties_what_may_be_empty(program: httpx.AsyncClient):
    lead = await create_lead(program, next_action="Call", next_action_on="2026-12-01")
    path = f"{PATH}/{lead['id']}"
    changed = await program.patch(path, json={"next_action_on": None}, headers={"if-match": "*"})
    assert (changed.json()["next_action"], changed.json()["next_action_on"]) == ("Call", None)
    gone = await program.patch(path, json={"owner_id": 999}, headers={"if-match": "*"})
    assert gone.json()["errors"] == [{"field": "owner_id", "message": "There is no such user."}]


async def test_a_deleted_lead_is_gone(program: httpx.AsyncClient):
    lead = await create_lead(program)
    path = f"{PATH}/{lead['id']}"
    assert (await program.delete(path)).status_code == 428
    assert (await program.delete(path, headers={"if-match": '"7"'})).status_code == 412
    deleted = await program.delete(path, headers={"if-match": '"1"'})
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await program.get(path)).status_code == 404


async def test_the_same_idempotency_key_gives_the_same_lead(program: httpx.AsyncClient):
    body, header = {"name": "Ada"}, {"idempotency-key": "order-0001"}
    answers = await asyncio.gather(*(program.post(PATH, json=body, headers=header) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await program.get(PATH)).json()["total"] == 1
    other = await program.post(PATH, json={"name": "Zoë"}, headers=header)
    assert other.status_code == 422
    assert (await program.post(PATH, json=body, headers={"idempotency-key": "short"})).status_code == 400


async def test_an_idempotency_key_belongs_to_one_api_key(program: httpx.AsyncClient, keyed: Keyed):
    header = {"idempotency-key": "order-0001"}
    first = await program.post(PATH, json={"name": "Ada"}, headers=header)
    second = await (await keyed("leads:write")).post(PATH, json={"name": "Ada"}, headers=header)
    assert first.json()["id"] != second.json()["id"]


async def test_an_idempotency_key_whose_lead_was_deleted_makes_no_other(program: httpx.AsyncClient):
    header = {"idempotency-key": "order-0001"}
    lead = (await program.post(PATH, json={"name": "Ada"}, headers=header)).json()
    await program.delete(f"{PATH}/{lead['id']}", headers={"if-match": "*"})
    assert (await program.post(PATH, json={"name": "Ada"}, headers=header)).status_code == 409


@pytest.mark.parametrize(
    "asked",
    ["sort=email", "sort=--name", "limit=0", "limit=101", "limit=x", "status=open", "owner_id=0", "cursor=zzz",
     "cursor=WyItY3JlYXRlZF9hdCIsIngiLDFd", "owner_id=99999999999999999999", "created_after=yesterday", "stauts=new",
     "has_next_action=perhaps"],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_gets_a_clear_error(program: httpx.AsyncClient, asked: str):
    answer = await program.get(f"{PATH}?{asked}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == asked.partition("=")[0]


async def test_the_document_says_of_the_value_what_the_answer_gives(client: httpx.AsyncClient):
    schemas = (await client.get("/api/v1/openapi.json")).json()["components"]["schemas"]
    assert schemas["Lead"]["properties"]["value"] == {"type": "number"}


async def test_a_cursor_of_another_sort_is_refused(program: httpx.AsyncClient):
    for name in "abc":
        await create_lead(program, name=name)
    cursor = (await program.get(PATH, params={"limit": 1, "sort": "name"})).json()["next_cursor"]
    assert (await program.get(PATH, params={"sort": "-name", "cursor": cursor})).status_code == 422
    assert (await program.get(PATH, params={"sort": "name", "cursor": cursor})).status_code == 200
