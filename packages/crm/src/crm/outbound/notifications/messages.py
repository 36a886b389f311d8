"""The text of notifications. Text of visitors is quoted or escaped, so that it cannot pass for ours.

Chat services read markup in every message: a visitor whose name is `[Open lead](https://evil.example)` must not make a
link. For them, characters with a meaning are replaced by others that look alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from crm.accounts.form_choices import label_of
from crm.event_names import EventName
from crm.outbound.notifications.models import EMAIL, Message
from crm.values.formats import format_money
from shared.enquiry_form import FIELDS

EXCERPT = 280
_ESCAPES = str.maketrans("<>[]*_`~|@#\\", "‹›［］＊＿‘～｜＠＃＼")
_CHANNELS = {"site": "It came through the form on the site.", "api": "It came through the API."}

Payload = Mapping[str, Any]


class Clean(Protocol):
    """Makes text of a visitor safe for the channel."""

    def __call__(self, text: Any, limit: int = ...) -> str: ...


def to_plain_text(text: Any, limit: int = 120) -> str:
    """`text` on one line, without control characters and those that change the direction of writing."""
    line = " ".join(str(text or "").split())
    visible = "".join(letter for letter in line if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))
    return visible if len(visible) <= limit else visible[: limit - 1].rstrip() + "…"


def escape_markup(text: Any, limit: int = 120) -> str:
    """Plain text without any character that chat services read as markup."""
    return to_plain_text(text, limit).translate(_ESCAPES)


def choose_clean(service: str) -> Clean:
    """What makes text of a visitor safe for a service."""
    return to_plain_text if service == EMAIL else escape_markup


def build_message(kind: str, payload: Payload, *, markup: bool) -> Message | None:
    """The message about an event; None if it is sample data. `markup` says that the channel reads markup."""
    return _BUILDERS[EventName(kind)](payload, escape_markup if markup else to_plain_text)


def build_answer_path(path: str) -> str:
    """The page on which the sender of a message is answered, by the page of the message; empty for other pages."""
    noun, _, record_id = path.strip("/").partition("/")
    parameter = {"leads": "lead_id", "emails": "answers"}.get(noun)
    return f"/emails/new?{parameter}={record_id}" if parameter and record_id.isdecimal() else ""


def build_test() -> Message:
    """A message that a person sends to see whether it arrives."""
    return Message(
        "A test from your CRM", "If you can read this, notifications arrive here.", "/settings/notifications"
    )


def _lead_created(payload: Payload, clean: Clean) -> Message | None:
    lead = payload["lead"]
    if lead.get("demo"):
        return None
    who = ", ".join(part for part in (clean(lead["name"]), clean(lead["company"])) if part)
    lines = [_CHANNELS.get(lead["channel"]) or f"Added by hand by {clean(payload['by']['name'])}."]
    # The subject says who it is, and the message is quoted below. A title of its own says what it is about.
    if (
        (title := lead.get("title", ""))
        and title.rstrip("…") not in " ".join(lead["message"].split())
        and title != lead["name"]
    ):
        lines.append(f"About: {clean(title)}")
    fields = [field for field in FIELDS if "mail" in field.shown and field.name not in ("name", "company", "message")]
    values = [("E-mail", lead.get("email", "")), ("Phone", lead.get("phone", ""))]
    values += [(field.short_label, label_of(field.name, lead.get(field.name, ""))) for field in fields]
    lines += [f"{label}: {clean(value)}" for label, value in values if value]
    if open_lead := payload.get("open_lead"):
        value = f", {format_money(open_lead['value'], open_lead['currency'])}" if open_lead["value"] else ""
        stage = clean(open_lead.get("status_name") or open_lead["status"].capitalize())
        name = f"{clean(open_lead['name'])} ({stage}){value}"
        lines += [f"Open lead of this person: {name}. You can add this enquiry to it, or keep it separate."]
    if lead["message"]:
        lines += ["", f"“{clean(lead['message'], EXCERPT)}”"]
    return Message(f"New lead: {who}", "\n".join(lines), f"/leads/{lead['id']}", reply_to=lead.get("email", ""))


def _lead_status_changed(payload: Payload, clean: Clean) -> Message:
    lead = payload["lead"]
    about = clean(lead.get("title") or lead["name"])
    about += f" ({clean(lead['name'])})" if about != clean(lead["name"]) else ""
    before, after = (payload.get(f"{name}_name") or payload[name] for name in ("previous", "status"))
    title = f"{about}: {clean(before)} → {clean(after)}"
    return Message(title, f"Moved by {clean(payload['by']['name'])}.", f"/leads/{lead['id']}")


def _submission_quarantined(payload: Payload, clean: Clean) -> Message:
    submission = payload["submission"]
    reasons = ", ".join(submission["spam_reasons"]) or "its score"
    title = f"Possible spam: {clean(submission['name']) or 'an enquiry'}"
    return Message(title, f"It waits in the inbox until you look. Why: {reasons}.", f"/inbox/{submission['id']}")


def _submission_failed(payload: Payload, clean: Clean) -> Message:
    submission = payload["submission"]
    title = f"An enquiry could not be processed: {clean(submission['name'])}"
    body = f"Nothing is lost: replay it from the inbox. Reference {submission['reference']}."
    return Message(title, body, f"/inbox/{submission['id']}")


def _email_received(payload: Payload, clean: Clean) -> Message:
    email = payload["email"]
    sender = clean(email["from_name"] or email["from_email"]) or "somebody unknown"
    lines = [f"Subject: {clean(email['subject'])}"] if email["subject"] else []
    if not email["verified"]:
        lines.append("Nothing proves that this address has sent it.")
    if email["state"] == "unmatched":
        lines.append("It belongs to no record yet, so it waits in the inbox.")
    if email["body"]:
        lines += ["", f"“{clean(email['body'], EXCERPT)}”"]
    path = f"/emails/{email['id']}"
    return Message(f"E-mail from {sender}", "\n".join(lines), path, reply_to=email["from_email"])


def _webhook_paused(payload: Payload, clean: Clean) -> Message:
    body = f"{clean(payload['reason'], 300)} Messages wait until you resume it."
    return Message(f"Webhook paused: {clean(payload['name'])}", body, f"/settings/webhooks/{payload['id']}")


_BUILDERS: Mapping[EventName, Callable[[Payload, Clean], Message | None]] = {
    EventName.LEAD_CREATED: _lead_created,
    EventName.LEAD_STATUS_CHANGED: _lead_status_changed,
    EventName.EMAIL_RECEIVED: _email_received,
    EventName.SUBMISSION_QUARANTINED: _submission_quarantined,
    EventName.SUBMISSION_FAILED: _submission_failed,
    EventName.WEBHOOK_PAUSED: _webhook_paused,
}
EVENTS = tuple(_BUILDERS)
"""The events that a channel can ask for."""
