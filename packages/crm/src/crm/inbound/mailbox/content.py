"""The text of a message: decoded whatever its charset, quoted text apart, and HTML that is safe to show."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage, Message

import nh3
from mailparser_reply import EmailReplyParser

from crm.inbound.mailbox.headers import clean_text

MAX_TEXT = 100_000
MAX_HTML = 500_000
MAX_DEPTH = 20
LANGUAGES = ["en", "de", "fr", "it", "es", "nl", "pl", "sv", "da", "cs"]
_TAGS = frozenset(
    ["a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5",
     "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td",
     "tfoot", "th", "thead", "tr", "u", "ul"]
)  # fmt: skip
"""Pictures are not among them: loading one tells its sender who reads the message, and when."""
_HIDDEN = frozenset(["script", "style", "head", "title", "noscript", "template", "textarea", "select", "svg", "math"])
_ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}
_SCHEMES = frozenset(["http", "https", "mailto", "tel"])
_LINE_END = re.compile(r"(?i)<br\s*/?>|</(?:p|div|tr|li|h[1-6]|blockquote|pre)\s*>")
_LATIN = ("", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252")
"""Charsets that programs also declare for what is UTF-8."""


def read_text(message: EmailMessage) -> tuple[str, str, str]:
    """What the sender wrote, the quoted text below it, and the HTML. A message that has only HTML is read from it."""
    plain = "\n\n".join(_find_parts(message, "text/plain"))
    marked_up = "\n".join(_find_parts(message, "text/html"))[:MAX_HTML]
    text = plain if plain.strip() else _strip_tags(marked_up)
    body, quoted = split_quoted(clean_text(text.replace("\r\n", "\n"))[:MAX_TEXT])
    return body, quoted, clean_html(marked_up)


def split_quoted(text: str) -> tuple[str, str]:
    """What the sender wrote with the signature, and the earlier messages that follow."""
    replies = []
    with suppress(Exception):  # a text that the parser cannot take is shown whole
        replies = EmailReplyParser(languages=LANGUAGES).read(text).replies
    first = replies[0].content.rstrip() if replies else text.rstrip()
    if not first.strip() or not text.lstrip().startswith(first.lstrip()):
        return text.strip(), ""
    return first.strip(), text.lstrip()[len(first.lstrip()) :].strip()


def clean_html(text: str) -> str:
    """The markup without scripts, styles, pictures and anything that loads or runs."""
    if not text.strip():
        return ""
    return nh3.clean(
        clean_text(text), tags=set(_TAGS), clean_content_tags=set(_HIDDEN), attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES), link_rel="noopener noreferrer nofollow",
    ).strip()  # fmt: skip


def _strip_tags(text: str) -> str:
    lines = _LINE_END.sub(lambda found: found[0] + "\n", " ".join(text.split()))
    bare = html.unescape(nh3.clean(lines, tags=set(), clean_content_tags=set(_HIDDEN)))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in bare.replace("\xa0", " ").splitlines()))


def _find_parts(message: Message, kind: str, depth: int = 0) -> Iterator[str]:
    """The texts of this kind that are shown with the message. Attached files and messages are not."""
    if depth > MAX_DEPTH or message.get_content_disposition() == "attachment":
        return
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _find_parts(part, kind, depth + 1)
    elif message.get_content_type() == kind:
        yield _decode(message)


def _decode(part: Message) -> str:
    """The text of one part. A charset that is missing, unknown or wrong costs no text."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = ""
    with suppress(Exception):
        charset = (part.get_content_charset() or "").lower()
    order = ("utf-8", charset, "windows-1252") if charset in _LATIN else (charset, "utf-8", "windows-1252")
    for name in order:
        with suppress(LookupError, ValueError):
            return data.decode(name)
    return data.decode("latin-1")
