"""Options that cannot be carried out. All of them are reported at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ops.cli import OpsError


class OptionError(NamedTuple):
    """What is wrong with an option, and what to do."""

    option: str
    message: str


class InvalidOptionsError(OpsError):
    """Nothing was changed; `errors` say why."""

    def __init__(self, errors: Iterable[OptionError]) -> None:
        self.errors = tuple(dict.fromkeys(errors))
        super().__init__("\n".join(f"{error.option}: {error.message}" for error in self.errors))
