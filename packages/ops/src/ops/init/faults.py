"""Expected trouble while a fork is made somebody else's. All of it is told at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    """`flag` is the option to blame, `what` says what is wrong and what to do."""

    flag: str
    what: str


class Refused(Exception):
    """Nothing was changed, and `faults` say why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(f"{fault.flag}: {fault.what}" for fault in faults))
        self.faults = tuple(faults)
