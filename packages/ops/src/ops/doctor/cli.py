"""The command `ops doctor`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ops.cli import AsJson
from ops.doctor.findings import Group


def doctor(
    *,
    only: Annotated[list[Group] | None, typer.Option("--only", help="Check this group; may be repeated.")] = None,
    env: Annotated[Path | None, typer.Option(help="A file of variables, instead of this process's.")] = None,
    reach: Annotated[str, typer.Option(help="What webhooks try to reach, instead of the public site.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check one machine or service, and print what is wrong with the line that fixes it.

    It checks variables (missing, weak, placeholders, unknown), database, clock, mail, sign-in, storage of backups,
    webhooks, jobs, and the machine itself. It sends no mail, changes nothing, and shows no secret. With CRM_API_KEY it
    asks the running service about its jobs; without it they are read from the database.

      ops doctor --only variables --env .env.production

      railway run --service NAME-crm ops doctor

    Status 0: nothing must be fixed. 1: something must. 2: something could not be checked.
    """
    from ops.doctor import command  # noqa: PLC0415 each command loads what it needs

    raise typer.Exit(command.run_doctor(os.environ, file=env, only=only or (), reach=reach, as_json=as_json))
