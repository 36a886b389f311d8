"""The inbox: new enquiries, what is held as spam, what failed, and what can be done about each."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.responses import Response

from crm import contacts, settings
from crm.contacts import Contact
from crm.intake import actions, inbox, spam
from crm.intake.forms import extras_of
from crm.intake.inbox import Inbox, Tab
from crm.intake.models import Submission
from crm.intake.process import process_submission
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.http import forms
from crm.kernel.http.request import Request
from shared.enquiry_form import FIELDS, label_of


class InboxFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tab, from which place on."""

    tab: Literal["new", "quarantine", "failed", "dismissed"] = "new"
    cursor: str = ""


async def list_all(request: Request) -> Response:
    """The inbox at one of its tabs."""
    ask = forms.parse_query(request, InboxFilter)
    async with request.db.connection() as conn:
        return await _page(request, conn, ask.tab, ask.cursor)


async def show(request: Request) -> Response:
    """One submission beside the list it is in; on a phone alone."""
    async with request.db.connection() as conn:
        submission = await actions.get(conn, request.id)
        return await _page(request, conn, inbox.tab_of(submission), chosen=submission)


async def raw(request: Request) -> Response:
    """What was sent, as it is stored."""
    async with request.db.connection() as conn:
        submission = await actions.get(conn, request.id)
    text = msgspec.json.format(msgspec.json.encode(submission.body), indent=2)
    return Response(text, media_type="application/json")


async def find(request: Request) -> Response:
    """The submission with a reference, such as the one a lead was made from."""
    async with request.db.connection() as conn:
        submission = await actions.with_reference(conn, request.path_params["reference"])
    return views.redirect_with_toast(f"/inbox/{submission.id}")


async def accept(request: Request) -> Response:
    """A person says it is an enquiry: make a lead of it, whatever it was held for."""
    await process_submission(request.db, request.id, by=request.actor, decided=True)
    async with request.db.connection() as conn:
        submission = await actions.get(conn, request.id)
    if submission.lead_id:
        return views.redirect_with_toast(f"/leads/{submission.lead_id}", "The enquiry is a lead now.")
    return views.redirect_with_toast(
        f"/inbox/{submission.id}", "No lead could be made of it. The reason is on the page."
    )


async def dismiss(request: Request) -> Response:
    """Put a submission aside; the toast that follows offers to bring it back."""
    async with request.db.transaction() as conn:
        submission = await actions.get(conn, request.id)
        await actions.dismiss(conn, submission)
    back = f"/inbox?tab={inbox.tab_of(submission)}"
    return views.redirect_with_toast(
        back,
        "It is put aside as spam, and its sender is remembered."
        if submission.state == "quarantined"
        else "The enquiry is dismissed.",
        undo=f"/inbox/{submission.id}/restore",
    )


async def restore(request: Request) -> Response:
    """Bring a dismissed submission back to where it was."""
    async with request.db.transaction() as conn:
        submission = await actions.restore(conn, await actions.get(conn, request.id))
    return views.redirect_with_toast(f"/inbox/{submission.id}", "The enquiry is back.")


async def _page(
    request: Request, conn: Connection, tab: Tab, cursor: str = "", *, chosen: Submission | None = None
) -> Response:
    listed = await inbox.of(conn, tab, cursor)
    return views.page(
        request,
        "intake/inbox.html",
        block="inbox",
        title=chosen.text("name") or chosen.reference if chosen else f"{tab.capitalize()} · Inbox",
        inbox=listed,
        summary=_summary(listed),
        days=(await settings.read(conn)).quarantine_days,
        threshold=spam.THRESHOLD,
        chosen=chosen,
        match=await _match(conn, chosen) if chosen else None,
        fields=_list_fields(chosen) if chosen else [],
        extras=extras_of(chosen.body) if chosen else {},
    )


async def _match(conn: Connection, submission: Submission) -> Contact | None:
    """The contact with the submission's e-mail address."""
    key = contacts.key_of(submission.text("email"))
    return await contacts.find_by_key(conn, key) if key else None


def _list_fields(submission: Submission) -> list[tuple[str, str]]:
    """The label and value of each field of the form; the message has a place of its own."""
    shown = (field for field in FIELDS if field.name != "message")
    return [(field.short_label, label_of(field.name, submission.text(field.name))) for field in shown]


def _summary(inbox: Inbox) -> str:
    """What needs a person, in one sentence."""
    said = {
        "new": views.plural(inbox.counts["new"], "new enquiry", "new enquiries"),
        "quarantine": f"{inbox.counts['quarantine']:,} held as spam",
        "failed": f"{inbox.counts['failed']:,} failed",
    }
    parts = [words for tab, words in said.items() if inbox.counts[tab]]  # type: ignore[index]
    return f"{', '.join(parts)}." if parts else "Nothing here needs you."
