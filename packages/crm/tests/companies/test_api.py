from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
PATH = "/api/v1/companies"
BODY = {"name": "Acme", "domain": "acme.example"}


@pytest.fixture
async def program(keyed: Keyed) -> httpx.AsyncClient:
    return await keyed("companies:read", "companies:write")


@pytest.fixture
async def made(program: httpx.AsyncClient) -> dict[str, Any]:
    """One company, as it was answered."""
    answer = await program.post(PATH, json=BODY)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    return answer.json()


async def test_what_was_made_is_shown_with_its_etag(program: httpx.AsyncClient, made: dict[str, Any]):
    shown = await program.get(f"{PATH}/{made['id']}")
    assert shown.json() == made
    assert shown.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", PATH, "companies:read"),
        ("GET", f"{PATH}/1", "companies:read"),
        ("POST", PATH, "companies:write"),
        ("PATCH", f"{PATH}/1", "companies:write"),
        ("DELETE", f"{PATH}/1", "companies:write"),
    ],
)
async def test_only_a_key_with_the_scope_may_enter(
    client: httpx.AsyncClient, keyed: Keyed, method: str, path: str, scope: str
):
    assert (await client.request(method, path)).status_code == 401
    others = {"companies:read", "companies:write", "leads:read", "leads:write"} - {scope}
    assert (await (await keyed(*others)).request(method, path)).status_code == 403


async def test_every_wrong_field_is_named_at_once(program: httpx.AsyncClient):
    answer = await program.post(
        PATH, json={"name": "", "domain": "not a domain", "website": "javascript:alert(1)", "nam": "x"}
    )
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"name", "domain", "website", "nam"}


async def test_what_is_not_there_is_not_found(program: httpx.AsyncClient):
    for number in (0, 999_999_999, 10**30):
        path, any_version = f"{PATH}/{number}", {"if-match": "*"}
        assert (await program.get(path)).status_code == 404
        assert (await program.patch(path, json={}, headers=any_version)).status_code == 404
        assert (await program.delete(path, headers=any_version)).status_code == 404


async def test_a_change_names_the_version_it_is_based_on(program: httpx.AsyncClient, made: dict[str, Any]):
    path = f"{PATH}/{made['id']}"
    assert (await program.patch(path, json={"phone": "123"})).status_code == 428
    changed = await program.patch(path, json={"phone": "123"}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["phone"], changed.headers["etag"]) == (200, "123", '"2"')
    late = await program.patch(path, json={"phone": "456"}, headers={"if-match": '"1"'})
    assert late.status_code == 412


async def test_what_is_deleted_is_gone(program: httpx.AsyncClient, made: dict[str, Any]):
    path = f"{PATH}/{made['id']}"
    assert (await program.delete(path, headers={"if-match": '"7"'})).status_code == 412
    assert (await program.delete(path, headers={"if-match": '"1"'})).status_code == 204
    assert (await program.get(path)).status_code == 404


async def test_the_same_idempotency_key_makes_one(program: httpx.AsyncClient, made: dict[str, Any]):
    body = {"name": "Once"}
    answers = [await program.post(PATH, json=body, headers={"idempotency-key": "order-0001"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("asked", ["sort=phone", "limit=0", "cursor=zzz", "company=1"])
async def test_a_query_that_makes_no_sense_gets_a_clear_error(program: httpx.AsyncClient, asked: str):
    answer = await program.get(f"{PATH}?{asked}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == asked.partition("=")[0]


async def test_companies_are_searched_and_paged(program: httpx.AsyncClient, made: dict[str, Any]):
    await program.post(PATH, json={"name": "Zoë"})
    found = (await program.get(PATH, params={"q": "acme"})).json()
    assert [each["id"] for each in found["data"]] == [made["id"]]
    first = (await program.get(PATH, params={"limit": 1, "sort": "-name"})).json()
    assert ([each["name"] for each in first["data"]], first["total"]) == (["Zoë"], 2)
    second = await program.get(PATH, params={"limit": 1, "sort": "-name", "cursor": first["next_cursor"]})
    assert [each["id"] for each in second.json()["data"]] == [made["id"]]
    assert second.json()["next_cursor"] is None
    by_domain = (await program.get(PATH, params={"sort": "domain"})).json()
    assert [each["name"] for each in by_domain["data"]] == [made["name"], "Zoë"]


async def test_a_domain_that_is_taken_is_an_error_of_the_field(program: httpx.AsyncClient, made: dict[str, Any]):
    answer = await program.post(PATH, json={"name": "Other", "domain": "Acme.example"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "domain"


async def test_a_company_with_people_cannot_be_deleted(program: httpx.AsyncClient, made: dict[str, Any], keyed: Keyed):
    writer = await keyed("contacts:write")
    await writer.post("/api/v1/contacts", json={"name": "Ada", "company_id": made["id"]})
    answer = await program.delete(f"{PATH}/{made['id']}", headers={"if-match": "*"})
    assert answer.status_code == 409
    assert "1 contact still points to Acme" in answer.json()["detail"]
