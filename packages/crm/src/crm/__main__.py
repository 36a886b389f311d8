"""The command `crm`: serve, work, migrate, fill, and let people and programs in."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from crm import access
from crm.config import Config
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.terminal import commit, fail, load_config, run, set_up_logs

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
cli.add_typer(access.users, name="user")
cli.add_typer(access.keys, name="apikey")


def main() -> None:
    """Entry point of the command `crm`."""
    cli()


@cli.command()
def serve() -> None:
    """Serve the API and the pages on HOST and PORT, with the worker inside unless WORKER=separate.

    SIGTERM lets requests and jobs in hand finish (up to 25 seconds) before the process ends.
    """
    import uvicorn  # noqa: PLC0415

    from crm import app  # noqa: PLC0415
    from crm.kernel.http.protocol import Protocol  # noqa: PLC0415

    with load_config() as config:
        set_up_logs(config)
        server = uvicorn.Server(
            uvicorn.Config(
                app.build(config),
                host=config.host,
                port=config.port,
                loop="uvloop",
                http=Protocol,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=25,
                backlog=1024,
            )
        )

        def end(*_: object) -> None:
            # uvicorn stops at these signals and afterwards raises them again; having stopped in good order is status 0.
            if not server.started:
                raise SystemExit(0)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        try:
            server.run()
        except SystemExit as ended:
            if not ended.code:
                raise
        if not server.started:
            fail(f"Port {config.port} of {config.host} cannot be used. Is another program listening there? Set PORT.")


@cli.command()
def worker() -> None:
    """Do jobs in a process of its own; start as many as you like. Set WORKER=separate for the web process."""
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
    check: Annotated[bool, typer.Option("--check", help="Only say what is pending; status 1 if anything is.")] = False,
) -> None:
    """Bring the database's schema to this release. Safe to repeat; run it before the new release serves."""
    from crm import migrate as migrations  # noqa: PLC0415

    with load_config() as config:
        try:
            todo = migrations.pending(config.database_url) if check else migrations.migrate(config.database_url)
        except migrations.MigrationError as fault:
            fail(str(fault))
    if check:
        typer.echo(f"Pending: {', '.join(todo)}. Run `crm migrate`." if todo else "The schema is current.")
        raise typer.Exit(1 if todo else 0)
    typer.echo(f"Migrated: {', '.join(todo)}." if todo else "The schema is current.")


@cli.command()
def seed(
    demo: Annotated[bool, typer.Option("--demo", help="Also invent half a year of leads, if there are none.")] = False,
) -> None:
    """Make the first account from ADMIN_EMAIL and ADMIN_PASSWORD, if nobody has that address. Safe to repeat.

    Status 1, with a sentence for each fault, when the password will not do.
    """
    from crm import reactions  # noqa: PLC0415
    from crm.kernel import events  # noqa: PLC0415

    events.bind(reactions.TABLE)
    said = commit(lambda connection, context: _seed(connection, context, demo=demo))
    typer.echo(said or "There was nothing to do.")


async def _seed(connection: Connection, context: AppContext, *, demo: bool) -> str:
    from crm import auth, notifications  # noqa: PLC0415
    from crm import demo as samples  # noqa: PLC0415
    from crm.kernel.actor import SYSTEM, Actor  # noqa: PLC0415

    said, config = [], context.config
    if config.admin_email and config.admin_password:
        made = await auth.ensure_admin(connection, config.admin_email, config.admin_password)
        said += [f"Made the account {config.admin_email}."] if made else []
    if await notifications.ensure_admin(connection, context):
        said.append(f"New leads are told to {config.admin_email} by mail.")
    if demo and await samples.is_empty(connection):
        people = await auth.everyone(connection)
        by = Actor("person", people[0].id, people[0].name) if people else SYSTEM
        said.append(f"Invented {await samples.fill(connection, by)} leads.")
    return "\n".join(said)


@cli.command()
def reseal() -> None:
    """Seal every stored secret with the first key of SEALING_KEYS; the others can then be taken out. Safe to repeat.

    Status 1 when a secret was sealed with a key that is no longer there; then nothing is changed.
    """
    typer.echo(commit(_reseal))


async def _reseal(connection: Connection, context: AppContext) -> str:
    from crm import notifications, webhooks  # noqa: PLC0415
    from crm.kernel.security.encryption import DecryptionError  # noqa: PLC0415

    try:
        number = await webhooks.rotate_keys(connection, context.seal) + await notifications.rotate_keys(
            connection, context.seal
        )
    except DecryptionError as fault:
        fail(str(fault))
    return f"Sealed anew: {number}. The first key opens all of them."


if __name__ == "__main__":
    main()
