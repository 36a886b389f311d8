"""The commands `ops railway …`."""

from __future__ import annotations

import typer

from ops.cli import AsJson

cli = typer.Typer(no_args_is_help=True, help="Check what runs on Railway. `railway config plan` compares it there.")


@cli.command()
def check(as_json: AsJson = False) -> None:
    """Evaluate .railway/railway.py as Railway's tool does, and print everything that does not hold.

    Railway drops an unknown key; this refuses it. Domains, repository and URLs must be those of site.toml, the watch
    patterns must match all that a build reads, and railway.json must be up to date.
    Needs no network. Status 0: sound. 2: something does not hold. 1: it cannot be evaluated.
    """
    from ops.railway import command  # noqa: PLC0415

    raise typer.Exit(command.check(as_json=as_json))


@cli.command()
def export() -> None:
    """Write railway.json, the older form of the web service, from .railway/railway.py."""
    from ops.railway import command  # noqa: PLC0415

    raise typer.Exit(command.export())
