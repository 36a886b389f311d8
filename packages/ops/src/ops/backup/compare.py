"""Is what was restored what was backed up? All differences are told at once."""

from __future__ import annotations

from psycopg import sql

from ops.backup.database import Connection
from ops.backup.manifest import Contents

SAME_WORDS = 10_000
"""PostgreSQL numbers its releases 180004; within a major version it words a schema the same."""

SERIALS = """
SELECT space.nspname, class.relname, attname, pg_get_serial_sequence(format('%I.%I', nspname, relname), attname)
FROM pg_attribute
JOIN pg_class AS class ON class.oid = attrelid AND relkind = 'r'
JOIN pg_namespace AS space ON space.oid = relnamespace
WHERE attnum > 0
    AND NOT attisdropped
    AND space.nspname <> 'information_schema'
    AND space.nspname !~ '^pg_'
    AND pg_get_serial_sequence(format('%I.%I', nspname, relname), attname) IS NOT NULL
"""


def differences(told: Contents, found: Contents, *, told_by: int, found_by: int) -> list[str]:
    """A sentence for each difference; `…_by` are the versions of the two servers."""
    faults = []
    if told.schema.revision != found.schema.revision:
        faults.append(f"The schema is {found.schema.revision or 'none'}, not {told.schema.revision or 'none'}.")
    kinds = told.schema.objects.keys() | found.schema.objects.keys()
    for kind in sorted(kinds):
        there, wanted = found.schema.objects.get(kind, 0), told.schema.objects.get(kind, 0)
        if there != wanted:
            faults.append(f"There are {there} objects of the kind {kind}, not {wanted}.")
    same_words = told_by // SAME_WORDS == found_by // SAME_WORDS
    if not faults and same_words and told.schema.digest != found.schema.digest:
        faults.append("An index, constraint, function or column is worded differently.")
    return faults + _tables(told, found)


def _tables(told: Contents, found: Contents) -> list[str]:
    faults = []
    there = {table.name: table for table in found.tables}
    for table in told.tables:
        other = there.pop(table.name, None)
        if other is None:
            faults.append(f"{table.name} is missing.")
        elif other.rows != table.rows:
            faults.append(f"{table.name} has {other.rows} rows, not {table.rows}.")
        elif other.digest != table.digest:
            faults.append(f"{table.name} has other content in its {table.rows} rows.")
    return faults + [f"{name} is there and should not be." for name in there]


def exhausted_sequences(connection: Connection) -> list[str]:
    """Sequences that would give out a number which is taken: the first new row would be refused."""
    faults = []
    for space, table, column, sequence in connection.execute(SERIALS).fetchall():
        next_one = sql.SQL("SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {}").format(
            sql.SQL(sequence)
        )
        highest = sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(
            sql.Identifier(column), sql.Identifier(space, table)
        )
        reached, used = (connection.execute(query).fetchone() for query in (next_one, highest))
        if reached and used and reached[0] < used[0]:
            faults.append(f"{sequence} stands at {reached[0]}, but {space}.{table} goes up to {used[0]}.")
    return faults
