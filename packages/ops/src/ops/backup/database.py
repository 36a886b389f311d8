"""Databases: how they are named for programs and people, connected to, and seen to be empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from psycopg import conninfo

from ops.backup.faults import Trouble, Unreachable

Connection = psycopg.Connection[tuple[Any, ...]]
PATIENCE_S = 10


class Address(NamedTuple):
    """`plain` names the database without its password, which goes to programs by the environment: others see argv."""

    plain: str
    password: str

    @property
    def environment(self) -> dict[str, str]:
        return {"PGPASSWORD": self.password} if self.password else {}

    @property
    def spoken(self) -> str:
        """For people: name and host."""
        parts = conninfo.conninfo_to_dict(self.plain)
        return f"{parts.get('dbname', '')} on {parts.get('host', 'this machine')}"


def address(url: str) -> Address:
    """Raises `Trouble` where it is no address."""
    try:
        parts = {name: str(value) for name, value in conninfo.conninfo_to_dict(url).items() if value is not None}
    except psycopg.ProgrammingError:
        raise Trouble(
            "The database's address cannot be read. Give postgresql://user:password@host:5432/name."
        ) from None
    password = parts.pop("password", "")
    return Address(conninfo.make_conninfo("", **parts), password)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection that commits each statement. Raises `Unreachable`, and `Trouble` for what the server refuses."""
    where = address(url)
    try:
        connection = psycopg.connect(
            url, autocommit=True, connect_timeout=PATIENCE_S, application_name="octatech backup", prepare_threshold=None
        )
    except psycopg.OperationalError as fault:
        raise Unreachable(f"The database {where.spoken} cannot be reached: {_first_line(fault)}.") from None
    with connection:
        try:
            yield connection
        except psycopg.OperationalError as fault:
            raise Unreachable(f"The database {where.spoken} went away: {_first_line(fault)}.") from None
        except psycopg.Error as fault:
            raise Trouble(f"The database {where.spoken} refuses: {_first_line(fault)}.") from None


def _first_line(fault: Exception) -> str:
    lines = [line for line in str(fault).strip().splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(fault).__name__


def what_is_in(connection: Connection) -> list[str]:
    """Names of the tables, views, sequences and functions that people made; none in an empty database."""
    rows = connection.execute(
        """
        SELECT format('%I.%I', space.nspname, made.name)
        FROM (
            SELECT oid, relname AS name, relnamespace AS space, 'pg_class'::regclass AS catalog
            FROM pg_class
            WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            UNION ALL
            SELECT oid, proname, pronamespace, 'pg_proc'::regclass
            FROM pg_proc
        ) AS made
        JOIN pg_namespace AS space ON space.oid = made.space
        WHERE space.nspname <> 'information_schema'
            AND space.nspname !~ '^pg_'
            AND NOT EXISTS (
                SELECT FROM pg_depend AS owned
                WHERE owned.classid = made.catalog AND owned.objid = made.oid AND owned.deptype = 'e'
            )
        ORDER BY 1
        """
    )
    return [name for (name,) in rows]
