from __future__ import annotations

import re

import due_jobs
import httpx
import pytest
from http_sink import HttpSink, Reply, run_http_sink

from crm.event_names import EventName
from crm.kernel.app_context import AppContext

HERE = "/settings/webhooks"


async def add_webhook(signed_in: httpx.AsyncClient, endpoint: HttpSink) -> str:
    """Add a webhook; returns the URL of its page."""
    form = {"name": "Accounting", "url": endpoint.url, "events": ["lead.created", "webhook.paused"]}
    answer = await signed_in.post(HERE, data=form)
    assert answer.status_code == 201
    found = re.search(rf'href="({HERE}/\d+)"', answer.text)
    assert found
    return found[1]


async def test_the_first_page_teaches_and_offers_the_first_step(signed_in: httpx.AsyncClient):
    page = await signed_in.get(HERE)
    assert page.status_code == 200
    assert "No webhooks yet" in page.text
    assert f'href="{HERE}/new"' in page.text


@pytest.mark.parametrize("path", ["", "/new", "/1", "/1/edit", "/1/deliveries/1"])
async def test_a_visitor_is_sent_to_sign_in(client: httpx.AsyncClient, path: str):
    answer = await client.get(HERE + path)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_a_change_from_another_site_is_refused(signed_in: httpx.AsyncClient):
    answer = await signed_in.post(HERE, data={"name": "x"}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


async def test_adding_a_webhook_shows_its_secret_once(signed_in: httpx.AsyncClient):
    async with run_http_sink() as endpoint:
        form = {"name": "Accounting", "url": endpoint.url, "events": "*"}
        answer = await signed_in.post(HERE, data=form)
        secret = re.search(r"whsec_[\w+/=]+", answer.text)
        assert secret
        number = re.search(rf"{HERE}/(\d+)", answer.text)
        assert number
        for path in (HERE, f"{HERE}/{number[1]}", f"{HERE}/{number[1]}/edit"):
            page = await signed_in.get(path)
            assert page.status_code == 200
            assert "whsec_" not in page.text


async def test_the_events_are_grouped_by_record_and_all_are_there(signed_in: httpx.AsyncClient):
    page = (await signed_in.get(f"{HERE}/new")).text.split("event-groups")[1]
    groups = re.findall(r"<legend>([\w-]+)</legend>(.*?)</fieldset>", page, re.DOTALL)
    assert [name for name, _ in groups] == [
        "Leads",
        "Contacts",
        "Companies",
        "Tasks",
        "E-mail",
        "Enquiries",
        "Webhooks",
    ]
    found = {name: re.findall(r'value="([a-z]+)\.', part) for name, part in groups}
    assert {name: set(nouns) for name, nouns in found.items()} == {
        "Leads": {"lead"}, "Contacts": {"contact"}, "Companies": {"company"}, "Tasks": {"task"},
        "E-mail": {"email"}, "Enquiries": {"submission"},
        "Webhooks": {"webhook"},
    }  # fmt: skip
    assert sum(map(len, found.values())) == len(EventName)


async def test_an_invalid_form_is_shown_again_with_its_errors(signed_in: httpx.AsyncClient):
    answer = await signed_in.post(
        HERE, data={"name": "Inside <b>", "url": "http://127.1:80/", "events": "lead.created"}
    )
    page = await signed_in.post(HERE, data={"name": "Inside <b>", "url": "http://10.0.0.1/", "events": "lead.created"})
    assert answer.status_code == 201
    assert page.status_code == 422
    assert "is not a public address" in page.text
    assert 'value="http://10.0.0.1/"' in page.text
    assert "Inside &lt;b&gt;" in page.text
    assert re.search(r'value="lead.created" checked', page.text)


async def test_without_an_event_the_form_says_so_beside_the_boxes(signed_in: httpx.AsyncClient):
    page = await signed_in.post(HERE, data={"name": "x", "url": "https://example.org/"})
    assert page.status_code == 422
    assert 'id="error-events"' in page.text


async def test_a_test_message_is_followed_to_its_answer_and_sent_again(signed_in: httpx.AsyncClient, clean: AppContext):
    async with run_http_sink() as endpoint:
        endpoint.replies = [Reply(500, body=b"<script>boom</script>"), Reply(200, body=b"fine")]
        path = await add_webhook(signed_in, endpoint)
        sent = await signed_in.post(f"{path}/test")
        assert sent.status_code == 303
        delivery = sent.headers["location"]
        waiting = (await signed_in.get(delivery)).text
        assert "On its way" in waiting
        assert 'hx-trigger="every 2s"' in waiting
        await due_jobs.run(clean)
        failed = (await signed_in.get(delivery)).text
        assert "Failed" in failed
        assert "&lt;script&gt;boom" in failed
        assert "every 2s" not in failed
        assert (await signed_in.post(f"{delivery}/redeliver")).status_code == 303
        await due_jobs.run(clean)
        assert "Delivered" in (await signed_in.get(delivery)).text
        listed = (await signed_in.get(path)).text
        assert "Delivered" in listed
        assert 'class="num">2</td>' in listed


async def test_a_webhook_is_paused_and_resumed(signed_in: httpx.AsyncClient, clean: AppContext):
    async with run_http_sink() as endpoint:
        path = await add_webhook(signed_in, endpoint)
        assert (await signed_in.post(f"{path}/pause")).status_code == 303
        paused = (await signed_in.get(path)).text
        assert "Paused by Ada Lovelace." in paused
        assert "No message waits." in paused
        assert (await signed_in.post(f"{path}/resume")).status_code == 303
        assert "Paused by" not in (await signed_in.get(path)).text


async def test_a_new_secret_is_shown_once_with_how_long_the_old_one_is_valid(signed_in: httpx.AsyncClient):
    async with run_http_sink() as endpoint:
        path = await add_webhook(signed_in, endpoint)
        answer = await signed_in.post(f"{path}/rotate")
        assert answer.status_code == 200
        assert "whsec_" in answer.text
        assert "signed with both" in answer.text


async def test_two_people_cannot_overwrite_each_other_unnoticed(signed_in: httpx.AsyncClient):
    async with run_http_sink() as endpoint:
        path = await add_webhook(signed_in, endpoint)
        form = {"name": "First", "url": endpoint.url, "events": "*", "version": "1"}
        assert (await signed_in.post(f"{path}/edit", data=form)).status_code == 303
        late = await signed_in.post(f"{path}/edit", data=form | {"name": "Second"})
        assert late.status_code == 409
        assert 'value="Second"' in late.text
        assert "<dd>First</dd>" in late.text
        assert 'name="version" value="2"' in late.text
        assert (await signed_in.post(f"{path}/edit", data=form | {"name": "Second", "version": "2"})).status_code == 303
        assert "<h1>Second</h1>" in (await signed_in.get(path)).text


async def test_a_webhook_is_deleted_once_its_name_was_typed(signed_in: httpx.AsyncClient):
    async with run_http_sink() as endpoint:
        path = await add_webhook(signed_in, endpoint)
        assert (await signed_in.post(f"{path}/delete", data={"name": "Acounting"})).status_code == 422
        assert (await signed_in.get(path)).status_code == 200
        assert (await signed_in.post(f"{path}/delete", data={"name": "Accounting"})).status_code == 303
        assert (await signed_in.get(path)).status_code == 404
