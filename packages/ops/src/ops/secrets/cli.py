"""The commands `ops secrets …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.cli import AsJson

# With a callback, the one command keeps its name.
cli = typer.Typer(no_args_is_help=True, callback=lambda: None, help="Find secrets in the repository.")


@cli.command()
def scan(
    *,
    staged: Annotated[bool, typer.Option("--staged", help="Scan only what the next commit adds.")] = False,
    history: Annotated[bool, typer.Option("--history/--no-history", help="Scan the whole history too.")] = True,
    root: Annotated[Path, typer.Option(help="A folder of the repository.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Look for secrets in the files that git tracks or would track, and in the whole history.

    It finds the keys of known services, private keys, passwords in URLs, our own keys, files that hold secrets by their
    names, and values given to a secret's name. It never prints what it finds.

    To accept a finding, write `not-a-secret: REASON` on its line, or an entry with a reason in secrets-allowed.toml.

    As a hook, make .git/hooks/pre-commit an executable script with the line: exec ops secrets scan --staged

    Status 0: nothing found. 1: something must go. 2: the scan failed.
    """
    from ops.secrets import command  # noqa: PLC0415

    raise typer.Exit(command.run_scan(root, staged=staged, history=history, as_json=as_json))
