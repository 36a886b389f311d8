"""Whether a fact can be what somebody typed. Each function says what is wrong and what to do, or nothing."""

from __future__ import annotations

import difflib
import re
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from crm.kernel.mail import is_address

LONGEST_DOMAIN = 253
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_ENDING = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")
_OWNER = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9])*")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_BRANCH = re.compile(r"(?![-/.])(?!.*(\.\.|//|/\.|@\{))[^\s~^:?*\[\\\x00-\x1f\x7f]+(?<![./])")


def line(text: str, longest: int = 120) -> str:
    """A name or a sentence that is shown on pages and in subjects of mails."""
    if not text.strip():
        return "It is empty. Give at least one letter."
    if text != text.strip() or not text.isprintable():
        return "It has blanks at an end, or characters that cannot be shown. Give one plain line."
    if len(text) > longest:
        return f"It has {len(text)} characters. Give at most {longest}."
    return ""


def name(text: str) -> str:
    return line(text, 60)


def domain(text: str) -> str:
    """A host name as browsers show it, without a scheme, in the letters that the DNS knows."""
    bare = re.sub(r"^[a-z]+://", "", text.strip().lower()).split("/")[0].rstrip(".")
    try:
        told = bare if bare.isascii() else bare.encode("idna").decode()
    except UnicodeError:
        told = ""
    labels = told.split(".")
    fine = (
        len(labels) > 1
        and len(told) <= LONGEST_DOMAIN
        and all(_LABEL.fullmatch(label) for label in labels)
        and _ENDING.fullmatch(labels[-1])
    )
    if not fine:
        return f"{text!r} is no domain. Write it as example.org: letters, digits, hyphens, and a dot between parts."
    return "" if told == text else f"{text!r} is not how a domain is written here. Write {told}."


def email(text: str) -> str:
    if not is_address(text):
        return f"{text!r} is no e-mail address. Write it as hello@example.org."
    wrong = domain(text.rpartition("@")[2])
    return f"In {text!r}, what stands after the @ cannot be right. {wrong}" if wrong else ""


def language(text: str) -> str:
    return "" if _LANGUAGE.fullmatch(text) else f"{text!r} is no language tag. Write it as en, en-US or nb-NO."


def time_zone(text: str) -> str:
    zones = available_timezones()
    if text in zones:
        return ""
    by_end = {zone.rpartition("/")[2].lower(): zone for zone in sorted(zones)}
    wanted = text.strip().replace(" ", "_").rpartition("/")[2].lower()
    near = [by_end[end] for end in difflib.get_close_matches(wanted, by_end, n=1 if wanted in by_end else 3)]
    hint = f" Did you mean {' or '.join(near)}?" if near else " Write it as Europe/Bucharest."
    return f"There is no time zone {text!r}.{hint}"


def currency(text: str) -> str:
    return "" if re.fullmatch(r"[A-Z]{3}", text) else f"{text!r} is no currency. Write its three letters, as EUR."


def year(text: str) -> str:
    return "" if re.fullmatch(r"[12]\d{3}", text) else f"{text!r} is no year. Write it as 2024."


def owner(text: str) -> str:
    if _OWNER.fullmatch(text) and len(text) <= 39:
        return ""
    return f"{text!r} is no account of GitHub: letters, digits and single hyphens inside, at most 39 characters."


def repository(text: str) -> str:
    if _REPOSITORY.fullmatch(text) and text not in (".", "..") and not text.endswith(".git"):
        return ""
    return (
        f"{text!r} is no name of a repository: letters, digits, dots, hyphens and underscores, without .git at the end."
    )


def branch(text: str) -> str:
    return "" if _BRANCH.fullmatch(text) else f"{text!r} is no name of a branch. Write it as main."


def placement(text: str) -> str:
    if text in ("path", "subdomain"):
        return ""
    return f"{text!r} is no place for the blog. Choose path (below the site) or subdomain (a host of its own)."


def address(text: str) -> str:
    """An https address."""
    parts = urlsplit(text)
    fine = parts.scheme == "https" and text.isascii() and text.isprintable() and " " not in text
    if fine and not domain(parts.hostname or ""):
        return ""
    return f"{text!r} is no address. Write it as https://example.org/…"


def booking(text: str) -> str:
    return "" if not text or not address(text) else f"{address(text)} Or write none: then no call is offered."
