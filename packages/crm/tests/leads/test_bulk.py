from __future__ import annotations

import re
from urllib.parse import unquote

import httpx
import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads


@pytest.fixture
async def three(signed_in: httpx.AsyncClient, context: AppContext) -> list[int]:
    """A new lead, a contacted one and a lost one."""
    async with context.db.transaction() as conn:
        made = [
            await leads.create(conn, leads.NewLead(name=name), by=SYSTEM, channel="manual")
            for name in ("Ann", "Bob", "Cy")
        ]
        await leads.move(conn, made[1], "contacted", SYSTEM)
        await leads.move(conn, made[2], "lost", SYSTEM, "No budget")
    return [lead.id for lead in made]


async def list_statuses(context: AppContext) -> list[str]:
    async with context.db.connection() as conn:
        return [row["status"] for row in await conn.fetch("SELECT status FROM leads ORDER BY id")]


def toast(answer: httpx.Response) -> list[str]:
    """What is said, and where Undo goes."""
    signed = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    return unquote(signed.partition(".")[2]).split("\n")


async def test_ticked_leads_move_at_once_and_back_again(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
):
    sent = {"action": "move", "status": "qualified", "pick": [str(number) for number in three]}
    answer = await signed_in.post("/leads/bulk?sort=name", data=sent)
    assert answer.headers["location"] == "/leads?sort=name"
    assert await list_statuses(context) == ["qualified", "qualified", "lost"]
    said, undo = toast(answer)
    assert said == "2 leads moved to Qualified. 1 lead left out: Reopen a lost lead on its own page."
    assert toast(await signed_in.post(undo))[0] == "2 changes undone."
    assert await list_statuses(context) == ["new", "contacted", "lost"]


async def test_undo_asks_about_what_somebody_moved_on_since(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
):
    sent = {"action": "move", "status": "qualified", "pick": [str(three[0]), str(three[1])]}
    _, undo = toast(await signed_in.post("/leads/bulk", data=sent))
    await signed_in.post(f"/leads/{three[0]}/status", data={"status": "won", "was": "qualified"})
    asked = await signed_in.post(undo)
    assert asked.status_code == 409
    assert await list_statuses(context) == ["won", "qualified", "lost"]
    said = toast(await signed_in.post(undo, data={f"lead-{three[0]}.status": "keep"}))[0]
    assert said == "1 change undone. 1 later change kept."
    assert await list_statuses(context) == ["won", "contacted", "lost"]


async def test_losing_several_asks_why_and_says_so_to_each(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
):
    sent = {"action": "move", "status": "lost", "pick": [str(three[0]), str(three[1])]}
    for reason in ("", "y" * 501):
        asked = await signed_in.post("/leads/bulk?q=a", data=sent | {"lost_reason": reason})
        assert asked.status_code == 422
        assert "This changes 2 leads" in asked.text
        move = asked.text.partition('name="action" value="move"')[2].partition("</form>")[0]
        assert 'action="/leads/bulk?q=a"' in asked.text
        assert re.findall('name="pick" value="([0-9]+)"', move) == sent["pick"]
        assert f'value="{reason}"' in asked.text
    assert (await list_statuses(context))[0] == "new"
    await signed_in.post("/leads/bulk", data={**sent, "lost_reason": "No answer"})
    async with context.db.connection() as conn:
        assert (await leads.actions.get(conn, three[0])).lost_reason == "No answer"


async def test_ticked_leads_are_deleted_and_brought_back(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext
):
    sent = {"action": "delete", "pick": [str(three[0]), str(three[2])]}
    said, undo = toast(await signed_in.post("/leads/bulk", data=sent))
    assert (said, await list_statuses(context)) == ("Deleted 2 leads.", ["contacted"])
    page = await signed_in.get("/leads")
    assert f'action="{undo}"' in page.text
    await signed_in.post(undo)
    assert await list_statuses(context) == ["new", "contacted", "lost"]


@pytest.mark.parametrize(
    "sent",
    [
        {"action": "delete"}, {"action": "move", "status": "won"}, {"action": "erase", "pick": "1"},
        {"action": "move", "pick": "x"},
    ],
)  # fmt: skip
async def test_nothing_ticked_changes_nothing(
    signed_in: httpx.AsyncClient, three: list[int], context: AppContext, sent: dict[str, str]
):
    answer = await signed_in.post("/leads/bulk", data=sent)
    assert answer.headers["location"] == "/leads"
    assert await list_statuses(context) == ["new", "contacted", "lost"]
