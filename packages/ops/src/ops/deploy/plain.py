"""Words of others, made fit for a terminal: nothing in them may move its cursor or color what follows."""

from __future__ import annotations

import re

CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def plain(told: str, width: int = 500) -> str:
    """One line of them, at most `width` characters."""
    return CONTROL.sub("", told)[:width]
