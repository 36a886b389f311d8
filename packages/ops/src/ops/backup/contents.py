"""The contents of a database: its tables with row counts and digests, and a digest of its schema; and comparing them.

The server computes the digests in constant memory and in any order: it sums up the SHA-256 of each row as two numbers.
Infinite and future times do not say when a row was written.
"""

from __future__ import annotations

import hashlib

from psycopg import sql

from ops.backup.database import Connection, fetch_value, read_revision
from ops.backup.manifest import Contents, Schema, Table

WRITTEN = ("created_at", "updated_at", "received_at", "at", "created", "updated")
AS_TEXT = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "search_path": "",
}

TABLES = """
SELECT
    nspname,
    relname,
    coalesce(json_object_agg(attname, format_type(atttypid, atttypmod) ORDER BY attnum) FILTER (WHERE attnum > 0),
        '{}'),
    coalesce(array_agg(attname::text ORDER BY attnum) FILTER (WHERE attnum = ANY (conkey)), '{}')
FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace
LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
LEFT JOIN pg_constraint ON conrelid = pg_class.oid AND contype = 'p'
WHERE relkind = 'r'
    AND relpersistence <> 't'
    AND nspname <> 'information_schema'
    AND nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
GROUP BY 1, 2
ORDER BY 1, 2
"""

SCHEMA_DIGEST = """
SELECT encode(sha256(convert_to(
    coalesce(string_agg(format(E'%s %s\\n', kind, definition), '' ORDER BY kind, definition COLLATE "C"), ''), 'UTF8'
)), 'hex')
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
"""

ROWS = """
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

SEQUENCES = """
SELECT objid::regclass::text, refobjid::regclass::text, quote_ident(attname)
FROM pg_depend
JOIN pg_class ON pg_class.oid = objid AND relkind = 'S'
JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
"""

LAST_VALUE = """
SELECT
    CASE WHEN is_called THEN last_value ELSE last_value - 1 END,
    (SELECT coalesce(max({column}), 0) FROM {table})
FROM {sequence}
"""


def read_contents(connection: Connection) -> Contents:
    """Reads everything, in the connection's transaction where there is one. Raises psycopg's errors."""
    for name, value in AS_TEXT.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    schema = Schema(read_revision(connection), fetch_value(connection, SCHEMA_DIGEST))
    return Contents(schema, tuple(_read_table(connection, *row) for row in connection.execute(TABLES).fetchall()))


def _read_table(connection: Connection, space: str, name: str, columns: dict[str, str], key: list[str]) -> Table:
    written = [column for column in WRITTEN if columns.get(column, "").startswith("timestamp")]
    query = sql.SQL(ROWS).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        newest=sql.SQL(", ").join(map(sql.Identifier, written)) if written else sql.SQL("NULL::timestamptz"),
        table=sql.Identifier(space, name),
    )
    [(rows, left, right, newest)] = connection.execute(query).fetchall()
    digest = hashlib.sha256(f"{rows} {left} {right}".encode()).hexdigest()
    return Table(f"{space}.{name}", rows, digest, newest, columns, tuple(key))


def find_differences(manifest: Contents, restored: Contents) -> list[str]:
    """Returns a sentence for each difference. Both servers must have the same major version."""
    errors, wanted, found = [], manifest.schema, restored.schema
    if wanted.revision != found.revision:
        errors.append(f"The schema is {found.revision or 'none'}, not {wanted.revision or 'none'}.")
    elif wanted.digest != found.digest:
        errors.append("A column, index, constraint, function, trigger, view or type differs.")
    rest = {table.name: table for table in restored.tables}
    for table in manifest.tables:
        other = rest.pop(table.name, None)
        if other is None:
            errors.append(f"{table.name} is missing.")
        elif other.rows != table.rows:
            errors.append(f"{table.name} has {other.rows} rows, not {table.rows}.")
        elif other.digest != table.digest:
            errors.append(f"{table.name} has other content in its {table.rows} rows.")
    return errors + [f"{name} exists and should not." for name in rest]


def find_exhausted_sequences(connection: Connection) -> list[str]:
    """Finds sequences that would return a number which is taken: the first new row would be refused."""
    errors = []
    for names in connection.execute(SEQUENCES).fetchall():
        sequence, table, column = map(sql.SQL, names)
        [(last, highest)] = connection.execute(
            sql.SQL(LAST_VALUE).format(sequence=sequence, table=table, column=column)
        ).fetchall()
        if last < highest:
            errors.append(f"{names[0]} is at {last}, but {names[1]} goes up to {highest}.")
    return errors
