"""Options that several commands of `ops backup` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
Name = Annotated[str | None, typer.Argument(help="Its name or number, as `list` shows it. Left out: the newest.")]
IdentityFile = Annotated[
    Path | None, typer.Option("--identity", help="A file with the secret key, instead of BACKUP_IDENTITY.")
]
