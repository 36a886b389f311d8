"""Grades a response as MDN's HTTP Observatory does (mdn/mdn-http-observatory, its scoring of August 2026).

A host starts with 100 points. What is missing costs points. What goes beyond need gives some, which count only for a
host that has 90 without them. The list of preloaded hosts, worth 5 points to those on it, is not consulted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from ops.verify.public_site import Page

START, ENOUGH_FOR_EXTRA = 100, 90
GRADES = (
    (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"),
    (40, "D+"), (30, "D"), (25, "D-"), (0, "F"),
)  # fmt: skip
HALF_A_YEAR_DAYS = 182.5
PRIVATE = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
CARELESS = ("origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade")
ANYWHERE = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
UNSAFE = {*ANYWHERE, "'unsafe-inline'", "data:"}
FRAMES_LIMITED = ("deny", "sameorigin", "allow-from")
PASSIVE = ("img-src", "media-src")
HASH_OR_NONCE = ("'sha256-", "'sha384-", "'sha512-", "'nonce-")


class Policy:
    """A content security policy, in lower case. Where a directive is named twice, the first counts."""

    def __init__(self, text: str) -> None:
        parts = [part.split() for part in text.lower().split(";") if part.strip()]
        self.directives = {name: frozenset(sources) for name, *sources in reversed(parts)}
        self.default = self.directives.get("default-src", frozenset({"*"}))
        self.active = {each for name, sources in self.directives.items() if name not in PASSIVE for each in sources}
        self.passive = {each for name in PASSIVE for each in self.directives.get(name, self.default)}
        self.scripts, self.styles, self.objects = map(self._effective, ("script-src", "style-src", "object-src"))

    def _effective(self, name: str) -> frozenset[str]:
        """Browsers ignore 'unsafe-inline' beside a hash or a nonce, and hosts beside 'strict-dynamic' as well."""
        sources = self.directives.get(name, self.default)
        if not any(source.startswith(HASH_OR_NONCE) for source in sources):
            return sources
        hosts = {source for source in sources if source.startswith(tuple(ANYWHERE))} | {"'self'"}
        return sources - {"'unsafe-inline'"} - (hosts if "'strict-dynamic'" in sources else set())


@dataclass(frozen=True)
class Seen:
    """A response over https. Header names are in lower case.

    `hops` are the URLs that a visitor passes who begins without TLS; empty where no server listens there.
    """

    url: str
    headers: Mapping[str, str]
    cookies: Sequence[str]
    page: Page
    hops: Sequence[str]

    def value(self, header: str) -> str:
        return self.headers.get(header, "").strip().lower()

    @cached_property
    def policy(self) -> Policy:
        return Policy(self.value("content-security-policy") or self.page.policy)

    @cached_property
    def hosts(self) -> list[str | None]:
        """The host of each hop."""
        return [urlsplit(hop).hostname for hop in self.hops]

    @cached_property
    def referrer(self) -> str:
        """The last value that browsers know, or the whole text where they know none."""
        stated = ",".join(filter(None, (self.headers.get("referrer-policy"), self.page.stated.get("referrer"))))
        known = [word for part in stated.split(",") if (word := part.strip().lower()) in PRIVATE + CARELESS]
        return known[-1] if known else stated

    @cached_property
    def hsts_days(self) -> float:
        age = re.search(r"max-age\s*=\s*\"?(\d+)", self.value("strict-transport-security"))
        return int(age[1]) / 86_400 if age else -1

    @cached_property
    def foreign(self) -> list[str]:
        """Scripts of other domains. Two labels make a domain, and a relative URL is ours."""
        ours = (urlsplit(self.url).hostname or "").split(".")[-2:]
        hosts = {url: (urlsplit(url).hostname or "").split(".")[-2:] for url in self.page.scripts}
        return [url for url, host in hosts.items() if url.startswith("//") or host not in ([""], ours)]

    @cached_property
    def plain(self) -> list[str]:
        return [url for url in self.foreign if url.startswith(("http:", "//"))]


class Rule(NamedTuple):
    """`reason` may name fields of the response `s`."""

    topic: str
    points: int
    reason: str
    holds: Callable[[Seen], object]


class Score(NamedTuple):
    points: int
    reason: str


def grade(seen: Seen) -> tuple[str, int, Mapping[str, Score]]:
    """Returns the grade, its points, and the score of each topic."""
    scores = {"cookies": min((_judge_cookie(cookie, seen) for cookie in seen.cookies), default=Score(0, ""))}
    for rule in RULES:
        if rule.topic not in scores and rule.holds(seen):
            scores[rule.topic] = Score(rule.points, rule.reason.format(s=seen))
    points = START + sum(score.points for score in scores.values() if score.points < 0)
    if points >= ENOUGH_FOR_EXTRA:
        points += sum(score.points for score in scores.values() if score.points > 0)
    points = max(points, 0)
    return next(letter for least, letter in GRADES if points >= least), points, scores


def _judge_cookie(cookie: str, seen: Seen) -> Score:
    name, *attributes = (part.strip().lower() for part in cookie.split(";"))
    session = re.search("login|sess", name.partition("=")[0])
    insecure = (-10 if session else -5) if seen.hsts_days >= HALF_A_YEAR_DAYS else (-40 if session else -20)
    flaws = (
        ("secure" not in attributes, insecure, "is not Secure"),
        ({"samesite", "samesite="} & set(attributes), -20, "has a SameSite that says nothing"),
        (session and "httponly" not in attributes, -30, "is not HttpOnly"),
        (not any(each.startswith("samesite") for each in attributes), 0, "has no SameSite"),
    )
    points, flaw = min(((points, flaw) for holds, points, flaw in flaws if holds), default=(5, ""))
    return Score(points, f"the cookie {cookie.partition('=')[0]} {flaw}")


def _has_plain(sources: set[str]) -> bool:
    return any(source.startswith(("http:", "ftp:")) for source in sources)


def _rate_isolation(header: str, good: Sequence[str], harmless: str) -> tuple[Rule, Rule]:
    def first(seen: Seen) -> str:
        return seen.value(header).partition(";")[0].strip()

    return (
        Rule(header, 10, "", lambda s: first(s) in good),
        Rule(header, -5, f"{header} has another value", lambda s: first(s) not in ("", harmless)),
    )


CSP, CORS, FRAMES = "content-security-policy", "access-control-allow-", "x-frame-options"
HSTS, SCRIPTS, REFERRER = "strict-transport-security", "subresource-integrity", "referrer-policy"

# In each topic the first rule that holds counts. Where none does, the topic costs nothing.
RULES = (
    Rule(CSP, -25, "there is no content policy", lambda s: not s.policy.directives),
    Rule(
        CSP, -20, "the content policy allows scripts from anywhere, or in the page", lambda s: s.policy.scripts & UNSAFE
    ),
    Rule(CSP, -20, "the content policy allows objects from anywhere", lambda s: s.policy.objects & ANYWHERE),
    Rule(CSP, -20, "the content policy allows what comes without TLS", lambda s: _has_plain(s.policy.active)),
    Rule(CSP, -10, "the content policy allows eval", lambda s: "'unsafe-eval'" in s.policy.scripts | s.policy.styles),
    Rule(CSP, -10, "the content policy allows pictures without TLS", lambda s: _has_plain(s.policy.passive)),
    Rule(CSP, 0, "", lambda s: s.policy.styles & UNSAFE),
    Rule(CSP, 10, "", lambda s: s.policy.default == {"'none'"}),
    Rule(CSP, 5, "", lambda s: s.policy.directives),
    Rule("sharing", 0, "", lambda s: s.value(f"{CORS}origin") in ("", "*")),
    Rule("sharing", -50, "a stranger may use a visitor's session", lambda s: s.value(f"{CORS}credentials") == "true"),
    Rule("redirection", 0, "", lambda s: not s.hops),
    Rule("redirection", -20, "{s.hops[0]} does not lead to https", lambda s: len(s.hops) == 1),
    Rule("redirection", -20, "{s.hops[0]} does not end at https", lambda s: not s.hops[-1].startswith("https:")),
    Rule(
        "redirection",
        -10,
        "{s.hops[0]} leads to {s.hops[1]} before https",
        lambda s: not s.hops[1].startswith("https:"),
    ),
    Rule("redirection", -5, "{s.hops[0]} leads to another host", lambda s: s.hosts[0] != s.hosts[1]),
    Rule(REFERRER, 0, "", lambda s: not s.referrer),
    Rule(REFERRER, 5, "", lambda s: s.referrer in PRIVATE),
    Rule(REFERRER, -5, "referrer-policy is {s.referrer}", lambda s: s.referrer),
    Rule(HSTS, -20, f"there is no {HSTS}", lambda s: s.hsts_days < 0),
    Rule(HSTS, -10, f"{HSTS} lasts {{s.hsts_days:.0f}} days", lambda s: s.hsts_days < HALF_A_YEAR_DAYS),
    Rule(SCRIPTS, -50, "{s.plain[0]} comes without TLS", lambda s: not all(s.page.scripts[each] for each in s.plain)),
    Rule(SCRIPTS, -20, "{s.plain[0]} comes without TLS", lambda s: s.plain),
    Rule(SCRIPTS, -5, "{s.foreign[0]} has no integrity", lambda s: not all(s.page.scripts[each] for each in s.foreign)),
    Rule(SCRIPTS, 5, "", lambda s: any(s.page.scripts.values())),
    Rule("sniffing", -5, "there is no nosniff", lambda s: s.value("x-content-type-options") != "nosniff"),
    Rule(FRAMES, 5, "", lambda s: "frame-ancestors" in s.value(CSP)),
    Rule(FRAMES, -20, "other sites may frame it", lambda s: not s.value(FRAMES).startswith(FRAMES_LIMITED)),
    *_rate_isolation("cross-origin-resource-policy", ("same-origin", "same-site"), "cross-origin"),
    *_rate_isolation("cross-origin-embedder-policy", ("require-corp", "credentialless"), "unsafe-none"),
    *_rate_isolation(
        "cross-origin-opener-policy",
        ("same-origin", "same-origin-allow-popups", "noopener-allow-popups"),
        "unsafe-none",
    ),
)
