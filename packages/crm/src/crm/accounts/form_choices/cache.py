"""The choices that this process knows, so that labels need no query of their own.

Every page reads them anew with its layout. What else shows or checks choices calls `read` first, which asks the
database if they are older than `KEEP_S`. So all processes agree within seconds, whichever of them stored a change.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Any

import msgspec

from crm.accounts.form_choices import queries
from crm.accounts.form_choices.models import Choice, FormChoices
from crm.kernel.db import Connection

KEEP_S = 1.0


class _Known:
    choices = FormChoices()
    read_at = float("-inf")


def current() -> FormChoices:
    """The choices as this process read them last; those of the definition before."""
    return _Known.choices


def label_of(field: str, value: str) -> str:
    """The label of a stored choice; other values are shown themselves."""
    return _Known.choices.label_of(field, value)


async def read(connection: Connection) -> FormChoices:
    """The choices, at most `KEEP_S` seconds old."""
    if monotonic() - _Known.read_at >= KEEP_S:
        _Known.choices, _Known.read_at = FormChoices(await queries.list_all(connection)), monotonic()
    return _Known.choices


def refresh(rows: Iterable[dict[str, Any]] | None) -> None:
    """Take over the choices that another query has read as JSON, in their order."""
    _Known.choices, _Known.read_at = FormChoices(msgspec.convert(rows or (), list[Choice])), monotonic()


def forget() -> None:
    """Read the choices anew next time, because this process has changed them."""
    _Known.read_at = float("-inf")
