"""What the tests of imports share: a person who uploads a file and goes through the steps."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx

from crm.kernel.app_context import AppContext

CONTACTS = (
    "Name,E-mail,Phone,Company\nAda Lovelace,ada@acme.example,+49 30 1234567,Acme\nGrace Hopper,grace@navy.example,,\n"
)


async def upload(
    person: httpx.AsyncClient, content: str | bytes, noun: str = "contact", name: str = "people.csv", **form: str
) -> httpx.Response:
    """Send the form with a file."""
    raw = content.encode() if isinstance(content, str) else content
    return await person.post("/imports", data={"noun": noun, **form}, files={"file": (name, raw, "text/csv")})


async def check(
    person: httpx.AsyncClient,
    content: str | bytes,
    noun: str = "contact",
    mapping: list[str] | None = None,
    **options: str,
) -> str:
    """Upload a file and check its rows, with the guessed fields unless there is a `mapping`. Returns the path."""
    answer = await upload(person, content, noun)
    assert answer.status_code == 303, answer.text
    path: str = answer.headers["location"].removesuffix("/columns")
    fields = mapping if mapping is not None else list_guessed((await person.get(f"{path}/columns")).text)
    form = {f"column-{column}": field for column, field in enumerate(fields)} | options
    answer = await person.post(f"{path}/columns", data=form)
    assert answer.status_code == 303, answer.text
    if answer.headers["location"].endswith("/values"):
        assert (await person.post(f"{path}/values", data=values_of(options))).status_code == 303
    return path


def values_of(options: dict[str, str]) -> dict[str, str]:
    """What the page of values is told: options such as `status-0`."""
    return {name: value for name, value in options.items() if "-" in name} or {"nothing": ""}


async def import_file(person: httpx.AsyncClient, content: str | bytes, noun: str = "contact", **options: Any) -> str:
    """Import a file. Returns the path of the import."""
    path = await check(person, content, noun, **options)
    await run(person, path)
    return path


async def run(person: httpx.AsyncClient, path: str) -> None:
    """Press Import on the page of a check."""
    page = (await person.get(path)).text
    expected = re.search(r'name="expected" value="(\d+)"', page)
    assert expected, page
    assert (await person.post(f"{path}/run", data={"expected": expected[1]})).status_code == 303


def list_guessed(page: str) -> list[str]:
    """The field that is selected for each column."""
    return [
        (re.search(r'<option value="(\w*)" selected', select) or [None, ""])[1] or ""
        for select in re.findall(r'<select id="column-\d+".*?</select>', page, re.DOTALL)
    ]


def counts(page: str) -> list[int]:
    """The numbers of a check: new, to update, without a change, with errors."""
    return [int(number.replace(",", "")) for number in re.findall(r"<li><strong>([\d,]+)</strong>", page)]


def text(page: str) -> str:
    """The words of a page."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


async def read(context: AppContext, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    async with context.db.connection() as conn:
        return [tuple(row) for row in await conn.fetch(query, *values)]
