"""The inbox pages: new enquiries, possible spam, failed and dismissed ones, and their actions."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from crm.accounts import auth, settings
from crm.accounts.form_choices import label_of
from crm.inbound.intake import actions, inbox, spam
from crm.inbound.intake.forms import read_extras
from crm.inbound.intake.inbox import Inbox, Tab
from crm.inbound.intake.models import Submission
from crm.inbound.intake.process import process_submission
from crm.kernel import clock, views
from crm.kernel.db import Connection
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records import contacts, emails, leads, stages
from crm.records.base import RecordId
from crm.records.contacts import Contact
from crm.records.leads import Lead
from shared.enquiry_form import FIELDS


class InboxFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the inbox."""

    tab: Tab = "new"
    cursor: str = ""
    lead: RecordId | None = None
    """The new enquiry to read."""
    email: RecordId | None = None
    """The e-mail to read."""


async def list_all(request: Request) -> Response:
    """Show a tab of the inbox."""
    query = forms.parse_query(request, InboxFilter)
    async with request.db.connection() as conn:
        return await _page(request, conn, query.tab, query.cursor, lead_id=query.lead, email_id=query.email)


async def show(request: Request) -> Response:
    """Show one submission beside its list. On a phone it stands alone."""
    async with request.db.connection() as conn:
        submission = await actions.get(conn, request.id)
        return await _page(request, conn, inbox.find_tab(submission), chosen=submission)


async def raw(request: Request) -> Response:
    """Return the stored fields as JSON."""
    async with request.db.connection() as conn:
        submission = await actions.get(conn, request.id)
    text = msgspec.json.format(msgspec.json.encode(submission.body), indent=2)
    return Response(text, media_type="application/json")


async def find(request: Request) -> Response:
    """Redirect to the submission with a reference, such as the one a lead came from."""
    async with request.db.connection() as conn:
        submission = await actions.get_by_reference(conn, request.path_params["reference"])
    return views.redirect_with_toast(f"/inbox/{submission.id}")


async def accept(request: Request) -> Response:
    """Make the submission a lead, although it was held or has failed."""
    await process_submission(request.db, request.id, by=request.actor, decided=True)
    async with request.db.connection() as conn:
        submission = await actions.get(conn, request.id)
    if submission.lead_id:
        return views.redirect_with_toast(f"/leads/{submission.lead_id}", "Lead created.")
    return views.redirect_with_toast(f"/inbox/{submission.id}", "No lead could be created. The page says why.")


async def dismiss(request: Request) -> Response:
    """Dismiss a submission. The toast offers to undo this."""
    async with request.db.transaction() as conn:
        submission = await actions.get(conn, request.id)
        await actions.dismiss(conn, submission)
    back = f"/inbox?tab={inbox.find_tab(submission)}"
    return views.redirect_with_toast(
        back,
        "Marked as spam. We will remember the sender." if submission.state == "quarantined" else "Enquiry dismissed.",
        undo=f"/inbox/{submission.id}/restore",
    )


async def restore(request: Request) -> Response:
    """Restore a dismissed submission."""
    async with request.db.transaction() as conn:
        submission = await actions.restore(conn, await actions.get(conn, request.id))
    return views.redirect_with_toast(f"/inbox/{submission.id}", "Enquiry restored.")


async def _page(
    request: Request,
    conn: Connection,
    tab: Tab,
    cursor: str = "",
    *,
    chosen: Submission | None = None,
    lead_id: int | None = None,
    email_id: int | None = None,
) -> Response:
    content = await inbox.read_tab(conn, tab, cursor)
    if tab == "quarantine":
        await actions.mark_seen(conn, content.page.data)
    is_list = tab == "new" and chosen is None
    lead = await _find_lead(conn, content, lead_id) if is_list else None
    email = await emails.get(conn, email_id) if email_id is not None and tab == "mail" else None
    return views.page(
        request,
        "intake/inbox.html",
        block="inbox",
        title=chosen.text("name") or chosen.reference if chosen else f"{inbox.LABELS[tab]} · Inbox",
        lead=lead,
        is_open=lead_id is not None,
        inbox=content,
        labels=inbox.LABELS,
        is_empty=not any(content.counts.values()),
        days=(await settings.read(conn)).quarantine_days,
        threshold=spam.THRESHOLD,
        chosen=chosen,
        match=await _match(conn, chosen) if chosen else None,
        fields=_list_fields(chosen) if chosen else [],
        extras=read_extras(chosen.body) if chosen else {},
        **(await _lead_values(conn, request, lead) if lead else {}),
        **(await emails.read_values(conn, email) if email else {"email": None}),
    )


async def _find_lead(conn: Connection, content: Inbox, lead_id: int | None) -> Lead | None:
    """The lead to read: the one that was chosen, also after it left the list, or else the first of the list."""
    if lead_id is not None:
        return await leads.get(conn, lead_id)
    return content.page.data[0] if content.page.data else None


async def _lead_values(conn: Connection, request: Request, lead: Lead) -> dict[str, Any]:
    """What the page shows of a lead besides its own fields."""
    today = clock.today(views.layout_context(request).time_zone)
    return {
        "users": {user.id: user.name for user in await auth.list_users(conn)},
        "owners": {user.id: user.name for user in await auth.list_assignable(conn)},
        "stages": stages.current().stages,
        "lead_fields": [
            (field.short_label, label_of(field.name, getattr(lead, field.name)))
            for field in leads.PAGE_FIELDS
            if field.name not in ("message", "company", "email", "phone")
        ],
        "today": today,
        "overdue": lead.next_action_on is not None and lead.next_action_on < today,
        "step": {"next_action": lead.next_action, "next_action_on": lead.next_action_on},
    }


async def _match(conn: Connection, submission: Submission) -> Contact | None:
    """Find the contact with the submission's e-mail."""
    key = contacts.key_of(submission.text("email"))
    return await contacts.find_by_key(conn, key) if key else None


def _list_fields(submission: Submission) -> list[tuple[str, str]]:
    """The label and value of each field of the form; the message has its own section."""
    shown = (field for field in FIELDS if field.name != "message")
    return [(field.short_label, label_of(field.name, submission.text(field.name))) for field in shown]
