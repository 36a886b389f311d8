"""The SQL of reports. It reads the tables of several modules and writes nothing.

Conditions are those of the list of leads (`crm.records.leads`), so a number and the list it opens agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.records import leads, stages
from crm.workspace.reports.models import Selection

Row = Mapping[str, Any]


async def count_by_source(connection: Connection, selection: Selection, by: leads.Attribution) -> Sequence[Row]:
    """Count enquiries by source, currency and period."""
    where, current = _select_received(selection)
    await stages.read(connection)
    qualified = leads.format_segment_condition(where, "qualified", selection.zone)
    rows: Sequence[Row] = await connection.fetch(
        f"""
        SELECT {leads.ATTRIBUTION_KEYS[by]} AS key, currency, {current} AS current, count(*) AS enquiries,
               count(*) FILTER (WHERE {qualified}) AS qualified,
               count(*) FILTER (WHERE status = 'won') AS won,
               sum(value) FILTER (WHERE status = 'won') AS won_value
        FROM leads
        WHERE {where}
        GROUP BY 1, 2, 3
        """,
        *where.values,
    )
    return rows


async def measure_response(connection: Connection, selection: Selection) -> dict[bool, Row]:
    """The times to the first answer; True is the period, False the one before."""
    where, current = _select_received(selection)
    segments: list[leads.Segment] = ["in_time", "late", *(segment for segment, *_ in leads.RESPONSE_BOUNDS)]
    counts = _count_segments(where, segments, selection.zone, answered_at="answered_at")
    rows = await connection.fetch(
        f"""
        SELECT current, count(*) AS enquiries, count(answered_at) AS answered,
               percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY answered_at - received_at) AS times,
               {counts}
        FROM (
            SELECT received_at, synthetic, {current} AS current, {leads.ANSWERED_AT} AS answered_at
            FROM leads
            WHERE {where}
            OFFSET 0  -- so that each answer is looked up once
        ) AS received
        GROUP BY current
        """,
        *where.values,
    )
    return {row["current"]: row for row in rows}


async def count_outcomes(connection: Connection, selection: Selection) -> dict[tuple[bool, date], Row]:
    """Count outcomes by the first day of their week or month; the period before has only the day `date.min`."""
    where, current = _select_received(selection)
    day = f"date_trunc('{selection.period.step}', received_at AT TIME ZONE {where.mark(selection.zone)})::date"
    rows = await connection.fetch(
        f"""
        SELECT {current} AS current, CASE WHEN {current} THEN {day} END AS start, count(*) AS enquiries,
               count(*) FILTER (WHERE status = 'won') AS won, count(*) FILTER (WHERE status = 'lost') AS lost
        FROM leads
        WHERE {where}
        GROUP BY 1, 2
        """,
        *where.values,
    )
    return {(row["current"], row["start"] or date.min): row for row in rows}


async def measure_stages(connection: Connection, selection: Selection) -> dict[tuple[bool, str], Row]:
    """How long leads stayed in each status that they have left."""
    where, current = _select_received(selection)
    rows = await connection.fetch(
        f"""
        SELECT current, past.status, count(DISTINCT lead_id) AS leads,
               percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY left_at - entered_at) AS times
        FROM (SELECT id, {current} AS current FROM leads WHERE {where}) AS received
        JOIN status_periods AS past ON past.lead_id = received.id
        GROUP BY 1, 2
        """,
        *where.values,
    )
    return {(row["current"], row["status"]): row for row in rows}


async def count_ages(connection: Connection, zone: str, owner_id: int | None) -> dict[str, Row]:
    """Count the open leads of each status by the time since their last activity."""
    where = _select_open(owner_id)
    segments = [segment for segment, *_ in leads.IDLE_BOUNDS]
    counts = _count_segments(where, segments, zone, last_activity="last_activity")
    rows = await connection.fetch(
        f"""
        SELECT status, count(*) AS leads, {counts}
        FROM (
            SELECT status, synthetic, {leads.LAST_ACTIVITY} AS last_activity
            FROM leads
            WHERE {where}
            OFFSET 0  -- so that each time is looked up once
        ) AS open_leads
        GROUP BY status
        """,
        *where.values,
    )
    return {row["status"]: row for row in rows}


async def sum_starts(connection: Connection, owner_id: int | None) -> Sequence[Row]:
    """Count the open leads and sum their values by the month of their start, stage and currency."""
    where = _select_open(owner_id)
    rows: Sequence[Row] = await connection.fetch(
        f"""
        SELECT date_trunc('month', starts_on)::date AS month, status, currency, count(*) AS leads, sum(value) AS value
        FROM leads
        WHERE {where}
        GROUP BY 1, 2, 3
        """,
        *where.values,
    )
    return rows


async def sum_weeks(
    connection: Connection, monday: date, weeks: int, weekly_hours: int, owner_id: int | None
) -> Sequence[Row]:
    """Count the leads with work in each of the weeks from `monday` on and sum their hours there, by stage.

    The week of open leads without a start is null.
    """
    where = _select_open(owner_id)
    open_leads, owner = str(where), ""
    if owner_id is not None:
        owner = f"AND owner_id = {where.mark(owner_id)}"
    first, hours = f"{where.mark(monday)}::date", f"{where.mark(weekly_hours)}::int"
    last = f"{first} + 7 * ({where.mark(weeks)}::int - 1)"
    end = leads.LAST_WEEK.format(hours=hours)
    rows: Sequence[Row] = await connection.fetch(
        f"""
        SELECT week, status, count(*) AS leads, sum(least({hours}, hours - (week - start_week) / 7 * {hours})) AS hours
        FROM (
            SELECT status, hours, {leads.START_WEEK} AS start_week, {end} AS last_week
            FROM leads
            WHERE {leads.HAS_WORK} AND starts_on < {last} + 7 AND {end} >= {first} {owner}
        ) AS work
        CROSS JOIN LATERAL (
            SELECT {first} + 7 * number AS week
            FROM generate_series((greatest(start_week, {first}) - {first}) / 7,
                                 (least(last_week, {last}) - {first}) / 7) AS number
        ) AS weeks
        GROUP BY week, status
        UNION ALL
        SELECT NULL, '', count(*), 0
        FROM leads
        WHERE {open_leads} AND starts_on IS NULL
        """,
        *where.values,
    )
    return rows


def _count_segments(where: Where, segments: Iterable[leads.Segment], zone: str, **known: str) -> str:
    """The SQL that counts the rows of each segment. `known` are times that are columns already."""
    conditions = {each: leads.format_segment_condition(where, each, zone, **known) for each in segments}
    return ", ".join(f"count(*) FILTER (WHERE {condition}) AS {each}" for each, condition in conditions.items())


def _select_open(owner_id: int | None) -> Where:
    where = Where([leads.ON_BOARD])
    if owner_id is not None:
        where.add("owner_id = {}", owner_id)
    return where


def _select_received(selection: Selection) -> tuple[Where, str]:
    """The conditions of both periods together, and the SQL that is true for leads of the later one."""
    where = Where()
    first = (selection.before or selection.period).first
    leads.add_received(where, first, selection.period.last, selection.zone)
    leads.add_segment_condition(where, "counted", selection.zone)
    if selection.owner_id is not None:
        where.add("owner_id = {}", selection.owner_id)
    start = f"{where.mark(selection.period.first)}::date::timestamp AT TIME ZONE {where.mark(selection.zone)}::text"
    return where, f"(received_at >= {start})"
