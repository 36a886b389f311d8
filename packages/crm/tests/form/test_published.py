"""What the settings say of the public form, and what its build takes from the CRM."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from conftest import environment
from http_sink import HttpSink, Reply, run_http_sink

from crm.accounts import form_choices
from crm.accounts.form_choices import ChangeChoice, NewChoice
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.workspace.form.published import compare
from shared.enquiry_form import FIELDS
from shared.form_snapshot import FormSnapshot, read_snapshot, take_snapshot, write_snapshot

DEFINED = take_snapshot(FIELDS)


@pytest.fixture
async def site() -> AsyncIterator[HttpSink]:
    """The public site, which publishes the choices of the definition."""
    async with run_http_sink() as sink:
        sink.replies = [Reply(body=write_snapshot(DEFINED))]
        yield sink


async def ask(context: AppContext, site_url: str, current: FormSnapshot = DEFINED) -> tuple[list[str], str]:
    config = msgspec.structs.replace(context.config, site_url=site_url)
    comparison = await compare(config, current)
    return comparison.differences, comparison.problem


async def test_the_settings_say_what_the_public_form_does_not_show_yet(clean: AppContext, site: HttpSink) -> None:
    url = site.url.removesuffix("/hook")
    assert await ask(clean, url) == ([], "")
    assert site.received[0].path == "/form.json"
    async with clean.db.transaction() as conn:
        known = await form_choices.list_all(conn)
        ids = {choice.key: choice.id for choice in known.list_field("source")}
        await form_choices.create(conn, NewChoice("source", "A podcast"), by=SYSTEM)
        for key, change in (
            ("event", ChangeChoice(active=False)), ("search", ChangeChoice(label="A search", position=2)),
        ):  # fmt: skip
            await form_choices.change(conn, await form_choices.lock(conn, ids[key]), change, by=SYSTEM)
        current = (await form_choices.list_all(conn)).take_snapshot()
    heard = "How they heard about us"
    assert (await ask(clean, url, current))[0] == [
        f"{heard}: “A podcast” is not on the form yet.",
        f"{heard}: “An event” is still on the form.",
        f"{heard}: “A search” is still called “Search engine”.",
        f"{heard}: The order is still another one.",
    ]


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(404), "The public site does not say yet which choices its form has."),
        (Reply(500), "It answered 500."),
        (Reply(body=b"<html>"), "does not hold the choices of the form."),
        (Reply(body=b'{"choices": {"source": []}}'), "`source` has no choices."),
        (Reply(body=b"x" * 300_000), "It is larger than"),
    ],
)
async def test_a_site_that_says_nothing_of_use_is_named(
    context: AppContext, site: HttpSink, reply: Reply, problem: str
) -> None:
    site.replies = [reply]
    differences, said = await ask(context, site.url.removesuffix("/hook"))
    assert not differences
    assert problem in said


async def test_a_site_that_is_away_is_named_and_the_page_says_how_to_publish(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with run_http_sink() as gone:
        url = gone.url.removesuffix("/hook")
    assert (await ask(context, url))[1].startswith("The public site cannot be read.")
    page = (await signed_in.get("/settings/form/published")).text
    assert "The public site cannot be read." in page
    assert "/actions/workflows/deploy-web.yml" in page


def export(database_url: str) -> bytes:
    """Run `crm form export`."""
    environ = {**os.environ, **environment(database_url)}
    command = [sys.executable, "-m", "crm", "form", "export"]
    return subprocess.run(command, env=environ, capture_output=True, timeout=60, check=True).stdout


async def test_the_command_and_the_url_give_the_same_snapshot(client: httpx.AsyncClient, database_url: str) -> None:
    printed = export(database_url)
    assert read_snapshot(printed) == DEFINED
    answer = await client.get("/api/form")
    assert json.loads(printed) == answer.json()
    assert (await client.post("/api/form")).status_code == 405
