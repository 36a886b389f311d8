"""What owners do with the users of the team: change their role, disable them, enable them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.accounts import api_keys, auth
from crm.accounts.audit import AuditAction, Target, record_audit
from crm.accounts.auth import User
from crm.accounts.permissions import Role
from crm.accounts.users import queries
from crm.accounts.users.forms import UserFilter
from crm.accounts.users.models import TeamUser
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, NotFoundError
from crm.kernel.http.paging import Page, Where

LAST_OWNER = "{name} is the last owner. Make somebody else an owner first."


async def list_users(connection: Connection, filters: UserFilter) -> Page[TeamUser]:
    """One page of users, by name. Raises `ValidationError` for an invalid cursor."""
    where = Where()
    where.add_given(filters, {"role": "role = ANY({})", "active": "(disabled_at IS NULL) = {}"})
    return await queries.LISTING.page(connection, where, limit=filters.limit, cursor=filters.cursor)


async def get(connection: Connection, user_id: int) -> User:
    """Return this user, locked. Raises `NotFoundError`."""
    user = await auth.lock_user(connection, user_id)
    if user is None:
        raise NotFoundError("There is no such user.")
    return user


async def change_role(connection: Connection, user_id: int, role: Role, *, by: Actor) -> User:
    """Change the role of a user. Raises `NotFoundError`, or `ConflictError` for the last owner."""
    user = await get(connection, user_id)
    if role == user.role:
        return user
    if role != "owner":
        await _check_owners(connection, user)
    await auth.set_role(connection, user.id, role, clock.now())
    await record_audit(
        connection, AuditAction.ROLE_CHANGED, by=by, target=_target(user), before={"role": user.role},
        after={"role": role},
    )  # fmt: skip
    return await get(connection, user_id)


async def disable(connection: Connection, user_id: int, *, by: Actor, details: Mapping[str, Any]) -> User:
    """Disable a user: their sessions and API keys end, and they cannot sign in. `details` go into the audit log.

    After the commit, call `api_keys.forget_all`, so that this process refuses the keys at once.
    Raises `NotFoundError`, or `ConflictError` for oneself, the last owner and a user who is disabled already.
    """
    user = await get(connection, user_id)
    if user.disabled_at is not None:
        raise ConflictError(f"{user.name} is disabled already.")
    await _check_owners(connection, user)
    if by.kind == "person" and by.id == user.id:
        raise ConflictError("You cannot disable yourself. Ask another owner.")
    now = clock.now()
    await auth.set_disabled(connection, user.id, now, now)
    await auth.end_all_sessions(connection, user.id)
    keys = await api_keys.revoke_created_by(connection, user.id, by=by)
    await record_audit(
        connection, AuditAction.USER_DISABLED, by=by, target=_target(user),
        after={"api_keys_revoked": keys, **details},
    )  # fmt: skip
    return user


async def enable(connection: Connection, user_id: int, *, by: Actor) -> User:
    """Let a disabled user sign in again. Their API keys stay revoked. Raises `NotFoundError`."""
    user = await get(connection, user_id)
    if user.disabled_at is not None:
        await auth.set_disabled(connection, user.id, None, clock.now())
        await record_audit(connection, AuditAction.USER_ENABLED, by=by, target=_target(user))
    return user


async def _check_owners(connection: Connection, user: User) -> None:
    if user.role == "owner" and not await auth.count_owners(connection, without=user.id):
        raise ConflictError(LAST_OWNER.format(name=user.name))


def _target(user: User) -> Target:
    return Target("user", user.id, user.email)
