"""The text of a message: decoded whatever its charset, quoted text apart, and HTML that is safe to show."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage, Message

import nh3
from mailparser_reply import EmailMessage as EmailMessageParser

from crm.inbound.mailbox.headers import clean_text

MAX_TEXT = 100_000
MAX_HTML = 500_000
MAX_DEPTH = 20
MAX_LINE = 300
MAX_PARSED = 20_000
MAX_WORDS = 3
"""The lines that say whose the earlier message is."""
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
MAX_NESTING = 500
_BLOCK = re.compile(
    r"(?i)<(/?)(?:address|article|aside|blockquote|center|details|dialog|dir|div|dl|fieldset|figure|footer|form|header|"
    r"main|menu|nav|ol|pre|section|summary|ul)\b"
)
_TAG = re.compile(r"<[^<>]*>")
_LINE_END = re.compile(r"(?i)<br\s*/?>|</(?:p|div|tr|li|h[1-6]|blockquote|pre)\s*>")
_RULE = re.compile(r"_{5,}|-{3,}[^-]{0,60}-{3,}")
"""What programs draw above an earlier message."""
_LATIN = ("", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252")
"""Charsets that programs also declare for what is UTF-8."""


def read_text(message: EmailMessage) -> tuple[str, str, str]:
    """What the sender wrote, the quoted text below it, and the HTML. A message that has only HTML is read from it."""
    plain = "\n\n".join(_find_parts(message, "text/plain"))
    marked_up = "\n".join(_find_parts(message, "text/html"))[:MAX_HTML]
    if _is_too_deep(marked_up):
        plain, marked_up = plain if plain.strip() else html.unescape(_TAG.sub(" ", marked_up)), ""
    text = plain if plain.strip() else _strip_tags(marked_up)
    body, quoted = split_quoted(clean_text(text.replace("\r\n", "\n"))[:MAX_TEXT])
    return body, quoted, clean_html(marked_up)


def split_quoted(text: str) -> tuple[str, str]:
    """What the sender wrote with the signature, and the earlier messages that follow."""
    lines = text.strip().split("\n")
    end = _find_header(lines)
    if end == len(lines):
        end = _find_quoted_end(lines)
    elif len(lines[end - 1]) < MAX_LINE and _RULE.fullmatch(lines[end - 1].strip()):
        end -= 1
    first = "\n".join(lines[:end]).strip()
    return (first, "\n".join(lines[end:]).strip()) if first else (text.strip(), "")


def _find_header(lines: list[str]) -> int:
    """Where the header of an earlier message begins, such as `On Friday, Ada wrote:`.

    The patterns of the parser take minutes for long lines and many empty ones, so they get none.
    """
    numbers = [number for number, line in enumerate(lines) if line.strip() or (number and lines[number - 1].strip())]
    short = "\n".join(lines[number].strip()[:MAX_LINE] for number in numbers)[:MAX_PARSED]
    with suppress(Exception):  # a text that the parser cannot take is shown whole
        for header in EmailMessageParser(short, [*LANGUAGES]).HEADER_REGEX.finditer(short):
            if before := short[: header.start()].rstrip():
                return numbers[before.count("\n")] + 1
    return len(lines)


def _find_quoted_end(lines: list[str]) -> int:
    """Where the marked lines at the end begin, with the words above that say in any language when who wrote them."""
    end = len(lines)
    while end and (lines[end - 1].startswith(">") or not lines[end - 1].strip()):
        end -= 1
    words, start = "", end
    while start and lines[start - 1].strip() and end - start < MAX_WORDS:
        start -= 1
        words = lines[start] + words
    is_source = words.rstrip().endswith(":") and re.search(r"[\d@]", words)
    return start if start and end < len(lines) and is_source and not lines[start - 1].strip() else len(lines)


def clean_html(text: str) -> str:
    """The markup without scripts, styles, pictures and anything that loads or runs."""
    if not text.strip():
        return ""
    return nh3.clean(
        clean_text(text), tags=set(_TAGS), clean_content_tags=set(_HIDDEN), attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES), link_rel="noopener noreferrer nofollow",
    ).strip()  # fmt: skip


def _is_too_deep(text: str) -> bool:
    """Whether blocks are nested so deep that cleaning them takes minutes. No mail program writes such HTML."""
    depth = 0
    for closing in _BLOCK.findall(text):
        depth = max(depth - 1, 0) if closing else depth + 1
        if depth > MAX_NESTING:
            return True
    return False


def _strip_tags(text: str) -> str:
    lines = _LINE_END.sub(lambda found: found[0] + "\n", " ".join(text.split()))
    bare = html.unescape(nh3.clean(lines, tags=set(), clean_content_tags=set(_HIDDEN)))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in bare.replace("\xa0", " ").splitlines()))


def _find_parts(message: Message, kind: str, depth: int = 0) -> Iterator[str]:
    """The texts of this kind that are shown with the message. Attached files and messages are not."""
    if depth > MAX_DEPTH or message.get_content_disposition() == "attachment" or message.get_filename():
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
