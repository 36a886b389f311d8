"""The role of the service: it reads and writes rows, and cannot change the schema.

`crm migrate` connects as the owner (MIGRATION_DATABASE_URL), and gives the role of DATABASE_URL what it needs. With one
variable only, the service is the owner itself.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from crm.migrate import MigrationError

_ROWS = "SELECT, INSERT, UPDATE, DELETE"


def grant_rows(owner_url: str, service_url: str) -> str:
    """Create the role of `service_url` if it is missing, and grant it the rows of every table. Safe to repeat.

    Returns the name of the role, or nothing if both URLs name the same. Raises `MigrationError`.
    """
    service, owner = urlsplit(service_url), urlsplit(owner_url)
    role, password = unquote(service.username or ""), unquote(service.password or "")
    if not role or role == unquote(owner.username or ""):
        return ""
    try:
        with psycopg.connect(owner_url, connect_timeout=10) as connection:
            _create_role(connection, role, password)
            for statement in _STATEMENTS:
                connection.execute(sql.SQL(statement).format(**_names(connection, role)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationError(
            f"The role {role} cannot be set up: {error.diag.message_primary}. "
            "Let MIGRATION_DATABASE_URL name the owner of the tables, with the right CREATEROLE."
        ) from None
    except psycopg.Error as error:
        raise MigrationError(f"The role {role} cannot be set up: {type(error).__name__}.") from None
    return role


def _create_role(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    """Create a role without any other right, or give an existing one this password."""
    found = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if found is not None and found[0]:
        raise MigrationError(f"The role {role} of DATABASE_URL is a superuser. Name another, and it is created.")
    verb = "ALTER" if found is not None else "CREATE"
    rights = "LOGIN NOCREATEDB NOCREATEROLE" if found is None else "LOGIN"
    statement = sql.SQL(f"{verb} ROLE {{role}} {rights}").format(role=sql.Identifier(role))
    if password:
        # Encrypted here, so that no log of the server holds it.
        encrypted = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(encrypted))
    connection.execute(statement)


_STATEMENTS = (
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}",
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    f"GRANT {_ROWS} ON ALL TABLES IN SCHEMA {{schema}} TO {{role}}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} GRANT {_ROWS} ON TABLES TO {{role}}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
    # The audit log is only added to, and a trigger lets old entries be deleted. Only the owner can erase a name.
    "REVOKE UPDATE ON audit_entries FROM {role}",
)


def _names(connection: psycopg.Connection[Any], role: str) -> dict[str, sql.Identifier]:
    row = connection.execute("SELECT current_database(), current_schema()").fetchone()
    database, schema = row or ("", "")
    return {"role": sql.Identifier(role), "database": sql.Identifier(database), "schema": sql.Identifier(schema)}
