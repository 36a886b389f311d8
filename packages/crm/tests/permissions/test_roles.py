"""What owners, members and viewers may do: every route, every role, and every button of every page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from html import unescape
from urllib.parse import urlsplit

import factories
import httpx
import pytest
from conftest import ORIGIN
from starlette.routing import compile_path

from crm import routes
from crm.accounts import permissions
from crm.accounts.api_keys.models import SCOPES
from crm.accounts.permissions import Permission, Role
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.kernel.http.routing import Route
from crm.records import leads
from crm.workspace import demo, layout
from crm.workspace.reports.blocks import BLOCKS

SignInAs = Callable[[Role], Awaitable[httpx.AsyncClient]]
TABLE = routes.table()
POLICIES = (layout.own, layout.read, layout.write, layout.manage, layout.sensitive, layout.sensitive_own)
PAGES = [route for route in TABLE if route.access in POLICIES]
CALLS = [route for route in TABLE if route.access.name in SCOPES]
ROLES: tuple[Role, ...] = ("owner", "member", "viewer")
PATTERNS = [(route, compile_path(re.sub(":id}", ":int}", route.path))[0]) for route in TABLE]
EVERYBODY = {
    "GET /", "GET /search", "GET /inbox", "GET /inbox/{id:id}", "GET /inbox/{id:id}/raw", "GET /trash",
    "GET /inbox/of/{reference:str}", "GET /trash/{id:id}", "GET /emails/{id:id}",
    "GET /emails/{id:id}/raw", "GET /emails/{id:id}/attachments/{position:id}/raw",
    "GET /leads", "GET /leads/{id:id}", "GET /contacts",
    "GET /contacts/{id:id}", "GET /companies", "GET /companies/{id:id}", "GET /reports", "GET /changes",
    "GET /tags", "GET /tasks", "GET /tasks/{id:id}",
    "GET /changes/{id:id}", "GET /files/{id:id}/raw",
    "GET /pipeline", *(f"GET /reports/{block.name}.csv" for block in BLOCKS),
}  # fmt: skip
"""The pages that a viewer opens."""


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def address(route: Route) -> str:
    return re.sub(r"\{\w+(?::(\w+))?\}", lambda found: "1" if found.group(1) == "id" else "a", route.path)


def test_a_viewer_only_reads_and_a_member_manages_nothing() -> None:
    assert {name(route) for route in PAGES if route.access is layout.read} == EVERYBODY
    managed = {route.path.split("/")[1] for route in PAGES if route.access.name == "manage"}
    assert managed == {"settings", "operations", "demo", "trash"}


@pytest.mark.parametrize("role", ROLES)
async def test_every_page_is_open_to_the_roles_that_have_its_permission(signed_in_as: SignInAs, role: Role) -> None:
    person = await signed_in_as(role)
    wrong = []
    for route in sorted(PAGES, key=lambda route: route.path == "/sign-out"):
        sent = {"name": "x"} if route.method == "POST" else {}
        answer = await person.request(route.method, address(route), data=sent)
        refused = answer.status_code == 403
        if refused != (route.access.name not in permissions.ALLOWED[role]):
            wrong.append((name(route), answer.status_code))
        if refused:
            assert f"Your role is {role}." in answer.text, name(route)
            assert "Ask an owner to change it." in answer.text
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
async def test_every_call_is_open_to_keys_whose_creators_have_its_permission(
    client: httpx.AsyncClient, context: AppContext, role: Role
) -> None:
    async with context.db.transaction() as conn:
        creator = await factories.create_user(conn, role=role)
        _, secret = await factories.create_api_key(conn, *SCOPES, by=creator.actor)
    headers = {"authorization": f"Bearer {secret}"}
    for route in CALLS:
        answer = await client.request(route.method, address(route), headers=headers)
        needed: Permission = permissions.of_scope(route.access.name)
        assert (answer.status_code == 403) == (needed not in permissions.ALLOWED[role]), name(route)
        if answer.status_code == 403:
            assert answer.json()["detail"].endswith(f"the role of the person who created it is {role}.")


async def test_a_key_loses_what_its_creator_loses(client: httpx.AsyncClient, context: AppContext) -> None:
    async with context.db.transaction() as conn:
        creator = await factories.create_user(conn)
        _, secret = await factories.create_api_key(conn, "leads:read", "leads:write", by=creator.actor)
        await conn.execute("UPDATE users SET role = 'viewer'")
    headers = {"authorization": f"Bearer {secret}"}
    assert (await client.get("/api/v1/leads", headers=headers)).status_code == 200
    assert (await client.post("/api/v1/leads", headers=headers, json={"name": "Ada"})).status_code == 403


def find_route(method: str, url: str) -> Route | None:
    path = urlsplit(url).path
    return next((route for route, pattern in PATTERNS if route.method == method and pattern.match(path)), None)


def list_targets(page: str) -> set[tuple[str, str]]:
    """Every link and form of a page: its method and URL."""
    links = {("GET", unescape(url)) for url in re.findall(r'<a\b[^>]*\shref="(/[^"]*)"', page)}
    forms = re.findall(r"<form\b[^>]*>", page)
    for form in forms:
        action = re.search(r'\saction="(/[^"]*)"', form)
        method = "POST" if 'method="post"' in form else "GET"
        if action:
            links.add((method, unescape(action.group(1))))
    return links


@pytest.mark.parametrize("role", ROLES)
async def test_no_page_offers_what_its_reader_may_not_do(
    signed_in_as: SignInAs, context: AppContext, role: Role
) -> None:
    async with context.db.transaction() as conn:
        await demo.fill(conn, context, SYSTEM)
        await leads.deletion.delete(
            conn, (await leads.RECORD.list_page(conn, leads.LeadFilter(limit=1))).data[0], by=SYSTEM
        )
        await conn.execute(
            "INSERT INTO pgqueuer (priority, entrypoint, created, execute_after, updated, status)"
            " VALUES (0, 'deliver_webhook', now(), now(), now(), 'failed')"
        )
    person = await signed_in_as(role)
    may = permissions.ALLOWED[role]
    seen: set[str] = set()
    visits: Counter[str] = Counter()
    todo, offered = ["/"], set()
    while todo:
        url = todo.pop()
        answer = await person.get(url)
        # A sample lead has no enquiry to show.
        assert answer.status_code in (200, 303) or url.startswith("/inbox/of/"), (url, answer.status_code)
        for method, target in sorted(list_targets(answer.text)):
            route = find_route(method, target)
            if route is None or route not in PAGES:
                continue
            offered.add(name(route))
            assert route.access.name in may, f"{url} offers {method} {target}"
            # A few records of a kind, and a few pages with each part of a query, show every button: a list that is
            # filtered twice has no more of them.
            query = urlsplit(target).query
            parts = {f"{route.path} {part.partition('=')[0]}" for part in query.split("&")}
            if method == "GET" and target not in seen and any(visits[part] < (3 if query else 8) for part in parts):
                visits.update(parts)
                seen.add(target)
                todo.append(target)
    assert {"GET /leads/{id:id}", "POST /sign-out"} <= offered
    assert ("POST /leads/{id:id}/field" in offered) == ("write" in may)
    assert ("GET /settings/keys" in offered) == ("manage" in may)


async def test_a_visitor_of_another_site_is_refused_before_the_role_counts(signed_in_as: SignInAs) -> None:
    viewer = await signed_in_as("viewer")
    answer = await viewer.post("/leads", headers={"origin": "https://evil.example"}, data={"name": "x"})
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert ORIGIN not in answer.text
