"""The SQL of the Today page. It reads the tables of several modules and writes nothing.

With `owner_id`, the functions about leads read only those of one user.
"""

from __future__ import annotations

from datetime import date

from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.records import leads, tasks
from crm.workspace.today.models import Card, CardGroup, DueTasks, SetupSteps, Week

COLUMNS = f"""{leads.CARD_COLUMNS}, left(message, 400), email, phone, channel, source, first_touch ->> 'referrer',
               (SELECT users.name FROM users WHERE users.id = leads.owner_id), title <> ''"""


async def list_waiting(connection: Connection, zone: str, limit: int, owner_id: int | None = None) -> CardGroup:
    """List new enquiries without an answer, the longest wait first."""
    return await _list_segment(
        connection, "waiting", zone, limit, owner_id, since="received_at", order="received_at, id"
    )


async def list_due(connection: Connection, zone: str, limit: int, owner_id: int | None = None) -> CardGroup:
    """List leads whose next step is due or overdue, the oldest first."""
    return await _list_segment(connection, "due", zone, limit, owner_id, since="updated_at", order="next_action_on, id")


async def list_quiet(
    connection: Connection, zone: str, currency: str, limit: int, owner_id: int | None = None
) -> CardGroup:
    """List open leads without a next step and without a change for two weeks, the most valuable first.

    Amounts of different currencies are not compared: those in `currency` come first, then one currency after another.
    """
    where = Where()
    _add_conditions(where, "quiet", zone, owner_id)
    condition, currency_mark, limit_mark = str(where), where.mark(currency), where.mark(limit)
    # Each part is read in the order of its index.
    parts = " UNION ALL ".join(
        f"""(
            SELECT {COLUMNS}, updated_at, 'quiet', (SELECT count(*) FROM leads WHERE {condition}) AS total
            FROM leads
            WHERE {condition} AND currency {comparison} {currency_mark}
            ORDER BY currency, value DESC, id
            LIMIT {limit_mark}
        )"""
        for comparison in ("=", "<", ">")
    )
    rows = await connection.fetch(f"{parts} LIMIT {limit_mark}", *where.values)
    return CardGroup([Card(*tuple(row)[:-1]) for row in rows], rows[0]["total"] if rows else 0)


async def list_due_tasks(connection: Connection, today: date, limit: int, assignee_id: int | None) -> DueTasks:
    """List tasks that are due or overdue, the oldest first, without the next steps that `list_due` lists."""
    where = tasks.tab_where("today", today, assignee_id)
    total = await connection.fetchval(f"SELECT count(*) FROM tasks WHERE {where}", *where.values)
    found = []
    if limit and total:
        found = await connection.fetch(
            f"""
            SELECT {tasks.COLUMNS}
            FROM tasks
            WHERE {where}
              AND NOT EXISTS (
                  SELECT FROM leads
                  WHERE leads.id = tasks.lead_id AND leads.status NOT IN ('won', 'lost')
                    AND (leads.next_action, leads.next_action_on) = (tasks.title, tasks.due_on)
              )
            ORDER BY due, id
            LIMIT {where.mark(limit)}
            """,
            *where.values,
        )
    url = f"/tasks?tab=today&whose={'mine' if assignee_id else 'everybody'}"
    return DueTasks([tasks.Task(*row) for row in found], total, url)


async def _list_segment(
    connection: Connection,
    segment: leads.Segment,
    zone: str,
    limit: int,
    owner_id: int | None,
    *,
    since: str,
    order: str,
) -> CardGroup:
    where = Where()
    _add_conditions(where, segment, zone, owner_id)
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS}, {since}, '{segment}', (SELECT count(*) FROM leads WHERE {where}) AS total
        FROM leads
        WHERE {where}
        ORDER BY {order}
        LIMIT {where.mark(limit)}
        """,
        *where.values,
    )
    return CardGroup([Card(*tuple(row)[:-1]) for row in rows], rows[0]["total"] if rows else 0)


def _add_conditions(where: Where, segment: leads.Segment, zone: str, owner_id: int | None) -> None:
    leads.add_segment_condition(where, segment, zone)
    if owner_id is not None:
        where.add("owner_id = {}", owner_id)


async def read_week(connection: Connection, zone: str, currency: str, owner_id: int | None = None) -> Week:
    """Count enquiries, answers and wins of the last 7 days. The wins in `currency` come first."""
    received, won = Where(), Where()
    _add_conditions(received, "received", zone, owner_id)
    _add_conditions(won, "won", zone, owner_id)
    row = await connection.fetchrow(
        f"""
        SELECT count(*), count(answered_at), percentile_cont(0.5) WITHIN GROUP (ORDER BY answered_at - received_at)
        FROM (SELECT received_at, {leads.ANSWERED_AT} AS answered_at FROM leads WHERE {received}) AS received
        """,
        *received.values,
    )
    wins = await connection.fetch(
        f"""
        SELECT currency, sum(value) AS value, count(*) AS number
        FROM leads
        WHERE {won}
        GROUP BY currency
        ORDER BY currency <> {won.mark(currency)}, currency
        """,
        *won.values,
    )
    enquiries, answered, response = row
    totals = [(each["currency"], each["value"]) for each in wins]
    return Week(enquiries, answered, response, sum(each["number"] for each in wins), totals)


async def count_failed_notifications(connection: Connection) -> int:
    """Count the notifications whose last retry failed."""
    number: int = await connection.fetchval("SELECT count(*) FROM notifications WHERE state = 'failed'")
    return number


async def read_setup_steps(connection: Connection) -> SetupSteps:
    """Read which setup steps are done. Sample data does not count."""
    row = await connection.fetchrow(
        """
        SELECT EXISTS (SELECT FROM leads WHERE channel = 'site' AND NOT demo AND NOT synthetic),
               EXISTS (SELECT FROM leads WHERE next_action <> '' AND NOT demo),
               EXISTS (SELECT FROM channels WHERE active),
               EXISTS (SELECT FROM api_keys WHERE revoked_at IS NULL)
        """
    )
    return SetupSteps(*row)
