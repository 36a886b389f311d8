"""Commands that manage users and API keys."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.terminal import commit, fail

if TYPE_CHECKING:
    from crm.accounts.permissions import Role

users = typer.Typer(no_args_is_help=True, help="Manage users.")
keys = typer.Typer(no_args_is_help=True, help="Manage API keys.")


@users.command("create")
def create_user(
    email: Annotated[str, typer.Option(help="The e-mail they sign in with.")],
    name: Annotated[str, typer.Option(help="Their name, shown next to what they do.")],
    role: Annotated[str, typer.Option(help="owner, member or viewer.")] = "owner",
) -> None:
    """Create a user. Asks for the password, or reads it from the first line of stdin.

    Status 1, with a sentence for each error, if the e-mail is taken or a value is not accepted.
    """
    from crm.accounts import auth  # noqa: PLC0415

    password = _read_password()

    async def create(connection: Connection, _: AppContext) -> str:
        user = await auth.create_user(connection, email=email, name=name, password=password, role=_read_role(role))
        return f"{user.name} can now sign in as {user.email}."

    typer.echo(commit(create))


@users.command("password")
def reset_password(
    email: Annotated[str, typer.Option(help="The e-mail they sign in with.")],
) -> None:
    """Reset a user's password and end all their sessions.

    Asks for the password, or reads it from the first line of stdin. Status 1 if no user has that e-mail.
    """
    from crm.accounts import auth  # noqa: PLC0415

    password = _read_password()

    async def reset(connection: Connection, _: AppContext) -> str:
        user = await auth.reset_password(connection, email=email, password=password)
        return f"Password of {user.name} changed. All their sessions have ended."

    typer.echo(commit(reset))


@users.command("reset")
def send_reset_link(
    email: Annotated[str, typer.Option(help="The e-mail they sign in with.")],
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Also turn their two-factor authentication off.")
    ] = False,
) -> None:
    """Print a link with which a user who is locked out chooses a new password.

    It works once, for one hour. Status 1 if no user has that e-mail.
    """
    from crm.accounts import audit, auth  # noqa: PLC0415
    from crm.kernel.actor import SYSTEM  # noqa: PLC0415

    async def build(connection: Connection, context: AppContext) -> str:
        user, link = await auth.build_password_link(connection, context, email)
        if second_factor:
            await auth.remove_second_factor(connection, user)
            target = audit.Target("user", user.id, user.email)
            await audit.record_audit(connection, audit.AuditAction.TWO_FACTOR_REMOVED, by=SYSTEM, target=target)
        return link

    typer.echo(commit(build))


def _read_role(role: str) -> Role:
    from crm.accounts import permissions  # noqa: PLC0415

    return next((known for known in permissions.ALLOWED if known == role), None) or fail(
        f"There is no role {role!r}. Give one of: {', '.join(permissions.LABELS)}."
    )


def _read_password() -> str:
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline()


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="What uses the key.")],
    scopes: Annotated[str, typer.Option(help="Comma-separated, such as leads:read,leads:write. Empty for none.")],
    days: Annotated[int, typer.Option(min=0, max=3650, help="Days until it expires; 0 for never.")] = 90,
) -> None:
    """Create an API key and print only the key. It is shown only once.

    Status 1, with a sentence for each error, if a scope is unknown.
    """
    from crm.accounts import api_keys  # noqa: PLC0415
    from crm.kernel import clock  # noqa: PLC0415
    from crm.kernel.actor import SYSTEM  # noqa: PLC0415

    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]

    async def create(connection: Connection, _: AppContext) -> str:
        expires_at = clock.now() + timedelta(days=days) if days else None
        key = await api_keys.create(connection, name=name, scopes=wanted, by=SYSTEM, expires_at=expires_at)
        return key[1]

    typer.echo(commit(create))


@keys.command("revoke")
def revoke_keys(
    name: Annotated[str, typer.Option(help="The name of the key. Revokes every key with this name.")],
) -> None:
    """Revoke an API key. It stops working within two seconds. Status 1 if no active key has that name."""
    from crm.accounts import api_keys  # noqa: PLC0415

    async def revoke(connection: Connection, _: AppContext) -> str:
        revoked = await api_keys.revoke_named(connection, name)
        return f"Revoked {len(revoked)} key{'s' if len(revoked) > 1 else ''} named {name}."

    typer.echo(commit(revoke))
