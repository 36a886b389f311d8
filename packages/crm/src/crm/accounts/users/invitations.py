"""Invitations: a signed link that creates one account, until it expires.

The link holds a signature in place of a stored token. So owners can copy it again, and the table lets nobody in.
"""

from __future__ import annotations

import hmac
from datetime import timedelta

from crm.accounts import account_mail, auth, permissions, settings
from crm.accounts.account_mail import AccountMail
from crm.accounts.audit import AuditAction, Target, record_audit
from crm.accounts.auth import User
from crm.accounts.permissions import Role
from crm.accounts.users import queries
from crm.accounts.users.models import Invitation
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, NotFoundError, ValidationError
from crm.values.formats import stamp

INVITATION_VALID_FOR = timedelta(days=7)

list_open = queries.list_open


async def invite(connection: Connection, context: AppContext, *, email: str, role: Role, by: Actor) -> Invitation:
    """Invite somebody by mail. An open invitation of the same address is replaced.

    Raises `ValidationError` for an invalid address, or one that is in the team already.
    """
    email = auth.normalize_email(email)
    error = "" if auth.looks_like_email(email) else "Enter an e-mail address, such as name@example.org."
    if not error and (user := await auth.find_by_email(connection, email)):
        error = f"{user.name} is in the team already." + (" Enable their account instead." * bool(user.disabled_at))
    if error:
        raise ValidationError([FieldError("email", error)])
    now = clock.now()
    invitation = await queries.insert_invitation(
        connection, email=email, role=role, invited_by=by.id, at=now, expires_at=now + INVITATION_VALID_FOR
    )
    await record_audit(
        connection, AuditAction.USER_INVITED, by=by, target=_target(invitation), after={"role": role}
    )  # fmt: skip
    await _send(connection, context, invitation, by)
    return invitation


async def resend(connection: Connection, context: AppContext, invitation_id: int, *, by: Actor) -> Invitation:
    """Invite the same person again, with a new link. The old one ends. Raises `NotFoundError`."""
    old = await get_open(connection, invitation_id)
    return await invite(connection, context, email=old.email, role=old.role, by=by)


async def revoke(connection: Connection, invitation_id: int, *, by: Actor) -> Invitation:
    """Revoke an open invitation. Raises `NotFoundError`."""
    invitation = await get_open(connection, invitation_id)
    await queries.set_revoked(connection, invitation.id, clock.now())
    await record_audit(connection, AuditAction.INVITATION_REVOKED, by=by, target=_target(invitation))
    return invitation


async def get_open(connection: Connection, invitation_id: int) -> Invitation:
    """Return an invitation that is neither accepted nor revoked, locked. Raises `NotFoundError`."""
    invitation = await queries.find_invitation(connection, invitation_id)
    if invitation is None or invitation.accepted_at or invitation.revoked_at:
        raise NotFoundError("There is no such open invitation.")
    return invitation


async def check(connection: Connection, context: AppContext, invitation_id: int, token: str) -> Invitation:
    """Return the invitation of a link that still works, locked.

    Raises `NotFoundError` for a wrong link, and `ConflictError` that says why a right one no longer works.
    """
    invitation = await queries.find_invitation(connection, invitation_id)
    if invitation is None or not hmac.compare_digest(token.encode(), _token(context, invitation).encode()):
        raise NotFoundError("This invitation link is incomplete. Copy the whole link from the mail.")
    if invitation.accepted_at:
        raise ConflictError("This invitation has been used. Sign in with the password you chose.")
    if invitation.revoked_at:
        raise ConflictError("This invitation is no longer valid. Ask for a new one, or use the newest mail.")
    if invitation.expires_at <= clock.now():
        raise ConflictError("This invitation has expired. Ask whoever invited you to send it again.")
    return invitation


async def create(
    connection: Connection, context: AppContext, invitation_id: int, token: str, *, name: str, password_hash: str
) -> User:
    """Accept an invitation: create its user. Raises `NotFoundError` or `ConflictError` as `check` does."""
    invitation = await check(connection, context, invitation_id, token)
    user = await auth.add_user(
        connection, email=invitation.email, name=name, password_hash=password_hash, role=invitation.role,
        by=Actor("visitor", None, invitation.email),
    )  # fmt: skip
    await queries.set_accepted(connection, invitation.id, clock.now())
    return user


def url_of(context: AppContext, invitation: Invitation) -> str:
    """The link of an invitation."""
    return f"{context.config.base_url}/invitations/{invitation.id}/{_token(context, invitation)}"


def _token(context: AppContext, invitation: Invitation) -> str:
    parts = (str(invitation.id), invitation.email, invitation.role, invitation.expires_at.isoformat())
    return context.digest("invitation", *parts).hex()


async def _send(connection: Connection, context: AppContext, invitation: Invitation, by: Actor) -> None:
    config = await settings.read(connection)
    organization, link = config.organization_name, url_of(context, invitation)
    label, meaning = permissions.LABELS[invitation.role]
    body = (
        f"{by.name} invites you to the CRM of {organization}.\n\n"
        f"Create your account:\n{link}\n\n"
        f"Your role: {label}. {meaning}\n"
        f"The link works once, until {stamp(invitation.expires_at, config.time_zone)}.\n\n"
        "If you did not expect this invitation, ignore this mail.\n"
    )
    subject = f"{by.name} invites you to the CRM of {organization}"
    await account_mail.enqueue(connection, context, AccountMail(invitation.email, subject, body, link))


def _target(invitation: Invitation) -> Target:
    return Target("invitation", invitation.id, invitation.email)
