"""Grades an answer as MDN's HTTP Observatory does (mdn/mdn-http-observatory, its scoring of August 2026).

A host starts with 100. What is missing costs points; what is there beyond need gives some, counted only where the host
has 90 without them. The list of preloaded hosts, worth 5 points to those on it, is not consulted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from ops.verify import policy
from ops.verify.page import Page

START, ENOUGH_FOR_EXTRA = 100, 90
GRADES = (
    (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"),
    (40, "D+"), (30, "D"), (25, "D-"), (0, "F"),
)  # fmt: skip
HALF_A_YEAR_S = 15_768_000
PRIVATE = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
CARELESS = ("origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade")
ISOLATING = {
    "cross-origin-resource-policy": ({"same-origin", "same-site"}, {"cross-origin"}),
    "cross-origin-embedder-policy": ({"require-corp", "credentialless"}, {"unsafe-none"}),
    "cross-origin-opener-policy": (
        {"same-origin", "same-origin-allow-popups", "noopener-allow-popups"}, {"unsafe-none"},
    ),
}  # fmt: skip


class Seen(NamedTuple):
    """An answer over https. Names of headers are in small letters.

    `hops` are the addresses that a visitor passes who begins without TLS, and is empty where nobody listens there;
    `page` is None for what is no HTML.
    """

    url: str
    headers: Mapping[str, str]
    cookies: Sequence[str]
    page: Page | None
    hops: Sequence[str]


class Mark(NamedTuple):
    topic: str
    points: int
    why: str


class Grade(NamedTuple):
    score: int
    marks: Sequence[Mark]

    @property
    def letter(self) -> str:
        return next(letter for least, letter in GRADES if self.score >= least)

    @property
    def lost(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.points < 0]


def graded(seen: Seen) -> Grade:
    marks = [
        _policy(seen), _cookies(seen), _sharing(seen), _redirection(seen), _referrer(seen), _hsts(seen), _scripts(seen),
        _sniffing(seen), _framing(seen), *(_isolating(seen, topic) for topic in ISOLATING),
    ]  # fmt: skip
    bare = START + sum(mark.points for mark in marks if mark.points < 0)
    extra = sum(mark.points for mark in marks if mark.points > 0) if bare >= ENOUGH_FOR_EXTRA else 0
    return Grade(max(bare + extra, 0), marks)


def _policy(seen: Seen) -> Mark:
    told = seen.headers.get("content-security-policy") or (seen.page.policy if seen.page else "")
    return Mark("content-security-policy", *policy.judged(told))


def _cookies(seen: Seen) -> Mark:
    worst = Mark("cookies", 5 if seen.cookies else 0, "")
    for cookie in seen.cookies:
        name, _, rest = cookie.partition("=")
        flags = {part.strip().lower() for part in rest.split(";")[1:]}
        session = re.search("login|sess", name.lower())
        covered = _hsts(seen).points >= 0
        points, why = (0 if not any(flag.startswith("samesite") for flag in flags) else 5), "has no SameSite"
        if "secure" not in flags:
            points, why = ((-10 if covered else -40) if session else (-5 if covered else -20)), "is not Secure"
        if flags & {"samesite", "samesite="}:
            points, why = min(points, -20), "has a SameSite that says nothing"
        if session and "httponly" not in flags:
            points, why = min(points, -30), "is not HttpOnly"
        if points < worst.points:
            worst = Mark("cookies", points, f"the cookie {name} {why}")
    return worst


def _sharing(seen: Seen) -> Mark:
    """The answer to a stranger's origin: named back together with credentials it gives everything away."""
    origin = seen.headers.get("access-control-allow-origin", "")
    open_to_all = origin not in ("", "*") and seen.headers.get("access-control-allow-credentials", "").lower() == "true"
    return Mark("cross-origin-resource-sharing", -50 if open_to_all else 0, f"{origin} may use a visitor's session")


def _redirection(seen: Seen) -> Mark:
    topic, hops = "redirection", [urlsplit(hop) for hop in seen.hops]
    if not hops:
        return Mark(topic, 0, "nobody listens without TLS")
    if len(hops) == 1:
        return Mark(topic, -20, f"{seen.hops[0]} does not lead to https")
    if hops[-1].scheme != "https":
        return Mark(topic, -20, f"{seen.hops[0]} ends at {seen.hops[-1]}")
    if hops[1].scheme != "https":
        return Mark(topic, -10, f"{seen.hops[0]} leads to {seen.hops[1]} before https")
    if hops[0].hostname != hops[1].hostname:
        return Mark(topic, -5, f"{seen.hops[0]} leads to another host at once")
    return Mark(topic, 0, "")


def _referrer(seen: Seen) -> Mark:
    told = ",".join(filter(None, (seen.headers.get("referrer-policy"), seen.page.referrer if seen.page else "")))
    if not told:
        return Mark("referrer-policy", 0, "there is no referrer-policy")
    known = [word for word in (part.strip().lower() for part in told.split(",")) if word in PRIVATE + CARELESS]
    points = 5 if known and known[-1] in PRIVATE else -5
    return Mark("referrer-policy", points, f"referrer-policy is {told}")


def _hsts(seen: Seen) -> Mark:
    topic, told = "strict-transport-security", seen.headers.get("strict-transport-security", "")
    age = re.search(r"max-age\s*=\s*\"?(\d+)", told, re.IGNORECASE)
    if not age:
        return Mark(topic, -20, f"there is no {topic}")
    return Mark(topic, 0 if int(age[1]) >= HALF_A_YEAR_S else -10, f"{topic} lasts {int(age[1]) // 86400} days")


def _scripts(seen: Seen) -> Mark:
    topic, host = "subresource-integrity", urlsplit(seen.url).hostname or ""
    found = [script for script in (seen.page.scripts if seen.page else ()) if script.url]
    foreign = [script for script in found if not _ours(script.url, host)]
    clear = [script for script in foreign if script.url.startswith(("http:", "//"))]
    if clear:
        whole = all(script.integrity for script in clear)
        return Mark(topic, -20 if whole else -50, f"the script {clear[0].url} comes without TLS")
    bare = [script for script in foreign if not script.integrity]
    if bare:
        return Mark(topic, -5, f"the script {bare[0].url} has no integrity")
    return Mark(topic, 5 if foreign or any(script.integrity for script in found) else 0, "")


def _ours(url: str, host: str) -> bool:
    """Relative, or on a host of the same domain; two labels make a domain of ours."""
    if url.startswith("//"):
        return False
    named = urlsplit(url).hostname
    return named is None or named.split(".")[-2:] == host.split(".")[-2:]


def _sniffing(seen: Seen) -> Mark:
    topic = "x-content-type-options"
    told = seen.headers.get(topic, "").strip().lower()
    return Mark(topic, 0 if told == "nosniff" else -5, f"there is no {topic} with nosniff")


def _framing(seen: Seen) -> Mark:
    topic = "x-frame-options"
    if "frame-ancestors" in policy.parsed(seen.headers.get("content-security-policy", "")):
        return Mark(topic, 5, "")
    told = seen.headers.get(topic, "").strip().lower()
    allowed = told in ("deny", "sameorigin") or told.startswith("allow-from")
    return Mark(topic, 0 if allowed else -20, "other sites may frame it")


def _isolating(seen: Seen, topic: str) -> Mark:
    told = seen.headers.get(topic, "").partition(";")[0].strip().lower()
    good, harmless = ISOLATING[topic]
    if told in good:
        return Mark(topic, 10, "")
    return Mark(topic, 0 if told == "" or told in harmless else -5, f"{topic} is {told}")
