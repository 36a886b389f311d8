"""Troubles in what an author wrote, gathered so that all are told at once."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One trouble. `file` is named as the author knows it; `line` counts from 1, 0 where no line is to blame."""

    file: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.words}" if self.line else f"{self.file}: {self.words}"


class Faulty(Exception):
    """The site cannot be built. Nothing has been written; `faults` holds every reason, in order of file and line."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(map(str, self.faults)))
