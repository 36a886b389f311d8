"""The SQL of the filters of a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from crm.accounts import settings
from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.records import tags
from crm.records.common.filters import FilterField, list_active

MOST_VALUES = 1000


async def add_conditions(connection: Connection, where: Where, fields: Iterable[FilterField], query: Any) -> None:
    """Leave only the rows that the filters of the query leave."""
    zone = ""
    for field in fields:
        for operator, values in list_active(field, query):
            if field.kind == "tags":
                await _add_tags(connection, where, field, operator, values)
            elif field.kind == "time":
                zone = zone or (await settings.read(connection)).time_zone
                add_days(where, field, values[0], values[1], zone)
            elif field.searched and operator == "contains":
                continue
            elif field.valued and operator in ("is", "contains"):
                await _add_values(connection, where, field, operator, values)
            else:
                _ADD.get(operator, _add_text if field.kind == "text" else _add_choice)(where, field, operator, values)


async def _add_tags(connection: Connection, where: Where, field: FilterField, operator: str, values: list[Any]) -> None:
    known = await tags.read_tags(connection)
    ids = known.expand(values or [tag.id for tag in known.every])
    # The index holds the rows that have tags.
    condition = f"({field.column} <> '{{{{}}}}' AND {field.column} && {{}}::bigint[])"
    where.add(condition if operator in ("is", "filled") else f"NOT {condition}", ids)


def add_days(where: Where, field: FilterField, first: date | None, last: date | None, zone: str) -> None:
    """Leave only the rows whose time lies between the beginning of one day and the end of another."""
    if first is not None:
        for column in filter(None, (field.column, field.since)):
            where.add(f"{column} >= {{}}::date::timestamp AT TIME ZONE {{}}", first, zone)
    if last is not None:
        where.add(f"{field.column} < ({{}}::date + 1)::timestamp AT TIME ZONE {{}}", last, zone)


async def _add_values(
    connection: Connection, where: Where, field: FilterField, operator: str, values: list[Any]
) -> None:
    """Compare each value that rows have once, and look for the rows of those that match, unless they are too many."""
    match = Where()
    _add_text(match, field, operator, values)
    found = await connection.fetch(
        # Without OFFSET the planner compares the value of each row.
        f"""
        SELECT {field.column}
        FROM (SELECT DISTINCT {field.column} FROM {field.valued} AND {field.column} <> '' OFFSET 0) AS known
        WHERE {match}
        LIMIT {MOST_VALUES + 1}
        """,  # noqa: S608 a known table and column
        *match.values,
    )
    if len(found) > MOST_VALUES:
        _add_text(where, field, operator, values)
    else:
        where.add(f"{field.column} <> '' AND {field.column} = ANY({{}})", [row[0] for row in found])


def _add_text(where: Where, field: FilterField, operator: str, values: list[Any]) -> None:
    column = field.column
    if field.keyed and operator != "contains":
        # As an array of ids, so that the planner does not read the rows in the order of the list instead.
        key = f'name_key({column}) COLLATE "C" = (SELECT name_key({{}}))'
        found = f"id = ANY (ARRAY(SELECT id FROM {field.keyed} WHERE {key}))"  # noqa: S608 a known table
        where.add(found if operator == "is" else f"NOT {found}", *values)
        return
    # Most texts are ASCII, and `lower` is several times as fast as a function of ours.
    plain = (
        f"CASE WHEN octet_length({column}) = length({column}) THEN lower({column}) ELSE normalize_text({column}) END"
    )
    condition = "strpos({0}, {1}) > 0" if operator == "contains" else f"{{0}} {'=' if operator == 'is' else '<>'} {{1}}"
    where.add(condition.format(plain, "(SELECT normalize_text({}))"), *values)


def _add_choice(where: Where, field: FilterField, operator: str, values: list[Any]) -> None:
    if operator == "not":
        where.add(f"({field.column} = ANY({{}})) IS NOT TRUE", values)
    elif len(values) == 1:
        # As a plain comparison its index gives the rows in the order of the list.
        where.add(f"{field.column} = {{}}", values[0])
    else:
        where.add(f"{field.column} = ANY({{}})", values)


def _add_range(where: Where, field: FilterField, _: str, values: list[Any]) -> None:
    for sign, value in zip((">=", "<="), values, strict=True):
        if value is not None:
            # As a numeric, a value may be beyond what the column holds.
            mark = "{}::numeric" if isinstance(value, float) else "{}"
            where.add(f"{field.column} {sign} {mark}", Decimal(str(value)) if isinstance(value, float) else value)


def _add_empty(where: Where, field: FilterField, operator: str, _: list[Any]) -> None:
    is_text = field.item is str and field.kind in ("text", "choice")
    is_empty = "= ''" if is_text else "IS NULL"
    is_filled = "<> ''" if is_text else "IS NOT NULL"
    where.conditions.append(f"{field.column} {is_empty if operator == 'empty' else is_filled}")
    if field.implied and operator == "empty":
        where.conditions.append(field.implied)


_ADD = {"between": _add_range, "empty": _add_empty, "filled": _add_empty}
