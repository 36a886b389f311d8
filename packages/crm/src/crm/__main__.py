"""The command `crm`: serve, work, migrate, fill, and let people and programs in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import timedelta
from typing import Annotated, Any, NoReturn

import asyncpg
import typer

from crm import config as configuration
from crm.config import Config
from crm.kernel.db import Connection
from crm.kernel.house import House

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
users = typer.Typer(no_args_is_help=True, help="People who sign in.")
keys = typer.Typer(no_args_is_help=True, help="Keys of programs.")
cli.add_typer(users, name="user")
cli.add_typer(keys, name="apikey")


def main() -> None:
    """Entry point of the command `crm`."""
    cli()


def fail(*lines: str) -> NoReturn:
    """Say what is wrong on stderr and leave with status 1."""
    for line in lines:
        typer.echo(f"crm: {line}", err=True)
    raise typer.Exit(1)


@contextlib.contextmanager
def configured() -> Iterator[Config]:
    """The configuration; where DATABASE_URL is unset, with the embedded database of DATA_DIR, started if need be."""
    from house import keys, postgres  # noqa: PLC0415 needed on a laptop only

    try:
        if os.environ.get("DATABASE_URL"):
            yield configuration.load()
            return
        with postgres.borrowed(os.environ) as url:
            kept = {"SESSION_SECRET": keys.session_secret(postgres.data_folder(os.environ))}
            yield configuration.load({**kept, **os.environ}, database_url=url)
    except configuration.BadConfig as fault:
        fail(*fault.faults)
    except postgres.CannotStart as fault:
        fail(str(fault))


def run(work: Coroutine[Any, Any, int]) -> None:
    """Run to the end and leave with its status."""
    import uvloop  # noqa: PLC0415 commands that only print do not pay for it

    raise typer.Exit(uvloop.run(work))


@cli.command()
def serve() -> None:
    """Serve the API and the pages on HOST and PORT, with the worker inside unless WORKER=separate.

    SIGTERM lets requests and jobs in hand finish (up to 25 seconds) before the process ends.
    """
    import uvicorn  # noqa: PLC0415

    from crm import app  # noqa: PLC0415

    with configured() as config:
        set_up_logs(config)
        server = uvicorn.Server(
            uvicorn.Config(
                app.build(config),
                host=config.host,
                port=config.port,
                loop="uvloop",
                http="httptools",
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
        server.run()
        if not server.started:
            fail(f"Port {config.port} of {config.host} cannot be used. Is another program listening there? Set PORT.")


@cli.command()
def worker() -> None:
    """Do jobs in a process of its own; start as many as you like. Set WORKER=separate for the web process."""
    with configured() as config:
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
    async with living(House.of(config), "worker"):
        await stop.wait()
    return 0


@cli.command()
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say what is pending; status 1 if anything is.")] = False,
) -> None:
    """Bring the database's schema to this release. Safe to repeat; run it before the new release serves."""
    from crm import migrate as migrations  # noqa: PLC0415

    with configured() as config:
        try:
            todo = migrations.pending(config.database_url) if check else migrations.migrate(config.database_url)
        except migrations.CannotMigrate as fault:
            fail(str(fault))
    if check:
        typer.echo(f"Pending: {', '.join(todo)}. Run `crm migrate`." if todo else "The schema is current.")
        raise typer.Exit(1 if todo else 0)
    typer.echo(f"Migrated: {', '.join(todo)}." if todo else "The schema is current.")


@cli.command()
def seed(
    demo: Annotated[bool, typer.Option("--demo", help="Also invent half a year of leads, if there are none.")] = False,
) -> None:
    """Make the first account from ADMIN_EMAIL and ADMIN_PASSWORD, if nobody has one. Safe to repeat."""
    with configured() as config:
        run(_seed(config, demo=demo))


