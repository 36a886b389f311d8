"""The page of outgoing mail, and its test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import factories
import httpx
import pytest
from conftest import ORIGIN, environment, serving
from smtp_sink import SmtpSink, run_smtp_sink

from crm import config
from crm.accounts import auth
from crm.kernel.app_context import AppContext

URL = "/settings/mail-provider"


@pytest.fixture
async def box() -> AsyncIterator[SmtpSink]:
    async with run_smtp_sink() as sink:
        yield sink


@pytest.fixture
async def mailing(box: SmtpSink, database_url: str, clean: AppContext) -> AsyncIterator[httpx.AsyncClient]:
    """Ada, signed in to a service with a mail server."""
    settings = config.load(environment(database_url, SMTP_URL=box.url))
    async with serving(settings) as client:
        async with clean.db.transaction() as conn:
            ada = await factories.create_user(conn)
            token = await auth.sessions.start_session(conn, clean, ada, "Firefox on Linux")
        client.cookies.set(auth.sessions.cookie_name(settings), token, domain=ORIGIN.removeprefix("http://"))
        yield client


async def test_the_page_names_the_provider(mailing: httpx.AsyncClient, box: SmtpSink) -> None:
    page = (await mailing.get(URL)).text
    assert f"The mail server 127.0.0.1:{box.port}" in page
    assert "None yet" in page


async def test_a_password_of_the_server_is_not_shown(mailing: httpx.AsyncClient, database_url: str) -> None:
    secret = config.load(environment(database_url, SMTP_URL="smtp://ada:hush@127.0.0.1:9"))
    async with serving(secret) as client:
        client.cookies.update(mailing.cookies)
        for page in (await client.get(URL), await client.post(f"{URL}/test")):
            assert "The mail server 127.0.0.1:9" in page.text
            assert "hush" not in page.text


async def test_a_test_mail_arrives_at_once(mailing: httpx.AsyncClient, box: SmtpSink, clean: AppContext) -> None:
    sent = await mailing.post(f"{URL}/test")
    assert sent.status_code == 303
    (mail,) = box.mails
    assert mail["To"] == "ada@crm.test"
    assert mail["Subject"].startswith("A test from the CRM of ")


async def test_what_the_provider_says_is_shown(mailing: httpx.AsyncClient, box: SmtpSink) -> None:
    box.refusal = "550 no such person"
    refused = await mailing.post(f"{URL}/test")
    assert refused.status_code == 422
    assert "The test was not sent." in refused.text
    assert "550 no such person" in refused.text


async def test_without_a_provider_the_test_is_stored_and_the_page_says_so(signed_in: httpx.AsyncClient) -> None:
    assert "None: mail is stored, and not sent" in (await signed_in.get(URL)).text
    assert (await signed_in.post(f"{URL}/test")).status_code == 303
    assert "A test from the CRM of " in (await signed_in.get("/settings/outbox")).text
