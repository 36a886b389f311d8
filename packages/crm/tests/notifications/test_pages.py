from __future__ import annotations

import html
import re

import due_jobs
import httpx
import pytest

from crm.kernel.app_context import AppContext
from crm.outbound.notifications import services
from crm.outbound.notifications.service_forms import SERVICE_FORMS, ServiceForm

HERE = "/settings/notifications"
NEW = {"name": "My mailbox", "target": "ada@crm.test", "events": ["lead.created", "webhook.paused"]}
SERVICES_BY_USE = SERVICE_FORMS[1:]
DISCORD = "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


async def add_channel(signed_in: httpx.AsyncClient, **changes: str) -> str:
    """Add a channel; returns the URL of its page."""
    answer = await signed_in.post(HERE, data=NEW | changes)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_the_first_page_teaches_and_offers_the_first_step(signed_in: httpx.AsyncClient):
    page = await signed_in.get(HERE)
    assert "No channels yet" in page.text
    assert f'href="{HERE}/new"' in page.text
    assert "Mail is not sent" in page.text


@pytest.mark.parametrize("path", [HERE, f"{HERE}/new", f"{HERE}/1", f"{HERE}/1/edit", "/settings/outbox"])
async def test_a_visitor_is_sent_to_sign_in(client: httpx.AsyncClient, path: str):
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_a_mailbox_is_added_and_tested_and_the_mail_can_be_read(signed_in: httpx.AsyncClient, clean: AppContext):
    path = await add_channel(signed_in)
    assert "Nothing sent yet" in (await signed_in.get(path)).text
    assert (await signed_in.post(f"{path}/test")).status_code == 303
    assert 'hx-trigger="every 2s"' in (await signed_in.get(path)).text
    await due_jobs.run(clean)
    page = (await signed_in.get(path)).text
    assert "A test from your CRM" in page
    assert "Stored only" in page
    assert "every 2s" not in page
    fragment = await signed_in.get(path, headers={"hx-request": "true"})
    assert "<html" not in fragment.text
    assert 'id="history"' in fragment.text
    outbox = (await signed_in.get("/settings/outbox")).text
    assert "A test from your CRM" in outbox
    mail = outbox.partition('href="/settings/outbox/')[2].partition('"')[0]
    assert "If you can read this" in (await signed_in.get(f"/settings/outbox/{mail}")).text
    assert (await signed_in.get("/settings/outbox/4711")).status_code == 404


async def test_the_address_of_a_service_is_never_shown_again(signed_in: httpx.AsyncClient):
    path = await add_channel(signed_in, target=DISCORD)
    for page in (HERE, path, f"{path}/edit"):
        text = (await signed_in.get(page)).text
        assert "JHMHI8qBe7bk2ZwO5U711o3dV_js" not in text
        assert "V_js" in text
    assert "Discord" in (await signed_in.get(path)).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "json://127.0.0.1/"}, "add it as a webhook"), ({"target": "nobody"}, "Write a mail address"),
        ({"target": ""}, "This field is required."), ({"name": ""}, "This field is required."),
        ({"events": "lead.eaten"}, "Choose one"),
    ],
)  # fmt: skip
async def test_an_invalid_form_is_shown_again_with_its_errors(
    signed_in: httpx.AsyncClient, changes: dict[str, str], words: str
):
    page = await signed_in.post(HERE, data=NEW | {"name": "Mine <b>"} | changes)
    assert page.status_code == 422
    assert words in page.text
    assert "<b>" not in page.text


TELEGRAM = {"service": "telegram", "bot_token": f"4174216298:{'A' * 35}", "chat_id": "-1001234567890"}


async def test_a_new_channel_begins_with_the_choice_of_a_service(signed_in: httpx.AsyncClient):
    page = (await signed_in.get(f"{HERE}/new")).text
    assert re.findall(r"\?service=(\w+)", page) == ["email", *(each.key for each in SERVICES_BY_USE)]
    assert {each.key for each in SERVICES_BY_USE} == {service.key for service in services.SERVICES}
    assert "<form" not in page.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("form", SERVICE_FORMS, ids=lambda form: form.key)
