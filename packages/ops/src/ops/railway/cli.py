"""The commands `ops railway …`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]
cli = typer.Typer(no_args_is_help=True, help="What runs on Railway: check it, compare it with the live environment.")


@cli.command()
def check(as_json: AsJson = False) -> None:
    """Evaluate .railway/railway.py as Railway's tool does, and say everything that does not hold.

    Unknown keys are refused at every level, which Railway does not. Domains, repository and addresses must be those
    of site.toml, the watch patterns must name all that a build reads, and railway.json must be up to date.
    Needs no network. Status 0: sound. 2: something does not hold. 1: it cannot be evaluated.
    """
    from ops.railway import command  # noqa: PLC0415

    raise typer.Exit(command.check(as_json=as_json))


@cli.command()
def plan(as_json: AsJson = False) -> None:
    """Compare .railway/railway.py with the live environment that RAILWAY_TOKEN (a project token) belongs to.

    Changes nothing, and shows no value that is not in the repository. Status as of `railway config plan
    --detailed-exit-code`: 0: no changes. 2: changes are pending. 1: it cannot be told.

    Example: RAILWAY_TOKEN=… ops railway plan --json
    """
    from ops.railway import command  # noqa: PLC0415

    raise typer.Exit(command.compare(os.environ, as_json=as_json))


@cli.command()
def export() -> None:
    """Write railway.json, the old form of the same service, from .railway/railway.py."""
    from ops.railway import command  # noqa: PLC0415

    raise typer.Exit(command.export())
