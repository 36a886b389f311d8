"""The stages that this process knows, so that pages, filters and reports need no query of their own for them.

Every page reads them anew with its layout; other requests do once they are older than `KEEP_S`. What must be right,
such as the stage that a lead moves to, is checked in the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

import msgspec

from crm.kernel.db import Connection
from crm.records.stages import queries
from crm.records.stages.models import Pipeline, Stage

KEEP_S = 1.0

_pipeline = Pipeline(())
_read_at = float("-inf")


def current() -> Pipeline:
    """The stages as this process read them last."""
    return _pipeline


async def read(connection: Connection) -> Pipeline:
    """The stages, at most `KEEP_S` seconds old."""
    if monotonic() - _read_at >= KEEP_S:
        _remember(await queries.list_all(connection))
    return _pipeline


def remember(rows: Sequence[dict[str, Any]]) -> None:
    """Take over the stages that another query has read as JSON, in their order."""
    _remember(msgspec.convert(rows, list[Stage]))


def forget() -> None:
    """Read the stages anew next time, because this process has changed them."""
    global _read_at  # noqa: PLW0603 one for each process
    _read_at = float("-inf")


def _remember(rows: Sequence[Stage]) -> None:
    global _pipeline, _read_at
    _pipeline, _read_at = Pipeline(rows), monotonic()
