"""The results as Markdown, for the summary of a run of GitHub Actions: what is broken first, with what to do."""

from __future__ import annotations

import re

from ops.verify.checks import Result, State
from ops.verify.report import Report

SIGNS = {State.KEPT: "✅", State.BROKEN: "❌", State.SKIPPED: "⏭️", State.NOT_REACHED: "▫️"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&@!])")
LONGEST = 500
"""Characters of one cell; a whole summary may have a megabyte."""


def document(report: Report) -> str:
    """Whatever a host answered is shown as text: no markup, no link and no mention comes of it."""
    broken = [result for result in report.checks if result.state is State.BROKEN]
    verdict = f"{len(broken)} broken" if broken else "every promise is kept" if report.ok else "nothing was asked"
    lines = [f"## Verified {text(report.target)}: {verdict}", ""]
    lines += [f"- **{text(each.name)}**: {text(each.detail)} {text(each.hint)}".rstrip() for each in broken]
    lines += [""] if broken else []
    lines += ["| | Check | What was seen | ms |", "|---|---|---|--:|", *map(_row, report.checks), ""]
    lines += [f"{len(report.checks)} checks in {report.seconds:.1f} s.", ""]
    return "\n".join(lines)


def _row(result: Result) -> str:
    seen = result.detail or result.state.value
    took = "" if result.state is State.NOT_REACHED else f"{result.seconds * 1000:.0f}"
    return f"| {SIGNS[result.state]} | {text(result.group.value)}: {text(result.name)} | {text(seen)} | {took} |"


def text(words: str) -> str:
    """On one line, with nothing in it that Markdown or HTML would take for something."""
    line = " ".join(words.split())
    if len(line) > LONGEST:
        line = line[: LONGEST - 1] + "…"
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[1])};", line).replace("://", "&#58;//").replace("www.", "www&#46;")
