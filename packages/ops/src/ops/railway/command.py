"""Runs `ops railway check` and `ops railway export`."""

from __future__ import annotations

import re
from pathlib import Path

from rich.text import Text

from ops.cli import CliOutput, format_count, run_command
from ops.railway import checks
from ops.railway.evaluate import FILE, OLDER_FILE, evaluate
from shared import site_config

DONE, FAILED, FOUND = 0, 1, 2


def check(*, as_json: bool = False, root: Path | None = None) -> int:
    """Returns 0 when the file is sound, 2 when something does not hold, 1 when it cannot be evaluated."""
    output = CliOutput(as_json=as_json)
    return run_command(output, lambda: _check(output, root or _find_root()), error_status=FAILED)


def export(*, root: Path | None = None) -> int:
    """Writes `railway.json`. Returns 0, or 1 when the file cannot be evaluated."""
    output = CliOutput()
    return run_command(output, lambda: _export(output, root or _find_root()), error_status=FAILED)


def _check(output: CliOutput, root: Path) -> int:
    graph, facts = evaluate(root / FILE), site_config.load(root / site_config.FILE_NAME)
    broken = checks.find_broken_rules(checks.Subject(graph, facts, root, read_crm_variables(root / ".env.example")))
    findings = [{"where": rule.where, "what": rule.what, "fix": rule.fix} for rule in broken]
    lines = [Text.assemble(("✗ ", "red"), (rule.where, "bold"), f" {rule.what}. {rule.fix}") for rule in broken]
    names = ", ".join(node.name for node in graph.resources)
    counts = f"{format_count(len(graph.services), 'service')} and {format_count(len(graph.databases), 'database')}"
    end = format_count(len(broken), "finding") if broken else f"{FILE} is sound: {counts} ({names})"
    text = Text("\n").join([*lines, Text(f"{end}.")])
    output.result(text, {"file": str(FILE), "ok": not broken, "findings": findings})
    return FOUND if broken else DONE


def _export(output: CliOutput, root: Path) -> int:
    (root / OLDER_FILE).write_text(evaluate(root / FILE).to_railway_json(), encoding="utf-8")
    output.print(f"{OLDER_FILE} is up to date.")
    return DONE


def read_crm_variables(example: Path) -> frozenset[str]:
    """Returns the variables under the headings of `.env.example` that begin with `CRM`."""
    sections = re.split(r"^# --- ", example.read_text(encoding="utf-8"), flags=re.MULTILINE)
    crm = "\n".join(section for section in sections if section.startswith("CRM"))
    return frozenset(re.findall(r"^([A-Z][A-Z0-9_]+)=", crm, re.MULTILINE))


def _find_root() -> Path:
    return site_config.find().resolve().parent
