"""Scores enquiries for spam with a few local rules. Every rule gives a reason that users can read.

A signal that honest people give too is soft: at most `SOFT` points, so that one alone never holds an enquiry.
"""

from __future__ import annotations

import re

import msgspec

from crm.inbound.intake.forms import Enquiry
from crm.inbound.intake.sender_history import SenderHistory
from crm.values import get_email_domain

THRESHOLD = 5
"""A submission with this score or more is held for a user to decide. None is deleted unseen."""

SOFT = THRESHOLD - 1
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
# People who talk about code write tags. Only programs write the markup of a link to another site.
_LINK_MARKUP = re.compile(r"<\s*a\s[^<>]*https?:|\[(?:url|link)(?:=|\])\s*[\"']?(?:https?:|www\.)", re.IGNORECASE)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_PHRASES = (
    "backlink", "guest post", "rank your website", "first page of google", "seo services", "increase your traffic",
    "domain authority", "casino", "crypto investment", "bitcoin investment", "forex", "payday loan", "viagra", "cialis",
    "work from home and earn", "buy followers", "web design services at", "million email", "bulk email",
)  # fmt: skip
_WORDS = re.compile(
    r"(?<!\w)(" + "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in _PHRASES) + r")s?(?!\w)",
    re.IGNORECASE,
)
_VOWELS = set("aeiouy")


class Verdict(msgspec.Struct, frozen=True):
    score: int
    reasons: list[str]

    @property
    def is_held(self) -> bool:
        return self.score >= THRESHOLD


def judge(enquiry: Enquiry, *, origin: str, repeats: int, history: SenderHistory | None = None) -> Verdict:
    """Score an enquiry. `repeats` is how many other clients sent the same message lately."""
    matches = [
        *_check_form(enquiry, origin),
        *_check_text(enquiry),
        *_check_email(enquiry.email),
        *_check_repeats(repeats),
    ]
    matches += _check_history(history, is_suspect=bool(matches))
    return Verdict(sum(points for points, _ in matches), [f"{reason} ({points:+d})" for points, reason in matches])


def _check_form(enquiry: Enquiry, origin: str) -> list[tuple[int, str]]:
    matches = []
    if enquiry.website:
        matches.append((10, "The hidden field was filled in"))
    if not origin:
        matches.append((1, "Sent by a program, not from our site"))
    if enquiry.started_at and enquiry.sent_at:
        seconds = (enquiry.sent_at - enquiry.started_at).total_seconds()
        if 0 <= seconds < 2:
            matches.append((SOFT, f"Sent {seconds:.1f} seconds after typing began"))
    return matches


def _check_text(enquiry: Enquiry) -> list[tuple[int, str]]:
    matches = []
    words = f"{enquiry.name}\n{enquiry.company}\n{enquiry.message}"
    links = len(_LINK.findall(enquiry.message))
    if links > 2:
        matches.append((SOFT if links > 5 else 3, f"{links} links in the message"))
    if _LINK.search(enquiry.name):
        matches.append((SOFT, "Link in the name"))
    if _LINK_MARKUP.search(_CODE.sub(" ", words)):
        matches.append((5, "Markup of a link in the text"))
    phrases = list(dict.fromkeys(" ".join(phrase.lower().split()) for phrase in _WORDS.findall(words)))
    if phrases:
        # Each is a signal of its own.
        matches.append((min(3 * len(phrases), 9), f"Words common in spam: {', '.join(phrases[:3])}"))
    return matches


def _check_email(email: str) -> list[tuple[int, str]]:
    domain = get_email_domain(email)
    longest = max(domain.split("."), key=len)
    if domain.count("-") > 3 or sum(letter.isdigit() for letter in longest) > 5:
        return [(2, f"Random-looking e-mail domain: {domain}")]
    if len(longest) > 12 and longest.isascii() and not _VOWELS & set(longest):
        return [(2, f"Unpronounceable e-mail domain: {domain}")]
    return []


def _check_repeats(repeats: int) -> list[tuple[int, str]]:
    if not repeats:
        return []
    # One other client may be the same person on another network.
    return [(min(2 * repeats, 6), f"Same message from {repeats} other address{'es' if repeats > 1 else ''}")]


def _check_history(history: SenderHistory | None, *, is_suspect: bool) -> list[tuple[int, str]]:
    if history is None or (history.is_trusted and not is_suspect):
        return []
    sender = "address" if history.is_same_email else "domain"
    if history.is_trusted:
        return [(-5 if history.is_same_email else -3, f"You accepted an earlier enquiry from this {sender}")]
    return [(5 if history.is_same_email else 3, f"You marked an earlier enquiry from this {sender} as spam")]
