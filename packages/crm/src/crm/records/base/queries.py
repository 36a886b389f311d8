"""The statements that are the same for every table of records: find, lock, insert, update, delete, list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import asyncpg

from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort
from crm.kernel.http.request import ANY_VERSION
from crm.records import change_sets

R = TypeVar("R", bound=Any)
"""A record: a struct whose fields are the columns of its table, with `id` and `version` among them."""

_SORTS = {
    "name": Sort('name_key(name) COLLATE "C"', str),
    "title": Sort('name_key(lead_title(title, message, name)) COLLATE "C"', str),
    # Amounts of different currencies are not compared: each currency is sorted by itself.
    "value": Sort("""((currency || lpad(value::text, 13, '0')) COLLATE "C")""", str),
    # Records without a date come last.
    "next_action_on": Sort("coalesce(next_action_on, 'infinity'::date)", date),
    "created_at": Sort("created_at", datetime),
    "updated_at": Sort("updated_at", datetime),
}


def sort_text(column: str, join: str = "") -> Sort:
    """Sort a column of texts as names are sorted; rows without a text come last."""
    return Sort(f"""(coalesce(nullif(name_key({column}), ''), U&'\\FFFF') COLLATE "C")""", str, join)


class Table(Listing[R], Generic[R], frozen=True, kw_only=True):
    """A table of records. `noun` is what messages call one of them.

    `exists` is a condition of the rows that are not deleted, where deleted ones stay in the table: nobody finds those.
    `derived` columns follow from other records, so that their changes are recorded there.
    """

    noun: str
    exists: str = "true"
    derived: tuple[str, ...] = ()

    async def find(self, connection: Connection, record_id: int, *, lock: bool = False) -> R | None:
        """The record, or None. `lock` keeps others from changing it until the transaction ends."""
        row = await connection.fetchrow(
            f"SELECT {self.columns} FROM {self.table} WHERE id = $1 AND {self.exists}{' FOR UPDATE' if lock else ''}",
            record_id,
        )
        return self.build(*row) if row else None

    async def find_by(self, connection: Connection, column: str, value: str | None) -> R | None:
        """The record with this value in a unique column; None without a value."""
        if not value:
            return None
        row = await connection.fetchrow(f"SELECT {self.columns} FROM {self.table} WHERE {column} = $1", value)
        return self.build(*row) if row else None

    async def choose(self, connection: Connection, text: str, column: str, value: str | None, label: str) -> R:
        """The record with `value` in a unique column, which messages call `label`, or else with the name `text`.

        Raises `ValidationError` for none or several.
        """
        if (found := await self.find_by(connection, column, value)) is not None:
            return found
        rows = await connection.fetch(
            f'SELECT {self.columns} FROM {self.table} WHERE name_key(name) COLLATE "C" = name_key($1) LIMIT 2', text
        )
        if len(rows) == 1:
            return self.build(*rows[0])
        message = (
            f"Several {self.table} have this name. Write the {label} of the one you mean."
            if rows
            else f"There is no {self.noun} with this {label} or name. Add the {self.noun} first."
        )
        raise ValidationError([FieldError(self.noun, message)])

    async def get(self, connection: Connection, record_id: int) -> R:
        """The record. Raises `NotFoundError`."""
        return self._require(await self.find(connection, record_id))

    async def lock(self, connection: Connection, record_id: int, version: int = ANY_VERSION) -> R:
        """The record at this version, locked until the transaction ends.

        Raises `NotFoundError` or `PreconditionFailedError`.
        """
        record = self._require(await self.find(connection, record_id, lock=True))
        if version not in (ANY_VERSION, record.version):
            raise self._stale()
        return record

    async def insert(self, connection: Connection, values: Mapping[str, Any], *, unique: str = "") -> R | None:
        """Insert `values` by column. Returns None if another record has the same value in the column `unique`.

        Without `unique`, this holds for every unique index.
        """
        row = await connection.fetchrow(
            f"""
            INSERT INTO {self.table} (created_at, updated_at, {", ".join(values)})
            VALUES ($1, $1, {", ".join(f"${mark}" for mark in range(2, len(values) + 2))})
            ON CONFLICT {f"({unique})" if unique else ""} DO NOTHING
            RETURNING {self.columns}
            """,
            clock.now(), *values.values(),
        )  # fmt: skip
        if row is None:
            return None
        record = self.build(*row)
        await change_sets.record_whole(connection, self.noun, "created", record)
        return record

    async def update(self, connection: Connection, record: R, values: Mapping[str, Any]) -> R:
        """Set the columns in `values`. Raises `PreconditionFailedError` if the record has changed since it was read.

        Columns that do not change are left out, so the search index is only written if one of its words changes.
        """
        updated = await self._write(connection, record, values)
        await change_sets.record_update(
            connection, self.noun, record, updated, [name for name in values if name not in self.derived]
        )
        return updated

    async def hide(self, connection: Connection, record: R, values: Mapping[str, Any] | None = None) -> R:
        """Delete a record whose row stays, so that `bring_back` restores it. `values` are other columns to set."""
        hidden = await self._write(connection, record, {"deleted_at": clock.now(), **(values or {})})
        await change_sets.record_whole(connection, self.noun, "deleted", hidden)
        return hidden

    async def bring_back(self, connection: Connection, record_id: int) -> R:
        """Restore a record that `hide` deleted.

        Raises `NotFoundError`, or `ConflictError` if another record has what must be unique.
        """
        try:
            async with connection.transaction():
                row = await connection.fetchrow(
                    f"""
                    UPDATE {self.table}
                    SET deleted_at = NULL, version = version + 1, updated_at = $2
                    WHERE id = $1 AND deleted_at IS NOT NULL
                    RETURNING {self.columns}
                    """,
                    record_id, clock.now(),
                )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise ConflictError(f"Another {self.noun} has its name by now. Rename that one first.") from error
        if row is None:
            raise NotFoundError(f"This {self.noun} was not deleted, or was deleted permanently.")
        restored = self.build(*row)
        await change_sets.record_whole(connection, self.noun, "restored", restored)
        return restored

    async def delete_hidden(self, connection: Connection, before: datetime) -> None:
        """Permanently delete the records that `hide` deleted before then."""
        await connection.execute(f"DELETE FROM {self.table} WHERE deleted_at < $1", before)

    async def delete(self, connection: Connection, record_id: int) -> None:
        await connection.execute(f"DELETE FROM {self.table} WHERE id = $1", record_id)

    async def _write(self, connection: Connection, record: R, values: Mapping[str, Any]) -> R:
        sets = "".join(f"{column} = ${mark}, " for mark, column in enumerate(values, start=4))
        row = await connection.fetchrow(
            f"""
            UPDATE {self.table}
            SET {sets}version = version + 1, updated_at = $3
            WHERE id = $1 AND version = $2
            RETURNING {self.columns}
            """,
            record.id, record.version, clock.now(), *values.values(),
        )  # fmt: skip
        if row is None:
            raise self._stale()
        return self.build(*row)

    def _require(self, record: R | None) -> R:
        if record is None:
            raise NotFoundError(f"There is no such {self.noun}.")
        return record

    def _stale(self) -> PreconditionFailedError:
        return PreconditionFailedError(
            f"Someone changed this {self.noun} since you read it. Read it again, then change it."
        )


def table(
    noun: str,
    name: str,
    model: type[R],
    *,
    sorts: Iterable[str],
    default_sort: str,
    computed: Mapping[str, str] | None = None,
    more_sorts: Mapping[str, Sort] | None = None,
    **more: Any,
) -> Table[R]:
    """The table `name`, whose rows are `model`. `sorts` have an index; `more_sorts` are those of this table alone.

    `computed` gives the SQL of the fields that are read through an expression. `more` are fields of `Table`.
    """
    read = {field: f"{sql} AS {field}" for field, sql in (computed or {}).items()}
    columns = ", ".join(read.get(field, field) for field in model.__struct_fields__)
    return Table(
        noun=noun, table=name, columns=columns, build=model,
        sorts={**{sort: _SORTS[sort] for sort in sorts}, **(more_sorts or {})}, default=default_sort, totals=Totals(),
        **more,
    )  # fmt: skip
