"""The board: its columns, totals and filters, and what a move does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote

import factories
import httpx
import msgspec
import pytest

from crm.kernel import clock
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records import leads
from crm.records.leads import moves
from crm.workspace.pipeline import board, queries
from crm.workspace.pipeline.forms import BoardFilter

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
SignInAs = Callable[..., Awaitable[httpx.AsyncClient]]
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ROWS = 8000
FILL = """
INSERT INTO leads (reference, name, channel, status, value, received_at, status_at, created_at, updated_at)
SELECT 'P-' || n, 'Person', 'api', (ARRAY['new', 'contacted', 'qualified', 'proposal'])[1 + n % 4], n, now(),
       now() - n * interval '1 minute', now(), now()
FROM generate_series($1::int, $1 + 999) AS n
"""


async def add(conn: Connection, status: str = "contacted", **values: Any) -> leads.Lead:
    return await leads.create(conn, leads.NewLead(**{"name": "Ann", "status": status, **values}), by=SYSTEM)


@pytest.fixture
async def three(signed_in: httpx.AsyncClient, context: AppContext) -> list[int]:
    """Three leads in Contacted, as the board shows them from the top."""
    made = []
    async with context.db.transaction() as conn:
        for minutes, title in ((3, "Third"), (2, "Second"), (1, "First")):
            with clock.at(NOON - timedelta(minutes=minutes)):
                made.append((await add(conn, title=title)).id)
    return made[::-1]


async def list_ids(context: AppContext, status: str = "contacted") -> list[int]:
    async with context.db.connection() as conn:
        found = await board.read_board(conn, BoardFilter(stage=status))
    return [card.id for card in found.columns[0].cards]


async def place(person: httpx.AsyncClient, lead_id: int, status: str, **sent: Any) -> httpx.Response:
    data = {"lead_id": str(lead_id), "status": status, "was": "contacted", "back": "/pipeline", **sent}
    return await person.post("/pipeline/move", data=data)


def read_toast(answer: httpx.Response) -> list[str]:
    """What is said, and where Undo goes."""
    signed = next(cookie for cookie in answer.headers.get_list("set-cookie") if "toast=" in cookie)
    return unquote(signed.partition("=")[2].partition(";")[0].partition(".")[2]).split("\n")


async def test_each_column_says_its_leads_value_and_weighted_value_and_opens_them(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        for values in ({"value": 1000}, {"value": 500}, {"value": 200, "currency": "USD"}, {}):
            await add(conn, "proposal", **values)
        test = await add(conn, "proposal", value=9)
        await conn.execute("UPDATE leads SET synthetic = true WHERE id = $1", test.id)
        await add(conn, "won", value=7)
    page = (await signed_in.get("/pipeline")).text
    assert "EUR 1,500 · USD 200" in page
    assert "EUR 900 · USD 120 weighted" in page
    link = re.search(r'href="([^"]+)" data-count="4" aria-label="4 leads in Proposal"', page)
    assert link
    assert 'data-total="4"' in (await signed_in.get(unescape(link.group(1)))).text
    assert page.count('class="board-card"') == 4


async def test_cards_show_the_next_step_late_or_missing_and_the_owner(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        grace = await factories.create_user(conn, "Grace Hopper", role="member")
        await add(conn, next_action="Call", next_action_on=date(2020, 1, 1), owner_id=grace.id)
        await add(conn)
        with clock.at(clock.now() - timedelta(days=30)):
            await add(conn, "qualified")
    page = (await signed_in.get("/pipeline")).text
    assert re.search(r'board-line late">.*Overdue: .*Call', page)
    assert 'board-missing">No next step' in page
    assert 'title="Grace Hopper"' in page
    assert re.search(r'age-bad" max="14" value="14" aria-label="30 days in this stage"', page)
    assert page.count("age-fresh") == 2


async def test_filters_narrow_the_cards_and_the_totals_alike(signed_in: httpx.AsyncClient, context: AppContext) -> None:
    async with context.db.transaction() as conn:
        grace = await factories.create_user(conn, "Grace Hopper")
        ada = await conn.fetchval("SELECT min(id) FROM users")
        await add(conn, owner_id=grace.id, value=100)
        await add(conn, owner_id=ada, value=10, next_action="Call")
        await add(conn, value=1)
    for query, number, value in (
        ("", 3, "EUR 111"), (f"?owner_id={grace.id}", 1, "EUR 100"), ("?has_next_action=false", 2, "EUR 101"),
        (f"?owner_id={ada}&has_next_action=false", 0, ""),
    ):  # fmt: skip
        page = (await signed_in.get(f"/pipeline{query}")).text
        assert page.count('class="board-card"') == number, query
        assert f"<span>{value}</span>" in page or not value, query
    chosen = await signed_in.get("/pipeline?whose=mine")
    assert chosen.headers["location"] == "/pipeline"
    assert (await signed_in.get("/pipeline")).text.count('class="board-card"') == 1
    await signed_in.get("/pipeline?whose=everybody")
    wrong = await signed_in.get("/pipeline?owner_id=x")
    assert (wrong.status_code, wrong.text.count('class="board-card"')) == (422, 3)


async def test_a_card_moves_between_two_others_and_the_order_stays(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    first, second, third = three
    await place(signed_in, third, "contacted", after=str(first))
    assert await list_ids(context) == [first, third, second]
    await place(signed_in, third, "contacted", after="0")
    assert await list_ids(context) == [third, first, second]
    await place(signed_in, third, "contacted", after=str(second))
    assert await list_ids(context) == [first, second, third]
    async with context.db.transaction() as conn:
        newest = await add(conn)
    assert await list_ids(context) == [newest.id, first, second, third]


async def test_a_move_can_be_undone_and_puts_the_card_back_in_its_place(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    first, second, third = three
    await place(signed_in, second, "contacted", after=str(third))
    said, undo = read_toast(await place(signed_in, second, "proposal", after="0"))
    assert said == "Moved to Proposal."
    back = await signed_in.post(undo, data={"back": "/pipeline?owner_id=1"})
    assert (back.headers["location"], read_toast(back)[0]) == ("/pipeline?owner_id=1", "1 change undone.")
    assert await list_ids(context) == [first, third, second]
    said, undo = read_toast(await place(signed_in, second, "contacted", after="0"))
    assert said == "Moved within Contacted."
    await signed_in.post(undo)
    assert await list_ids(context) == [first, third, second]


async def test_an_undo_after_anothers_move_changes_nothing_and_asks(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    first, second, third = three
    _, undo = read_toast(await place(signed_in, first, "proposal"))
    await signed_in.post(f"/leads/{first}/status", data={"status": "qualified", "was": "proposal"})
    asked = await signed_in.post(undo)
    assert asked.status_code == 409
    assert [*re.findall(r'name="([^"]+)" value="keep"', asked.text)] == [f"lead-{first}.status"]
    assert re.search(r"Qualified.*Contacted", asked.text, flags=re.DOTALL)
    assert await list_ids(context, "qualified") == [first]
    await signed_in.post(undo, data={f"lead-{first}.status": "restore"})
    assert await list_ids(context) == [first, second, third]


async def test_a_card_that_another_has_placed_since_is_asked_about(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    first, second, third = three
    _, undo = read_toast(await place(signed_in, third, "contacted", after="0"))
    page = (await signed_in.get(undo.removesuffix("/undo"))).text
    assert re.search(r"Place on the board.*below Second.*first", page, flags=re.DOTALL)
    await place(signed_in, third, "contacted", after=str(first))
    asked = await signed_in.post(undo)
    assert (asked.status_code, await list_ids(context)) == (409, [first, third, second])
    await signed_in.post(undo, data={f"lead-{third}.place": "restore"})
    assert await list_ids(context) == [first, second, third]


async def test_an_undone_move_shares_its_old_place_with_no_other_card(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    first, second, third = three
    await place(signed_in, third, "contacted", after=str(first))
    _, undo = read_toast(await place(signed_in, third, "proposal"))
    async with context.db.transaction() as conn:
        another = (await add(conn)).id
    await place(signed_in, another, "contacted", after=str(first))
    await signed_in.post(undo)
    assert await list_ids(context) == [first, another, third, second]
    _, undo = read_toast(await place(signed_in, third, "contacted", after="0"))
    await signed_in.post(undo)
    assert await list_ids(context) == [first, another, third, second]


async def test_two_people_who_move_one_card_lose_nothing_and_the_second_sees_why(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    await place(signed_in, three[0], "proposal")
    refused = await signed_in.post(
        "/pipeline/move", headers={"hx-request": "true"},
        data={"lead_id": str(three[0]), "status": "qualified", "was": "contacted", "back": "/pipeline"},
    )  # fmt: skip
    assert read_toast(refused)[0] == "Not moved: somebody else has just moved First to Proposal."
    assert await list_ids(context, "proposal") == [three[0]]
    page = await place(signed_in, three[0], "qualified")
    assert page.status_code == 409
    assert "Move to Qualified" in page.text


async def test_moves_at_the_same_time_all_have_a_place_of_their_own(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        others = [(await add(conn, "new")).id for _ in range(8)]

    async def move(lead_id: int) -> None:
        async with context.db.transaction() as conn:
            lead = await leads.lock(conn, lead_id)
            await moves.move_card(conn, lead, leads.ChangeLead(status="contacted"), by=SYSTEM, after_id=three[0])

    await asyncio.gather(*map(move, others))
    listed = await list_ids(context)
    assert listed[0] == three[0]
    assert sorted(listed[1:9]) == sorted(others)
    assert listed[9:] == three[1:]
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(DISTINCT board_position) FROM leads") == len(others)


async def test_the_page_behind_the_menu_offers_every_move(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    first, second, third = three
    for lead_id, places in ((first, [second]), (second, [0, third]), (third, [first])):
        page = (await signed_in.get(f"/leads/{lead_id}/move?back=/pipeline")).text
        assert [*map(int, re.findall(r'name="after" value="(\d+)"', page))] == places
        assert re.findall(r'name="status" value="(\w+)">\w', page) == ["new", "qualified", "proposal"]
        assert f'href="/leads/{lead_id}/lost?back=%2Fpipeline"' in page
    await place(signed_in, first, "won")
    assert 'name="after"' not in (await signed_in.get(f"/leads/{first}/move")).text
    assert (await signed_in.get("/leads/999999/move")).status_code == 404


async def test_a_card_below_one_that_has_left_comes_first(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    first, second, third = three
    await place(signed_in, first, "won")
    await place(signed_in, third, "contacted", after=str(first))
    assert await list_ids(context) == [third, second]


async def test_a_hundred_moves_into_one_gap_still_have_room(conn: Connection) -> None:
    cards = [await add(conn) for _ in range(3)]
    for number in range(100):
        lead = await leads.get(conn, cards[number % 2].id)
        change = leads.ChangeLead(status="contacted")
        await moves.move_card(conn, lead, change, by=SYSTEM, after_id=cards[2].id)
        found = await board.read_board(conn, BoardFilter(stage="contacted"))
        assert [card.id for card in found.columns[0].cards][:2] == [cards[2].id, lead.id]


async def test_winning_asks_for_value_start_and_source_and_can_be_undone(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    url = f"/leads/{three[0]}/won"
    page = (await signed_in.get(f"{url}?back=/pipeline")).text
    assert all(f'name="{name}"' in page for name in ("value", "starts_on", "source"))
    sent = {"was": "contacted", "value": "1250.50", "starts_on": "2027-01-11", "source": "blog", "back": "/pipeline"}
    refused = await signed_in.post(url, data=sent | {"value": "-1"})
    assert (refused.status_code, 'value="2027-01-11"' in refused.text) == (422, True)
    won = await signed_in.post(url, data=sent)
    async with context.db.connection() as conn:
        lead = await leads.get(conn, three[0])
    assert (lead.status, float(lead.value), lead.starts_on) == ("won", 1250.5, date(2027, 1, 11))
    await signed_in.post(read_toast(won)[1])
    async with context.db.connection() as conn:
        again = await leads.get(conn, three[0])
    assert (again.status, again.value, again.starts_on) == ("contacted", 0, None)
    assert await list_ids(context) == three


async def test_losing_asks_why_and_when_to_ask_again(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
) -> None:
    refused = await place(signed_in, three[0], "lost")
    assert refused.status_code == 422
    assert "Choose why it was lost, or say it in a few words." in refused.text
    sent = {"lost_choice": "No budget", "lost_reason": "until June", "ask_again_on": "2027-06-01"}
    lost = await place(signed_in, three[0], "lost", **sent)
    async with context.db.connection() as conn:
        lead = await leads.get(conn, three[0])
    assert lead.lost_reason == "No budget: until June"
    assert (lead.next_action, lead.next_action_on) == ("Ask again", date(2027, 6, 1))
    with clock.at(datetime(2027, 6, 1, 12, tzinfo=UTC)):
        async with context.db.connection() as conn:
            due = await leads.RECORD.list_page(conn, leads.LeadFilter(segment="due"))
    assert [each.id for each in due.data] == [three[0]]
    await signed_in.post(read_toast(lost)[1])
    async with context.db.connection() as conn:
        again = await leads.get(conn, three[0])
    assert (again.status, again.lost_reason, again.next_action) == ("contacted", "", "")
    assert (await place(signed_in, three[0], "lost", lost_choice="Bad luck")).status_code == 422


async def test_a_lead_that_is_reopened_by_mistake_is_lost_again_with_its_reason(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        lead = await leads.move(conn, await add(conn), "lost", SYSTEM, "No answer")
    _, undo = read_toast(await place(signed_in, lead.id, "new", was="lost"))
    await signed_in.post(undo)
    async with context.db.connection() as conn:
        again = await leads.get(conn, lead.id)
    assert (again.status, again.lost_reason) == ("lost", "No answer")


async def test_a_viewer_sees_the_board_and_moves_nothing(signed_in_as: SignInAs, context: AppContext) -> None:
    viewer = await signed_in_as("viewer")
    async with context.db.transaction() as conn:
        lead = await add(conn)
    page = (await viewer.get("/pipeline")).text
    assert 'class="board-card"' in page
    assert not re.search("draggable=.true|board-move|board-menu|New lead|/settings/pipeline", page)
    assert (await place(viewer, lead.id, "won")).status_code == 403


async def test_a_program_reads_the_board_and_places_a_lead(keyed: Keyed, context: AppContext) -> None:
    program = await keyed("leads:read", "leads:write")
    async with context.db.transaction() as conn:
        one, two = await add(conn), await add(conn, value=100)
    url = f"/api/v1/leads/{one.id}/move"
    moved = await program.post(url, json={"status": "contacted", "after_id": 0}, headers={"if-match": "*"})
    assert (moved.status_code, moved.json()["version"]) == (200, one.version)
    shown = (await program.get("/api/v1/pipeline?stage=contacted")).json()["columns"][0]
    assert [card["id"] for card in shown["cards"]] == [one.id, two.id]
    assert (shown["leads"], shown["values"][0]["weighted"]) == (2, 20.0)
    moved = await program.post(url, json={"status": "proposal"}, headers={"if-match": moved.headers["etag"]})
    assert moved.json()["status"] == "proposal"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "status"), ({"status": "won"}, "status"), ({"status": "nowhere"}, "status"),
        ({"status": "new", "after_id": -1}, "after_id"), ({"status": "new", "place": 1}, "place"),
    ],
)  # fmt: skip
async def test_a_place_that_makes_no_sense_is_refused(
    keyed: Keyed, context: AppContext, sent: dict[str, Any], field: str
) -> None:
    program = await keyed("leads:write")
    async with context.db.transaction() as conn:
        lead = await add(conn)
    refused = await program.post(f"/api/v1/leads/{lead.id}/move", json=sent, headers={"if-match": "*"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert (await program.post(f"/api/v1/leads/{lead.id}/move", json={"status": "new"})).status_code == 428
    assert (await program.get("/api/v1/pipeline")).status_code == 403


async def test_the_board_of_an_unknown_stage_names_the_choices(keyed: Keyed) -> None:
    program = await keyed("leads:read")
    for query in ("stage=won", "stage=nowhere", "after=1", "color=red"):
        assert (await program.get(f"/api/v1/pipeline?{query}")).status_code == 422, query


async def test_a_column_shows_fifty_cards_and_the_others_on_demand(
    signed_in: httpx.AsyncClient, context: AppContext
) -> None:
    async with context.db.transaction() as conn:
        for _ in range(queries.CARDS + 3):
            await add(conn)
    page = (await signed_in.get("/pipeline")).text
    assert page.count('class="board-card"') == queries.CARDS
    more = re.search(r'href="(/pipeline\?stage=contacted&amp;after=\d+)"', page)
    assert more
    rest = (await signed_in.get(unescape(more.group(1)))).text
    assert rest.count('class="board-card"') == 3
    ids = [*re.findall(r'id="card-(\d+)"', page), *re.findall(r'id="card-(\d+)"', rest)]
    assert len({*ids}) == queries.CARDS + 3
    assert "Back to the board" in rest


async def test_the_board_is_two_queries_by_its_index_however_many_leads_there_are(conn: Connection) -> None:
    for first in range(0, ROWS, 1000):
        await conn.execute(FILL, first)
    await conn.execute("ANALYZE leads")
    sent: list[tuple[str, tuple[Any, ...]]] = []
    await board.read_board(conn, BoardFilter())
    with conn.query_logger(lambda record: sent.append((record.query, record.args))):
        found = await board.read_board(conn, BoardFilter())
        await asyncio.sleep(0)
    assert [column.leads for column in found.columns] == [ROWS // 4] * 4
    assert len([query for query, _ in sent if "FROM leads" in query]) == 2
    plan = msgspec.json.encode(await conn.fetchval(f"EXPLAIN (FORMAT json) {sent[-1][0]}", *sent[-1][1])).decode()
    assert "leads_board" in plan
    assert '"Sort"' not in plan
