"""The CRM: run the web server and workers, migrate the database, manage users and API keys."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from crm import access, form_export, mail_ingest
from crm.config import Config
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.terminal import commit, fail, load_config, run, set_up_logs

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
cli.add_typer(access.users, name="user")
cli.add_typer(access.keys, name="apikey")
cli.add_typer(mail_ingest.mail, name="mail")
cli.add_typer(form_export.form, name="form")


def main() -> None:
    """Entry point of the command `crm`."""
    cli()


@cli.command()
def serve() -> None:
    """Serve the API and the pages on HOST and PORT. Also runs a worker, unless WORKER=separate.

    On SIGTERM, running requests and jobs get up to 25 seconds to finish.
    """
    from crm import server as web_server  # noqa: PLC0415

    with load_config() as config:
        set_up_logs(config)
        server = web_server.build(config)

        def end(*_: object) -> None:
            # uvicorn stops on these signals and raises them again afterwards. A clean stop is status 0.
            if not server.started:
                raise SystemExit(0)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        try:
            server.run()
        except SystemExit as exit_:
            if not exit_.code:
                raise
        if not server.started:
            fail(f"Port {config.port} on {config.host} is not available. Is another program using it? Set PORT.")


@cli.command()
def worker() -> None:
    """Run background jobs in a separate process. Start as many as you like, and set WORKER=separate for the web."""
    with load_config() as config:
        set_up_logs(config)
        run(_work(config))


async def _work(config: Config) -> int:
    from crm import reactions  # noqa: PLC0415
    from crm.kernel import events  # noqa: PLC0415
    from crm.worker import living  # noqa: PLC0415

    events.bind(reactions.TABLE)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with living(AppContext.of(config), "worker"):
        await stop.wait()
    return 0


@cli.command()
def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only list pending migrations; status 1 if there are any.")
    ] = False,
) -> None:
    """Migrate the database to this release. Safe to repeat. Run it before the new release starts."""
    from crm import grants  # noqa: PLC0415
    from crm import migrate as migrations  # noqa: PLC0415

    role = ""
    with load_config() as config:
        try:
            owner = config.migration_database_url
            todo = migrations.pending(owner) if check else migrations.migrate(owner)
            if not check:
                role = grants.grant_rows(owner, config.database_url)
        except migrations.MigrationError as error:
            fail(str(error))
    if check:
        typer.echo(f"Pending: {', '.join(todo)}. Run `crm migrate`." if todo else "The schema is current.")
        raise typer.Exit(1 if todo else 0)
    typer.echo(f"Migrated: {', '.join(todo)}." if todo else "The schema is current.")
    if role:
        typer.echo(f"The service connects as {role}, which only reads and writes rows.")


@cli.command()
def seed(
    demo: Annotated[
        bool, typer.Option("--demo", help="Also add half a year of sample leads, if there are none.")
    ] = False,
) -> None:
    """Create the first user from ADMIN_EMAIL and ADMIN_PASSWORD, unless that e-mail exists. Safe to repeat.

    Status 1, with a sentence for each error, if the password is not accepted.
    """
    from crm import reactions  # noqa: PLC0415
    from crm.kernel import events  # noqa: PLC0415

    events.bind(reactions.TABLE)
    message = commit(lambda connection, context: _seed(connection, context, demo=demo))
    typer.echo(message or "Nothing to do.")


async def _seed(connection: Connection, context: AppContext, *, demo: bool) -> str:
    from crm.accounts import auth  # noqa: PLC0415
    from crm.kernel.actor import SYSTEM, Actor  # noqa: PLC0415
    from crm.outbound import notifications  # noqa: PLC0415
    from crm.workspace import demo as samples  # noqa: PLC0415

    lines, config = [], context.config
    if config.admin_email and config.admin_password:
        created = await auth.ensure_admin(connection, config.admin_email, config.admin_password)
        lines += [f"Created the user {config.admin_email}."] if created else []
    if await notifications.ensure_admin(connection, context):
        lines.append(f"New leads are e-mailed to {config.admin_email}.")
    if demo and await samples.is_empty(connection):
        users = await auth.list_users(connection)
        by = Actor("person", users[0].id, users[0].name) if users else SYSTEM
        lines.append(f"Added {await samples.fill(connection, context, by)} sample leads.")
    return "\n".join(lines)


@cli.command()
def reseal() -> None:
    """Encrypt every stored secret with the first key of SEALING_KEYS. Then you can remove the others. Safe to repeat.

    Status 1, and no change, if a secret was encrypted with a key that is missing.
    """
    typer.echo(commit(_reseal))


async def _reseal(connection: Connection, context: AppContext) -> str:
    from crm.accounts import audit, auth  # noqa: PLC0415
    from crm.kernel.actor import SYSTEM  # noqa: PLC0415
    from crm.kernel.security.encryption import DecryptionError  # noqa: PLC0415
    from crm.outbound import notifications, webhooks  # noqa: PLC0415

    try:
        number = await webhooks.rotate_keys(connection, context.seal)
        number += await notifications.rotate_keys(connection, context.seal)
        number += await auth.rotate_keys(connection, context.seal)
    except DecryptionError as error:
        fail(str(error))
    await audit.record_audit(connection, audit.AuditAction.SECRETS_ENCRYPTED, by=SYSTEM, after={"secrets": number})
    return f"Encrypted {number} secret{'' if number == 1 else 's'} with the first key."


if __name__ == "__main__":
    main()
