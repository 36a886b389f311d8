"""The inbox pages: new enquiries, possible spam, failed and dismissed ones, and their actions."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.responses import Response

from crm.accounts import settings
from crm.inbound.intake import actions, inbox, spam
from crm.inbound.intake.forms import read_extras
from crm.inbound.intake.inbox import Inbox, Tab
from crm.inbound.intake.models import Submission
from crm.inbound.intake.process import process_submission
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from crm.records import contacts
from crm.records.contacts import Contact
from shared.enquiry_form import FIELDS, label_of


class InboxFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the inbox."""

    tab: Literal["new", "quarantine", "failed", "dismissed"] = "new"
    cursor: str = ""


async def list_all(request: Request) -> Response:
    """Show a tab of the inbox."""
    query = forms.parse_query(request, InboxFilter)
    async with request.db.connection() as conn:
        return await _page(request, conn, query.tab, query.cursor)


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
    request: Request, conn: Connection, tab: Tab, cursor: str = "", *, chosen: Submission | None = None
) -> Response:
    content = await inbox.read_tab(conn, tab, cursor)
    return views.page(
        request,
        "intake/inbox.html",
        block="inbox",
        title=chosen.text("name") or chosen.reference if chosen else f"{inbox.LABELS[tab]} · Inbox",
        inbox=content,
        labels=inbox.LABELS,
        summary=_summarize(content),
        days=(await settings.read(conn)).quarantine_days,
        threshold=spam.THRESHOLD,
        chosen=chosen,
        match=await _match(conn, chosen) if chosen else None,
        fields=_list_fields(chosen) if chosen else [],
        extras=read_extras(chosen.body) if chosen else {},
    )


async def _match(conn: Connection, submission: Submission) -> Contact | None:
    """Find the contact with the submission's e-mail."""
    key = contacts.key_of(submission.text("email"))
    return await contacts.find_by_key(conn, key) if key else None


def _list_fields(submission: Submission) -> list[tuple[str, str]]:
    """The label and value of each field of the form; the message has its own section."""
    shown = (field for field in FIELDS if field.name != "message")
    return [(field.short_label, label_of(field.name, submission.text(field.name))) for field in shown]


def _summarize(inbox: Inbox) -> str:
    """How many enquiries need attention."""
    texts = {
        "new": views.plural(inbox.counts["new"], "new enquiry", "new enquiries"),
        "quarantine": f"{inbox.counts['quarantine']:,} possible spam",
        "failed": f"{inbox.counts['failed']:,} failed",
    }
    parts = [text for tab, text in texts.items() if inbox.counts[tab]]  # type: ignore[index]
    return " · ".join(parts) or "All caught up."
