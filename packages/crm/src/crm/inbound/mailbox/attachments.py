"""The files in a message. They stay in it as it arrived, and are read from there, so that nothing is stored twice."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message
from email.parser import BytesParser

from crm.inbound.mailbox.content import MAX_DEPTH
from crm.inbound.mailbox.headers import HeaderPolicy, clean_text
from crm.records.emails import Attachment
from crm.values import clean_line

MAX_LISTED = 100
_SHOWN = ("text/plain", "text/html")


def list_attachments(message: Message) -> list[Attachment]:
    """Name, type and size of each file, in order."""
    return [_describe(part, number) for number, part in enumerate(_find_files(message), start=1)][:MAX_LISTED]


def read_attachment(raw: bytes, position: int) -> tuple[str, bytes] | None:
    """Name and content of the file at this position, the first being 1."""
    with suppress(Exception):  # what cannot be read has no files
        parts = list(_find_files(BytesParser(policy=HeaderPolicy()).parsebytes(raw)))
        if 0 < position <= len(parts):
            part = parts[position - 1]
            return _describe(part, position).name, _read_content(part)
    return None


def _find_files(message: Message, depth: int = 0) -> Iterator[Message]:
    """The parts that are files: those with a name, those that say so, and what is no text."""
    kind = message.get_content_type()
    if depth > MAX_DEPTH:
        return
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _find_files(part, depth + 1)
    elif depth and (kind not in _SHOWN or message.get_content_disposition() == "attachment" or message.get_filename()):
        yield message


def _describe(part: Message, number: int) -> Attachment:
    name = ""
    with suppress(Exception):
        # Only the last part: a path would lead elsewhere when the file is saved.
        name = clean_text(clean_line(part.get_filename() or "")).replace("\\", "/").rpartition("/")[2].strip(". ")
    kind = part.get_content_type()
    suffix = ".eml" if kind == "message/rfc822" else mimetypes.guess_extension(kind) or ".bin"
    return Attachment((name or f"file-{number}{suffix}")[:200], kind[:100], len(_read_content(part)))


def _read_content(part: Message) -> bytes:
    if part.is_multipart():
        inner = part.get_payload(0)
        return inner.as_bytes() if isinstance(inner, Message) else b""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
