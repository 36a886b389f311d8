"""Runs `ops doctor` as a program: looks, tells, ends with a status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from crm.kernel.log import Scrubber
from house import site
from ops.doctor import case as cases
from ops.doctor import clock, database, jobs, machine, mail, storage, variables, webhooks
from ops.doctor.case import Case
from ops.doctor.findings import Finding, Group, Severity

FINE, WRONG, BLIND = 0, 1, 2
MARKS = {
    Severity.WRONG: ("✗", "bold red"),
    Severity.UNKNOWN: ("?", "magenta"),
    Severity.WEAK: ("!", "yellow"),
    Severity.FINE: ("✓", "green"),
}
_CLOUDS = ("AWS_", "GOOGLE_", "AZURE_")


def run(environ: Mapping[str, str], *, file: Path | None, only: Collection[Group], reach: str, as_json: bool) -> int:
    """0 when nothing must be mended, 1 when something must, 2 when something could not be looked at."""
    try:
        case = cases.of(cases.read(file) if file else environ, file)
    except (cases.Unreadable, site.BadSite) as fault:
        if as_json:
            _print_json({"error": str(fault)})
        else:
            sys.stderr.write(f"ops: {fault}\n")
        return BLIND
    if file:
        # Libraries of the clouds read the variables of the process.
        os.environ.update({name: value for name, value in case.environ.items() if name.startswith(_CLOUDS)})
    found = [_quiet(finding, case) for finding in examined(case, only or tuple(Group), reach)]
    severities = {finding.severity for finding in found}
    status = WRONG if Severity.WRONG in severities else BLIND if Severity.UNKNOWN in severities else FINE
    if as_json:
        _print_json({"ok": status == FINE, "findings": [finding._asdict() for finding in found]})
    else:
        _tell(found)
    return status


def examined(case: Case, only: Collection[Group], reach: str = "") -> list[Finding]:
    """What is found of each group, in their order."""
    rooms: dict[Group, Callable[[Case], list[Finding]]] = {
        Group.VARIABLES: variables.findings,
        Group.DATABASE: database.findings,
        Group.CLOCK: clock.findings,
        Group.MAIL: mail.findings,
        Group.STORAGE: storage.findings,
        Group.WEBHOOKS: lambda case: webhooks.findings(case, reach),
        Group.JOBS: jobs.findings,
        Group.MACHINE: machine.findings,
    }
    return [finding for group, look in rooms.items() if group in only for finding in look(case)]


def _quiet(finding: Finding, case: Case) -> Finding:
    """Whatever a server or a library has said, it holds no value of a secret."""
    scrub = Scrubber(case.secrets())
    return finding._replace(what=scrub(finding.what), fix=scrub(finding.fix))


def _tell(found: list[Finding]) -> None:
    # Lines in a file need no breaks.
    out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
    wide = max(len(group) for group in Group)
    for finding in found:
        mark, style = MARKS[finding.severity]
        out.print(Text.assemble((mark, style), f" {finding.group:{wide}}  {finding.what}."))
        if finding.fix:
            out.print(Text(f"  {'':{wide}}  → {finding.fix}", style="bold"))
    counts = {severity: sum(each.severity is severity for each in found) for severity in Severity}
    out.print(
        f"{counts[Severity.WRONG]} to mend, {counts[Severity.WEAK]} to improve, "
        f"{counts[Severity.UNKNOWN]} not seen, {counts[Severity.FINE]} fine."
    )


def _print_json(document: dict[str, object]) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
