"""The frame around every page, the pages of trouble, and the page of the API."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import cast
import httpx
import pytest

from crm.kernel.actor import VISITOR
from crm.kernel.app_context import AppContext
from crm.kernel.http.static_files import StaticFiles
from crm.monitoring import heartbeat
from crm.records import leads

MINE = ("/profile", "/settings", "/settings/keys", "/settings/keys/new")


async def test_every_page_has_one_filled_button_and_one_heading(signed_in: httpx.AsyncClient) -> None:
    for address in MINE:
        page = (await signed_in.get(address)).text
        assert page.count("button-primary") == 1, address
        assert page.count("<h1") == 1, address
        assert 'href="#page"' in page


async def test_no_page_carries_inline_script_or_style(signed_in: httpx.AsyncClient) -> None:
    for address in (*MINE, "/sign-in", "/api/docs", "/nowhere"):
        answer = await signed_in.get(address)
        assert "style=" not in answer.text, address
        assert "<style" not in answer.text
        assert not re.search(r"<script(?![^>]* src=)", answer.text)
        assert not re.search(r"\son\w+=|hx-on", answer.text)
        assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_every_id_is_used_once_and_every_label_leads_somewhere(signed_in: httpx.AsyncClient) -> None:
    for address in (*MINE, "/sign-in", "/api/docs"):
        signed_out = {"cookie": ""} if address == "/sign-in" else {}
        page = (await signed_in.get(address, headers=signed_out)).text
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), address
        for pointer in ("for", "aria-labelledby", "aria-describedby"):
            for names in re.findall(rf'\s{pointer}="([^"]+)"', page):
                assert set(names.split()) <= set(ids), (address, pointer, names)


async def test_the_place_where_one_is_is_marked(signed_in: httpx.AsyncClient) -> None:
    rail = (await signed_in.get("/settings/keys/new")).text.split('class="bar"')[0]
    assert re.search(r'href="/settings/keys" aria-current="page"', rail)
    assert not re.search(r'href="/settings" aria-current', rail)


async def test_the_badge_counts_what_waits(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    assert " waiting" not in (await signed_in.get("/profile")).text
    async with clean.db.transaction() as connection:
        form = leads.NewLead(name="Grace Hopper", email="grace@navy.example", message="Hello")
        await leads.create(connection, form, by=VISITOR, channel="site")
        await cast.submission(connection)
        await connection.execute("UPDATE submissions SET state = 'quarantined'")
    assert re.search(
        r'<span class="count">.*?2<span class="visually-hidden"> waiting', (await signed_in.get("/profile")).text
    )


async def test_a_silent_worker_is_told_on_every_page(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    assert "No worker is running" in (await signed_in.get("/profile")).text
    async with clean.db.transaction() as connection:
        await heartbeat.beat(connection, clean, "worker")
    assert "No worker is running" not in (await signed_in.get("/profile")).text


async def test_a_late_job_is_told_on_every_page(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    async with clean.db.transaction() as connection:
        await connection.execute(
            "INSERT INTO job_runs (name, every, succeeded_at, error) VALUES ('tidy_sign_ins', '3 hours', $1, '')",
            clean.started_at.replace(year=2020),
        )
    assert "The job “Clean up sessions” is late." in (await signed_in.get("/profile")).text


async def test_a_toast_is_shown_once_and_offers_undo(signed_in: httpx.AsyncClient) -> None:
    signed_in.cookies.set("toast", quote("Archived.\n/leads/3/restore", safe=""), domain="crm.test")
    page = (await signed_in.get("/profile")).text
    assert '<form method="post" action="/leads/3/restore">' in page
    assert "Archived." not in (await signed_in.get("/profile")).text


@pytest.mark.parametrize("planted", ["//evil.example/x", "https://evil.example", "javascript:alert(1)"])
async def test_a_planted_toast_cannot_lead_away(signed_in: httpx.AsyncClient, planted: str) -> None:
    signed_in.cookies.set("toast", quote(f"Done.\n{planted}", safe=""), domain="crm.test")
    page = (await signed_in.get("/profile")).text
    assert "Done." in page
    assert planted not in page


async def test_a_wrong_address_is_told_kindly_with_the_request_id(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this URL." in answer.text
    assert answer.headers["x-request-id"] in answer.text
    within = await signed_in.get("/settings/keys/999999")
    assert within.status_code == 404
    assert 'class="rail"' in within.text
    assert "There is no such key." in within.text


async def test_a_wrong_method_a_wrong_type_and_too_much_are_each_told(signed_in: httpx.AsyncClient) -> None:
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


async def test_the_page_of_the_api_has_every_call_with_an_example(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api/docs")).text
    document = (await client.get("/api/v1/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) > 20
    for operation in operations:
        assert f'id="{operation["operationId"]}"' in page
    for name in document["components"]["schemas"]:
        assert f'id="object-{name}"' in page
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'\sid="([^"]+)"', page))
    bodies = [json.loads(body) for body in re.findall(r"-d &#39;(\{.*?\})&#39;", page.replace("&#34;", '"'))]
    assert len(bodies) >= 5


async def test_script_and_style_of_a_page_stay_within_their_weight(client: httpx.AsyncClient) -> None:
    files, packed = StaticFiles(), {}
    for name in ("app.css", "app.js", "htmx.js"):
        async with client.stream("GET", files.url(name), headers={"accept-encoding": "gzip"}) as answer:
            packed[name] = sum([len(part) async for part in answer.aiter_raw()])
    assert packed["app.js"] <= 6 * 1024
    assert sum(packed.values()) <= 45 * 1024
