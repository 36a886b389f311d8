"""Addresses of our own inbox that say where a message belongs, such as `crm+l42.0f3a…@in.example.org`.

People put the address of a lead, or their personal one, into BCC, or forward mail to it. The signature keeps others
from guessing one.
"""

from __future__ import annotations

import hmac
import re
from typing import Literal

from crm.kernel.app_context import AppContext

Noun = Literal["lead", "user"]
_LETTERS: dict[Noun, str] = {"lead": "l", "user": "u"}
_NOUNS = {letter: noun for noun, letter in _LETTERS.items()}
_TAG = re.compile(r"([lu])([1-9]\d{0,17})\.([0-9a-f]{20})")


def build_address(context: AppContext, noun: Noun, record_id: int) -> str:
    """The address for mail of this record; empty if no mail is received (MAIL_INBOUND)."""
    local, at, domain = context.config.mail_inbound.rpartition("@")
    return f"{local}+{_LETTERS[noun]}{record_id}.{_sign(context, noun, record_id)}@{domain}" if at else ""


def read_address(context: AppContext, address: str) -> tuple[Noun, int] | None:
    """The record that an address names; None if it is not ours, or its signature is wrong."""
    local, _, domain = context.config.mail_inbound.lower().rpartition("@")
    given, _, host = address.lower().rpartition("@")
    prefix, _, tag = given.partition("+")
    match = _TAG.fullmatch(tag)
    if not match or (prefix, host) != (local, domain):
        return None
    noun, record_id = _NOUNS[match[1]], int(match[2])
    return (noun, record_id) if hmac.compare_digest(_sign(context, noun, record_id), match[3]) else None


def is_ours(context: AppContext, address: str) -> bool:
    """Whether mail to this address comes to us, so it says nothing of the person who is written to."""
    local, _, domain = context.config.mail_inbound.lower().rpartition("@")
    given, _, host = address.lower().rpartition("@")
    return bool(domain) and host == domain and given.partition("+")[0] == local


def _sign(context: AppContext, noun: Noun, record_id: int) -> str:
    return context.digest("mail address", noun, str(record_id)).hex()[:20]
