"""The pages of the team: list, invite, change a role, disable, enable."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from crm.accounts import account_mail, api_keys, auth, permissions, users
from crm.accounts.account_mail import AccountMail
from crm.accounts.auth import User
from crm.kernel import clock, views
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, NotFoundError
from crm.kernel.http.forms import Draft, draft
from crm.kernel.http.request import Request
from crm.outbound import notifications
from crm.records import leads, stages
from crm.workspace.team import forms, models, queries

URL = "/settings/team"


async def list_all(request: Request) -> Response:
    """List the people and the open invitations."""
    async with request.db.connection() as conn:
        members = await queries.list_members(conn, clock.now())
        invitations = await users.list_open(conn)
    return views.page(request, "team/list.html", members=members, invitations=invitations, labels=permissions.LABELS)


async def new(request: Request) -> Response:
    """Show the form of an invitation."""
    return _form(request, Draft({"email": "", "role": "member"}))


async def invite(request: Request) -> Response:
    """Invite somebody, and show the link."""
    posted = await draft(request, forms.NewInvitation)
    with posted.collect_errors():
        form = posted.require_form()
        async with request.db.transaction() as conn:
            invitation = await users.invite(
                conn, request.app_context, email=form.email, role=form.role, by=request.actor
            )
        return views.redirect_with_toast(f"{URL}/invitations/{invitation.id}", f"Invited {invitation.email}.")
    return _form(request, posted)


async def show_invitation(request: Request) -> Response:
    """Show an open invitation and its link."""
    async with request.db.transaction() as conn:
        invitation = await users.get_open(conn, request.id)
    context = request.app_context
    return views.page(
        request, "team/invitation.html", invitation=invitation, link=users.url_of(context, invitation),
        labels=permissions.LABELS, is_sent=account_mail.is_sent(context),
    )  # fmt: skip


async def resend_invitation(request: Request) -> Response:
    """Send the invitation again, with a new link."""
    async with request.db.transaction() as conn:
        invitation = await users.resend(conn, request.app_context, request.id, by=request.actor)
    return views.redirect_with_toast(f"{URL}/invitations/{invitation.id}", "Invited again. The old link has ended.")


async def revoke_invitation(request: Request) -> Response:
    """Revoke the invitation."""
    async with request.db.transaction() as conn:
        invitation = await users.revoke(conn, request.id, by=request.actor)
    return views.redirect_with_toast(URL, f"Invitation of {invitation.email} revoked.")


async def show(request: Request) -> Response:
    """Show one person."""
    return await _person(request)


async def change_role(request: Request) -> Response:
    """Change the role of a person."""
    posted = await draft(request, forms.ChangeRole)
    with posted.collect_errors(conflict="role"):
        form = posted.require_form()
        async with request.db.transaction() as conn:
            user = await users.change_role(conn, request.id, form.role, by=request.actor)
            message = ""
            if not user.can("write"):
                message, _ = await _hand_over(conn, request, user, form.viewer_successor)
        label, _ = permissions.LABELS[user.role]
        is_demoted = user.id == request.actor.id and not user.can("manage")
        return views.redirect_with_toast("/" if is_demoted else f"{URL}/{user.id}", f"{user.name}: {label}.{message}")
    return await _person(request, role_errors=posted.errors, status=posted.status)


async def disable(request: Request) -> Response:
    """Disable a person, and hand their open leads over."""
    posted = await draft(request, forms.Disable)
    with posted.collect_errors(conflict="successor"):
        form = posted.require_form()
        async with request.db.transaction() as conn:
            user = await users.get(conn, request.id)
            message, details = await _hand_over(conn, request, user, form.successor)
            await users.disable(conn, user.id, by=request.actor, details=details)
            await notifications.set_personal_active(conn, user.id, active=False, by=request.actor)
    if posted.errors:
        return await _person(request, disable_errors=posted.errors, status=posted.status)
    api_keys.forget_all(request.db)
    return views.redirect_with_toast(f"{URL}/{user.id}", f"{user.name} is disabled.{message}")


async def _hand_over(
    conn: Connection, request: Request, user: User, successor_id: int | None
) -> tuple[str, dict[str, Any]]:
    """Hand open leads and tasks over, and tell whoever gets them. Returns a sentence and values for the audit log.

    Raises `ConflictError` for a successor who cannot work.
    """
    successor = await auth.find_assignable(conn, successor_id) if successor_id else None
    if successor_id and (successor is None or successor.id == user.id):
        raise ConflictError("Choose somebody who can work on leads.")
    handed = await leads.hand_over(conn, user, successor, by=request.actor)
    work = models.describe_work(handed.leads, handed.tasks)
    if not work:
        return "", {}
    if successor and successor.id != request.actor.id:
        await _tell_successor(conn, request, user, successor, handed)
    details = {
        "leads_handed_over": handed.leads, "tasks_handed_over": handed.tasks,
        "handed_over_to": successor.email if successor else None,
    }  # fmt: skip
    return f" {work} handed over to {successor.name if successor else 'nobody'}.", details


async def _tell_successor(
    conn: Connection, request: Request, user: User, successor: User, handed: leads.HandedOver
) -> None:
    work = models.describe_work(handed.leads, handed.tasks)
    path = f"/leads?owner_id={successor.id}" if handed.leads else "/tasks?tab=today&whose=mine"
    body = (
        f"{request.actor.name} handed {work} of {user.name} over to you:\n{request.app_context.config.base_url}{path}\n"
    )
    message = AccountMail(successor.email, f"{work} of {user.name}: yours now", body)
    await account_mail.enqueue(conn, request.app_context, message)


async def enable(request: Request) -> Response:
    """Let a disabled person sign in again."""
    async with request.db.transaction() as conn:
        user = await users.enable(conn, request.id, by=request.actor)
        await notifications.set_personal_active(conn, user.id, active=True, by=request.actor)
    return views.redirect_with_toast(f"{URL}/{user.id}", f"{user.name} can sign in again.")


def _form(request: Request, posted: Draft[Any]) -> Response:
    return views.page(
        request, "team/invite.html", draft=posted, labels=permissions.LABELS,
        is_sent=account_mail.is_sent(request.app_context),
    )  # fmt: skip


async def _person(
    request: Request,
    *,
    role_errors: dict[str, str] | None = None,
    disable_errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    async with request.db.connection() as conn:
        member = await queries.find_member(conn, request.id, clock.now())
        if member is None:
            raise NotFoundError("There is no such user.")
        successors = [(user.id, user.name) for user in await auth.list_assignable(conn) if user.id != member.id]
    return views.page(
        request, "team/show.html", status=status, member=member, successors=successors, labels=permissions.LABELS,
        role_errors=role_errors or {}, disable_errors=disable_errors or {}, open_stages=stages.current().open_keys,
    )  # fmt: skip
