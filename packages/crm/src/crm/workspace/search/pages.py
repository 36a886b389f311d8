"""The search page. The command palette is the same page, asked for by its script."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records.common import read_recent
from crm.workspace.search import actions, queries
from crm.workspace.search.commands import Command, list_commands
from crm.workspace.search.forms import SearchPageForm
from crm.workspace.search.models import KINDS, Found, Kind, SearchResult

SHOWN = 8
"""How many matches of each kind the page shows. The lists show the others."""
SHOWN_IN_PALETTE = 5
COMMANDS, PEOPLE = ">", "@"
"""What a text begins with that looks for commands only, or for contacts only."""


class Question(msgspec.Struct, frozen=True):
    """What a text asks for: these words, among these kinds of records, and whether commands count."""

    words: str
    kinds: Sequence[Kind] = KINDS
    commands: bool = True


async def show(request: Request) -> Response:
    """Commands and the best matches of every kind; without words, the records that were opened last.

    For the palette: the first of each, as the options of a list.
    """
    query = forms.parse_query(request, SearchPageForm).q.strip()
    question = read_question(query)
    person = views.layout_context(request).person
    commands: tuple[list[Command], ...] = ([], [])
    if question.commands:
        commands = list_commands(request, person, question.words, every=not question.kinds)
    result, recent = SearchResult([]), []
    async with request.db.connection() as conn:
        if question.words and question.kinds:
            limit = SHOWN_IN_PALETTE if request.swaps else SHOWN
            result = await actions.search(conn, question.words, kinds=question.kinds, limit=limit)
        elif not query:
            recent = await _read_recent(conn, request)
    return views.page(
        request, "search/results.html", block="options", query=query, words=question.words, groups=result.groups,
        commands=commands, recent=recent, all_matches=urlencode({"q": question.words}),
    )  # fmt: skip


async def show_shortcuts(request: Request) -> Response:
    """The page of all keys. The script shows the same in a dialog."""
    return views.page(request, "search/shortcuts.html")


def read_question(text: str) -> Question:
    """What a text asks for, by its prefix."""
    if text.startswith(COMMANDS):
        return Question(text[1:].strip(), kinds=())
    if text.startswith(PEOPLE):
        return Question(text[1:].strip(), kinds=("contacts",), commands=False)
    return Question(text)


async def _read_recent(conn: Connection, request: Request) -> list[tuple[Kind, Found]]:
    """The records that the person opened last and that are still there."""
    opened = [(kind, record_id) for known, record_id in read_recent(request) for kind in KINDS if kind == known]
    found = {
        kind: await queries.read_found(conn, kind, [record_id for each, record_id in opened if each == kind])
        for kind in {kind for kind, _ in opened}
    }
    return [(kind, found[kind][record_id]) for kind, record_id in opened if record_id in found[kind]]
