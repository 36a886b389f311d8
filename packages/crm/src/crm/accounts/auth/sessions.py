"""Sessions: a random token in a cookie, and its hash in the table. An unused session ends early."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.auth.models import Method, Session, User
from crm.config import Config
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.security.tokens import new_token

IDLE = timedelta(days=14)
MAX_AGE = timedelta(days=30)
RENEW_AFTER = timedelta(hours=1)
COLUMNS = ", ".join(Session.__struct_fields__)
_USER_COLUMNS = ", ".join(f"users.{name}" for name in User.__struct_fields__)
_SESSION_COLUMNS = ", ".join(f"sessions.{name}" for name in Session.__struct_fields__)
_USER_ENDS = len(User.__struct_fields__)


def cookie_name(config: Config) -> str:
    """`__Host-` binds the cookie to this host, which needs HTTPS. Local development has no HTTPS."""
    return "__Host-session" if config.secure else "session"


def cookie(config: Config, token: str) -> str:
    """The Set-Cookie value that stores `token`, or removes the cookie if `token` is empty."""
    age = int(MAX_AGE.total_seconds()) if token else 0
    secure = "; Secure" if config.secure else ""
    return f"{cookie_name(config)}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def token_hash(context: AppContext, token: str) -> bytes:
    return context.digest("session", token)


async def start_session(
    connection: Connection, context: AppContext, user: User, device: str, method: Method = "password"
) -> str:
    """Start a session for `user` and return its token. Only a hash of the token is stored."""
    token, at = new_token(), clock.now()
    await connection.execute(
        """
        INSERT INTO sessions
            (token_hash, user_id, device, created_at, seen_at, idle_until, ends_at, confirmed_at, method)
        VALUES ($1, $2, $3, $4, $4, $5, $6, $4, $7)
        """,
        token_hash(context, token), user.id, device, at, at + IDLE, at + MAX_AGE, method,
    )  # fmt: skip
    await _record_seen(connection, user.id, at)
    return token


async def find(connection: Connection, context: AppContext, token: str) -> tuple[User, Session] | None:
    """Find the open session of this token and its user. None if there is none."""
    row = await connection.fetchrow(
        f"""
        SELECT {_USER_COLUMNS}, {_SESSION_COLUMNS}
        FROM sessions
        JOIN users ON users.id = sessions.user_id
        WHERE sessions.token_hash = $1 AND sessions.idle_until > $2 AND sessions.ends_at > $2
            AND users.disabled_at IS NULL
        """,  # noqa: S608 names of columns
        token_hash(context, token),
        clock.now(),
    )
    if row is None:
        return None
    values = tuple(row)
    return User(*values[:_USER_ENDS]), Session(*values[_USER_ENDS:])


async def renew(connection: Connection, session: Session) -> None:
    """Extend the session. Happens at most once an hour."""
    at = clock.now()
    await connection.execute(
        "UPDATE sessions SET seen_at = $2, idle_until = least($3, ends_at) WHERE id = $1", session.id, at, at + IDLE
    )
    await _record_seen(connection, session.user_id, at)


async def _record_seen(connection: Connection, user_id: int, at: datetime) -> None:
    await connection.execute("UPDATE users SET last_seen_at = $2 WHERE id = $1", user_id, at)


def needs_renewal(session: Session) -> bool:
    return clock.now() - session.seen_at >= RENEW_AFTER


async def confirm(connection: Connection, session: Session) -> None:
    """Record that the user has just proven who it is in this session."""
    await connection.execute("UPDATE sessions SET confirmed_at = $2 WHERE id = $1", session.id, clock.now())


async def list_sessions(connection: Connection, user_id: int) -> list[Session]:
    """List a user's open sessions, the last used first."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM sessions WHERE user_id = $1 AND idle_until > $2 AND ends_at > $2"  # noqa: S608 names of columns
        " ORDER BY seen_at DESC, id DESC",
        user_id,
        clock.now(),
    )
    return [Session(*row) for row in rows]


async def end(connection: Connection, user_id: int, session_id: int) -> bool:
    """End one session of a user. False if they have no such session."""
    ended = await connection.fetchval(
        "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING id", session_id, user_id
    )
    return ended is not None


async def end_by_token(connection: Connection, context: AppContext, token: str) -> None:
    """End the session of this token, whoever owns it."""
    await connection.execute("DELETE FROM sessions WHERE token_hash = $1", token_hash(context, token))


async def end_others(connection: Connection, session: Session) -> int:
    """End all other sessions of the user, and return how many."""
    rows = await connection.fetch(
        "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id", session.user_id, session.id
    )
    return len(rows)


async def end_all(connection: Connection, user_id: int) -> None:
    """End every session of the user."""
    await connection.execute("DELETE FROM sessions WHERE user_id = $1", user_id)


async def purge(connection: Connection) -> None:
    """Delete sessions that have ended."""
    await connection.execute("DELETE FROM sessions WHERE idle_until <= $1 OR ends_at <= $1", clock.now())
