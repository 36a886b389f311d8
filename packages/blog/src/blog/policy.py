"""The last touch on a page: tidy style sheets and a content security policy made from what the page really holds."""

from __future__ import annotations

import functools
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

_OPENING = re.compile(r"<(style|script)\b([^>]*)>")
_FORM = re.compile(r'<form\b[^>]*\baction="([^"]*)"')
_CHARSET = '<meta charset="utf-8">'
_DECLARED = re.compile(r"(--[\w-]+):[^;{}]*(?:;|(?=\}))")
_USED = re.compile(r"var\((--[\w-]+)")


class Unsealed(ValueError):
    """A page lacks the place where its policy goes."""


def seal(html: str, *, api_url: str = "", counts_url: str = "", live: str = "") -> str:
    """The page with its sheets tidied and its policy in a `<meta>` right after the charset.

    Scripts of the page may talk to the site, and to `api_url` and `counts_url` if given. `live` is the address of a
    script to add.
    Raises `Unsealed` for a page without `<meta charset="utf-8">`.
    """
    if live:
        html = html.replace("</body>", f'<script src="{live}"></script></body>')
    styles: dict[str, None] = {}
    scripts: dict[str, None] = {}

    def note(kind: str, attributes: str, inside: str) -> str:
        if kind == "style":
            sheet, source = _tidied(inside)
            styles[source] = None
            return sheet
        if "src=" in attributes:
            scripts["'self'"] = None
        elif "json" not in attributes:
            # Also speculation rules: browsers forget their own keyword for these as soon as a hash stands beside it.
            scripts[hash_source(inside)] = None
            if "import(" in inside:
                scripts["'self'"] = None
        return inside

    html = _each_inline(html, note)
    if '<link rel="stylesheet"' in html:
        styles["'self'"] = None
    if _CHARSET not in html:
        raise Unsealed(f"The page has no {_CHARSET} in its head.")
    policy = _policy(html, list(styles), list(scripts), (api_url, counts_url))
    return html.replace(_CHARSET, f'{_CHARSET}<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)


def _policy(html: str, styles: list[str], scripts: list[str], partners: tuple[str, ...]) -> str:
    rules = ["default-src 'none'", "base-uri 'none'", "img-src 'self'" + (" data:" if "data:image" in html else "")]
    if styles:
        rules.append(f"style-src {' '.join(styles)}")
    head = html[: html.find("</head>")]
    if "@font-face" in head:
        rules.append("font-src 'self'")
    if 'rel="manifest"' in head:
        rules.append("manifest-src 'self'")
    if scripts:
        origins = [origin for origin in map(_origin, partners) if origin]
        rules += [f"script-src {' '.join(scripts)}", " ".join(["connect-src 'self'", *origins])]
    # The answer to a form is a redirect back to the site, and browsers hold redirects to this rule too.
    targets = {_origin(action) for action in _FORM.findall(html)} - {""}
    rules.append(" ".join(["form-action", "'self'", *sorted(targets)]) if "<form" in html else "form-action 'none'")
    return "; ".join(rules)


def hash_source(text: str) -> str:
    """The source expression that allows exactly this inline text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _origin(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    return f"{scheme}://{rest.split('/')[0]}" if mark else ""


@functools.cache
def _tidied(sheet: str) -> tuple[str, str]:
    """The sheet without comments, idle space and custom properties nobody uses; and its source expression."""
    text = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,>]) ?", r"\1", text).replace(": ", ":").replace(";}", "}").strip()
    before = ""
    while before != text:
        before = text
        text = _without_unused(text)
    text = re.sub(r"[^{};]*\{\}", "", text.replace(";}", "}"))
    return text, hash_source(text)


def _without_unused(text: str) -> str:
    used = set(_USED.findall(text))
    return _DECLARED.sub(lambda declared: declared[0] if declared[1] in used else "", text)


def _each_inline(html: str, note: Callable[[str, str, str], str]) -> str:
    """The page with the inside of every style and script element replaced by what `note` answers.

    It is given the name, attributes and inside of each. Leaping from one to the next costs a fifth of one regular
    expression over the whole page.
    """
    parts: list[str] = []
    at = 0
    while True:
        starts = [found for found in (html.find("<style", at), html.find("<script", at)) if found >= 0]
        opening = _OPENING.match(html, min(starts)) if starts else None
        end = html.find(f"</{opening[1]}>", opening.end()) if opening else -1
        if opening is None or end < 0:
            parts.append(html[at:])
            return "".join(parts)
        parts += (html[at : opening.end()], note(opening[1], opening[2], html[opening.end() : end]))
        at = end
