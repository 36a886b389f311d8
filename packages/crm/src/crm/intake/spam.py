"""Is it spam? A few rules, no network, and a reason in words for every point, so that a person can disagree."""

from __future__ import annotations

import re

import msgspec

from crm.intake import emails
from crm.intake.forms import Enquiry
from crm.intake.sender_history import Lesson

THRESHOLD = 5
"""From this score on a submission is held for a person to look at. It is never thrown away unseen."""

_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_MARKUP = re.compile(r"<\s*(?:a|script|iframe|img|svg|object|form)\b|\[/?(?:url|link)\b|javascript:", re.IGNORECASE)
_PHRASES = (
    "backlink", "guest post", "rank your website", "first page of google", "seo services", "increase your traffic",
    "domain authority", "casino", "crypto investment", "bitcoin investment", "forex", "payday loan", "viagra", "cialis",
    "work from home and earn", "buy followers", "web design services at", "million email", "bulk email",
)  # fmt: skip
_VOWELS = set("aeiouy")


class Verdict(msgspec.Struct, frozen=True):
    score: int
    reasons: list[str]

    @property
    def held(self) -> bool:
        return self.score >= THRESHOLD


def judge(enquiry: Enquiry, *, origin: str, others: int, lesson: Lesson | None = None) -> Verdict:
    """The score and its reasons. `others` is from how many other addresses the same message came lately, `lesson` what
    people said of this sender before."""
    found = [
        *_of_the_form(enquiry, origin),
        *_of_the_words(enquiry),
        *_of_the_address(enquiry.email),
        *_of_the_crowd(others),
    ]
    found += _of_the_past(lesson, suspect=bool(found))
    return Verdict(sum(points for points, _ in found), [f"{said} ({points:+d})" for points, said in found])


def _of_the_form(enquiry: Enquiry, origin: str) -> list[tuple[int, str]]:
    found = []
    if enquiry.website:
        found.append((10, "A field that people cannot see was filled in"))
    if not origin:
        found.append((1, "Sent by a program, not from a page of ours"))
    if enquiry.started_at and enquiry.sent_at:
        seconds = (enquiry.sent_at - enquiry.started_at).total_seconds()
        if 0 <= seconds < 2:
            found.append((5, f"Filled in and sent within {seconds:.1f} seconds"))
    return found


def _of_the_words(enquiry: Enquiry) -> list[tuple[int, str]]:
    found = []
    words = f"{enquiry.name}\n{enquiry.company}\n{enquiry.message}"
    links = len(_LINK.findall(enquiry.message))
    if links > 2:
        found.append((5 if links > 5 else 3, f"{links} links in the message"))
    if _LINK.search(enquiry.name):
        found.append((5, "A link in the name"))
    if _MARKUP.search(words):
        found.append((5, "Markup or script in the text"))
    said = [phrase for phrase in _PHRASES if phrase in words.lower()]
    if said:
        found.append((min(3 * len(said), 9), f"Words common in spam: {', '.join(said[:3])}"))
    return found


def _of_the_address(email: str) -> list[tuple[int, str]]:
    domain = emails.domain_of(email)
    longest = max(domain.split("."), key=len)
    if domain.count("-") > 3 or sum(letter.isdigit() for letter in longest) > 5:
        return [(2, f"A mail domain made by a program: {domain}")]
    if len(longest) > 12 and longest.isascii() and not _VOWELS & set(longest):
        return [(2, f"A mail domain nobody can say: {domain}")]
    return []


def _of_the_crowd(others: int) -> list[tuple[int, str]]:
    if not others:
        return []
    # One other address may be the same person on another network.
    return [(min(2 * others, 6), f"The same message came from {others} other address{'es' if others > 1 else ''}")]


def _of_the_past(lesson: Lesson | None, *, suspect: bool) -> list[tuple[int, str]]:
    if lesson is None or (lesson.welcome and not suspect):
        return []
    whose = "this address" if lesson.address else "this mail domain"
    if lesson.welcome:
        return [(-5 if lesson.address else -3, f"You let an enquiry of {whose} through before")]
    return [(5 if lesson.address else 3, f"You put an enquiry of {whose} aside as spam before")]
