"""The SQL of the board. It only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.records import leads
from crm.workspace.pipeline.forms import BoardFilter
from crm.workspace.pipeline.models import Card

CARDS = 50
"""Cards of a column that are loaded at once."""
_COLUMNS = f"{leads.CARD_COLUMNS}, owner_id, status_at, {leads.BOARD_POSITION}"


async def sum_stages(connection: Connection, query: BoardFilter) -> Sequence[Mapping[str, Any]]:
    """Count the leads of each open stage and sum their values, by currency."""
    where = _select(query)
    rows: Sequence[Mapping[str, Any]] = await connection.fetch(
        f"""
        SELECT status, currency, count(*) AS leads, sum(value) AS value
        FROM leads
        WHERE {where}
        GROUP BY status, currency
        ORDER BY sum(value) DESC, currency
        """,
        *where.values,
    )
    return rows


async def list_cards(connection: Connection, keys: Sequence[str], query: BoardFilter) -> dict[str, list[Card]]:
    """The first cards of each of these stages, one more than are shown."""
    where = _select(query)
    if query.after is not None:
        where.add(f"{leads.BOARD_POSITION} > (SELECT {leads.BOARD_POSITION} FROM leads WHERE id = {{}})", query.after)
    rows = await connection.fetch(
        f"""
        SELECT card.*
        FROM unnest({where.mark(list(keys))}::text[]) AS stage (key)
        CROSS JOIN LATERAL (
            SELECT {_COLUMNS}
            FROM leads
            WHERE status = stage.key AND {where}
            ORDER BY {leads.BOARD_POSITION}
            LIMIT {CARDS + 1}
        ) AS card
        """,
        *where.values,
    )
    cards: dict[str, list[Card]] = {key: [] for key in keys}
    for row in rows:
        card = Card(*row)
        cards[card.status].append(card)
    return cards


def _select(query: BoardFilter) -> Where:
    where = Where([leads.ON_BOARD])
    if query.owner_id is not None:
        where.add("owner_id = {}", query.owner_id)
    if query.has_next_action is not None:
        where.add("next_action <> ''" if query.has_next_action else "next_action = ''")
    return where
