"""Status, drill and restore: the order of work, and what they print."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Group
from rich.text import Text

from ops.backup.command_runner import run_monitored
from ops.backup.report_to_crm import send_reports
from ops.cli import CliOutput, Column, OpsError, format_count, format_duration, format_size, run_command
from ops.pitr.pgbackrest import PgBackRestError, format_missing, read_archive, run_pgbackrest
from ops.pitr.recovery import count_rows, plan_recovery, recover


def show_status(environ: Mapping[str, str], stanza: str, *, as_json: bool) -> int:
    output = CliOutput(as_json=as_json)

    def work() -> int:
        problems = []
        with output.status("Waiting for the server to archive a file"):
            try:
                run_pgbackrest(stanza, "--archive-timeout=15", "check")
            except PgBackRestError as error:
                problems.append(f"Archiving is not current. {error}")
            archive = read_archive(stanza)
        if archive.missing_wal:
            problems.append(format_missing(archive.missing_wal))
        if datetime.now(UTC) - archive.backups[-1].completed_at > timedelta(days=2):
            problems.append("The newest backup is older than two days.")
        rows = [(one.label, one.type, f"{one.completed_at:%F %T}", format_size(one.bytes)) for one in archive.backups]
        text = Group(
            f"Stanza {stanza}: PostgreSQL {archive.postgresql}, {format_size(archive.bytes)}, cipher {archive.cipher}.",
            archive.window,
            output.table([Column("Backup"), Column("Type"), Column("Completed (UTC)"), Column("Size", 1)], rows),
            Text("\n".join(problems) or "Archiving is current and complete.", "bold red" if problems else ""),
        )
        output.result(text, {"archive": archive, "problems": problems})
        return 1 if problems else 0

    return run_monitored(environ, "pitr_status", output, lambda: run_command(output, work))


def run_drill(environ: Mapping[str, str], stanza: str, to: str, *, as_json: bool) -> int:
    output = CliOutput(as_json=as_json)

    def work() -> int:
        plan = plan_recovery(stanza, to)
        at, began, failure = datetime.now(UTC), time.monotonic(), None
        reached, tables, rows = plan.backup.completed_at, 0, 0
        try:
            with output.status("Restoring and reading every row"), recover(plan) as (address, reached):
                tables, rows = count_rows(address, environ.get("PGBACKREST_PG1_USER", "postgres"))
        except OpsError as error:
            failure = error
        reached = plan.to or reached
        report = {
            "name": f"{plan.backup.label} to {reached:%FT%TZ}",
            "taken_at": reached,
            "proven_at": at,
            "recovery_seconds": round(time.monotonic() - began, 3),
            "data_age_seconds": max(0.0, (at - reached).total_seconds()),
            "tables": tables,
            "rows": rows,
            "proven": failure is None,
            "findings": [line[:500] for line in str(failure or "").splitlines()],
        }
        send_reports(environ, [("restores", report)], output)
        if failure:
            raise failure
        took = format_duration(time.monotonic() - began)
        output.result(Text(f"Proven: {report['name']}, {format_count(rows, 'row')} read in {took}."), report)
        return 0

    return run_monitored(environ, "pitr_drill", output, lambda: run_command(output, work))


def run_restore(stanza: str, to: str, into: Path, *, yes: bool, as_json: bool) -> int:
    output = CliOutput(as_json=as_json)

    def work() -> int:
        if into.exists() and (not into.is_dir() or any(into.iterdir())):
            raise OpsError(
                f"{into} {'has a running server' if (into / 'postmaster.pid').exists() else 'is not empty'}. "
                "Name a new folder with --into. Nothing was changed."
            )
        plan = plan_recovery(stanza, to)
        end = f"{plan.to:%F %T.%f} UTC" if plan.to else "the end of the archive"
        output.print(Text(f"Restore {plan.backup.label} ({plan.backup.type}) and the WAL up to {end} into {into}."))
        if not output.confirm("Go on?", yes=yes):
            return 1
        with output.status("Restoring"), recover(plan, into) as (_, reached):
            pass
        text = f"Restored into {into}. Its last transaction is of {reached:%F %T.%f} UTC."
        output.result(Text(text), {"folder": str(into), "reached": reached})
        return 0

    return run_command(output, work)
