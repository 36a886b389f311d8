"""The same entry without script: a form is posted, and whatever comes back is a page."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import factories
import httpx
import msgspec
import pytest
from conftest import ORIGIN, SITE, environment, serving

from crm.config import load
from crm.inbound import intake
from crm.inbound.intake.error_page import MAX_MAILTO
from crm.kernel.app_context import AppContext
from shared import site_config
from shared.enquiry_form import FIELDS

FROM_SITE = {"origin": SITE, "accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def sent_again(page: str) -> dict[str, str]:
    """What a browser would send from the form on the page."""
    values = {}
    for tag in re.findall(r"<input[^>]*>", page):
        named = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        values[named["name"]] = unescape(named.get("value", ""))
    for name, inside in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found = re.search(r'value="(\w*)" selected', inside)
        values[name] = found.group(1) if found else ""
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        # A browser leaves out one line end right after the tag.
        values[name] = unescape(text.removeprefix("\n"))
    return values


async def test_a_good_form_leads_to_the_thanks_with_the_reference(client: httpx.AsyncClient, context: AppContext):
    answer = await client.post("/api/leads", data=factories.build_enquiry(), headers=FROM_SITE)
    assert answer.status_code == 303
    await intake.process.process_batch(context.db)
    async with context.db.connection() as conn:
        reference = await conn.fetchval("SELECT reference FROM leads")
    assert answer.headers["location"] == f"{SITE}/thanks.html?ref={reference}"


async def test_the_first_eight_fields_alone_are_enough_and_the_optional_ones_may_be_empty(client: httpx.AsyncClient):
    empty = {field.name: "" for field in FIELDS if not field.required}
    answer = await client.post("/api/leads", data=factories.build_enquiry(**empty), headers=FROM_SITE)
    assert answer.status_code == 303


async def test_a_wrong_form_comes_back_as_a_page_with_every_word_and_every_error(client: httpx.AsyncClient):
    sent = factories.build_enquiry(
        email="grace@navy", name="", message="<b>A & B</b>\nline two", page="/", commit="abc", more="1"
    )
    answer = await client.post("/api/leads", data=sent, headers=FROM_SITE)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "Tell us your name, so that we know whom to answer." in answer.text
    assert "The part after the @ needs an ending" in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert sent_again(answer.text) == sent


async def test_the_page_of_errors_can_be_mended_and_sent(client: httpx.AsyncClient, context: AppContext):
    page = await client.post("/api/leads", data=factories.build_enquiry(email="grace@navy"), headers=FROM_SITE)
    mended = sent_again(page.text) | {"email": "grace@navy.example"}
    answer = await client.post("/api/leads", data=mended, headers={**FROM_SITE, "origin": ORIGIN})
    assert answer.status_code == 303
    await intake.process.process_batch(context.db)
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT message FROM leads") == factories.build_enquiry()["message"]


async def test_the_page_may_lead_to_the_site_and_runs_no_script(client: httpx.AsyncClient):
    answer = await client.post("/api/leads", data=factories.build_enquiry(name=""), headers=FROM_SITE)
    policy = answer.headers["content-security-policy"]
    # Browsers hold the address a form is redirected to against form-action too.
    assert f"form-action 'self' {SITE};" in policy
    assert "<script" not in answer.text
    assert "style=" not in answer.text


async def test_a_form_from_another_site_can_be_sent_on_from_our_own_page(
    client: httpx.AsyncClient, context: AppContext
):
    answer = await client.post("/api/leads", data=factories.build_enquiry(), headers={**FROM_SITE, "origin": "null"})
    assert answer.status_code == 403
    assert sent_again(answer.text)["message"] == factories.build_enquiry()["message"]
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM submissions") == 0


async def test_a_flood_of_forms_is_answered_by_a_page_that_keeps_the_text(database_url: str, clean: AppContext):
    async with serving(load(environment(database_url, ENQUIRY_RATE_LIMIT="1"))) as client:
        await client.post("/api/leads", data=factories.build_enquiry(message="One"), headers=FROM_SITE)
        answer = await client.post("/api/leads", data=factories.build_enquiry(message="Two"), headers=FROM_SITE)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert sent_again(answer.text)["message"] == "Two"
    assert "try again in 10 minutes" in answer.text


async def test_without_a_database_the_page_keeps_the_text_and_offers_mail():
    async with serving(load(environment("postgresql://nobody@127.0.0.1:1/none"))) as client:
        answer = await client.post("/api/leads", data=factories.build_enquiry(), headers=FROM_SITE)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert sent_again(answer.text) == factories.build_enquiry()
    link = urlsplit(unescape(re.search(r'href="(mailto:[^"]*)"', answer.text).group(1)))
    assert link.path == site_config.load().organization.email
    letter = parse_qs(link.query)["body"][0]
    assert "Your name: Grace Hopper\r\n" in letter
    assert "Budget: €5,000 to €15,000\r\n" in letter
    assert letter.endswith(factories.build_enquiry()["message"])


@pytest.mark.parametrize("status_page", ["", "https://status.example.org/"])
async def test_what_cannot_be_taken_links_the_status_page_where_there_is_one(status_page: str):
    config = load(environment("postgresql://nobody@127.0.0.1:1/none"))
    uptime = msgspec.structs.replace(config.site.uptime, status_page=status_page)
    facts = msgspec.structs.replace(config.site, uptime=uptime)
    async with serving(msgspec.structs.replace(config, site=facts)) as client:
        answer = await client.post("/api/leads", data=factories.build_enquiry(), headers=FROM_SITE)
    assert ("System status" in answer.text) is bool(status_page)
    assert f'href="{status_page}"' in answer.text or not status_page


async def test_a_long_text_gives_a_mail_link_that_programs_can_open_and_says_so():
    async with serving(load(environment("postgresql://nobody@127.0.0.1:1/none"))) as client:
        answer = await client.post(
            "/api/leads", data=factories.build_enquiry(message="Größe " * 800), headers=FROM_SITE
        )
    address = unescape(re.search(r'href="(mailto:[^"]*)"', answer.text).group(1))
    assert len(address) < MAX_MAILTO + 100
    assert parse_qs(urlsplit(address).query)["body"][0].endswith("[Please copy the rest from the page.]")
    assert sent_again(answer.text)["message"] == ("Größe " * 800)


async def test_a_form_too_large_has_an_error_page(client: httpx.AsyncClient):
    answer = await client.post("/api/leads", data=factories.build_enquiry(message="x" * 70_000), headers=FROM_SITE)
    assert answer.status_code == 413
    assert "Your enquiry is too long" in answer.text
    assert "bytes. At most 65,536 bytes fit." in answer.text


async def test_a_form_that_is_not_utf_8_comes_back_as_far_as_it_can_be_read(client: httpx.AsyncClient):
    answer = await client.post(
        "/api/leads", content=b"name=Jos%E9&email=jose@x.example&message=hola",
        headers={**FROM_SITE, "content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert sent_again(answer.text)["email"] == "jose@x.example"


async def test_json_that_calls_itself_a_form_learns_what_is_missing(client: httpx.AsyncClient):
    answer = await client.post(
        "/api/leads", content=b'{"name": "Grace"}',
        headers={**FROM_SITE, "content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert answer.status_code == 422


async def test_a_nul_in_a_form_has_its_error_beside_the_field(client: httpx.AsyncClient):
    answer = await client.post("/api/leads", data=factories.build_enquiry(name="a\x00b"), headers=FROM_SITE)
    assert answer.status_code == 422
    assert "Remove the NUL character." in answer.text
