"""The sizes of a list's columns: each user's own, those of a saved view, and back to the content's."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from crm.accounts.permissions import Role
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.records.common import column_sizes

SignInAs = Callable[[Role], Awaitable[httpx.AsyncClient]]


@pytest.fixture(autouse=True)
async def lead(client: httpx.AsyncClient, context: AppContext) -> None:
    """A lead, so that the list has columns."""
    async with context.db.transaction() as conn:
        await leads.create(conn, leads.NewLead(name="Ada", title="Engine"), by=SYSTEM, channel="manual")


async def save(person: httpx.AsyncClient, base: str = "", plural: str = "leads", **sizes: str) -> httpx.Response:
    """Send the form of the widths; `reset` presses its button."""
    sent = {name if name == "reset" else f"size.{name}": value for name, value in sizes.items()}
    return await person.post(f"/{plural}/column-sizes", data={"base": base, **sent})


async def read(person: httpx.AsyncClient, url: str = "/leads") -> dict[str, int]:
    """The widths that were chosen, by column."""
    page = (await person.get(url)).text
    return {name: int(width) for name, width in re.findall(r'name="size\.(\w+)" value="(\d+)"', page)}


async def test_sizes_are_those_of_a_user_and_a_list(signed_in_as: SignInAs):
    member = await signed_in_as("member")
    answer = await save(member, "sort=-value", title="320", value="90")
    assert answer.headers["location"] == "/leads?sort=-value"
    assert await read(member) == {"title": 320, "value": 90}
    page = (await member.get("/leads")).text
    widths = dict(re.findall(r'data-column="(\w+)" width="(\d+)"', page))
    assert widths.items() >= {"title": "320", "value": "90", "contact": "200", "status": "136"}.items()
    assert "cell-title cell-sized" in page.partition("<tbody>")[2]
    await save(member, title="", value="100")
    assert await read(member) == {"value": 100}
    assert await read(member, "/contacts") == {}
    viewer = await signed_in_as("viewer")
    assert await read(viewer) == {}
    await save(viewer, title="200")
    assert await read(viewer) == {"title": 200}


async def test_the_form_of_the_widths_shows_and_resets_them(signed_in: httpx.AsyncClient):
    assert "Reset widths" not in (await signed_in.get("/leads")).text
    await save(signed_in, title="320")
    page = (await signed_in.get("/leads")).text
    assert re.search(r'name="size.title" value="320"', page)
    assert "Reset widths" in page
    await save(signed_in, title="320", reset="1")
    assert await read(signed_in) == {}


async def test_a_saved_view_holds_its_own_sizes(signed_in: httpx.AsyncClient):
    await save(signed_in, title="320")
    page = (await signed_in.get("/leads?status=new")).text
    assert 'name="query" value="sizes=title.320&amp;status=new"' in page
    view = {"kind": "leads", "name": "Hot", "query": "sizes=title.320&status=new"}
    opened = (await signed_in.post("/views", data=view)).headers["location"]
    await save(signed_in, title="200")
    assert await read(signed_in, opened) == {"title": 320}
    changed = (await save(signed_in, opened.partition("?")[2], title="400")).headers["location"]
    assert await read(signed_in, changed) == {"title": 400}
    assert await read(signed_in) == {"title": 200}
    assert "Save changes to “Hot”" in (await signed_in.get(changed)).text
    plain = (await save(signed_in, changed.partition("?")[2], reset="1")).headers["location"]
    assert "sizes" not in plain


@pytest.mark.parametrize("size", ["47", "1201", "wide", "-50", "12.5", "9" * 30])
async def test_a_size_that_makes_no_sense_is_refused_and_the_others_stay(signed_in: httpx.AsyncClient, size: str):
    await save(signed_in, title="320")
    answer = await save(signed_in, title="400", value=size)
    assert answer.status_code == 422
    assert "Value: give a whole number from 48 to 1200, or nothing." in answer.text
    assert await read(signed_in) == {"title": 320}


async def test_sizes_of_unknown_columns_and_broken_urls_are_left_out(signed_in: httpx.AsyncClient):
    assert (await save(signed_in, gone="100")).status_code == 303
    assert await read(signed_in) == {}
    for sizes in ("title.10", "title", "gone.100", "x" * 500, "title.300.2,,."):
        answer = await signed_in.get("/leads", params={"sizes": sizes})
        assert answer.status_code == 200
        assert "does not have" not in answer.text
    assert column_sizes.parse_sizes("title.300,value.9,x.100") == {"title": 300, "x": 100}
