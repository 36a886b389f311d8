"""The commands `ops deploy …`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ops.cli import AsJson

cli = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Follow a push until every host serves it, and show what each host serves now.\n\n"
    "Reads RAILWAY_TOKEN (a project token; without it only GitHub and the hosts are followed) and GITHUB_TOKEN (for a "
    "private repository, and for the logs of jobs).",
)

Timeout = Annotated[float, typer.Option(min=0, max=6 * 3600, help="Seconds until it gives up.")]
HostOption = Annotated[
    list[str] | None, typer.Option("--host", metavar="NAME=URL", help="Another address of site, blog, api or crm.")
]


@cli.command()
def watch(
    commit: Annotated[str, typer.Argument(help="A commit, as git knows it.")] = "HEAD",
    *,
    timeout: Timeout = 900,
    host: HostOption = None,
    as_json: AsJson = False,
) -> None:
    """Follow a pushed commit through GitHub Pages and Railway until every host serves it.

    A host that serves an older commit counts as live when no file it is built from has changed since. The goal is
    five minutes from the push.

    Exits: 0 live; 1 failed, with the last log lines; 2 out of time; 3 the old version still serves, or somebody must
    approve; 4 it cannot be found out.

      git push && ops deploy watch
      ops deploy watch 4f2c1aa --timeout 1800
      ops deploy watch --host api=https://example.up.railway.app
    """
    from ops.deploy import command  # noqa: PLC0415 each command loads what it needs
    from ops.deploy.context import Options  # noqa: PLC0415

    raise typer.Exit(command.watch(Options(os.environ, host or (), as_json), commit, timeout))


@cli.command()
def status(host: HostOption = None, as_json: AsJson = False) -> None:
    """Show which commit each host serves, how old it is, and which deployments are in progress.

    Exits: 0 every host serves its newest commit; 1 a host is unhealthy; 3 a host is behind; 4 it cannot be found out.
    """
    from ops.deploy import command  # noqa: PLC0415
    from ops.deploy.context import Options  # noqa: PLC0415

    raise typer.Exit(command.show_status(Options(os.environ, host or (), as_json)))
