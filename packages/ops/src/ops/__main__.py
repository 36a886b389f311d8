"""The command `ops`: run the system, verify it, keep it alive."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ops.backup.cli import cli as backup
from ops.bloghost.cli import blog_host
from ops.deploy.cli import cli as deploy
from ops.dev.settings import Part
from ops.dns.cli import cli as dns
from ops.doctor.cli import doctor
from ops.init.cli import init
from ops.pitr.cli import cli as pitr
from ops.railway.cli import cli as railway
from ops.secrets.cli import cli as secrets
from ops.uptime.cli import cli as uptime
from ops.verify.cli import verify

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
cli.add_typer(backup, name="backup")
cli.add_typer(deploy, name="deploy")
cli.add_typer(dns, name="dns")
cli.add_typer(pitr, name="pitr")
cli.add_typer(railway, name="railway")
cli.add_typer(secrets, name="secrets")
cli.add_typer(uptime, name="uptime")
cli.command("init")(init)
cli.command("doctor")(doctor)
cli.command("blog-host")(blog_host)
cli.command("verify")(verify)


def main() -> None:
    """Entry point of the command `ops`."""
    cli()


@cli.callback()
def callback() -> None:
    """Operations: run the system, verify it, keep it alive."""


@cli.command()
def dev(
    only: Annotated[Part | None, typer.Option(help="Run one part: the public site, or the CRM.")] = None,
) -> None:
    """Bring up database, CRM and public site; Ctrl-C stops them all. The data stays.

    Reads SITE_PORT, CRM_PORT, DATA_DIR, DEMO, ADMIN_EMAIL, ADMIN_PASSWORD and DATABASE_URL.
    """
    from ops.dev import command  # noqa: PLC0415 each command loads what it needs

    raise typer.Exit(command.run(os.environ, only))


if __name__ == "__main__":
    main()
