"""What the checks find: how bad it is, what it is, and the one line that fixes it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

# The groups of checks, in this order.
Group = StrEnum(
    "Group", ["VARIABLES", "DATABASE", "CLOCK", "MAIL", "SIGN_IN", "STORAGE", "WEBHOOKS", "JOBS", "MACHINE"]
)

# Wrong must be fixed, weak should be, unknown could not be checked.
Severity = StrEnum("Severity", ["WRONG", "UNKNOWN", "WEAK", "FINE"])
WRONG, UNKNOWN, WEAK, FINE = Severity


class Finding(msgspec.Struct, frozen=True):
    """`fix` is a command, a line to write, or an instruction, in one line. It is empty where all is fine."""

    group: Group
    severity: Severity
    what: str
    fix: str = ""


class Findings:
    """Collects what the checks of one group find."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.all: list[Finding] = []

    def add(self, severity: Severity, what: str, fix: str = "") -> None:
        self.all.append(Finding(self.group, severity, " ".join(what.split()).rstrip("."), " ".join(fix.split())))

    def add_error(self, severity: Severity, error: object, usual_fix: str = "") -> None:
        """Adds each line of an error: what is wrong, then what to do."""
        for line in str(error).splitlines():
            what, _, fix = line.partition(". ")
            self.add(severity, what, fix or usual_fix)

    def expect(self, *rules: tuple[object, Severity, str, str]) -> None:
        """Adds a finding for each rule that does not hold."""
        for holds, severity, what, fix in rules:
            if not holds:
                self.add(severity, what, fix)
