"""Finds the record that a message belongs to.

First the message that it answers, then a signed address of ours, then the contact of its sender with the newest open
lead. Who claims to be a user is believed if their own signed address or the mail server proves it: customers see
the address of their lead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from crm.accounts import auth
from crm.accounts.auth import User
from crm.inbound.mailbox.headers import Address
from crm.inbound.mailbox.parse import ParsedEmail
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import NotFoundError
from crm.records import contacts, emails, leads
from crm.records.emails import Place, Referenced
from crm.values import normalize_email

_FORWARDED = re.compile(r"^[> \t*]*(?:From|Von|De|Da|Van|Od|Från|Fra)[ \t]*:\**[ \t]*(.{3,300})$", re.MULTILINE)
_IN_BRACKETS = re.compile(r"[<\[](?:mailto:)?([^<>\[\]\s]+@[^<>\[\]\s]+)[>\]]|(\S+@\S+)")
UNPROVEN = "It says that it comes from {}, and nothing proves that. Send it to your personal address for BCC instead."


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message belongs; without a `place` a person decides. `user` has sent or forwarded it."""

    place: Place | None = None
    user: User | None = None
    sent: bool = False
    forwarded_from: Address | None = None
    referenced: Referenced | None = None
    problem: str = ""


async def match_email(conn: Connection, context: AppContext, parsed: ParsedEmail) -> Match:
    """Find where a message belongs, and whether a user has sent it."""
    tags = [tag for address in parsed.recipients if (tag := emails.read_address(context, address))]
    users = {contacts.key_of(user.email): user for user in await auth.list_users(conn) if user.disabled_at is None}
    user = users.get(contacts.key_of(parsed.sender[1]))
    referenced = await emails.find_referenced(conn, parsed.references) if parsed.references else None
    if user and ("user", user.id) not in tags and not parsed.verified:
        return Match(referenced=referenced, problem=UNPROVEN.format(user.name))
    others = [
        email for _, email in (*parsed.to, *parsed.cc)
        if not emails.is_ours(context, email) and contacts.key_of(email) not in users
    ]  # fmt: skip
    forwarded_from = read_forwarded(parsed) if user and not others else None
    people = others if user else [parsed.sender[1]]
    if forwarded_from:
        people = [forwarded_from[1]]
    place = _place_of(referenced) or await _find_tagged(conn, tags)
    for email in people:
        place = place or await _find_by_sender(conn, email, parsed)
    return Match(
        place=place, user=user, sent=bool(user and others), forwarded_from=forwarded_from, referenced=referenced
    )


def read_forwarded(parsed: ParsedEmail) -> Address | None:
    """The sender that a forwarded message names in its text; None if it names none."""
    text = f"{parsed.body}\n{parsed.quoted}"
    for line in _FORWARDED.findall(text):
        if found := _IN_BRACKETS.search(line):
            try:
                email = normalize_email(found[1] or found[2])
            except ValueError:
                continue
            return line[: found.start()].strip(' "*'), email
    return None


def _place_of(referenced: Referenced | None) -> Place | None:
    if referenced is None or not (referenced.lead_id or referenced.contact_id):
        return None
    return Place(referenced.lead_id, None if referenced.lead_id else referenced.contact_id)


async def _find_tagged(conn: Connection, tags: Sequence[tuple[str, int]]) -> Place | None:
    """The record of a signed address, if it is still there."""
    for noun, record_id in tags:
        try:
            if noun == "lead":
                return Place(lead_id=(await leads.get(conn, record_id)).id)
        except NotFoundError:
            continue
    return None


async def _find_by_sender(conn: Connection, email: str, parsed: ParsedEmail) -> Place | None:
    """The newest open lead of the person with this address, or the contact alone.

    A message that is older than the lead is no part of it.
    """
    contact = await contacts.find_by_key(conn, contacts.key_of(email))
    if contact is None:
        return None
    newest = await leads.find_newest_open(conn, contact.id)
    lead = await leads.get(conn, newest.id) if newest else None
    if lead is None or (parsed.at and parsed.at < lead.received_at):
        return Place(contact_id=contact.id)
    return Place(lead_id=lead.id)
