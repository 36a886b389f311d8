"""The SQL of reports. It reads the tables of several modules and writes nothing.

Conditions are those of the list of leads (`crm.records.leads`), so a number and the list it opens agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    conditions = {
        each: leads.format_segment_condition(where, each, selection.zone, answered_at="answered_at")
        for each in segments
    }
    counts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {each}" for each, condition in conditions.items())
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
    where = Where(["status NOT IN ('won', 'lost')", "NOT synthetic"])
    if owner_id is not None:
        where.add("owner_id = {}", owner_id)
    conditions = {
        segment: leads.format_segment_condition(where, segment, zone, last_activity="last_activity")
        for segment, *_ in leads.IDLE_BOUNDS
    }
    counts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {each}" for each, condition in conditions.items())
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
