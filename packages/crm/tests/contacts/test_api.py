from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
PATH = "/api/v1/contacts"
BODY = {"name": "Ada", "email": "ada@acme.example"}


@pytest.fixture
async def program(keyed: Keyed) -> httpx.AsyncClient:
    return await keyed("contacts:read", "contacts:write")


@pytest.fixture
async def made(program: httpx.AsyncClient) -> dict[str, Any]:
    """One contact, as it was answered."""
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
        ("GET", PATH, "contacts:read"),
        ("GET", f"{PATH}/1", "contacts:read"),
        ("POST", PATH, "contacts:write"),
        ("PATCH", f"{PATH}/1", "contacts:write"),
        ("DELETE", f"{PATH}/1", "contacts:write"),
    ],
)
async def test_only_a_key_with_the_scope_may_enter(
    client: httpx.AsyncClient, keyed: Keyed, method: str, path: str, scope: str
):
    assert (await client.request(method, path)).status_code == 401
    others = {"contacts:read", "contacts:write", "leads:read", "leads:write"} - {scope}
    assert (await (await keyed(*others)).request(method, path)).status_code == 403


async def test_every_wrong_field_is_named_at_once(program: httpx.AsyncClient):
    answer = await program.post(PATH, json={"name": "", "email": "no address", "company_id": 0, "nam": "x"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"name", "email", "company_id", "nam"}


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


@pytest.mark.parametrize("asked", ["sort=phone", "limit=0", "cursor=zzz", "contact=1"])
async def test_a_query_that_makes_no_sense_gets_a_clear_error(program: httpx.AsyncClient, asked: str):
    answer = await program.get(f"{PATH}?{asked}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == asked.partition("=")[0]


async def test_contacts_are_searched_and_paged(program: httpx.AsyncClient, made: dict[str, Any]):
    await program.post(PATH, json={"name": "Zoë"})
    found = (await program.get(PATH, params={"q": "acme"})).json()
    assert [each["id"] for each in found["data"]] == [made["id"]]
    first = (await program.get(PATH, params={"limit": 1, "sort": "-name"})).json()
    assert ([each["name"] for each in first["data"]], first["total"]) == (["Zoë"], 2)
    second = await program.get(PATH, params={"limit": 1, "sort": "-name", "cursor": first["next_cursor"]})
    assert [each["id"] for each in second.json()["data"]] == [made["id"]]
    assert second.json()["next_cursor"] is None


async def test_contacts_are_sorted_by_email_and_by_the_name_of_their_company(keyed: Keyed):
    program = await keyed("contacts:read", "contacts:write", "companies:write")
    zed, abel = [
        (await program.post("/api/v1/companies", json={"name": name})).json()["id"] for name in ("Zed", "abel")
    ]
    for name, email, company in (("A", "c@x.example", zed), ("B", "", abel), ("C", "b@x.example", None)):
        body = {"name": name, "email": email, "company_id": company}
        assert (await program.post(PATH, json=body)).status_code == 201
    for sort, order in (("email", "CAB"), ("company_id", "BAC"), ("-company_id", "CAB")):
        found = (await program.get(PATH, params={"sort": sort})).json()["data"]
        assert "".join(each["name"] for each in found) == order


async def test_an_address_that_is_taken_is_an_error_of_the_field(program: httpx.AsyncClient, made: dict[str, Any]):
    answer = await program.post(PATH, json={"name": "Zoë", "email": "ADA@acme.example"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "email"


async def test_a_contact_with_leads_cannot_be_deleted(program: httpx.AsyncClient, made: dict[str, Any], keyed: Keyed):
    writer = await keyed("leads:write")
    await writer.post("/api/v1/leads", json={"name": "Ada", "contact_id": made["id"]})
    answer = await program.delete(f"{PATH}/{made['id']}", headers={"if-match": "*"})
    assert answer.status_code == 409
    assert "1 lead still points to Ada" in answer.json()["detail"]