async def _seed(config: Config, *, demo: bool) -> int:
    from crm import auth, reactions  # noqa: PLC0415
    from crm import demo as samples  # noqa: PLC0415
    from crm.kernel import events  # noqa: PLC0415
    from crm.kernel.actor import SYSTEM, Actor  # noqa: PLC0415

    events.bind(reactions.TABLE)
    house = House.of(config)
    try:
        async with house.db.transaction() as conn:
            if config.admin_email and config.admin_password:
                made = await auth.ensure_admin(conn, config.admin_email, config.admin_password)
                typer.echo(f"Made the account {config.admin_email}." if made else "There is an account already.")
            if demo and await samples.is_empty(conn):
                people = await auth.everyone(conn)
                by = Actor("person", people[0].id, people[0].name) if people else SYSTEM
                typer.echo(f"Invented {await samples.fill(conn, by)} leads.")
    finally:
        await house.db.close()
    return 0


@users.command("create")
def create_user(
    email: Annotated[str, typer.Option(help="The address they sign in with.")],
    name: Annotated[str, typer.Option(help="Their name, shown on what they do.")],
) -> None:
    """Let a person in. The password is asked for, or read from the first line of stdin where nobody types.

    Status 1, with a sentence for each fault, when the address is taken or something will not do.
    """
    from crm import auth  # noqa: PLC0415

    typing = sys.stdin.isatty()
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if typing else sys.stdin.readline()

    async def create(connection: Connection) -> str:
        user = await auth.create_user(connection, email=email, name=name, password=password)
        return f"{user.name} may sign in as {user.email}."

    typer.echo(commit(create))


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="What uses it.")],
    scopes: Annotated[str, typer.Option(help="Comma between them, such as leads:read,leads:write. Empty: nothing.")],
    days: Annotated[int, typer.Option(min=0, max=3650, help="Days until it expires; 0 for never.")] = 90,
) -> None:
    """Make an API key and print it, alone, on stdout. It is shown this once.

    Status 1, with a sentence for each fault, when a scope is unknown.
    """
    from crm import apikeys  # noqa: PLC0415
    from crm.kernel import clock  # noqa: PLC0415
    from crm.kernel.actor import SYSTEM  # noqa: PLC0415

    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]

    async def create(connection: Connection) -> str:
        expires_at = clock.now() + timedelta(days=days) if days else None
        _, secret = await apikeys.create(connection, name=name, scopes=wanted, by=SYSTEM, expires_at=expires_at)
        return secret

    typer.echo(commit(create))


def commit(work: Callable[[Connection], Awaitable[str]]) -> str:
    """Do `work` in a transaction of the configured database and give what it says; its faults end the command."""
    import uvloop  # noqa: PLC0415

    from crm.kernel import db, errors  # noqa: PLC0415

    async def do(house: House) -> str:
        try:
            async with house.db.transaction() as connection:
                return await work(connection)
        finally:
            await house.db.close()

    with configured() as config:
        try:
            return uvloop.run(do(House.of(config)))
        except errors.Faulty as trouble:
            fail(*(f"{fault.field}: {fault.message}" for fault in trouble.faults))
        except errors.Trouble as trouble:
            fail(trouble.detail)
        except asyncpg.UndefinedTableError:
            fail("The database has no schema yet. Run `crm migrate` first.")
        except db.UNREACHABLE as fault:
            fail(f"The database cannot be reached ({type(fault).__name__}). Check DATABASE_URL and that it is running.")


def set_up_logs(config: Config) -> None:
    """JSON lines on stdout, without any secret this process knows."""
    from crm.kernel import log  # noqa: PLC0415

    log.set_up(config.log_level, secrets_of(config))


def secrets_of(config: Config) -> list[str]:
    """Every value that must never be seen in a log."""
    return [
        config.database_url,
        config.session_secret,
        *config.sealing_keys,
        config.admin_password,
        config.redis_url,
        config.resend_api_key,
        config.smtp_url,
    ]


if __name__ == "__main__":
    main()
