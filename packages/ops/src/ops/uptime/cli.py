"""The commands `ops uptime plan`, `apply`, `report` and `export`: their options and help."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import typer

from ops.cli import AsJson, CliOutput, Yes, run_command

FAILED = 2
Form = Literal["gatus", "heartbeats"]
cli = typer.Typer(no_args_is_help=True, help="Monitors of the public hosts and heartbeats of the jobs.")


@cli.command()
def plan(*, as_json: AsJson = False) -> None:
    """Show what `ops uptime apply` would create, update and delete. Changes nothing.

    The monitors follow from site.toml. UPTIMEROBOT_API_KEY or BETTERSTACK_API_TOKEN says where they are.

    Status 0: nothing to do. 1: changes are pending. 2: it cannot be told.
    """
    from ops.uptime import command  # noqa: PLC0415 each command loads what it needs

    output = CliOutput(as_json=as_json)
    raise typer.Exit(run_command(output, lambda: command.run_plan(output, os.environ), error_status=FAILED))


@cli.command()
def apply(*, yes: Yes = False, as_json: AsJson = False) -> None:
    """Show the plan, ask, carry it out, and read the monitors back.

    Only monitors whose names begin with the domain of site.toml in brackets are changed. A second run has nothing to
    do. The next run goes on where one stopped halfway.

    Status 0: the monitors are as site.toml says. 1: you said no. 2: it did not work, or they differ when read back.
    """
    from ops.uptime import command  # noqa: PLC0415

    output = CliOutput(as_json=as_json)
    raise typer.Exit(run_command(output, lambda: command.run_apply(output, os.environ, yes=yes), error_status=FAILED))


@cli.command()
def report(*, as_json: AsJson = False) -> None:
    """Show the measured availability of each host in 30 days and this month: incidents, error budget left.

    Status 0: every host has budget left. 1: one has spent that of 30 days. 2: it cannot be told.
    """
    from ops.uptime import command  # noqa: PLC0415

    output = CliOutput(as_json=as_json)
    raise typer.Exit(run_command(output, lambda: command.run_report(output, os.environ), error_status=FAILED))


@cli.command()
def export(
    form: Annotated[Form, typer.Argument(help="A Gatus configuration, or the line that sets HEARTBEAT_URL.")],
    alert: Annotated[str, typer.Option(help="Gatus: the type of alert of every endpoint, such as slack.")] = "",
) -> None:
    """Print the monitors as a Gatus configuration (needs no token), or the heartbeats of the provider (a secret).

    Status 0, or 2: the provider lacks a heartbeat. Example: ops uptime export gatus > gatus/monitors.yaml
    """
    from ops.uptime import command  # noqa: PLC0415

    output = CliOutput()
    work = command.export_gatus if form == "gatus" else command.export_heartbeats
    raise typer.Exit(run_command(output, lambda: work(output, os.environ, alert), error_status=FAILED))
