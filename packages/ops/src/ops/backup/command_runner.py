"""Runs a command of `ops backup` to its exit status, and pings an outside cron monitor.

The monitor raises an alarm when backups or drills stay away or fail. As for the jobs of the CRM, it is pinged when one
begins, and with the exit status when it ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Concatenate, NoReturn, ParamSpec
from uuid import uuid4

import typer

from ops.cli import CliOutput, OpsError, run_command
from shared import embedded_postgres
from shared.heartbeat_urls import make_ping

Options = ParamSpec("Options")
MONITORED = {"create": "backup_create", "drill": "backup_drill"}


def run(
    command: Callable[Concatenate[CliOutput, Options], int | None],
    as_json: bool,
    *arguments: Options.args,
    **options: Options.kwargs,
) -> NoReturn:
    """Exits with the status of `command`, or 0. SIGTERM cleans up as Ctrl-C does."""
    output = CliOutput(as_json=as_json)

    def work() -> int:
        try:
            return command(output, *arguments, **options) or 0
        except embedded_postgres.CannotStartError as error:
            raise OpsError(str(error)) from None

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    job = MONITORED.get(command.__name__, "")
    raise typer.Exit(run_monitored(os.environ, job, output, lambda: run_command(output, work)))


def run_monitored(environ: Mapping[str, str], job: str, output: CliOutput, work: Callable[[], int]) -> int:
    """Returns the exit status of `work` and pings HEARTBEAT_URL. A monitor that fails never changes the status."""
    url = environ.get("HEARTBEAT_URL", "").strip()
    if not url or not job:
        return work()
    from crm.config import load  # noqa: PLC0415 - most commands do without it
    from crm.kernel.security import outbound  # noqa: PLC0415

    # Outbound requests need one rule of the CRM's configuration, which is loaded whole. No database is opened.
    rules = {"WEBHOOKS_ALLOW_LOOPBACK": environ.get("WEBHOOKS_ALLOW_LOOPBACK", "0"), "COMMIT_SHA": "none"}
    config, run = load(rules, database_url="postgresql://nobody@localhost/none"), uuid4()

    def ping(event: str) -> str:
        request = make_ping(url, job, event, str(run))
        if request is None:
            return ""
        headers = {"user-agent": "ops-backup", **request.headers}
        try:
            response = asyncio.run(outbound.send(config, "POST", request.url, headers, b""))
        except outbound.OutboundError as error:
            return error.reason
        return "" if response.status < 300 else f"It answers {response.status}."

    start = Thread(target=ping, args=("start",), daemon=True)  # the work does not wait for it
    start.start()
    status = work()
    start.join(outbound.TIMEOUT_S)
    if error := ping(str(status)):
        output.note(f"The monitor at HEARTBEAT_URL was not reached: {error}")
    return status
