"""Problems in the sources of a site. A build collects all of them before it stops."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One problem in a file. `line` counts from 1; it is 0 if the problem has no line."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class BuildError(Exception):
    """The site cannot be built, and no file was written. `problems` is sorted by file and line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))
