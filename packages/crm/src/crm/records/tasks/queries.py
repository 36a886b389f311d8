"""The SQL of tasks."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import EXACT_BELOW, Total, Totals
from crm.kernel.http.paging import Sort, Where
from crm.records.base import PlaceColumn, Table
from crm.records.tasks.models import Task

OPEN = "done_at IS NULL AND deleted_at IS NULL"
DONE = "done_at IS NOT NULL AND deleted_at IS NULL"
_TIME = "coalesce(left(due_time::text, 5), '') AS due_time"
COLUMNS = ", ".join(_TIME if name == "due_time" else name for name in Task.__struct_fields__)


TABLE = Table(
    noun="task", table="tasks", columns=COLUMNS, build=Task, default="due", totals=Totals(),
    exists="deleted_at IS NULL",
    sorts={
        "due": Sort("due", datetime), "done_at": Sort("done_at", datetime),
        "created_at": Sort("created_at", datetime), "updated_at": Sort("updated_at", datetime),
    },
)  # fmt: skip


class TabBounds(msgspec.Struct, frozen=True):
    """The first moments, local to the organization, after today and after this week."""

    after_today: datetime
    after_week: datetime

    @classmethod
    def of(cls, today: date) -> TabBounds:
        """The bounds on this day. A week ends with Sunday."""
        midnight = datetime(today.year, today.month, today.day)  # noqa: DTZ001 local to the organization
        return cls(midnight + timedelta(days=1), midnight + timedelta(days=7 - today.weekday()))


def tab_where(tab: str, today: date, assignee_id: int | None) -> Where:
    """The tasks of one tab: today's with those that are overdue, this week's, later ones, or those that are done."""
    bounds = TabBounds.of(today)
    where = Where([DONE if tab == "done" else OPEN])
    if tab == "today":
        where.add("due < {}", bounds.after_today)
    elif tab == "week":
        where.add("due >= {} AND due < {}", bounds.after_today, bounds.after_week)
    elif tab == "later":
        where.add("due >= {}", max(bounds.after_today, bounds.after_week))
    if assignee_id is not None:
        where.add("assignee_id = {}", assignee_id)
    return where


async def count_tabs(connection: Connection, today: date, assignee_id: int | None) -> dict[str, Total]:
    """How many tasks each tab holds; exact below 10,000."""
    bounds = TabBounds.of(today)
    row = await connection.fetchrow(
        f"""
        SELECT {_count(OPEN, "due < $1")} AS today,
               {_count(OPEN, "due >= $1 AND due < $2")} AS week,
               {_count(OPEN, "due >= greatest($1, $2)")} AS later,
               {_count(DONE)} AS done
        """,
        bounds.after_today, bounds.after_week, assignee_id,
    )  # fmt: skip
    return {tab: Total(number, exact=number <= EXACT_BELOW) for tab, number in row.items()}


def _count(*conditions: str) -> str:
    where = " AND ".join((*conditions, "($3::bigint IS NULL OR assignee_id = $3)"))
    return f"(SELECT count(*) FROM (SELECT FROM tasks WHERE {where} LIMIT {EXACT_BELOW + 1}) AS listed)"


async def find_first(connection: Connection, lead_id: int) -> Task | None:
    """The first open task of a lead, which is its next step."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM first_task($1)", lead_id)
    return Task(*row) if row else None


async def insert(connection: Connection, values: dict[str, object]) -> Task | None:
    """Add a task. None if the task that it repeats has been repeated already."""
    return await TABLE.insert(connection, values, unique="repeats_id")


async def list_of(connection: Connection, column: PlaceColumn, record_id: int, limit: int) -> list[Task]:
    """The open tasks of a record, in the order in which they are due."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM tasks WHERE {column} = $1 AND {OPEN} ORDER BY due, id LIMIT $2", record_id, limit
    )
    return [Task(*row) for row in rows]


async def find_repeated(connection: Connection, task_id: int) -> Task | None:
    """The next task of the series, which was added when this one was done."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM tasks WHERE repeats_id = $1 AND deleted_at IS NULL FOR UPDATE", task_id
    )
    return Task(*row) if row else None


async def reassign(
    connection: Connection, from_user: int | None, to_user: int | None, *, lead_id: int | None = None
) -> int:
    """Give the open tasks of one user to another: those of one lead, or all. Returns how many."""
    done = await connection.execute(
        f"""
        UPDATE tasks
        SET assignee_id = $2, version = version + 1, updated_at = $4
        WHERE assignee_id IS NOT DISTINCT FROM $1 AND ($3::bigint IS NULL OR lead_id = $3) AND {OPEN}
        """,
        from_user, to_user, lead_id, clock.now(),
    )  # fmt: skip
    return int(done.rpartition(" ")[2])


async def adopt_next_steps(connection: Connection, limit: int, lead_id: int | None = None) -> int:
    """Make tasks of next steps that have none, of one lead or of at most `limit`. Returns how many.

    Two that run at once take different leads.
    """
    done = await connection.execute(
        f"""
        INSERT INTO tasks (title, due_on, assignee_id, lead_id, demo, created_at, updated_at)
        SELECT next_action, next_action_on, owner_id, id, demo, updated_at, updated_at
        FROM leads
        WHERE next_action <> '' AND ($2::bigint IS NULL OR id = $2)
          AND NOT EXISTS (SELECT FROM tasks WHERE tasks.lead_id = leads.id AND {OPEN})
        ORDER BY id
        LIMIT $1
        FOR NO KEY UPDATE SKIP LOCKED
        """,
        limit, lead_id,
    )  # fmt: skip
    return int(done.rpartition(" ")[2])
