"""Every number with a link opens exactly the rows that it counts. This opens each of them, on every page."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import due_jobs
import factories
import httpx
import pytest

from crm import routes
from crm.kernel import clock
from crm.kernel.actor import VISITOR
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.records.tasks import find_working_day
from crm.workspace import layout

POLICIES = (layout.own, layout.read, layout.write, layout.manage, layout.sensitive, layout.sensitive_own)
PAGES = [route.path for route in routes.table() if route.access in POLICIES and route.method == "GET"]


async def add(context: AppContext, days: float = 0, **values: Any) -> leads.Lead:
    """A lead that came and last changed so many days ago."""
    async with context.db.transaction() as conn:
        with clock.at(clock.now() - timedelta(days=days)):
            form = leads.NewLead(**{"name": f"Person {days}", **values})
            return await leads.create(conn, form, by=VISITOR, channel="site")


async def move(client: httpx.AsyncClient, context: AppContext, lead: leads.Lead, status: str, days: float = 0) -> None:
    moved = {"was": "new", "status": status, "lost_reason": "Put off" if status == "lost" else ""}
    with clock.at(clock.now() - timedelta(days=days)):
        assert (await client.post(f"/leads/{lead.id}/status", data=moved)).status_code == 303


@pytest.fixture
async def busy(signed_in: httpx.AsyncClient, context: AppContext) -> httpx.AsyncClient:
    """A signed-in person, and enough of everything for each number to be more than nought."""
    today = clock.now().date()
    for number in range(11):
        await add(context, number, email=f"ada{number}@wait.example")
        await add(context, 1, next_action="Call", next_action_on=today - timedelta(days=number))
        await move(signed_in, context, await add(context, 20, value=number), "proposal", 16)
    await add(context, 1, next_action="Later", next_action_on=today + timedelta(days=3))
    for days in (0.5, 3, 8, 40):
        await move(signed_in, context, await add(context, days, value=1000), "won", days)
        await move(signed_in, context, await add(context, days), "lost")
    tests = [await add(context, days, email=f"test{days}@wait.example") for days in (0, 20)]
    await move(signed_in, context, tests[1], "proposal", 16)
    async with context.db.transaction() as conn:
        await conn.execute("UPDATE leads SET synthetic = true WHERE id = ANY($1)", [lead.id for lead in tests])
        await factories.create_webhook(conn, context, "https://hooks.example/in", "*")
        await conn.execute("UPDATE webhooks SET active = false")
        await factories.create_channel(conn, context, target="ada@crm.test")
        for number in range(3):
            await factories.create_submission(
                conn, website="x", message=f"Spam {number}", at=clock.now() - timedelta(minutes=number)
            )
        for number in range(4):
            await factories.create_submission(conn, message=f"Broken {number}")
    await due_jobs.run(context)
    async with context.db.connection() as conn:
        await conn.execute(
            "UPDATE submissions SET state = 'failed', lead_id = NULL WHERE body->>'message' LIKE 'Broken%'"
        )
        await conn.execute("UPDATE notifications SET state = 'failed' WHERE id % 3 = 0")
    return signed_in


def read_numbers(page: str) -> list[tuple[str, int]]:
    """The URL and number of every link that carries a number."""
    links = re.findall(r"<a\b[^>]*data-count[^>]*>", page)
    return [
        (html.unescape(re.search(r' href="([^"]+)"', link)[1]), int(re.search(r'data-count="(\d+)"', link)[1]))  # type: ignore[index]
        for link in links
    ]


async def count_rows(client: httpx.AsyncClient, url: str) -> int:
    """How many rows the list at this URL has, counted on all its pages."""
    number, following = 0, url
    while following:
        page = (await client.get(following)).text
        main = page[page.index("<main") :]
        nouns = "lead|contact|company|task|submission|notification|delivery|email"
        rows = re.findall(rf'<(?:tr|li) id="(?:{nouns})-\d+"', main)
        number += len(rows)
        found = re.search(r'rel="next" href="([^"]+)"', main) or re.search(r'href="([^"]+)" rel="next"', main)
        following = html.unescape(found[1]) if found else ""
    return number


async def test_every_number_on_every_page_opens_the_rows_it_counts(busy: httpx.AsyncClient, context: AppContext):
    async with context.db.connection() as conn:
        ids = {
            "leads": await conn.fetchval("SELECT min(id) FROM leads"),
            "contacts": await conn.fetchval("SELECT min(id) FROM contacts"),
            "companies": await conn.fetchval("SELECT min(id) FROM companies"),
            "inbox": await conn.fetchval("SELECT min(id) FROM submissions"),
            "webhooks": await conn.fetchval("SELECT min(id) FROM webhooks"),
            "notifications": await conn.fetchval("SELECT min(id) FROM channels"),
        }
    counted: dict[str, int] = {}
    for path in PAGES:
        url = path
        for noun, number in ids.items():
            url = url.replace(f"/{noun}/{{id:id}}", f"/{noun}/{number}")
        if "{" in url:
            continue
        page = await busy.get(url)
        assert page.status_code in (200, 303), url
        for href, number in read_numbers(page.text):
            assert counted.setdefault(href, number) == number, f"{url} and another page differ about {href}"
    assert len(counted) >= 18
    for href, number in counted.items():
        assert await count_rows(busy, href) == number, href


async def test_today_has_a_number_for_everything_that_waits(busy: httpx.AsyncClient):
    texts = re.findall(r"data-count=\"(\d+)\">([^<]+)</a>", (await busy.get("/")).text)
    assert ("3", "3 held as possible spam") in texts
    assert ("4", "4 enquiries not processed") in texts
    assert any(text.endswith("notifications failed") for _, text in texts)
    assert ("11", "All 11 leads gone quiet") in texts


async def test_the_failed_notifications_can_be_sent_again_and_dismissed(busy: httpx.AsyncClient, context: AppContext):
    page = (await busy.get("/settings/notifications/failed")).text
    action = re.search(r'action="(/settings/notifications/\d+/\d+/again)"', page)
    assert action is not None
    assert "failed notifications</a>" in (await busy.get("/leads")).text
    await busy.post(action[1])
    latest = re.search(r'name="up_to" value="(\d+)"', page)
    assert latest is not None
    await busy.post("/settings/notifications/failed", data={"up_to": latest[1]})
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM notifications WHERE state = 'failed'") == 0
        assert await conn.fetchval("SELECT count(*) FROM notifications WHERE state = 'pending'") >= 1
    assert "No failed notifications" in (await busy.get("/settings/notifications/failed")).text
    assert (await busy.post("/settings/notifications/failed", data={"up_to": "x"})).status_code == 422


@pytest.mark.parametrize(
    ("weekday", "expected"), [("2026-11-26", "2026-11-26"), ("2026-11-28", "2026-11-30"), ("2026-11-29", "2026-11-30")]
)
def test_a_day_at_a_weekend_becomes_monday(weekday: str, expected: str):
    assert find_working_day(date.fromisoformat(weekday)) == date.fromisoformat(expected)


async def test_what_is_snoozed_on_a_friday_comes_back_on_monday(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await add(context)
    friday = clock.now().replace(year=2026, month=11, day=27, hour=12)
    with clock.at(friday):
        answer = await signed_in.post(f"/today/{lead.id}/snooze", data={"when": "tomorrow"})
    assert "Mon 30 Nov" in httpx.URL(f"http://x/?{answer.headers['set-cookie']}").query.decode().replace("%20", " ")
    async with context.db.connection() as conn:
        assert str((await leads.actions.get(conn, lead.id)).next_action_on) == "2026-11-30"


async def test_a_list_goes_forward_back_and_to_its_first_page(signed_in: httpx.AsyncClient, context: AppContext):
    for number in range(60):
        await add(context, name=f"Person {number:02}")

    def names(page: str) -> list[str]:
        return re.findall(r'class="row-link"[^>]*>(Person \d\d)<', page)

    def link(page: str, word: str) -> str:
        found = re.search(rf'<a class="button button-small"[^>]*href="([^"]+)"[^>]*>{word}', page)
        assert found is not None, word
        return html.unescape(found[1])

    first = (await signed_in.get("/leads?sort=name")).text
    assert ">First<" not in first
    second = (await signed_in.get(link(first, "Next"))).text
    third = (await signed_in.get(link(second, "Next"))).text
    assert names(third) == [f"Person {number:02}" for number in range(50, 60)]
    assert 'rel="next"' not in third
    back = (await signed_in.get(link(third, "Previous"))).text
    assert names(back) == names(second) == [f"Person {number:02}" for number in range(25, 50)]
    assert names((await signed_in.get(link(back, "Previous"))).text) == names(first)
    assert names((await signed_in.get(link(third, "First"))).text) == names(first)
    assert len(names((await signed_in.get("/leads?sort=name&limit=50")).text)) == 50
    assert 'href="/leads?sort=name&amp;limit=100"' in first


async def test_a_record_tells_its_place_in_the_list(signed_in: httpx.AsyncClient, context: AppContext):
    made = [await add(context, name=f"Person {number}", value=number) for number in range(5)]
    await move(signed_in, context, made[0], "won")
    assert "2 of 4" in (await signed_in.get(f"/leads/{made[3].id}?status=new")).text
    assert "2 of 5" in (await signed_in.get(f"/leads/{made[1].id}?sort=value")).text
    assert "4 of 5" in (await signed_in.get(f"/leads/{made[1].id}?sort=-value")).text
    assert " of 4" not in (await signed_in.get(f"/leads/{made[0].id}?status=new")).text


@pytest.mark.parametrize("plural", ["contacts", "companies"])
async def test_contacts_and_companies_tell_their_place_in_the_list_they_were_opened_from(
    signed_in: httpx.AsyncClient, context: AppContext, plural: str
):
    for number in range(4):
        await add(context, name=f"Person {number}", email=f"p@firm{number}.example", company=f"Firm {number}")
    for query, place, above, below in (("", 2, 0, 2), ("sort=-name", 3, 2, 0), ("q=fir&sort=-created_at", 3, 2, 0)):
        rows = (await signed_in.get(f"/{plural}?{query}")).text
        links = [html.unescape(link) for link in re.findall(rf'class="row-link" href="(/{plural}/[^"]+)"', rows)]
        by_number = sorted(links)
        record = by_number[1]
        page = (await signed_in.get(record)).text
        assert f"{place} of 4" in page
        assert html.unescape(re.search(r'rel="prev" href="([^"]+)"', page)[1]) == by_number[above]  # type: ignore[index]
        assert html.unescape(re.search(r'rel="next" href="([^"]+)"', page)[1]) == by_number[below]  # type: ignore[index]
        assert links.index(record) == place - 1
