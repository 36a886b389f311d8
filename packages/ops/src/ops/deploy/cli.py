"""The commands `ops deploy …`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

cli = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="From a push to the commit that every host serves: watch it, tell it, take it back.\n\n"
    "Reads RAILWAY_TOKEN (a project token; without it only GitHub and the hosts are followed) and GITHUB_TOKEN (for a "
    "private repository, and for the logs of jobs).",
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Timeout = Annotated[float, typer.Option(min=0, max=6 * 3600, help="Seconds until it is out of time.")]
HostOption = Annotated[
    list[str] | None, typer.Option("--host", metavar="NAME=URL", help="Another address of site, blog, api or crm.")
]


@cli.command()
def watch(
    commit: Annotated[str, typer.Argument(help="A commit, as git knows it.")] = "HEAD",
    *,
    timeout: Timeout = 900,
    rollback_on_fail: Annotated[
        bool, typer.Option("--rollback-on-fail", help="Bring the last good release back when it fails.")
    ] = False,
    host: HostOption = None,
    as_json: AsJson = False,
) -> None:
    """Follow a pushed commit through CI, Pages and Railway until that very commit is live on every host.

    A host whose part nothing has changed since what it serves counts as live. The goal is five minutes from the push.

    Exits: 0 live; 1 failed, with the last lines that say why; 2 out of time; 3 the old version still serves, or
    somebody has to approve; 4 it cannot be told.

      git push && ops deploy watch
      ops deploy watch 4f2c1aa --timeout 1800 --rollback-on-fail
      ops deploy watch --host api=https://example.up.railway.app
    """
    from ops.deploy import command  # noqa: PLC0415 each command loads what it needs

    raise typer.Exit(
        command.watch(
            os.environ, commit, timeout_s=timeout, rollback_on_fail=rollback_on_fail, given=host or (), as_json=as_json
        )
    )


@cli.command()
def status(host: HostOption = None, as_json: AsJson = False) -> None:
    """Show which commit each host serves, how old it is, and what is under way.

    Exits: 0 one commit everywhere; 1 a host is not well; 3 hosts differ; 4 it cannot be told.
    """
    from ops.deploy import command  # noqa: PLC0415

    raise typer.Exit(command.tell_status(os.environ, given=host or (), as_json=as_json))


@cli.command()
def history(
    count: Annotated[int, typer.Option("--last", min=1, max=30, help="How many.")] = 10, as_json: AsJson = False
) -> None:
    """Show the last deliveries: commit, outcome, how long it took, who, and which can be brought back.

    Exits: 0; 4 it cannot be told.
    """
    from ops.deploy import command  # noqa: PLC0415

    raise typer.Exit(command.tell_history(os.environ, count, as_json=as_json))


@cli.command()
def rollback(
    ident: Annotated[
        str | None, typer.Argument(metavar="ID", help="A deployment or commit. Left out: the last good one.")
    ] = None,
    *,
    timeout: Timeout = 300,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    host: HostOption = None,
    as_json: AsJson = False,
) -> None:
    """Bring an earlier release of the service back, and watch until it is live. The plan is shown first.

    Needs RAILWAY_TOKEN. Refused while another deployment is under way. The database and the public site stay as they
    are.

    Exits: as of `watch`; 4 there is no way back, or nobody said yes.

      ops deploy rollback
      ops deploy rollback 4f2c1aa --yes
    """
    from ops.deploy import command  # noqa: PLC0415

    raise typer.Exit(
        command.roll_back(os.environ, ident, timeout_s=timeout, yes=yes, given=host or (), as_json=as_json)
    )
