"""The commands `ops secrets …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer(no_args_is_help=True, help="Secrets that lie where they must not.")


@cli.callback()
def callback() -> None:
    """Secrets that lie where they must not."""


@cli.command()
def scan(
    *,
    staged: Annotated[bool, typer.Option("--staged", help="Only what the next commit brings.")] = False,
    history: Annotated[bool, typer.Option("--history/--no-history", help="Also all that git ever kept.")] = True,
    root: Annotated[Path, typer.Option(help="A folder of the repository.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")] = False,
) -> None:
    """Look for secrets in the files git keeps or would keep, and in everything it ever kept.

    Known shapes (AWS, GitHub, Slack, Stripe, OpenAI, Resend, private keys, addresses with passwords…), our own (keys to
    the API, webhook secrets, keys of backups), names of files, and random values given to a secret's name. What is
    found is never printed.

    A line that says `not-a-secret: REASON` may stay; so may what secrets-allowed.toml names with a reason.

    As a hook, a file .git/hooks/pre-commit that may be run: #!/bin/sh, and below it: exec ops secrets scan --staged

    Status 0: nothing found. 1: something must go. 2: it could not be looked.
    """
    from ops.secrets import command  # noqa: PLC0415

    raise typer.Exit(command.scan(root, staged=staged, history=history, as_json=as_json))
