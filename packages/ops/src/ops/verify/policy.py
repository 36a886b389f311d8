"""Judges a content security policy as MDN's HTTP Observatory does."""

from __future__ import annotations

from typing import NamedTuple

BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
INLINE = {"'unsafe-inline'", "data:"}
PASSIVE = ("img-src", "media-src")
ONE_BY_ONE = ("'sha256-", "'sha384-", "'sha512-", "'nonce-")
ANYTHING = frozenset({"*"})


class Verdict(NamedTuple):
    points: int
    why: str


def parsed(policy: str) -> dict[str, frozenset[str]]:
    """Directives with their sources, in small letters; where one is named twice, the first counts."""
    found: dict[str, frozenset[str]] = {}
    for words in (part.split() for part in policy.lower().split(";")):
        if words:
            found.setdefault(words[0], frozenset(words[1:]))
    return found


def judged(policy: str) -> Verdict:
    """What it is worth, and why: the first that holds. `policy` is empty where there is none."""
    told = parsed(policy)
    if not told:
        return Verdict(-25, "there is no content policy")
    scripts, styles, objects = (_of(told, name) for name in ("script-src", "style-src", "object-src"))
    active = {source for name, sources in told.items() if name not in PASSIVE for source in sources}
    passive = {source for name in PASSIVE for source in told.get(name, told.get("default-src", ()))}
    anywhere = "the content policy lets scripts or objects come from anywhere, or stand in the page"
    found = (
        (scripts & (BROAD | INLINE) or objects & BROAD, Verdict(-20, anywhere)),
        (_clear(active), Verdict(-20, "the content policy allows what comes without TLS")),
        ("'unsafe-eval'" in scripts | styles, Verdict(-10, "the content policy allows eval")),
        (_clear(passive), Verdict(-10, "the content policy allows pictures without TLS")),
        (styles & (BROAD | INLINE), Verdict(0, "the content policy allows styles in the page")),
        (told.get("default-src") == frozenset({"'none'"}), Verdict(10, "the content policy begins with nothing")),
    )
    usual = Verdict(5, "the content policy allows nothing unsafe")
    return next((verdict for holds, verdict in found if holds), usual)


def _of(told: dict[str, frozenset[str]], name: str) -> frozenset[str]:
    """Browsers ignore 'unsafe-inline' beside a hash or a nonce, and hosts beside 'strict-dynamic' as well."""
    sources = told.get(name, told.get("default-src", ANYTHING))
    if not any(source.startswith(ONE_BY_ONE) for source in sources):
        return sources
    ignored = {"'unsafe-inline'"}
    if "'strict-dynamic'" in sources:
        ignored |= {"'self'", *(source for source in sources if source.startswith(tuple(BROAD)))}
    return sources - ignored


def _clear(sources: set[str]) -> bool:
    return any(source.startswith(("http:", "ftp:")) for source in sources)
