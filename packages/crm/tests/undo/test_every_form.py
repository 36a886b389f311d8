"""`specs/undo.md` lists every form: undone by its change set, or with the reason why it is not."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from crm import routes

SPEC = (Path(__file__).resolve().parents[4] / "specs/undo.md").read_text("utf-8")
UNDOABLE, WITHOUT = SPEC.partition("### Undone by its change set")[2].split("### Without Undo")
PATH = re.compile(r"`(/[^`]*)`")


def list_rows(table: str) -> list[list[str]]:
    """The cells of each row that names a form."""
    return [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ") and "`/" in line]


SAID = [(PATH.findall(forms), PATH.findall(page)[0]) for forms, _, page in list_rows(WITHOUT) if "`" in page]


def test_every_form_is_in_exactly_one_table() -> None:
    forms = [
        re.sub(r":\w+(?=})", "", route.path)
        for route in routes.table()
        if route.method == "POST" and route.surface == "page" and not route.path.startswith("/api/")
    ]
    listed = [path for row in list_rows(UNDOABLE) for path in PATH.findall(row[1])]
    listed += [path for row in list_rows(WITHOUT) for path in PATH.findall(row[0])]
    assert sorted(listed) == sorted(forms)


@pytest.mark.parametrize(("forms", "page"), SAID, ids=[page for _, page in SAID])
async def test_the_page_says_why_a_form_has_no_undo(signed_in: httpx.AsyncClient, forms: list[str], page: str) -> None:
    shown = await signed_in.get(page)
    assert shown.status_code == 200
    said = re.search('<p class="page-note">([^<]+)</p>', shown.text)
    assert said
    assert re.search("Undo|undone", said[1])
    for path in forms:
        assert path.startswith(f"/{page.split('/')[1]}")


async def test_pages_whose_forms_have_undo_say_nothing_of_it(signed_in: httpx.AsyncClient) -> None:
    for page in ("/leads", "/tags", "/settings/pipeline", "/settings/templates", "/reminders", "/settings/audit"):
        assert "page-note" not in (await signed_in.get(page)).text, page
