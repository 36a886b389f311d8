"""Runs `ops doctor`: checks, prints, and returns the exit status."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
from rich.text import Text

from crm.kernel.log import Scrubber
from ops.cli import CliOutput, Column, NoNetworkError, run_command
from ops.doctor import clock, database, jobs, machine, mail, sign_in, storage, variables, webhooks
from ops.doctor.context import DoctorContext, load_context, read_variables
from ops.doctor.findings import FINE, UNKNOWN, WEAK, WRONG, Finding, Findings, Group

MARKS = {
    WRONG: ("✗", "bold red", "to fix"),
    WEAK: ("!", "yellow", "to improve"),
    UNKNOWN: ("?", "magenta", "not checked"),
    FINE: ("✓", "green", "fine"),
}
MODULES = (variables, database, clock, mail, sign_in, storage, webhooks, jobs, machine)
NO_NETWORK = str(NoNetworkError())


def run_doctor(
    environ: Mapping[str, str], *, file: Path | None, only: Collection[Group], reach: str, as_json: bool
) -> int:
    """Returns 0 when nothing must be fixed, 1 when something must, 2 when something could not be checked."""
    output = CliOutput(as_json=as_json)

    def check() -> int:
        context = load_context(read_variables(file) if file else environ, file, reach)
        if file:
            # Libraries of the clouds read the variables of the process.
            clouds = ("AWS_", "GOOGLE_", "AZURE_")
            os.environ.update({name: value for name, value in context.environ.items() if name.startswith(clouds)})
        with output.status("Checking"):
            found = examine(context, only or tuple(Group))
        counts = Counter(finding.severity for finding in found)
        status = 1 if counts[WRONG] else 2 if counts[UNKNOWN] else 0
        if as_json:
            output.json({"ok": status == 0, "findings": found})
        else:
            output.print(output.table([Column(""), Column("")], [_render_row(each) for each in found]))
            output.print(", ".join(f"{counts[severity]} {label}" for severity, (_, _, label) in MARKS.items()) + ".")
        return status

    return run_command(output, check, error_status=2)


def examine(context: DoctorContext, only: Collection[Group]) -> list[Finding]:
    """Returns what each group finds, in their order. A missing network is reported once, and a secret never."""
    found: list[Finding] = []
    for group, module in zip(Group, MODULES, strict=True):
        if group in only:
            findings = Findings(group)
            try:
                module.check(context, findings)
            except NoNetworkError as error:
                findings.add_error(UNKNOWN, error)
            known = [finding.what for finding in found if finding.what in NO_NETWORK]
            found += [each for each in findings.all if each.what not in known]
    scrub = Scrubber(context.list_secrets())
    return [msgspec.structs.replace(each, what=scrub(each.what), fix=scrub(each.fix)) for each in found]


def _render_row(finding: Finding) -> tuple[Text, Text]:
    mark, style, _ = MARKS[finding.severity]
    what = Text(f"{finding.what}.")
    if finding.fix:
        what.append(f"\n→ {finding.fix}", "bold")
    return Text.assemble((mark, style), f" {finding.group}"), what
