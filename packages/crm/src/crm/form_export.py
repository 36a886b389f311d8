"""Commands about the enquiry form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from crm.terminal import commit

if TYPE_CHECKING:
    from crm.kernel.app_context import AppContext
    from crm.kernel.db import Connection

form = typer.Typer(no_args_is_help=True, help="Export the choices of the enquiry form.")


@form.callback()
def _group() -> None:
    """Export the choices of the enquiry form."""


@form.command("export")
def export() -> None:
    """Print the choices that a new form offers, as JSON. The build of the site reads packages/web/choices.json."""
    from crm.accounts import form_choices  # noqa: PLC0415
    from shared.form_snapshot import write_snapshot  # noqa: PLC0415

    async def read(connection: Connection, _: AppContext) -> str:
        return write_snapshot((await form_choices.read(connection)).take_snapshot()).decode().rstrip()

    typer.echo(commit(read))
