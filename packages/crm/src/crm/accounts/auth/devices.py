"""Knows the browsers that a user has signed in from, and mails the user when a new one signs in."""

from __future__ import annotations

from datetime import timedelta

from crm.accounts import account_mail
from crm.accounts.account_mail import AccountMail
from crm.accounts.auth.models import User
from crm.accounts.auth.user_agents import device_name
from crm.config import Config
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.http.request import Request
from crm.kernel.security.tokens import new_token
from crm.values.formats import stamp

KEPT = timedelta(days=365)


async def recognize(connection: Connection, request: Request, user: User) -> str:
    """Remember the browser of this sign-in, and return its cookie. Mail the user if it is a new one.

    The first browser of a user is no news.
    """
    context, at = request.app_context, clock.now()
    token = request.cookies.get(_cookie_name(context.config), "") or new_token()
    token_hash = context.digest("device", token)
    known = {
        row["token_hash"]
        for row in await connection.fetch("SELECT token_hash FROM known_devices WHERE user_id = $1", user.id)
    }
    await connection.execute(
        """
        INSERT INTO known_devices (user_id, token_hash, seen_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (user_id, token_hash) DO UPDATE SET seen_at = excluded.seen_at
        """,
        user.id, token_hash, at,
    )  # fmt: skip
    if known and token_hash not in known:
        await account_mail.enqueue(connection, context, _build_notice(request, user))
    secure = "; Secure" if context.config.secure else ""
    age = int(KEPT.total_seconds())
    return f"{_cookie_name(context.config)}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


async def purge(connection: Connection) -> None:
    """Forget browsers that nobody has signed in from for a year."""
    await connection.execute("DELETE FROM known_devices WHERE seen_at < $1", clock.now() - KEPT)


def _build_notice(request: Request, user: User) -> AccountMail:
    config = request.app_context.config
    facts = config.site.organization
    body = (
        f"Somebody has signed in to the CRM of {facts.name} with your account, from a browser that is new to us.\n\n"
        f"Browser: {device_name(request.device)}\n"
        f"Address: {request.address}\n"
        f"Time: {stamp(clock.now(), facts.time_zone)}\n\n"
        "If this was you, there is nothing to do.\n"
        f"If not, change your password at once and sign out everywhere else: {config.base_url}/profile\n"
    )
    return AccountMail(user.email, f"New sign-in to the CRM of {facts.name}", body)


def _cookie_name(config: Config) -> str:
    return "__Host-device" if config.secure else "device"
