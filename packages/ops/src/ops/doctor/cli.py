"""The command `ops doctor`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ops.doctor.findings import Group


def doctor(
    *,
    only: Annotated[
        list[Group] | None, typer.Option("--only", help="Look at this group alone; may be repeated.")
    ] = None,
    env: Annotated[Path | None, typer.Option(help="A file of variables, instead of this process's.")] = None,
    reach: Annotated[str, typer.Option(help="What webhooks try to reach, instead of the public site.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")] = False,
) -> None:
    """Look one machine or service over, and say what is wrong and the line that mends it.

    Variables (missing, weak, left as in the example, unknown), database, clock, mail, storage of backups, webhooks,
    jobs, and the machine itself. Sends no mail, changes nothing, shows no secret. CRM_API_KEY lets it ask the running
    service about its jobs; without it they are read from the database.

      ops doctor --only variables --env .env.production

      railway run --service NAME-crm ops doctor

    Status 0: nothing must be mended. 1: something must. 2: something could not be looked at.
    """
    from ops.doctor import command  # noqa: PLC0415 each command loads what it needs

    raise typer.Exit(command.run(os.environ, file=env, only=only or (), reach=reach, as_json=as_json))
