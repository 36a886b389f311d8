"""The command `ops`: run the house, verify it, keep it alive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ops.backup.cli import cli as backup
from ops.bloghost.cli import blog_host
from ops.deploy.cli import cli as deploy
from ops.dev.settings import Part
from ops.dns.cli import cli as dns
from ops.doctor.cli import doctor
from ops.init.cli import init
from ops.railway.cli import cli as railway
from ops.secrets.cli import cli as secrets
from ops.uptime.cli import cli as uptime
from ops.verify.checks import Group

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
cli.add_typer(backup, name="backup")
cli.add_typer(deploy, name="deploy")
cli.add_typer(dns, name="dns")
cli.add_typer(railway, name="railway")
cli.add_typer(secrets, name="secrets")
cli.add_typer(uptime, name="uptime")
cli.command("init")(init)
cli.command("doctor")(doctor)
cli.command("blog-host")(blog_host)


def main() -> None:
    """Entry point of the command `ops`."""
    cli()


@cli.callback()
def callback() -> None:
    """Operations: run the house, verify it, keep it alive."""


@cli.command()
def dev(
    only: Annotated[Part | None, typer.Option(help="Run one part: the public site, or the CRM.")] = None,
) -> None:
    """Bring up database, CRM and public site; Ctrl-C stops them all. The data stays.

    Reads SITE_PORT, CRM_PORT, DATA_DIR, DEMO, ADMIN_EMAIL, ADMIN_PASSWORD and DATABASE_URL.
    """
    from ops.dev import command  # noqa: PLC0415 each command loads what it needs

    raise typer.Exit(command.run(os.environ, only))


@cli.command()
def verify(
    target: Annotated[str, typer.Option(help="Which house: local, production, or a TOML file.")] = "local",
    only: Annotated[list[Group] | None, typer.Option(help="Ask this group of questions only; may be repeated.")] = None,
    *,
    commit: Annotated[str, typer.Option(help="The commit that service and site should be of.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of a table.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")] = None,
    summary: Annotated[
        Path | None, typer.Option(help="Write Markdown to this file.", show_default="GITHUB_STEP_SUMMARY, if set")
    ] = None,
) -> None:
    """Check every part of a running house from outside, as its visitors meet it.

    Local is the house of `make run`; production has the hosts of site.toml; a file says how such hosts are reached
    otherwise (its keys stand at the top of ops/verify/target.py).

    Away from this machine it reads CRM_API_KEY (scopes leads, contacts and companies read, operations read and write),
    SYNTHETIC_KEY (the one of the service: a signed enquiry is sent through the live form and removed), ADMIN_EMAIL and
    ADMIN_PASSWORD (to look at the cookie of a session), RAILWAY_TOKEN (to read the log), UPTIMEROBOT_API_KEY or
    BETTERSTACK_API_TOKEN (to read the measured availability). What one of them is needed for is skipped without it.

    Each red line says what to do. Status 0: every promise is kept. 1: one is broken. 2: it cannot be asked, or told.

    Examples: `ops verify` · `ops verify --target production --only dns --only tls` · `ops verify --json` ·
    `ops verify --target production --commit $(git rev-parse HEAD) --junit verify.xml`
    """
    from ops.verify import command, outputs  # noqa: PLC0415
    from ops.verify.plan import Orders  # noqa: PLC0415

    told = outputs.wanted(os.environ, junit, summary)
    orders = Orders(commit)
    raise typer.Exit(command.run(os.environ, target, only=only or (), orders=orders, outputs=told, as_json=as_json))


if __name__ == "__main__":
    main()
