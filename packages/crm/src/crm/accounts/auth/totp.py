"""Codes by time (TOTP, RFC 6238) and recovery codes, as the second factor of a sign-in.

The secret is encrypted at rest. A code works once, because its step is remembered; so does a recovery code.
"""

from __future__ import annotations

import hmac
import secrets

import msgspec

from crm.accounts.auth.models import User
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.security.encryption import SecretBox
from crm.kernel.security.tokens import ALPHABET

STEP_S = 30
DRIFT = (-1, 0, 1)
"""The steps around now whose codes are accepted, because clocks differ."""
RECOVERY_CODES = 10


class TwoFactor(msgspec.Struct, frozen=True):
    """The second factor of a user. `pending` is set up, but not confirmed by a code yet."""

    active: bool
    pending: bool
    codes_left: int


async def read(connection: Connection, user: User) -> TwoFactor:
    """Read the second factor of a user."""
    row = await connection.fetchrow(
        """
        SELECT totp_confirmed_at IS NOT NULL, totp_secret IS NOT NULL AND totp_confirmed_at IS NULL,
               (SELECT count(*) FROM recovery_codes WHERE user_id = users.id AND used_at IS NULL)
        FROM users
        WHERE id = $1
        """,
        user.id,
    )
    return TwoFactor(*row)


async def start(connection: Connection, context: AppContext, user: User) -> None:
    """Set a new secret up. It counts once a code confirms it; an active one stays as it is."""
    import pyotp  # noqa: PLC0415 few processes need it

    await connection.execute(
        "UPDATE users SET totp_secret = $2 WHERE id = $1 AND totp_confirmed_at IS NULL",
        user.id, context.seal.seal(pyotp.random_base32()),
    )  # fmt: skip


async def read_secret(connection: Connection, context: AppContext, user: User) -> str:
    """The secret; empty without one. Raises `DecryptionError`."""
    sealed = await connection.fetchval("SELECT totp_secret FROM users WHERE id = $1", user.id)
    return context.seal.open(sealed) if sealed else ""


def uri_of(context: AppContext, user: User, secret: str) -> str:
    """The address that an authenticator app reads from the QR code."""
    import pyotp  # noqa: PLC0415

    uri: str = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=context.config.site.organization.name)
    return uri


async def check_code(connection: Connection, context: AppContext, user: User, code: str) -> bool:
    """Whether this is the code of now, and was not used before. Marks it as used."""
    import pyotp  # noqa: PLC0415

    secret = await read_secret(connection, context, user)
    digits = "".join(code.split())
    if not secret or not (digits.isascii() and digits.isdecimal()):
        return False
    totp, now = pyotp.TOTP(secret), int(clock.now().timestamp()) // STEP_S
    matching = [now + drift for drift in DRIFT if hmac.compare_digest(totp.generate_otp(now + drift), digits)]
    if not matching:
        return False
    claimed = await connection.fetchval(
        "UPDATE users SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2 RETURNING true",
        user.id, matching[0],
    )  # fmt: skip
    return bool(claimed)


async def confirm(connection: Connection, context: AppContext, user: User) -> list[str]:
    """Turn the second factor on, and return new recovery codes."""
    await connection.execute(
        "UPDATE users SET totp_confirmed_at = $2 WHERE id = $1 AND totp_secret IS NOT NULL", user.id, clock.now()
    )
    return await renew_recovery_codes(connection, context, user)


async def renew_recovery_codes(connection: Connection, context: AppContext, user: User) -> list[str]:
    """Replace the recovery codes, and return them. Only their digests are stored."""
    codes = [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]
    await connection.execute("DELETE FROM recovery_codes WHERE user_id = $1", user.id)
    await connection.executemany(
        "INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)",
        [(user.id, _digest(context, user, code)) for code in codes],
    )
    return codes


async def use_recovery_code(connection: Connection, context: AppContext, user: User, code: str) -> bool:
    """Whether this is a recovery code that was not used before. Marks it as used."""
    used = await connection.fetchval(
        """
        UPDATE recovery_codes
        SET used_at = $3
        WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL
        RETURNING true
        """,
        user.id, _digest(context, user, code), clock.now(),
    )  # fmt: skip
    return bool(used)


async def remove(connection: Connection, user: User) -> None:
    """Turn the second factor off."""
    await connection.execute("UPDATE users SET totp_secret = NULL, totp_confirmed_at = NULL WHERE id = $1", user.id)
    await connection.execute("DELETE FROM recovery_codes WHERE user_id = $1", user.id)


async def rotate_keys(connection: Connection, seal: SecretBox) -> int:
    """Encrypt every secret with the first key, and return how many. Raises `DecryptionError`."""
    rows = await connection.fetch("SELECT id, totp_secret FROM users WHERE totp_secret IS NOT NULL FOR UPDATE")
    for row in rows:
        await connection.execute(
            "UPDATE users SET totp_secret = $2 WHERE id = $1", row["id"], seal.again(row["totp_secret"])
        )
    return len(rows)


def _digest(context: AppContext, user: User, code: str) -> bytes:
    plain = "".join(letter for letter in code.upper() if letter in ALPHABET)
    return context.digest("recovery code", str(user.id), plain)
