from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import factories
import msgspec
import pytest

from crm.accounts.settings import actions as organization
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records import leads

START = datetime(2026, 11, 1, tzinfo=UTC)


async def create_lead(conn: Connection, n: int, **values: Any) -> leads.Lead:
    with clock.at(START + timedelta(hours=n)):
        form = leads.NewLead(**{"name": f"Person {n:03}", "email": f"p{n}@quine.example", **values})
        return await leads.create(conn, form, by=SYSTEM, channel="manual")


async def numbers(conn: Connection, **asked: Any) -> list[int]:
    return [int(lead.name[-3:]) for lead in (await leads.RECORD.list_page(conn, leads.LeadFilter(**asked))).data]


async def through(conn: Connection, **asked: Any) -> list[leads.Lead]:
    """Every row, page by page."""
    rows, cursor = [], ""
    while True:
        page = await leads.RECORD.list_page(conn, leads.LeadFilter(**asked, cursor=cursor, limit=4))
        rows += page.data
        if page.next_cursor is None:
            return rows
        cursor = page.next_cursor


@pytest.mark.parametrize("sort", ["created_at", "updated_at", "name", "title", "value"])
async def test_paging_gives_every_row_once_in_a_true_order_even_where_values_tie(conn: Connection, sort: str):
    for n in range(14):
        await create_lead(conn, n, value=n % 3 * 100, name="Same name" if n % 2 else f"Person {n:03}")
    for said in (sort, f"-{sort}"):
        rows = await through(conn, sort=said)
        keys = [(getattr(lead, sort), lead.id) for lead in rows]
        assert len(rows) == 14
        assert keys == sorted(keys, reverse=said.startswith("-"))


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("status", [4, 0, 3, 1, 2]), ("-status", [2, 1, 3, 0, 4]), ("owner_id", [1, 2, 0, 3, 4]),
        ("company", [2, 4, 0, 1, 3]), ("-hours", [1, 0, 4, 3, 2]), ("received_at", [0, 1, 2, 3, 4]),
    ],
)  # fmt: skip
async def test_columns_without_an_index_sort_as_people_read_them(conn: Connection, sort: str, order: list[int]):
    zoe = await factories.create_user(conn, "Zoë Zed")
    ada = await factories.create_user(conn, "ada Abel")
    values: list[dict[str, Any]] = [
        {"status": "contacted", "owner_id": zoe.id, "company": "Quine", "hours": 7},
        {"status": "won", "owner_id": ada.id, "hours": 40},
        {"status": "lost", "owner_id": ada.id, "company": "Ärzte", "lost_reason": "No budget"},
        {"status": "qualified"},
        {"company": "böll"},
    ]
    for n, each in enumerate(values):
        lead = await create_lead(conn, n, company=each.pop("company", ""))
        await leads.change(conn, lead, leads.ChangeLead(**each), by=SYSTEM)
    assert [int(lead.name[-3:]) for lead in await through(conn, sort=sort)] == order
    last = await leads.RECORD.list_page(conn, leads.LeadFilter(sort=sort, limit=3))
    after = await leads.RECORD.list_page(conn, leads.LeadFilter(sort=sort, limit=3, cursor=last.next_cursor or ""))
    back = await leads.RECORD.list_page(conn, leads.LeadFilter(sort=sort, limit=3, cursor=after.prev_cursor or ""))
    assert [lead.id for lead in back.data] == [lead.id for lead in last.data]


async def test_rows_that_arrive_between_two_pages_neither_repeat_nor_hide_others(clean: AppContext):
    async with clean.db.transaction() as conn:
        for n in range(9):
            await create_lead(conn, n)
    async with clean.db.connection() as conn:
        first = await leads.RECORD.list_page(conn, leads.LeadFilter(limit=4))
    async with clean.db.transaction() as conn:
        await create_lead(conn, 100)
        await leads.deletion.delete(conn, first.data[-1], by=SYSTEM)
    async with clean.db.connection() as conn:
        second = await leads.RECORD.list_page(conn, leads.LeadFilter(limit=4, cursor=first.next_cursor or ""))
        again = await leads.RECORD.list_page(conn, leads.LeadFilter(limit=4))
    assert [lead.name[-1] for lead in first.data] == list("8765")
    assert [lead.name[-1] for lead in second.data] == list("4321")
    assert again.data[0].name == "Person 100"
    assert again.total == 9


