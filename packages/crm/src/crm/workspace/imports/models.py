"""The data of imports."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

Noun = Literal["lead", "contact", "company"]
MatchRule = Literal["new", "update"]
DateOrder = Literal["day", "month"]
ImportState = Literal["uploaded", "checking", "checked", "running", "done", "undoing", "undone"]
Outcome = Literal["new", "change", "same", "wrong"]
"""What is to happen to a row: a new record, a change of one, nothing, or nothing because of errors."""
WORKING: tuple[ImportState, ...] = ("checking", "running", "undoing")
"""The states in which the worker has something to do."""

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 100
AT_ONCE = 200
"""So many rows are checked, imported and undone at once; more by a job."""
UNUSED_KEPT = timedelta(days=7)
"""How long a file is kept that was uploaded and not imported."""


class Import(msgspec.Struct, frozen=True):
    """A file of `total` rows. Each row is in one state, and the numbers say how many are in which.

    `waiting` are not checked yet. After the check, `new` and `change` are to be imported; `same` need no change, and
    `wrong` have errors. Then `created` and `changed` are done; of these, undo makes `undone` and `kept`.
    """

    id: int
    noun: Noun
    file_name: str
    state: ImportState
    encoding: str
    delimiter: str
    header: list[str]
    mapping: list[str]
    """The field of each column; empty for a column that is not imported."""
    rule: MatchRule
    date_order: DateOrder
    notify: bool
    auto_run: bool
    """Whether the import starts as soon as it is checked, without somebody who looks at the check."""
    tag: str
    value_map: dict[str, dict[str, str]]
    """For fields with choices: what values of the file mean."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    total: int
    waiting: int
    new: int
    change: int
    same: int
    wrong: int
    created: int
    changed: int
    undone: int
    kept: int

    @property
    def is_started(self) -> bool:
        """Whether anything may have been written to records."""
        return self.state in ("running", "done", "undoing", "undone")


class CellError(msgspec.Struct, frozen=True):
    """What is wrong with a row. `column` is the heading in the file; empty for the row as a whole."""

    column: str
    message: str


class RowErrors(msgspec.Struct, frozen=True):
    """What is wrong with one row, or why its record was not put back."""

    number: int
    record_id: int | None
    errors: list[CellError]


class ImportErrors(msgspec.Struct, frozen=True):
    """The first 1,000 rows that were left out, or not undone."""

    data: list[RowErrors]


class ImportRow(msgspec.Struct, frozen=True):
    """One row of a file. `number` counts as a spreadsheet does: the header is row 1.

    `before` and `after` are the values that the import replaced and wrote; of a new record `after` is its version.
    `also` are companies and contacts that were created along with it.
    """

    number: int
    cells: list[str]
    state: str
    record_id: int | None
    name: str
    before: dict[str, Any]
    after: dict[str, Any]
    also: list[tuple[str, int]]
    errors: list[CellError]
