"""The frame around every page, the error pages, and the page of the API."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import factories
import httpx
import pytest
from conftest import environment, serving

from crm import config
from crm.accounts import auth
from crm.kernel.actor import VISITOR
from crm.kernel.app_context import AppContext
from crm.kernel.http.static_files import StaticFiles
from crm.monitoring import heartbeat
from crm.records import leads
from crm.workspace import demo

MINE = (
    "/profile",
    "/settings",
    "/settings/keys",
    "/settings/keys/new",
    "/tasks",
    "/tasks/new",
    "/reminders",
    "/calendar",
)


async def test_every_page_has_one_filled_button_and_one_heading(signed_in: httpx.AsyncClient) -> None:
    for address in MINE:
        page = (await signed_in.get(address)).text
        assert page.count("button-primary") == 1, address
        assert page.count("<h1") == 1, address
        assert 'href="#page"' in page


async def test_no_page_carries_inline_script_or_style(signed_in: httpx.AsyncClient) -> None:
    for address in (*MINE, "/sign-in", "/api/docs", "/api/docs/leads", "/nowhere"):
        answer = await signed_in.get(address)
        assert "style=" not in answer.text, address
        assert "<style" not in answer.text
        assert not re.search(r"<script(?![^>]* src=)", answer.text)
        assert not re.search(r"\son\w+=|hx-on", answer.text)
        assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_every_id_is_used_once_and_every_label_leads_somewhere(signed_in: httpx.AsyncClient) -> None:
    for address in (*MINE, "/sign-in", "/api/docs", "/api/docs/leads"):
        signed_out = {"cookie": ""} if address == "/sign-in" else {}
        page = (await signed_in.get(address, headers=signed_out)).text
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), address
        for pointer in ("for", "aria-labelledby", "aria-describedby"):
            for names in re.findall(rf'\s{pointer}="([^"]+)"', page):
                assert set(names.split()) <= set(ids), (address, pointer, names)


async def test_one_entry_leads_to_the_settings_whose_column_marks_the_page(signed_in: httpx.AsyncClient) -> None:
    page = (await signed_in.get("/settings/keys/new")).text
    rail = page.split('class="app-main"')[0]
    assert re.findall(r'<a [^>]*href="([^"]*)"', rail.split('class="rail"')[1]) == [
        "/", "/", "/inbox", "/leads", "/pipeline", "/contacts", "/companies", "/tasks", "/reports", "/settings",
    ]  # fmt: skip
    assert re.search(r'href="/settings" aria-current="true"', rail)
    column = page.split('class="settings-nav"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)" aria-current="true"', column) == ["/settings/keys"]


@pytest.mark.parametrize(
    "url",
    ["/settings", "/profile", "/reminders", "/calendar", "/profile/notifications", "/settings/notifications",
     "/settings/mail-provider", "/settings/outbox", "/settings/webhooks", "/settings/keys",
     "/operations", "/settings/data", "/settings/form", "/trash"],
)  # fmt: skip
async def test_every_page_of_the_settings_shows_the_same_column(signed_in: httpx.AsyncClient, url: str) -> None:
    page = (await signed_in.get(url)).text
    column = page.split('class="settings-nav"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)" aria-current="page"', column) == [url]
    assert column.count("<a ") == 21
    assert 'class="settings-nav"' not in (await signed_in.get("/leads")).text


async def test_one_strip_names_the_sample_data_and_no_row_does(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    assert "sample data" not in (await signed_in.get("/leads")).text
    async with clean.db.transaction() as connection:
        number = await demo.fill(connection, clean)
    for url in ("/", "/leads", "/contacts", "/companies", "/settings"):
        page = (await signed_in.get(url)).text
        assert page.count(f"You are looking at sample data ({number} leads).") == 1, url
        assert ">Sample</span>" not in page
    await signed_in.post("/demo/remove")
    assert "sample data" not in (await signed_in.get("/leads")).text


async def test_the_badge_counts_what_waits(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    assert " waiting" not in (await signed_in.get("/profile")).text
    async with clean.db.transaction() as connection:
        form = leads.NewLead(name="Grace Hopper", email="grace@navy.example", message="Hello")
        await leads.create(connection, form, by=VISITOR, channel="site")
    assert re.search(
        r'<span class="count">.*?1<span class="visually-hidden"> waiting', (await signed_in.get("/profile")).text
    )


async def test_a_silent_worker_is_shown_on_every_page(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    assert "No worker is running" in (await signed_in.get("/profile")).text
    async with clean.db.transaction() as connection:
        await heartbeat.beat(connection, clean, "worker")
    assert "No worker is running" not in (await signed_in.get("/profile")).text


async def test_a_late_job_is_shown_on_every_page(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    async with clean.db.transaction() as connection:
        await connection.execute(
            "INSERT INTO job_runs (name, every, succeeded_at, error) VALUES ('tidy_sign_ins', '3 hours', $1, '')",
            clean.started_at.replace(year=2020),
        )
    assert "The job “Clean up sessions” is late." in (await signed_in.get("/profile")).text


async def test_a_toast_is_shown_once_and_offers_undo(signed_in: httpx.AsyncClient) -> None:
    company = await signed_in.post("/companies", data={"name": "Navy", "website": "", "domain": "", "notes": ""})
    await signed_in.post(company.headers["location"] + "/delete", data={"confirm": "1"})
    page = (await signed_in.get("/profile")).text
    assert re.search(r'action="/changes/\d+/undo"><input type="hidden" name="back" value="/profile">', page)
    assert "toast-text" not in (await signed_in.get("/profile")).text


@pytest.mark.parametrize("planted", ["//evil.example/x", "https://evil.example", "javascript:alert(1)", "/sign-out"])
@pytest.mark.parametrize("signature", ["", ".", "0" * 64 + ".", "€."])
async def test_a_planted_toast_is_never_shown(signed_in: httpx.AsyncClient, planted: str, signature: str) -> None:
    cookie = f"toast={signature}{quote(f'Your session has ended.{chr(10)}{planted}', safe='')}".encode()
    session = f"; session={signed_in.cookies['session']}".encode()
    page = (await signed_in.get("/profile", headers={"cookie": cookie + session})).text
    assert "Your session has ended." not in page
    assert f'action="{planted}"><button class="toast' not in page


async def test_a_toast_of_another_person_is_never_shown(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    answer = await signed_in.post("/profile", data={"name": "Ada Byron", "theme": "dark"})
    cookie = answer.headers["set-cookie"].partition(";")[0]
    async with clean.db.transaction() as connection:
        token = await auth.sessions.start_session(
            connection, clean, await factories.create_user(connection, "Eve"), "Eve's browser"
        )
    page = await signed_in.get("/profile", headers={"cookie": f"{cookie}; session={token}"})
    assert "Profile saved." not in page.text
    page = await signed_in.get("/profile", headers={"cookie": f"{cookie}; session={signed_in.cookies['session']}"})
    assert "Profile saved." in page.text


async def test_over_https_the_cookie_of_a_toast_is_bound_to_this_host(
    signed_in: httpx.AsyncClient, database_url: str, clean: AppContext
) -> None:
    session = f"__Host-session={signed_in.cookies['session']}"
    async with serving(config.load(environment(database_url, CRM_BASE_URL="https://crm.test"))) as client:
        headers = {"cookie": session, "origin": "https://crm.test"}
        answer = await client.post("/profile", data={"name": "Ada Byron", "theme": "dark"}, headers=headers)
    assert answer.headers["set-cookie"].startswith("__Host-toast=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in answer.headers["set-cookie"].split(";")}


async def test_a_wrong_address_has_a_kind_page_with_the_request_id(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this URL." in answer.text
    assert answer.headers["x-request-id"] in answer.text
    within = await signed_in.get("/settings/keys/999999")
    assert within.status_code == 404
    assert 'class="rail"' in within.text
    assert "There is no such key." in within.text


async def test_a_wrong_method_a_wrong_type_and_too_much_have_each_an_error(signed_in: httpx.AsyncClient) -> None:
    assert (await signed_in.post("/nowhere")).status_code in (404, 405)
    assert (await signed_in.delete("/profile")).status_code == 405
    typed = await signed_in.post("/profile", content=b"{}", headers={"content-type": "application/json"})
    assert typed.status_code == 415
    large = await signed_in.post("/profile", data={"name": "x" * 300_000})
    assert large.status_code == 413
    for answer in (typed, large):
        assert 'id="error-detail"' in answer.text
        assert answer.text.count("button-primary") == 1


async def test_an_ended_session_takes_a_fragment_to_the_sign_in_page(signed_in: httpx.AsyncClient) -> None:
    signed_in.cookies.clear()
    answer = await signed_in.get("/profile", headers={"hx-request": "true"})
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/sign-in?next=%2Fprofile"


async def test_the_api_has_a_page_for_each_tag_with_every_call_and_an_example(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    first = (await client.get("/api/docs")).text
    bodies = 0
    for tag in (each["name"] for each in document["tags"]):
        assert f'<a href="/api/docs/{tag}">' in first
        page = (await client.get(f"/api/docs/{tag}")).text
        ids = set(re.findall(r'\sid="([^"]+)"', page))
        operations = [each for path in document["paths"].values() for each in path.values() if tag in each["tags"]]
        assert len({each["operationId"] for each in operations}) == len(operations)
        assert {each["operationId"] for each in operations} <= ids
        assert {each["operationId"] for each in operations} == {*re.findall(rf'href="/api/docs/{tag}#([^"]+)"', first)}
        assert set(re.findall(r'href="#([^"]+)"', page)) <= ids
        examples = re.findall(r"-d &#39;(\{.*?\})&#39;", page.replace("&#34;", '"'))
        bodies += len([json.loads(body) for body in examples])
        assert len(page) < 250_000
    assert bodies >= 5


async def test_every_object_of_the_api_is_on_a_page_that_uses_it(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    pages = [(await client.get(f"/api/docs/{tag['name']}")).text for tag in document["tags"]]
    shown = {name for page in pages for name in re.findall(r'id="object-([^"]+)"', page)}
    assert shown == {*document["components"]["schemas"]}


async def test_the_api_pages_show_no_limit_that_is_only_that_of_a_type(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    for tag in document["tags"]:
        assert "9223372036854775807" not in (await client.get(f"/api/docs/{tag['name']}")).text


@pytest.mark.parametrize("path", ["/api/docs/nothing", "/api/docs/leads/1", "/api/docs/%00"])
async def test_a_tag_there_is_none_of_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_script_and_style_of_a_page_stay_within_their_weight(client: httpx.AsyncClient) -> None:
    files, packed = StaticFiles(), {}
    for name in ("app.css", "app.js", "htmx.js"):
        async with client.stream("GET", files.url(name), headers={"accept-encoding": "gzip"}) as answer:
            packed[name] = sum([len(part) async for part in answer.aiter_raw()])
    assert packed["app.js"] <= 6 * 1024
    assert sum(packed.values()) <= 45 * 1024
