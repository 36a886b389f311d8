"""The statements and actions that are the same for webhook endpoints and notification channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from crm.accounts.audit import AuditAction, record_audit
from crm.accounts.audit import Target as AuditTarget
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError, PreconditionFailedError
from crm.kernel.http.request import ANY_VERSION


class Target(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Target)


class TargetTable(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A table of targets. `noun` is what messages call one. The audit log keeps what `describe` says of it."""

    noun: str
    table: str
    build: type[T]
    describe: Callable[[T], Mapping[str, Any]]
    creation: AuditAction
    deletion: AuditAction

    async def insert(self, connection: Connection, values: Mapping[str, Any], *, by: Actor) -> T:
        """Add a target with these values by column."""
        target = await self._fetch(
            connection,
            f"""
            INSERT INTO {self.table} (created_at, updated_at, {", ".join(values)})
            VALUES ($1, $1, {", ".join(f"${mark}" for mark in range(2, len(values) + 2))})
            RETURNING {{columns}}
            """,  # noqa: S608 names of columns
            clock.now(), *values.values(),
        )  # fmt: skip
        await self.record(connection, self.creation, target, by, after=self.describe(target))
        return target

    async def update(self, connection: Connection, target: T, values: Mapping[str, Any]) -> T:
        """Set the columns in `values` of a locked target, as its next version."""
        sets = "".join(f"{column} = ${mark}, " for mark, column in enumerate(values, start=3))
        return await self._fetch(
            connection,
            f"""
            UPDATE {self.table}
            SET {sets}version = version + 1, updated_at = $2
            WHERE id = $1
            RETURNING {{columns}}
            """,  # noqa: S608 names of columns
            target.id, clock.now(), *values.values(),
        )  # fmt: skip

    async def get(self, connection: Connection, target_id: int, *, lock: bool = False) -> T:
        """The target with this id. Raises `NotFoundError`."""
        query = f"SELECT {{columns}} FROM {self.table} WHERE id = $1{' FOR UPDATE' if lock else ''}"  # noqa: S608
        return await self._fetch(connection, query, target_id)

    async def lock(self, connection: Connection, target_id: int, version: int) -> T:
        """The target at this version, locked until the transaction ends.

        Raises `NotFoundError` or `PreconditionFailedError`.
        """
        target = await self.get(connection, target_id, lock=True)
        if version not in (ANY_VERSION, target.version):
            raise PreconditionFailedError(
                f"Somebody changed this {self.noun} since you read it. Read it again, then change it."
            )
        return target

    async def remove(self, connection: Connection, target: T, *, by: Actor = SYSTEM) -> None:
        """Delete a locked target with its deliveries."""
        await self.record(connection, self.deletion, target, by, before=self.describe(target))
        await connection.execute(f"DELETE FROM {self.table} WHERE id = $1", target.id)  # noqa: S608 a constant table

    async def record(
        self, connection: Connection, action: AuditAction, target: T, by: Actor, **values: Mapping[str, Any]
    ) -> None:
        """Add to the audit log what was done to a target."""
        about = AuditTarget(self.noun, target.id, target.name)
        await record_audit(connection, action, by=by, target=about, **values)

    async def _fetch(self, connection: Connection, query: str, *values: Any) -> T:
        columns = ", ".join(self.build.__struct_fields__)  # type: ignore[attr-defined]
        row = await connection.fetchrow(query.format(columns=columns), *values)
        if row is None:
            raise NotFoundError(f"There is no such {self.noun}.")
        return self.build(*row)
