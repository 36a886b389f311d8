"""Builds the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.records import stages
from crm.records.stages import Stage
from crm.values.messages import describe_choices
from crm.workspace.pipeline import queries
from crm.workspace.pipeline.forms import BoardFilter
from crm.workspace.pipeline.models import Board, Card, Column, ColumnValue


async def read_board(connection: Connection, query: BoardFilter) -> Board:
    """The open stages with their totals and first cards, in two queries. Raises `ValidationError`."""
    pipeline = await stages.read(connection)
    if query.stage and query.stage not in pipeline.open_keys:
        raise ValidationError([FieldError("stage", describe_choices(pipeline.open_keys))])
    if query.after is not None and not query.stage:
        raise ValidationError([FieldError("stage", "Say whose stage the lead `after` is in.")])
    shown = [stage for stage in pipeline.open if query.stage in ("", stage.key)]
    totals = await queries.sum_stages(connection, query)
    cards = await queries.list_cards(connection, [stage.key for stage in shown], query)
    return Board([_build_column(stage, totals, cards[stage.key]) for stage in shown])


def _build_column(stage: Stage, totals: Sequence[Mapping[str, Any]], cards: list[Card]) -> Column:
    rows = [row for row in totals if row["status"] == stage.key]
    share = Decimal(stage.probability) / 100
    values = [ColumnValue(row["currency"], row["value"], row["value"] * share) for row in rows if row["value"]]
    shown = cards[: queries.CARDS]
    return Column(
        stage.key, stage.name, stage.probability, stage.stale_days, sum(row["leads"] for row in rows), values, shown,
        shown[-1].id if len(cards) > len(shown) else None,
    )  # fmt: skip
