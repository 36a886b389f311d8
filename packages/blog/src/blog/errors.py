"""Problems in the sources of a site. A build collects all of them before it stops."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One problem in a file. `line` counts from 1; it is 0 if the problem has no line.

    A warning does not stop a build or a check.
    """

    file: str
    line: int
    message: str
    is_warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {'warning: ' if self.is_warning else ''}{self.message}"


class BuildError(Exception):
    """The site cannot be built, and no file was written. `problems` is sorted by file and line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


def describe_os_error(error: OSError) -> Problem:
    """Returns the problem of a file that cannot be read or written, in the words of the system."""
    name = error.filename if error.filename is not None else "the system"
    text = name.decode(errors="backslashreplace") if isinstance(name, bytes) else str(name)
    reason = error.strerror or str(error)
    return Problem(text.encode(errors="backslashreplace").decode(), 0, f"{reason}.")
