"""The database: version, rights, room for connections, TLS, and whether the schema is what this release needs."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psycopg

from crm import worker
from crm.kernel import schema
from house import addresses
from ops.doctor.case import Case, NoDatabase
from ops.doctor.findings import Finding, Group, Ward

LEAST_VERSION = 15
PATIENCE_S = 5
PROBER = 2
"""Connections that the health check keeps for itself."""
_INSIDE = (".internal", "localhost", "127.0.0.1", "::1")

Connection = psycopg.Connection[tuple[Any, ...]]


class Standing(NamedTuple):
    """What the server says of itself and of us."""

    version: int
    user: str
    superuser: bool
    may_create: bool
    foreign_tables: int
    read_only: bool
    encoding: str
    most: int
    used: int
    encrypted: bool


_ASK = """
SELECT current_setting('server_version_num')::int / 10000,
       current_user,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
       (SELECT count(*)
        FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace
            AND relkind IN ('r', 'p')
            AND NOT pg_has_role(relowner, 'USAGE')),
       pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool,
       pg_encoding_to_char((SELECT encoding FROM pg_database WHERE datname = current_database())),
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)
"""


def connect(url: str) -> Connection:
    """Raises `NoDatabase` with what the server said, never with a part of the address."""
    if fault := addresses.fault(url, ("postgresql", "postgres")):
        raise NoDatabase("DATABASE_URL cannot be read", f"DATABASE_URL {fault}")
    try:
        return psycopg.connect(url, connect_timeout=PATIENCE_S, autocommit=True, application_name="octatech doctor")
    except psycopg.Error as fault:
        said = [line for line in str(fault).splitlines() if line.strip()] or [type(fault).__name__]
        raise NoDatabase(
            f"The database does not let us in: {said[0]}", f"psql '{_spoken(url)}' -c 'SELECT 1'"
        ) from None


def findings(case: Case) -> list[Finding]:
    ward = Ward(Group.DATABASE)
    try:
        with case.database_url() as url, connect(url) as connection:
            row = connection.execute(_ASK).fetchone()
            assert row is not None
            found = Standing(*row)
            _judge(case, ward, found, urlsplit(url).hostname or "")
            _schema(ward, connection)
            if not ward.findings:
                ward.fine(
                    f"PostgreSQL {found.version} as {found.user}, schema {schema.HEAD}, "
                    f"{found.most - found.used} of {found.most} connections free"
                )
    except NoDatabase as fault:
        if case.value("DATABASE_URL") or case.production:
            ward.wrong(str(fault), fault.fix)
        else:
            ward.unknown(str(fault), fault.fix)
    except psycopg.Error as fault:
        ward.unknown(f"The database went away: {type(fault).__name__}", "ops doctor --only database")
    return ward.findings


def _judge(case: Case, ward: Ward, found: Standing, host: str) -> None:
    if found.version < LEAST_VERSION:
        ward.wrong(f"PostgreSQL is {found.version}, and {LEAST_VERSION} is needed", f"Move to {LEAST_VERSION} or newer")
    if not found.may_create:
        ward.wrong(f"{found.user} may not create in its schema", f'GRANT CREATE ON SCHEMA public TO "{found.user}";')
    if found.foreign_tables:
        ward.wrong(
            f"{found.foreign_tables} tables belong to somebody else, so migrations cannot change them",
            f'REASSIGN OWNED BY their_owner TO "{found.user}";',
        )
    if found.read_only:
        ward.wrong(
            "The database takes no changes: it is a replica, or set to read only", "Name the primary in DATABASE_URL"
        )
    if found.encoding != "UTF8":
        ward.wrong(
            f"The database's encoding is {found.encoding}",
            "CREATE DATABASE octatech TEMPLATE template0 ENCODING 'UTF8';",
        )
    if found.superuser and case.production:
        ward.weak(f"{found.user} is a superuser: whoever has its password has the whole server",
                  "CREATE ROLE crm LOGIN PASSWORD '…'; ALTER DATABASE octatech OWNER TO crm;")  # fmt: skip
    if case.production and not found.encrypted and not host.endswith(_INSIDE) and host:
        ward.wrong(f"The way to {host} is not encrypted", "Add ?sslmode=require to DATABASE_URL")
    needed = (case.config.pool_size if case.config else 10) + PROBER + worker.CONNECTIONS
    if found.most < needed:
        ward.wrong(
            f"One process may open {needed} connections, and the server takes {found.most}",
            case.line("DATABASE_POOL_SIZE", str(max(2, found.most - PROBER - worker.CONNECTIONS))),
        )
    elif found.most - found.used < needed:
        ward.weak(
            f"{found.most - found.used} of {found.most} connections are free, and a release needs {needed} more",
            case.line("DATABASE_POOL_SIZE", str(max(2, (found.most - 2 * (PROBER + worker.CONNECTIONS)) // 2))),
        )


def _schema(ward: Ward, connection: Connection) -> None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        revision = str(row[0]) if row else ""
    except psycopg.errors.UndefinedTable:
        revision = ""
    standing = schema.standing(revision)
    if standing == "behind":
        ward.wrong(f"The schema is {revision or 'not there'}, and this release needs {schema.HEAD}", "crm migrate")
    elif standing == "ahead":
        ward.weak(f"The schema is {revision}, newer than this release ({schema.HEAD})", "Bring the newer release back")


def _spoken(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    return parts._replace(netloc=f"{name}@{host}" if name else host).geturl()
