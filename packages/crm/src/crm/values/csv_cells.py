"""Cells of a CSV file that somebody opens with a spreadsheet."""

from __future__ import annotations

import re
from typing import Any

_FORMULA = re.compile("'*[=+\\-@\t\r]")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), perhaps made safe before."""


def make_safe_cell(cell: Any) -> Any:
    """The cell; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def read_safe_cell(cell: str) -> str:
    """The text that `make_safe_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
