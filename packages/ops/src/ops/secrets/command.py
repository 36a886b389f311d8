"""Runs `ops secrets scan`: scans, prints, and returns the exit status."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from ops.cli import CliOutput, OpsError, UsageError, format_count, run_command
from ops.secrets.allowlist import FILE_NAME, read_allowlist
from ops.secrets.repository import Repository
from ops.secrets.scanner import Finding, Scanner

CLEAN, FOUND, FAILED = 0, 1, 2


def run_scan(root: Path, *, staged: bool, history: bool, as_json: bool) -> int:
    """Returns 0 when nothing was found, 1 when something was, 2 when the scan failed."""
    output = CliOutput(as_json=as_json)

    def scan() -> int:
        try:
            return _scan(output, Repository(root.absolute()), staged=staged, history=history and not staged)
        except OSError as error:
            raise OpsError(f"{error.filename or root} cannot be read: {error.strerror}.") from None

    return run_command(output, scan, error_status=FAILED)


def _scan(output: CliOutput, repository: Repository, *, staged: bool, history: bool) -> int:
    scanner = Scanner(read_allowlist(repository.root / FILE_NAME))
    if history and repository.is_shallow:
        raise UsageError("This clone has a part of the history. Run `git fetch --unshallow`, or pass --no-history.")
    with output.status("Scanning the files and the history" if history else "Scanning the files"):
        sources = repository.read_staged() if staged else repository.read_tree()
        files = scanner.scan("staged" if staged else "tree", sources)
        contents = scanner.scan("history", repository.read_history()) if history else 0
        if history:
            scanner.scan("message", repository.read_messages())
    findings = scanner.findings
    unused = [entry.path or entry.blob for entry in scanner.allowlist if history and entry not in scanner.used]
    lines = [_render(finding) for finding in findings]
    lines += [Text(f"Nothing needs the entry {entry} of {FILE_NAME}. Remove it.", "yellow") for entry in unused]
    where = format_count(files, "file") + (f" and {format_count(contents, 'blob')} of the history" if contents else "")
    lines.append(Text(f"{format_count(len(findings), 'secret') if findings else 'No secret'} in {where}."))
    document = {"ok": not findings, "findings": findings, "files": files, "contents": contents, "unused": unused}
    output.result(Text("\n").join(lines), document)
    return FOUND if findings else CLEAN


def _render(finding: Finding) -> Text:
    where = f"{finding.path}:{finding.line}" if finding.line else finding.path
    if finding.place == "history":
        where += f" in {finding.commit[:12]} ({finding.day})"
    what = f" is by its name {finding.what}"
    if finding.line:
        what = f" holds {finding.what} of {format_count(finding.length, 'character')}"
    return Text.assemble(("✗ ", "bold red"), (where, "bold"), f"{what} [{finding.shape}]. {finding.fix}")
