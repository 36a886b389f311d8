"""Adds a content security policy to a page, with hashes of its inline style sheets and scripts.

It also minifies the style sheets, because their hashes depend on their final text.
"""

from __future__ import annotations

import functools
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256

_OPENING_TAG = re.compile(r"<(style|script)\b([^>]*)>")
_FORM_ACTION = re.compile(r'<form\b[^>]*\baction="([^"]*)"')
_PLAYER = re.compile(r'<a\b[^>]* data-embed="([^"]*)"')
_CHARSET = '<meta charset="utf-8">'
_PROPERTY_DECLARATION = re.compile(r"(--[\w-]+):[^;{}]*(?:;|(?=\}))")
_PROPERTY_USE = re.compile(r"var\((--[\w-]+)")


class MissingPolicyError(ValueError):
    """The page cannot have a policy, because it lacks the element that the policy follows."""


def add_policy(
    html: str,
    *,
    connect_to: Sequence[str] = (),
    media_hosts: Sequence[str] = (),
    has_players: bool = True,
    reload_script: str = "",
) -> str:
    """Returns the page with minified style sheets and its policy in a `<meta>` after the charset (CSP Level 3).

    Scripts may send requests to the site and to the hosts of `connect_to`; empty URLs are ignored. Pictures, films and
    sounds may come from the site and from `media_hosts`. Players of other sites that a click loads are allowed;
    without `has_players`, the page is known to have no film, sound or player.
    `reload_script` is the URL of a script to add.
    Raises `MissingPolicyError` for a page without `<meta charset="utf-8">`.
    """
    if reload_script:
        html = html.replace("</body>", f'<script src="{reload_script}"></script></body>')
    styles: dict[str, None] = {}
    scripts: dict[str, None] = {}

    def process(tag: str, attributes: str, text: str) -> str:
        if tag == "style":
            sheet, source = _minify(text)
            styles[source] = None
            return sheet
        if "src=" in attributes:
            scripts["'self'"] = None
        elif "json" not in attributes:
            # This covers speculation rules: browsers ignore 'inline-speculation-rules' if there is a hash.
            scripts[hash_source(text)] = None
            if "import(" in text:
                scripts["'self'"] = None
        return text

    html = _replace_inline(html, process)
    if '<link rel="stylesheet"' in html:
        styles["'self'"] = None
    if _CHARSET not in html:
        raise MissingPolicyError(f"The page has no {_CHARSET} in its head.")
    policy = _build_policy(html, list(styles), list(scripts), connect_to, media_hosts, has_players=has_players)
    return html.replace(_CHARSET, f'{_CHARSET}<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)


def _build_policy(
    html: str,
    styles: list[str],
    scripts: list[str],
    connect_to: Sequence[str],
    media_hosts: Sequence[str],
    *,
    has_players: bool,
) -> str:
    media = " ".join(["'self'", *(f"https://{host}" for host in media_hosts)])
    rules = ["default-src 'none'", "base-uri 'none'", f"img-src {media}" + (" data:" if "data:image" in html else "")]
    if has_players:
        rules += _list_player_rules(html, media)
    if styles:
        rules.append(f"style-src {' '.join(styles)}")
    head = html[: html.find("</head>")]
    if "@font-face" in head:
        rules.append("font-src 'self'")
    if 'rel="manifest"' in head:
        rules.append("manifest-src 'self'")
    if scripts:
        origins = [origin for origin in map(_get_origin, connect_to) if origin]
        rules += [f"script-src {' '.join(scripts)}", " ".join(["connect-src 'self'", *origins])]
    # A form's response redirects back to the site, and browsers apply form-action to redirects too.
    has_form = "<form" in html
    targets = {_get_origin(action) for action in _FORM_ACTION.findall(html)} - {""} if has_form else set()
    rules.append(" ".join(["form-action", "'self'", *sorted(targets)]) if has_form else "form-action 'none'")
    return "; ".join(rules)


def _list_player_rules(html: str, media: str) -> list[str]:
    """Returns the rules for films, sounds and frames of a page."""
    rules = [f"media-src {media}"] if "<video" in html or "<audio" in html else []
    # The search for plain text is much faster, and most pages have no player.
    players = _PLAYER.findall(html) if "data-embed" in html else []
    frames = {_get_origin(url) for url in players} | ({"'self'"} if "<iframe" in html else set())
    if frames:
        rules.append(f"frame-src {' '.join(sorted(frames))}")
    return rules


def hash_source(text: str) -> str:
    """Returns the CSP source expression that allows exactly this inline text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _get_origin(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}://{rest.split('/')[0]}" if separator else ""


@functools.cache
def _minify(sheet: str) -> tuple[str, str]:
    """Returns the sheet without comments, spaces and unused custom properties, and its source expression."""
    text = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,>]) ?", r"\1", text).replace(": ", ":").replace(";}", "}").strip()
    before = ""
    while before != text:
        before = text
        text = _remove_unused_properties(text)
    text = re.sub(r"[^{};]*\{\}", "", text.replace(";}", "}"))
    return text, hash_source(text)


def _remove_unused_properties(text: str) -> str:
    used = set(_PROPERTY_USE.findall(text))
    return _PROPERTY_DECLARATION.sub(lambda declaration: declaration[0] if declaration[1] in used else "", text)


def _replace_inline(html: str, process: Callable[[str, str, str], str]) -> str:
    """Returns the page with the text of every style and script element replaced.

    `process` receives the tag, attributes and text of each. `find` takes a fifth of the time of one regular expression
    over the whole page.
    """
    parts: list[str] = []
    position = 0
    starts = {tag: html.find(f"<{tag}") for tag in ("style", "script")}
    while True:
        tag = min(starts, key=lambda name: starts[name] if starts[name] >= 0 else len(html))
        opening = _OPENING_TAG.match(html, starts[tag]) if starts[tag] >= 0 else None
        end = html.find(f"</{opening[1]}>", opening.end()) if opening else -1
        if opening is None or end < 0:
            parts.append(html[position:])
            return "".join(parts)
        parts += (html[position : opening.end()], process(opening[1], opening[2], html[opening.end() : end]))
        position = end
        # Only what was passed is looked for again: a search to the end of a page takes longest.
        for name, start in starts.items():
            if 0 <= start < position:
                starts[name] = html.find(f"<{name}", position)
