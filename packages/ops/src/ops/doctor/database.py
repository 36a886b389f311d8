"""The database: version, rights, free connections, TLS, and whether the schema is what this release needs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import namedtuple_row

from crm import worker
from crm.kernel import schema
from ops.doctor.context import DoctorContext, NoDatabaseError
from ops.doctor.findings import FINE, UNKNOWN, WEAK, WRONG, Findings
from shared import server_urls

LEAST_VERSION = 15
TIMEOUT_S = 5
RESERVED = 2 + worker.CONNECTIONS  # two for the health check, the others for the worker
_PRIVATE = (".internal", "localhost", "127.0.0.1", "::1")

Connection = psycopg.Connection[tuple[Any, ...]]


_SERVER_INFO = """
SELECT current_setting('server_version_num')::int / 10000 AS version,
       current_user AS user_name,
       current_database() AS database,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
       (SELECT count(*)
        FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace
            AND relkind IN ('r', 'p')
            AND NOT pg_has_role(relowner, 'USAGE')) AS foreign_tables,
       (SELECT count(*)
        FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace
            AND relkind IN ('r', 'p')
            AND relname <> 'alembic_version'
            AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                     AND has_table_privilege(oid, 'DELETE')
                     -- The audit log is only added to.
                     AND (has_table_privilege(oid, 'UPDATE') OR relname = 'audit_entries')))
       AS closed_tables,
       pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS read_only,
       (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()) AS encoding,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
       AS used,
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted
"""


def connect(context: DoctorContext, url: str) -> Connection:
    """Raises `NoDatabaseError` with what the server said, and never with a part of the password."""
    if error := server_urls.error(url, ("postgresql", "postgres")):
        raise NoDatabaseError("DATABASE_URL cannot be read", f"DATABASE_URL {error}")
    try:
        return psycopg.connect(url, connect_timeout=TIMEOUT_S, autocommit=True, application_name="octatech doctor")
    except psycopg.Error as error:
        context.require_network(urlsplit(url).hostname or "localhost")
        reason = next(filter(str.strip, str(error).splitlines()), type(error).__name__)
        fix = "psql \"$DATABASE_URL\" -c 'SELECT 1'"
        raise NoDatabaseError(f"The database does not let us in: {reason}", fix) from None


def check(context: DoctorContext, findings: Findings) -> None:
    try:
        with context.open_database() as url, connect(context, url) as connection:
            info: Any = connection.cursor(row_factory=namedtuple_row).execute(_SERVER_INFO).fetchone()
            _check_server(context, findings, info, urlsplit(url).hostname or "")
            _check_schema(findings, connection)
            if not findings.all:
                free = f"{info.most - info.used} of {info.most} connections free"
                role = "which only reads and writes rows" if not info.may_create else "the owner of the schema"
                findings.add(
                    FINE, f"PostgreSQL {info.version} as {info.user_name}, {role}; schema {schema.HEAD}, {free}"
                )
    except NoDatabaseError as error:
        is_needed = context.value("DATABASE_URL") or context.is_production
        findings.add(WRONG if is_needed else UNKNOWN, *error.args)
    except psycopg.Error as error:
        findings.add(UNKNOWN, f"The database went away: {type(error).__name__}", "ops doctor --only database")


def _check_server(context: DoctorContext, findings: Findings, info: Any, host: str) -> None:
    user, most, free = info.user_name, info.most, info.most - info.used
    is_private = not host or host.endswith(_PRIVATE)
    needed = (context.config.pool_size if context.config else 10) + RESERVED
    pool, shared_pool = max(2, most - RESERVED), max(2, (most - 2 * RESERVED) // 2)
    has_owner = bool(context.value("MIGRATION_DATABASE_URL"))
    findings.expect(
        (info.version >= LEAST_VERSION, WRONG, f"PostgreSQL is {info.version}, and {LEAST_VERSION} is needed",
         f"Move to {LEAST_VERSION} or newer"),
        (not has_owner or not info.closed_tables, WRONG,
         f"{user} may not read and write the rows of {info.closed_tables} tables", "crm migrate"),
        (not has_owner or not info.may_create, WEAK,
         f"{user} may change the schema, though MIGRATION_DATABASE_URL names its owner", "crm migrate"),
        (has_owner or info.may_create, WRONG, f"{user} may not create in its schema",
         f'GRANT CREATE ON SCHEMA public TO "{user}";'),
        (has_owner or not info.foreign_tables, WRONG,
         f"{info.foreign_tables} tables belong to somebody else, so migrations cannot change them",
         f'REASSIGN OWNED BY their_owner TO "{user}";'),
        (not info.read_only, WRONG, "The database takes no changes: it is a replica, or set to read only",
         "Name the primary in DATABASE_URL"),
        (info.encoding == "UTF8", WRONG, f"The database's encoding is {info.encoding}",
         f"CREATE DATABASE {info.database}_utf8 TEMPLATE template0 ENCODING 'UTF8';"),
        (not info.superuser or not context.is_production, WEAK,
         f"{user} is a superuser: whoever has its password has the whole server",
         f"CREATE ROLE crm LOGIN; ALTER DATABASE {info.database} OWNER TO crm; and \\password crm in psql"),
        (info.encrypted or is_private or not context.is_production, WRONG, f"The way to {host} is not encrypted",
         "Add ?sslmode=require to DATABASE_URL"),
        (most >= needed, WRONG, f"One process may open {needed} connections, and the server takes {most}",
         context.suggest("DATABASE_POOL_SIZE", str(pool))),
        (most < needed or free >= needed, WEAK,
         f"{free} of {most} connections are free, and a release needs {needed} more",
         context.suggest("DATABASE_POOL_SIZE", str(shared_pool))),
    )  # fmt: skip


def _check_schema(findings: Findings, connection: Connection) -> None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        row = None
    revision = str(row[0]) if row else ""
    state = schema.standing(revision)
    findings.expect(
        (state != "behind", WRONG, f"The schema is {revision or 'not there'}, and this release needs {schema.HEAD}",
         "crm migrate"),
        (state != "ahead", WEAK, f"The schema is {revision}, newer than this release ({schema.HEAD})",
         "Bring the newer release back"),
    )  # fmt: skip
