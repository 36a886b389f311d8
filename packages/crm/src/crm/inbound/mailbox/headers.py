"""Headers of messages as other programs write them. A broken header gives less, and never an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from email.utils import getaddresses, parsedate_to_datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from crm.values import clean_line, is_in_range, normalize_email

_MESSAGE_ID = re.compile(r"<([^<>\s]{1,900})>")
MAX_ADDRESSES = 100
MAX_LINE = 500

# Only the stubs of the library know that a policy has a kind of message.
if TYPE_CHECKING:
    _Policy = EmailPolicy[EmailMessage]
else:
    _Policy = EmailPolicy

MAX_HEADER = 8000
MAX_HEADERS = 10_000


class HeaderPolicy(_Policy):
    """Cuts long headers, because the parsers of the standard library take gigabytes for some.

    Raises `ValueError` for a message of too many. One serves for one message.
    """

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "numbers", count(1))

    numbers: Iterator[int] = iter(())

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """The name and value of one header."""
        if next(self.numbers) > MAX_HEADERS:
            raise ValueError("There are too many headers.")
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MAX_HEADER]


Address = tuple[str, str]
"""A name, which may be empty, and an address in its normal form."""


def read_header(message: Message, name: str) -> str:
    """The first header of this name on one line; empty without one."""
    raw = read_raw_header(message, name)
    text = raw
    with suppress(Exception):  # the parsers of the standard library fail in many ways on headers of spam
        value = message.get(name, "")
        text = str(value if isinstance(message, EmailMessage) else make_header(decode_header(str(value))))
    return clean_text(clean_line(clean_text(text)))[:MAX_LINE]


def read_raw_header(message: Message, name: str) -> str:
    """The first header of this name as it was sent."""
    values = (str(value) for known, value in message.raw_items() if known.lower() == name.lower())
    return next(values, "")


def read_addresses(message: Message, *names: str) -> list[Address]:
    """All addresses in these headers, in order."""
    found: list[Address] = []
    for name in names:
        try:
            # Name and address are told apart before encoded words are decoded, so that none can forge the other.
            values: list[Any] = message.get_all(name, [])
            pairs = [(each.display_name, each.addr_spec) for value in values for each in value.addresses]
        except Exception:
            pairs = []
            with suppress(Exception):
                pairs = getaddresses([read_raw_header(message, name)])
        found += [(clean_line(clean_text(label))[:200], _normalize(address)) for label, address in pairs if address]
    return found[:MAX_ADDRESSES]


def read_message_ids(message: Message, *names: str) -> list[str]:
    """The ids in these headers, without angle brackets."""
    return [each for name in names for each in _MESSAGE_ID.findall(clean_text(read_raw_header(message, name)))]


def read_date(message: Message) -> datetime | None:
    """The time that the sender's program wrote; None without one that can be understood."""
    with suppress(Exception):
        moment = parsedate_to_datetime(read_raw_header(message, "date"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment if is_in_range(moment) else None
    return None


def format_address(address: Address) -> str:
    """An address as people read it: `Grace Hopper <grace@navy.example>`."""
    name, email = address
    return f"{name} <{email}>" if name and name != email else email


def clean_text(text: str) -> str:
    """`text` without what PostgreSQL cannot store: NUL, and halves of characters."""
    return (
        text.replace("\x00", "").encode("utf-8", "replace").decode() if not text.isascii() or "\x00" in text else text
    )


def _normalize(address: str) -> str:
    address = clean_text(clean_line(address))[:254]
    try:
        return normalize_email(address)
    except ValueError:
        return address
