"""What notifications say. Words of visitors are quoted or made harmless, so that they cannot pass for ours.

Chat services read markup in whatever is sent to them: a visitor who is called `[Open lead](https://evil.example)`
must not make a link of it. For those, marks that mean something are replaced by others that look alike.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from crm.notifications.models import Words
from shared.enquiry_form import FIELDS, label_of

EXCERPT = 280
_HARMLESS = str.maketrans("<>[]*_`~|@#\\", "‹›［］＊＿‘～｜＠＃＼")
_ENTERED = {"site": "through the form on the site", "api": "through the API", "manual": "entered by hand"}


def plain(text: Any, limit: int = 120) -> str:
    """`text` on one line, without control characters or those that turn the direction of writing."""
    line = " ".join(str(text or "").split())
    kept = "".join(letter for letter in line if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def words(kind: str, facts: dict[str, Any], *, chat: bool) -> Words | None:
    """What to say of an event; None when it is not worth telling. `chat` when the channel reads markup."""
    safe = (lambda text, limit=120: plain(text, limit).translate(_HARMLESS)) if chat else plain
    match kind:
        case "lead.created" if not facts["lead"].get("demo"):
            return _lead(facts, safe)
        case "lead.status_changed":
            lead = facts["lead"]
            title = f"{safe(lead['name'])}: {facts['previous']} → {facts['status']}"
            return Words(title, f"Moved by {safe(facts['by']['name'])}.", f"/leads/{lead['id']}")
        case "submission.quarantined":
            held = facts["submission"]
            body = f"It waits in the inbox until you look. Why: {', '.join(held['spam_reasons']) or 'its score'}."
            return Words(f"Held as likely spam: {safe(held['name']) or 'an enquiry'}", body, f"/inbox/{held['id']}")
        case "submission.failed":
            failed = facts["submission"]
            body = (
                f"Nothing is lost: it waits in the inbox, where it can be tried again. Reference {failed['reference']}."
            )
            return Words(f"An enquiry could not be processed: {safe(failed['name'])}", body, f"/inbox/{failed['id']}")
        case "webhook.paused":
            title = f"Webhook paused: {safe(facts['name'])}"
            body = f"{safe(facts['reason'], 300)} What happens meanwhile waits until you resume it."
            return Words(title, body, f"/settings/webhooks/{facts['id']}")
    return None


def _lead(facts: dict[str, Any], safe: Any) -> Words:
    lead = facts["lead"]
    who = ", ".join(part for part in (safe(lead["name"]), safe(lead["company"])) if part)
    lines = [f"It came {_ENTERED.get(lead['channel'], 'in')}."]
    # The title says who it is, and the message is quoted below.
    fields = [field for field in FIELDS if "mail" in field.shown and field.name not in ("name", "company", "message")]
    values = [(field.short_label, label_of(field.name, lead.get(field.name, ""))) for field in fields]
    lines += [f"{label}: {safe(value)}" for label, value in values if value]
    if lead["message"]:
        lines += ["", f"“{safe(lead['message'], EXCERPT)}”"]
    return Words(f"New lead: {who}", "\n".join(lines), f"/leads/{lead['id']}")


def test_words() -> Words:
    """A message that a person sends to see whether it arrives."""
    return Words("A test from your CRM", "If you can read this, notifications arrive here.", "/settings/notifications")
