"""Where the results of a walk go besides the screen: a JUnit file, a summary in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ops.verify import junit, summary
from ops.verify.report import Report

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""Where GitHub Actions takes the summary of a step from. Others have written there before us."""


class Outputs(NamedTuple):
    """`step` is added to, the others are made anew."""

    junit: Path | None = None
    summary: Path | None = None
    step: Path | None = None

    def write(self, report: Report) -> None:
        """Raises `OSError`, which names the file."""
        if self.junit:
            self.junit.write_bytes(junit.document(report, datetime.now(UTC) - timedelta(seconds=report.seconds)))
        if self.summary:
            self.summary.write_text(summary.document(report), "utf-8")
        if self.step:
            with self.step.open("a", encoding="utf-8") as file:
                file.write(summary.document(report))


def wanted(environ: Mapping[str, str], junit_file: Path | None, summary_file: Path | None) -> Outputs:
    """Without a file for the summary it goes where GitHub Actions looks for it, if we run there."""
    told = environ.get(STEP_SUMMARY, "")
    return Outputs(junit_file, summary_file, Path(told) if told and not summary_file else None)
