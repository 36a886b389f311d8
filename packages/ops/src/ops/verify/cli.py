"""The options and the help of `ops verify`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ops.cli import AsJson
from ops.verify.checks import Group

Target = Annotated[str, typer.Option(help="Which system: local, production, or a TOML file.")]
Only = Annotated[list[Group] | None, typer.Option(help="Run the checks of this group only; may be repeated.")]
Commit = Annotated[str, typer.Option(help="The commit that service and site should be of.")]
JUnit = Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")]
Summary = Annotated[
    Path | None, typer.Option(help="Write Markdown to this file.", show_default="GITHUB_STEP_SUMMARY, if set")
]


def verify(
    target: Target = "local",
    only: Only = None,
    *,
    commit: Commit = "",
    junit: JUnit = None,
    summary: Summary = None,
    as_json: AsJson = False,
) -> None:
    """Check every part of a running system from outside, as visitors meet it.

    Local is the system of `make run`; production has the hosts of site.toml;
    a file says how such hosts are reached otherwise (its keys stand at the top
    of ops/verify/target.py).

    For a remote target it reads CRM_API_KEY (scopes leads, contacts and
    companies read, operations read and write), SYNTHETIC_KEY (the one of the
    service: a signed enquiry goes through the live form and is removed),
    ADMIN_EMAIL and ADMIN_PASSWORD (to look at the cookie of a session),
    RAILWAY_TOKEN (to read the log), and UPTIMEROBOT_API_KEY or
    BETTERSTACK_API_TOKEN (to read the measured availability). Checks that need
    a missing one are skipped.

    Each failed check says what to do. Status 0: no check failed. 1: one failed.
    2: the target or an option is wrong, or this machine has no network.

    Examples: `ops verify` · `ops verify --json` ·
    `ops verify --target production --only dns --only tls` ·
    `ops verify --target production --commit $(git rev-parse HEAD)`
    """
    from ops.verify import command  # noqa: PLC0415 each command loads what it needs

    status = command.run(os.environ, target, only or (), commit=commit, junit=junit, summary=summary, as_json=as_json)
    raise typer.Exit(status)
