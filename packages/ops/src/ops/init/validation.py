"""Checks a value that somebody typed. Each function returns what is wrong and what to do, or an empty string."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import available_timezones

LONGEST_DOMAIN = 253
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_TOP_LABEL = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")


def _match(pattern: str, problem: str) -> Callable[[str], str]:
    return lambda text: "" if re.fullmatch(pattern, text) else f"{text!r} {problem}"


check_language = _match(
    r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", "is no language tag. Write it as en, en-US or nb-NO."
)
check_currency = _match(r"[A-Z]{3}", "is no currency. Write its three letters, as EUR.")
check_year = _match(r"[12]\d{3}", "is no year. Write it as 2024.")
check_owner = _match(
    r"(?=.{1,39}$)[A-Za-z0-9](?:-?[A-Za-z0-9])*",
    "is no account of GitHub: letters, digits and single hyphens inside, at most 39 characters.",
)
check_repository = _match(
    r"(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}",
    "is no name of a repository: letters, digits, dots, hyphens and underscores, without .git at the end.",
)
check_branch = _match(
    r"(?![-/.])(?!.*(\.\.|//|/\.|@\{))[^\s~^:?*\[\\\x00-\x1f\x7f]+(?<![./])",
    "is no name of a branch. Write it as main.",
)
check_placement = _match(
    "path|subdomain", "is no place for the blog. Choose path (below the site) or subdomain (a host of its own)."
)


def check_line(text: str, longest: int = 120) -> str:
    """Checks a name or a sentence that pages and subjects of mails show."""
    if not text.strip():
        return "It is empty. Give at least one letter."
    if text != text.strip() or not text.isprintable():
        return "It begins or ends with a blank, or has unprintable characters. Give one plain line."
    return f"It has {len(text)} characters. Give at most {longest}." if len(text) > longest else ""


check_name = partial(check_line, longest=60)


def check_domain(text: str) -> str:
    """Checks a host name: without a scheme, in small letters, as the DNS has it."""
    bare = re.sub(r"^[a-z]+://", "", text.strip().lower()).split("/")[0].rstrip(".")
    try:
        ascii_name = bare if bare.isascii() else bare.encode("idna").decode()
    except UnicodeError:
        ascii_name = ""
    labels = ascii_name.split(".")
    is_domain = len(labels) > 1 and len(ascii_name) <= LONGEST_DOMAIN and _TOP_LABEL.fullmatch(labels[-1])
    if not is_domain or not all(_LABEL.fullmatch(label) for label in labels):
        return f"{text!r} is no domain. Write it as example.org: letters, digits, hyphens, and a dot between parts."
    return "" if ascii_name == text else f"{text!r} is not how a domain is written here. Write {ascii_name}."


def check_email(text: str) -> str:
    from crm.kernel.mail import is_address  # noqa: PLC0415 it loads much, and every `ops` command loads this module

    if not is_address(text):
        return f"{text!r} is no e-mail address. Write it as hello@example.org."
    problem = check_domain(text.rpartition("@")[2])
    return f"In {text!r}, what stands after the @ is wrong. {problem}" if problem else ""


def check_time_zone(text: str) -> str:
    zones = available_timezones()
    cities = {zone.rpartition("/")[2].lower(): zone for zone in sorted(zones)}
    city = text.strip().replace(" ", "_").rpartition("/")[2].lower()
    near = [cities[name] for name in difflib.get_close_matches(city, cities, n=1 if city in cities else 3)]
    hint = f"Did you mean {' or '.join(near)}?" if near else "Write it as Europe/Bucharest."
    return "" if text in zones else f"There is no time zone {text!r}. {hint}"


def check_url(text: str) -> str:
    parts = urlsplit(text)
    is_plain = parts.scheme == "https" and text.isascii() and text.isprintable() and " " not in text
    is_url = is_plain and not check_domain(parts.hostname or "")
    return "" if is_url else f"{text!r} is no URL. Write it as https://example.org/…"


def check_booking(text: str) -> str:
    return f"{check_url(text)} Or write none: then no call is offered." if text and check_url(text) else ""
