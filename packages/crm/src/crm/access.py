"""Commands that let people and programs in, and out again."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Annotated

import typer

from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.terminal import commit

users = typer.Typer(no_args_is_help=True, help="People who sign in.")
keys = typer.Typer(no_args_is_help=True, help="Keys of programs.")


@users.command("create")
def create_user(
    email: Annotated[str, typer.Option(help="The address they sign in with.")],
    name: Annotated[str, typer.Option(help="Their name, shown on what they do.")],
) -> None:
    """Let a person in. The password is asked for, or read from the first line of stdin where nobody types.

    Status 1, with a sentence for each fault, when the address is taken or something will not do.
    """
    from crm import auth  # noqa: PLC0415

    password = _typed_password()

    async def create(connection: Connection, _: AppContext) -> str:
        user = await auth.create_user(connection, email=email, name=name, password=password)
        return f"{user.name} may sign in as {user.email}."

    typer.echo(commit(create))


@users.command("password")
def reset_password(
    email: Annotated[str, typer.Option(help="The address they sign in with.")],
) -> None:
    """Give a person another password and end all their sessions: the way back in for whoever has forgotten it.

    The password is asked for, or read from the first line of stdin. Status 1 when nobody has that address.
    """
    from crm import auth  # noqa: PLC0415

    password = _typed_password()

    async def reset(connection: Connection, _: AppContext) -> str:
        user = await auth.reset_password(connection, email=email, password=password)
        return f"{user.name} has another password. All their sessions have ended."

    typer.echo(commit(reset))


def _typed_password() -> str:
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline()


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

    async def create(connection: Connection, _: AppContext) -> str:
        expires_at = clock.now() + timedelta(days=days) if days else None
        key = await apikeys.create(connection, name=name, scopes=wanted, by=SYSTEM, expires_at=expires_at)
        return key[1]

    typer.echo(commit(create))


@keys.command("revoke")
def revoke_keys(
    name: Annotated[str, typer.Option(help="The name it was made with; every key of that name is revoked.")],
) -> None:
    """Let a key hold no longer, within two seconds everywhere. Status 1 when no key in force has that name."""
    from crm import apikeys  # noqa: PLC0415

    async def revoke(connection: Connection, _: AppContext) -> str:
        revoked = await apikeys.revoke_named(connection, name)
        return f"Revoked {len(revoked)} key{'s' if len(revoked) > 1 else ''} named {name}."

    typer.echo(commit(revoke))
