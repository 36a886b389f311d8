"""The commands `ops uptime run`, `report` and `page`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ops.uptime.place import Watch

cli = typer.Typer(no_args_is_help=True, help="Watch the public addresses, keep the account, show it.")

Which = Annotated[Watch, typer.Option("--target", help="Which house: the public addresses, or those of `make run`.")]
Folder = Annotated[
    Path | None, typer.Option(help="Where the account is kept.", show_default="uptime/TARGET of DATA_DIR")
]


@cli.command()
def run(
    target: Which = Watch.PRODUCTION,
    folder: Folder = None,
    *,
    every: Annotated[
        int | None, typer.Option(min=1, max=300, help="Seconds between two probes.", show_default="site.toml")
    ] = None,
    rounds: Annotated[int, typer.Option(min=0, help="Stop after so many probes of each target; 0 never stops.")] = 0,
    page: Annotated[
        Path | None, typer.Option(help="Make the status page in this folder, anew every 5 minutes.")
    ] = None,
    expect_commit: Annotated[str, typer.Option(help="Call the API down unless it runs this commit.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each line told.")] = False,
) -> None:
    """Probe the landing page, the blog, the API and the CRM until stopped.

    Run it somewhere else than what it watches. A failure is checked again at once; when the prober's own network is
    gone, the time counts as unknown. Whatever was probed is on the disk before the next probe.

    Reads UPTIME_ALERT_URLS (Apprise addresses, blanks between them), UPTIME_PING_URL (called every minute; its silence
    is the alarm) and DATA_DIR. Announced maintenance stands in FOLDER/maintenance.toml, incidents in FOLDER/incidents/,
    to which notes may be added by hand.

    Status: 0 stopped or done, 2 cannot begin.

    Examples:
      ops uptime run --page /var/www/status
      ops uptime run --target local --every 2 --rounds 5
    """
    from ops.uptime import command  # noqa: PLC0415 each command loads what it needs

    raise typer.Exit(
        command.run(
            os.environ,
            target,
            folder,
            every_s=every,
            rounds=rounds,
            page=page,
            commit=expect_commit,
            as_json=as_json,
        )
    )


@cli.command()
def report(
    target: Which = Watch.PRODUCTION,
    folder: Folder = None,
    window: Annotated[
        str, typer.Option(help="30d, 90d, or a month such as 2026-11.", show_default="30 and 90 days, 4 months")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")] = False,
) -> None:
    """Availability, error budget left and latency of each target. Times are UTC.

    Status: 0 there is budget left, 1 a target has spent that of the window (without --window: of the last 30 days),
    2 there is nothing to tell.

    Examples:
      ops uptime report
      ops uptime report --window 2026-11 --json
    """
    from ops.uptime import command  # noqa: PLC0415

    raise typer.Exit(command.report(os.environ, target, folder, window, as_json=as_json))


@cli.command()
def page(
    out: Annotated[Path, typer.Option(help="Folder for index.html and status.json.")],
    target: Which = Watch.PRODUCTION,
    folder: Folder = None,
    given: Annotated[
        Path | None, typer.Option("--from", help="Draw this status.json instead of reading an account.")
    ] = None,
) -> None:
    """Make the static status page. It is published with the site, below the path that `site.toml` names.

    Status: 0 written, 2 could not be.

    Examples:
      ops uptime page --out dist/site/status
      ops uptime page --from status.json --out dist/site/status
    """
    from ops.uptime import command  # noqa: PLC0415

    raise typer.Exit(command.page(os.environ, target, folder, out, given))
