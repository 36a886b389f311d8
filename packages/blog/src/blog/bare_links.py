"""Marks bare addresses in Markdown as links, as GitHub does: www.example.org, https://example.org, me@example.org.

The Markdown library knows only addresses in angle brackets, so this adds what it needs. Code, links and HTML stay,
and so does an address between `<` and `>` with spaces: CommonMark says that it is text.
"""

from __future__ import annotations

import re
import string
import unicodedata

import pyromark

_CANDIDATE = re.compile(
    r"(?<![\w/:.@<\\])(?<!< )(?<!\]\()(?:https?|ftp)://[^\s<>]+"
    r"|(?<![^\s*_~(])www\.[^\s<>]+"
    r"|(?<![\w.+:/\\-])(?:mailto:|xmpp:)?[A-Za-z0-9._+-]+@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+(?:/[A-Za-z0-9@.]+)?",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"(?:[a-z]+://)?([^/?#:]+)", re.IGNORECASE)
_SENTENCE_MARKS = "?!.,:*_~'\"]"
_ENTITY_AT_END = re.compile(r"&[A-Za-z0-9]+;$")
_PUNCTUATION = str.maketrans({mark: f"\\{mark}" for mark in string.punctuation})
_HTML_LINK = re.compile(r"<(/?)a\b", re.IGNORECASE)


def mark_bare_links(text: str, options: pyromark.Options) -> str:
    """Returns the Markdown with every bare address marked as a link."""
    if "://" not in text and "www." not in text.lower() and "@" not in text:
        return text
    candidates = list(_CANDIDATE.finditer(text))
    if not candidates:
        return text
    ranges = _list_text_ranges(text, options)
    parts, end, position, byte = [], 0, 0, 0
    number = 0
    for match in candidates:
        byte += len(text[position : match.start()].encode())
        position = match.start()
        while number < len(ranges) and ranges[number][1] <= byte:
            number += 1
        if number == len(ranges):
            break
        start, _, in_table = ranges[number]
        if start > byte or position < end:
            continue
        url = trim_url(match[0].split("|")[0] if in_table else match[0])
        if not url:
            continue
        parts += [text[end:position], _write_link(url)]
        end = position + len(url)
    return "".join([*parts, text[end:]]) if parts else text


def trim_url(found: str) -> str:
    """Returns the address without the punctuation that belongs to the sentence; empty if it is not an address."""
    is_mail = "://" not in found and not found.lower().startswith("www.")
    if is_mail:
        found = found if found.lower().startswith("xmpp:") else found.partition("/")[0]
        return "" if found[-1] in "-_" else found
    url = found
    while url:
        last = url[-1]
        is_mark = last in _SENTENCE_MARKS or (not last.isascii() and unicodedata.category(last)[0] == "P")
        if is_mark or (last == ")" and url.count(")") > url.count("(")):
            url = url[:-1]
        elif last == ";":
            url = _ENTITY_AT_END.sub("", url) if _ENTITY_AT_END.search(url) else url[:-1]
        else:
            break
    domain = _DOMAIN.match(url)
    labels = domain[1].split(".") if domain else []
    if not labels or not all(labels) or any("_" in label for label in labels[-2:]):
        return ""
    needs_dot = url.lower().startswith("www.")
    return "" if needs_dot and len(labels) < 2 else url


def _write_link(url: str) -> str:
    lower = url.lower()
    if "://" in url and "\\" not in url:
        return f"<{url}>"
    prefix = "http://" if lower.startswith("www.") else "" if ":" in url.partition("@")[0] else "mailto:"
    target = (prefix + url).replace("\\", "\\\\")
    return f"[{url.translate(_PUNCTUATION)}](<{target}>)"


def _list_text_ranges(text: str, options: pyromark.Options) -> list[tuple[int, int, bool]]:
    """Returns where plain text begins and ends, in bytes, and whether it is in a table."""
    ranges: list[tuple[int, int, bool]] = []
    closed, tables, html_links = 0, 0, 0
    for event, place in pyromark.events_with_range(text, options=options):
        if isinstance(event, str):
            continue
        (kind, value), *_ = event.items()
        name = value if isinstance(value, str) else next(iter(value), "") if isinstance(value, dict) else ""
        if kind in {"Start", "End"}:
            step = 1 if kind == "Start" else -1
            if name in {"Link", "Image", "CodeBlock", "MetadataBlock", "HtmlBlock"}:
                closed += step
            elif name == "Table":
                tables += step
        elif kind == "InlineHtml":
            tag = _HTML_LINK.match(str(value))
            if tag:
                html_links = max(0, html_links + (-1 if tag[1] else 1))
        elif kind == "Text" and not closed and not html_links:
            ranges.append((place["start"], place["end"], tables > 0))
    return ranges
