"""What the doctor finds: how bad it is, what it is, and the one line that mends it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Group(StrEnum):
    """What is looked at, in this order."""

    VARIABLES = "variables"
    DATABASE = "database"
    CLOCK = "clock"
    MAIL = "mail"
    STORAGE = "storage"
    WEBHOOKS = "webhooks"
    JOBS = "jobs"
    MACHINE = "machine"


class Severity(StrEnum):
    """`wrong` must be mended, `weak` should be, `unknown` could not be looked at."""

    WRONG = "wrong"
    UNKNOWN = "unknown"
    WEAK = "weak"
    FINE = "fine"


class Finding(NamedTuple):
    """`fix` is a command to run, a line to write, or what to do, in one line; empty where all is fine."""

    group: Group
    severity: Severity
    what: str
    fix: str = ""


class Ward:
    """Collects what is found of one group."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.findings: list[Finding] = []

    def wrong(self, what: str, fix: str) -> None:
        self._add(Severity.WRONG, what, fix)

    def weak(self, what: str, fix: str) -> None:
        self._add(Severity.WEAK, what, fix)

    def unknown(self, what: str, fix: str) -> None:
        self._add(Severity.UNKNOWN, what, fix)

    def fine(self, what: str) -> None:
        self._add(Severity.FINE, what, "")

    def _add(self, severity: Severity, what: str, fix: str) -> None:
        one_line = " ".join(what.split()).rstrip("."), " ".join(fix.split())
        self.findings.append(Finding(self.group, severity, *one_line))
