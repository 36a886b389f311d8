from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import companies

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
PATH = "/api/v1/activities"
BODY = {"kind": "note", "body": "Hello"}


@pytest.fixture
async def program(keyed: Keyed) -> httpx.AsyncClient:
    return await keyed("activities:read", "activities:write")


@pytest.fixture
async def made(program: httpx.AsyncClient, context: AppContext) -> dict[str, Any]:
    """One activity, as it was answered."""
    async with context.db.transaction() as conn:
        company = await companies.actions.create(conn, companies.forms.NewCompany(name="Acme"), by=SYSTEM)

    answer = await program.post(PATH, json={**BODY, "company_id": company.id})
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
        ("GET", PATH, "activities:read"),
        ("GET", f"{PATH}/1", "activities:read"),
        ("POST", PATH, "activities:write"),
        ("PATCH", f"{PATH}/1", "activities:write"),
        ("DELETE", f"{PATH}/1", "activities:write"),
    ],
)
async def test_only_a_key_with_the_scope_may_enter(
    client: httpx.AsyncClient, keyed: Keyed, method: str, path: str, scope: str
):
    assert (await client.request(method, path)).status_code == 401
    others = {"activities:read", "activities:write", "leads:read", "leads:write"} - {scope}
    assert (await (await keyed(*others)).request(method, path)).status_code == 403


async def test_every_wrong_field_is_named_at_once(program: httpx.AsyncClient):
    answer = await program.post(PATH, json={"kind": "status", "body": "", "at": "2026-11-01T10:00:00", "lead_id": -1})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"kind", "body", "at", "lead_id"}


async def test_what_is_not_there_is_not_found(program: httpx.AsyncClient):
    for number in (0, 999_999_999, 10**30):
        path, any_version = f"{PATH}/{number}", {"if-match": "*"}
        assert (await program.get(path)).status_code == 404
        assert (await program.patch(path, json={}, headers=any_version)).status_code == 404
        assert (await program.delete(path, headers=any_version)).status_code == 404


async def test_a_change_names_the_version_it_is_based_on(program: httpx.AsyncClient, made: dict[str, Any]):
    path = f"{PATH}/{made['id']}"
    assert (await program.patch(path, json={"body": "Better"})).status_code == 428
    changed = await program.patch(path, json={"body": "Better"}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["body"], changed.headers["etag"]) == (200, "Better", '"2"')
    late = await program.patch(path, json={"body": "Other"}, headers={"if-match": '"1"'})
    assert late.status_code == 412


async def test_what_is_deleted_is_gone(program: httpx.AsyncClient, made: dict[str, Any]):
    path = f"{PATH}/{made['id']}"
    assert (await program.delete(path, headers={"if-match": '"7"'})).status_code == 412
    assert (await program.delete(path, headers={"if-match": '"1"'})).status_code == 204
    assert (await program.get(path)).status_code == 404


async def test_the_same_idempotency_key_makes_one(program: httpx.AsyncClient, made: dict[str, Any]):
    body = {"kind": "note", "body": "Once", "company_id": made["company_id"]}
    answers = [await program.post(PATH, json=body, headers={"idempotency-key": "order-0001"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("asked", ["sort=phone", "limit=0", "cursor=zzz", "activity=1"])
async def test_a_query_that_makes_no_sense_gets_a_clear_error(program: httpx.AsyncClient, asked: str):
    answer = await program.get(f"{PATH}?{asked}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == asked.partition("=")[0]


async def test_a_line_about_nothing_or_nobody_is_refused(program: httpx.AsyncClient):
    assert (await program.post(PATH, json=BODY)).status_code == 422
    answer = await program.post(PATH, json={**BODY, "lead_id": 404})
    assert answer.json()["errors"] == [{"field": "lead_id", "message": "There is no such lead."}]


async def test_history_cannot_be_changed_or_removed(program: httpx.AsyncClient, made: dict[str, Any]):
    listed = (await program.get(PATH, params={"kind": "system"})).json()["data"]
    path, any_version = f"{PATH}/{listed[0]['id']}", {"if-match": "*"}
    assert (await program.patch(path, json={"body": "x"}, headers=any_version)).status_code == 409
    assert (await program.delete(path, headers=any_version)).status_code == 409


async def test_lines_are_listed_by_what_they_are_about(program: httpx.AsyncClient, made: dict[str, Any]):
    mine = await program.get(PATH, params={"company_id": made["company_id"], "kind": "note,call"})
    assert [line["body"] for line in mine.json()["data"]] == ["Hello"]
    assert (await program.get(PATH, params={"lead_id": 404})).json()["total"] == 0
