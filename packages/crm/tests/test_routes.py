"""The whole route table: every address has a guard, and every guard holds."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from crm import routes
from crm.accounts import api_keys
from crm.kernel.http.access_policy import public, visitor
from crm.kernel.http.routing import Route
from crm.workspace import layout

TABLE = routes.table()
POLICIES = (layout.own, layout.read, layout.write, layout.manage, layout.sensitive, layout.sensitive_own)
OPEN = {
    "GET /api/v1/health", "GET /api/v1/live", "GET /api/v1/openapi.json", "GET /api/docs", "GET /api/docs/{tag:str}",
    "GET /api/form",
    "GET /sign-in", "POST /sign-in", "POST /sign-in/again", "POST /api/leads", "OPTIONS /api/leads",
    "GET /metrics", "GET /invitations/{id:id}/{token:str}", "POST /invitations/{id:id}/{token:str}",
    "POST /sign-in/code", "POST /sign-in/passkey", "GET /sign-in/openid",
    "GET /sign-in/openid/callback",
    "GET /forgot-password", "POST /forgot-password", "GET /reset-password/{id:id}/{token:str}",
    "POST /reset-password/{id:id}/{token:str}", "GET /calendar/{token:str}",
    "POST /api/mail/inbound", "POST /api/mail/resend",
}  # fmt: skip
PAGES = [route for route in TABLE if route.access in POLICIES]
CALLS = [route for route in TABLE if route.surface == "api"]
Keyed = Callable[..., Awaitable[httpx.AsyncClient]]


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def address(route: Route) -> str:
    return re.sub(r"\{\w+(?::(\w+))?\}", lambda found: "1" if found.group(1) == "id" else "a", route.path)


def test_what_is_open_to_anybody_is_listed_here_and_nothing_else() -> None:
    assert {name(route) for route in TABLE if route.access in (public, visitor)} <= OPEN


def test_a_visitor_changes_something_only_from_our_own_pages_by_the_enquiry_form_or_signed() -> None:
    changing = {name(route) for route in TABLE if route.access is public and route.method not in ("GET", "OPTIONS")}
    assert changing <= {"POST /api/leads", "POST /api/mail/inbound", "POST /api/mail/resend"}


def test_pages_ask_for_a_person_and_calls_for_a_scope() -> None:
    for route in TABLE:
        if route.access in (public, visitor):
            continue
        if route.surface == "page":
            assert route.access in POLICIES, name(route)
            assert not route.path.startswith("/api/"), name(route)
        else:
            assert route.path.startswith("/api/v1/"), name(route)
            assert route.access is api_keys.any_key or route.access.name in api_keys.models.SCOPES, name(route)


def test_reading_asks_for_a_reading_scope_and_changing_for_a_writing_one() -> None:
    for route in CALLS:
        if route.access is not api_keys.any_key:
            wanted = "read" if route.method == "GET" else "write"
            assert route.access.name.endswith(f":{wanted}"), name(route)
            # Reports and the board count leads.
            noun = {"reports": "leads", "pipeline": "leads"}.get(route.path.split("/")[3], route.path.split("/")[3])
            assert route.access.name.partition(":")[0] == noun, name(route)


def test_every_call_is_described_and_every_address_stands_once() -> None:
    names = [name(route) for route in TABLE]
    assert len(names) == len(set(names))
    for route in CALLS:
        assert route.summary and route.tag, name(route)
        versioned = route.method in ("PATCH", "DELETE") and "/synthetic/" not in route.path
        assert route.if_match == (versioned or route.path.endswith("/move")), name(route)


@pytest.mark.parametrize("route", PAGES, ids=name)
async def test_a_page_without_a_session_leads_to_the_sign_in_page(client: httpx.AsyncClient, route: Route) -> None:
    answer = await client.request(route.method, address(route))
    assert answer.status_code == 303
    assert answer.headers["location"].partition("?")[0] == "/sign-in"


@pytest.mark.parametrize("route", [route for route in PAGES if route.method != "GET"], ids=name)
async def test_a_change_from_another_site_is_refused(signed_in: httpx.AsyncClient, route: Route) -> None:
    answer = await signed_in.request(route.method, address(route), headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("route", CALLS, ids=name)
async def test_a_call_without_a_key_is_asked_for_one(client: httpx.AsyncClient, route: Route) -> None:
    answer = await client.request(route.method, address(route))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("route", [route for route in CALLS if route.access is not api_keys.any_key], ids=name)
async def test_a_call_with_every_scope_but_its_own_is_refused(keyed: Keyed, route: Route) -> None:
    program = await keyed(*(scope for scope in api_keys.models.SCOPES if scope != route.access.name))
    answer = await program.request(route.method, address(route))
    assert answer.status_code == 403
    assert route.access.name in answer.json()["detail"]
    assert "ratelimit-remaining" in answer.headers