async def test_filters_hold_together(conn: Connection):
    ada: Actor = Actor("person", None, "Ada")
    first = await create_lead(conn, 1, source="blog", project_type="advice", next_action="Call")
    second = await create_lead(conn, 2, source="blog")
    await create_lead(conn, 3)
    await leads.move(conn, second, "won", ada)
    assert await numbers(conn, source=["blog"]) == [2, 1]
    assert await numbers(conn, source=["blog"], status=["won"]) == [2]
    assert await numbers(conn, status=["won", "new"]) == [3, 2, 1]
    assert await numbers(conn, project_type=["advice"]) == [1]
    assert await numbers(conn, channel=["api"]) == []
    assert await numbers(conn, has_next_action=True) == [1]
    assert await numbers(conn, has_next_action=False) == [3, 2]
    assert await numbers(conn, contact_id=first.contact_id) == [1]
    assert await numbers(conn, company_id=first.company_id, sort="name") == [1, 2, 3]
    assert await numbers(conn, created_after=START + timedelta(hours=2), sort="name") == [2, 3]
    assert await numbers(conn, created_before=START + timedelta(hours=2)) == [1]


async def test_leads_are_counted_by_status(conn: Connection):
    first = await create_lead(conn, 1)
    await create_lead(conn, 2)
    await leads.move(conn, first, "lost", SYSTEM, "No budget")
    counts = {status: total.number for status, total in (await leads.count_by_status(conn)).items()}
    assert counts == {"new": 1, "contacted": 0, "qualified": 0, "proposal": 0, "won": 0, "lost": 1}


async def test_the_newest_come_first(conn: Connection):
    for n in (1, 3, 2):
        await create_lead(conn, n)
    assert [lead.name for lead in (await leads.RECORD.list_page(conn, leads.LeadFilter(limit=2))).data] == [
        "Person 003",
        "Person 002",
    ]


async def test_a_filter_takes_several_values(conn: Connection):
    for n, source in enumerate(("blog", "event", "search")):
        await create_lead(conn, n, source=source, project_type="advice" if n else "other")
    assert await numbers(conn, source=["blog", "event"]) == [1, 0]
    assert await numbers(conn, source=["event", "search"], project_type=["advice", "other"]) == [2, 1]


async def test_ranges_include_both_of_their_ends(conn: Connection):
    for n in range(4):
        step = {"next_action": "Call", "next_action_on": date(2026, 12, n)} if n else {}
        await create_lead(conn, n * 24, value=n * 1000.5, **step)
    days = {"created_from": date(2026, 11, 2), "created_to": date(2026, 11, 3)}
    assert await numbers(conn, value_from=1000.5, value_to=2001) == [48, 24]
    assert await numbers(conn, **days) == [48, 24]
    assert await numbers(conn, next_action_from=date(2026, 12, 2)) == [72, 48]
    assert await numbers(conn, next_action_to=date(2026, 12, 2)) == [48, 24]


async def test_a_day_begins_at_midnight_where_the_organization_is(conn: Connection):
    ada = Actor("person", None, "Ada")
    stored = await organization.read(conn)
    await organization.change(conn, msgspec.structs.replace(stored, time_zone="America/New_York"), ada)
    await create_lead(conn, 3)  # 3:00 UTC on 1 November is the evening of 31 October there
    assert await numbers(conn, created_from=date(2026, 11, 1)) == []
    assert await numbers(conn, created_to=date(2026, 10, 31)) == [3]


async def test_the_counts_of_the_tabs_follow_the_other_filters(conn: Connection):
    first = await create_lead(conn, 1, source="blog", message="a needle")
    await create_lead(conn, 2, source="blog")
    await create_lead(conn, 3, source="event", message="a needle")
    await leads.move(conn, first, "contacted", SYSTEM)

    async def counts(**asked: Any) -> dict[str, int]:
        found = await leads.count_by_status(conn, leads.LeadFilter(**asked))
        return {status: total.number for status, total in found.items() if total.number}

    assert await counts() == {"contacted": 1, "new": 2}
    assert await counts(source=["blog"], status=["new"]) == {"contacted": 1, "new": 1}
    assert await counts(q="needle") == {"contacted": 1, "new": 1}
    assert await counts(q="nothing of the kind") == {}
    for asked in ({"source": ["blog"]}, {"q": "needle"}):
        for status, number in (await counts(**asked)).items():
            assert len(await numbers(conn, status=[status], **asked)) == number
