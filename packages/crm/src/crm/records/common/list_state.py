"""What a list shows, as the query of its URL: filters, search, order and columns."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from crm.kernel.http.request import Request

NOT_STATE = ("view", "cursor", "limit", "whose")
"""Parameters that do not change what the list shows, or only which part of it."""


def read_state(pairs: Iterable[tuple[str, str]]) -> str:
    """The query in one spelling, so that two lists that show the same have the same."""
    return urlencode(sorted((name, value) for name, value in pairs if value and name not in NOT_STATE))


def read_query(query: str) -> str:
    """The same of a query that was saved."""
    return read_state(parse_qsl(query, keep_blank_values=True))


def read_base(request: Request) -> list[tuple[str, str]]:
    """The query of the list that a form of the page was sent from, as its field `base` holds it."""
    return parse_base(dict(request.asked).get("base", ""))


def parse_base(base: str) -> list[tuple[str, str]]:
    """The pairs of such a field; none if it makes no sense."""
    try:
        pairs = parse_qsl(base, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return []
    return [(name, value) for name, value in pairs if value and name != "cursor"]
