"""What a database holds: its tables with counts and digests, and the text of its schema.

Rows are digested by the server, in any order and in constant memory: each row's SHA-256 is taken as two numbers, and
these are summed up. Times that are infinite or still to come tell nothing of when a row was written.
"""

from __future__ import annotations

import hashlib
from typing import Any

from psycopg import sql

from ops.backup.database import Connection
from ops.backup.manifest import Contents, Schema, Table

# Columns that say when a row was written, and not when something is due.
WRITTEN = ("created_at", "updated_at", "received_at", "at", "created", "updated")
# So that the same value is the same text on every server.
AS_TEXT = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "search_path": "",
}

TABLES = """
SELECT space.nspname, class.relname, class.oid
FROM pg_class AS class
JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE class.relkind = 'r'
    AND class.relpersistence <> 't'
    AND space.nspname <> 'information_schema'
    AND space.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = class.oid AND deptype = 'e')
ORDER BY 1, 2
"""

COLUMNS = """
SELECT
    attname,
    format_type(atttypid, atttypmod),
    attnum = ANY (coalesce((SELECT conkey FROM pg_constraint WHERE conrelid = %(table)s AND contype = 'p'), '{}'))
FROM pg_attribute
WHERE attrelid = %(table)s AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""

OBJECTS = """
SELECT kind, definition
FROM (
    SELECT 'column' AS kind, format('%s %s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod),
        attnotnull, pg_get_expr(adbin, adrelid)) AS definition, attrelid AS id, relnamespace AS space
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p')
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'index', pg_get_indexdef(indexrelid), indexrelid, relnamespace
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    UNION ALL
    SELECT 'constraint', format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)), oid, connamespace
    FROM pg_constraint
    WHERE contype <> 'n'
    UNION ALL
    SELECT 'function', pg_get_functiondef(oid), oid, pronamespace FROM pg_proc WHERE prokind IN ('f', 'p')
    UNION ALL
    SELECT 'trigger', pg_get_triggerdef(pg_trigger.oid), pg_trigger.oid, relnamespace
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal
    UNION ALL
    SELECT 'view', format('%s %s', oid::regclass, pg_get_viewdef(oid)), oid, relnamespace
    FROM pg_class WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT 'type', format('%s %s', enumtypid::regtype, string_agg(enumlabel, ',' ORDER BY enumsortorder)), enumtypid,
        typnamespace
    FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
    GROUP BY enumtypid, typnamespace
) AS made
JOIN pg_namespace ON pg_namespace.oid = space
WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = id AND deptype = 'e')
ORDER BY kind, definition COLLATE "C"
"""


def read(connection: Connection) -> Contents:
    """Everything, in the transaction of the connection where it is in one. Raises psycopg's errors."""
    for name, value in AS_TEXT.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    tables = connection.execute(TABLES).fetchall()
    return Contents(schema(connection), tuple(_table(connection, *table) for table in tables))


def schema(connection: Connection) -> Schema:
    """The connection must have the settings of `read`."""
    counts: dict[str, int] = {}
    digest = hashlib.sha256()
    for kind, definition in connection.execute(OBJECTS):
        counts[kind] = counts.get(kind, 0) + 1
        digest.update(f"{kind} {definition}\n".encode())
    return Schema(_revision(connection), counts, digest.hexdigest())


def _revision(connection: Connection) -> str:
    if _row(connection, "SELECT to_regclass('public.alembic_version')")[0] is None:
        return ""
    found = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return str(found[0]) if found else ""


def _table(connection: Connection, space: str, name: str, oid: int) -> Table:
    found = connection.execute(COLUMNS, {"table": oid}).fetchall()
    columns = {column: kind for column, kind, _ in found}
    written = [column for column in WRITTEN if columns.get(column, "").startswith("timestamp")]
    newest = sql.SQL(", ").join(map(sql.Identifier, written)) if written else sql.SQL("NULL::timestamptz")
    query = sql.SQL(
        """
        SELECT
            count(*),
            coalesce(sum(('x' || left(hash, 16))::bit(64)::bigint), 0)::text,
            coalesce(sum(('x' || right(hash, 16))::bit(64)::bigint), 0)::text,
            max(newest) FILTER (WHERE newest BETWEEN '0002-01-01Z' AND now())
        FROM (
            SELECT
                encode(sha256(convert_to(ROW({columns})::text, 'UTF8')), 'hex') AS hash,
                greatest({newest})::timestamptz AS newest
            FROM ONLY {table}
        ) AS hashed
        """
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        newest=newest,
        table=sql.Identifier(space, name),
    )
    rows, left, right, newest_row = _row(connection, query)
    digest = hashlib.sha256(f"{rows} {left} {right}".encode()).hexdigest()
    return Table(f"{space}.{name}", rows, digest, newest_row, columns, tuple(each for each, _, key in found if key))


def _row(connection: Connection, query: str | sql.Composed) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