async def test_the_form_of_a_service_has_its_own_fields_and_says_where_to_find_them(
    signed_in: httpx.AsyncClient, form: ServiceForm
):
    page = (await signed_in.get(f"{HERE}/new?service={form.key}")).text
    fields = re.findall(r'<input id="[^"]+" name="([^"]+)"', page.split("<main")[1].split('id="events"')[0])
    assert fields == ["name", *(field.name for field in form.fields)]
    assert form.key == "email" or f'<a href="{form.help_url}" rel="noreferrer">Where to find' in page
    assert form.help_text in html.unescape(page)


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"service": "email", "email": "ada@crm.test"}, "ada@crm.test"),
        ({"service": "discord", "webhook_url": DISCORD}, "…V_js"),
        (TELEGRAM, "…7890"),
        ({"service": "ntfy", "topic": "acme-leads-7f3k"}, "…7f3k"),
        ({"service": "pushover", "user_key": "u" * 30, "app_token": "a" * 30}, "…aaaa"),
        ({"service": "pushbullet", "access_token": "o.zJhFabcdefghijklmnopqrstuvwxyz12"}, "…yz12"),
    ],
    ids=lambda value: value["service"] if isinstance(value, dict) else "",
)
async def test_the_fields_of_a_service_make_up_its_address(
    signed_in: httpx.AsyncClient, values: dict[str, str], hint: str
):
    answer = await signed_in.post(HERE, data={"name": "Ours", "events": "lead.created", **values})
    assert answer.status_code == 303, answer.text
    page = (await signed_in.get(answer.headers["location"])).text
    assert services.label(values["service"]) in page
    assert f"<code>{hint}</code>" in page


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        (
            {"service": "slack", "webhook_url": DISCORD},
            "webhook_url",
            "This belongs to Discord. Enter the one of Slack.",
        ),
        ({"service": "slack"}, "webhook_url", "This field is required."),
        ({"service": "slack", "webhook_url": "https://example.org/x"}, "webhook_url", "add it as a webhook"),
        ({"service": "email", "email": "nobody"}, "email", "Write a mail address"),
        ({"service": "telegram", "bot_token": "my bot", "chat_id": "7"}, "bot_token", "Enter a value such as"),
        ({**TELEGRAM, "chat_id": ""}, "chat_id", "This field is required."),
        ({"service": "ntfy", "topic": "ntfy.my-server.org/topic"}, "topic", "Enter a value such as"),
        ({"service": "no such one"}, "target", "This field is required."),
    ],
)
async def test_a_wrong_value_is_named_at_its_own_field(
    signed_in: httpx.AsyncClient, values: dict[str, str], field: str, words: str
):
    page = await signed_in.post(HERE, data={"name": "Ours", "events": "lead.created", **values})
    assert page.status_code == 422
    assert words in page.text.split(f'id="error-{field.replace("_", "-")}">')[1].split("</p>")[0]
    assert 'value="Ours"' in page.text
    assert "No channels yet" in (await signed_in.get(HERE)).text


async def test_a_channel_keeps_its_service_and_takes_a_new_address(signed_in: httpx.AsyncClient):
    path = await add_channel(signed_in, target=DISCORD)
    assert 'name="webhook_url"' in (await signed_in.get(f"{path}/edit")).text
    form = {"name": "Ours", "events": "lead.created", "version": "1", "service": "discord"}
    assert (await signed_in.post(f"{path}/edit", data=form)).status_code == 303
    assert "V_js" in (await signed_in.get(path)).text
    form |= {"version": "2", "webhook_url": DISCORD.replace("V_js", "W_js")}
    assert (await signed_in.post(f"{path}/edit", data=form)).status_code == 303
    assert "W_js" in (await signed_in.get(path)).text


async def test_a_change_without_an_address_keeps_the_one_it_has(signed_in: httpx.AsyncClient, clean: AppContext):
    path = await add_channel(signed_in)
    form = {"name": "Renamed", "events": "submission.failed", "version": "1", "target": ""}
    assert (await signed_in.post(f"{path}/edit", data=form)).status_code == 303
    page = (await signed_in.get(path)).text
    assert ">Renamed</h1>" in page
    assert "ada@crm.test" in page
    await signed_in.post(f"{path}/test")
    await due_jobs.run(clean)
    assert "ada@crm.test" in (await signed_in.get("/settings/outbox")).text


async def test_two_people_cannot_overwrite_each_other_unnoticed(signed_in: httpx.AsyncClient):
    path = await add_channel(signed_in)
    form = {"name": "First", "events": "lead.created", "version": "1", "target": ""}
    assert (await signed_in.post(f"{path}/edit", data=form)).status_code == 303
    late = await signed_in.post(f"{path}/edit", data=form | {"name": "Second"})
    assert late.status_code == 409
    assert 'value="Second"' in late.text
    assert ">First</dd>" in late.text


async def test_a_channel_is_switched_off_and_on(signed_in: httpx.AsyncClient):
    path = await add_channel(signed_in)
    assert (await signed_in.post(f"{path}/off")).status_code == 303
    assert "Switch on" in (await signed_in.get(path)).text
    assert (await signed_in.post(f"{path}/on")).status_code == 303
    assert "Switch off" in (await signed_in.get(path)).text


async def test_a_channel_is_deleted_once_its_name_was_typed(signed_in: httpx.AsyncClient):
    path = await add_channel(signed_in)
    assert (await signed_in.post(f"{path}/delete", data={"name": "mine"})).status_code == 422
    assert (await signed_in.post(f"{path}/delete", data={"name": "My mailbox"})).status_code == 303
    assert (await signed_in.get(path)).status_code == 404
