"""Reads what users decided about earlier enquiries of the same sender.

It reads the accepted and dismissed submissions themselves, so restoring or deleting one undoes its effect.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crm.kernel.db import Connection
from crm.records import companies
from crm.values import get_email_domain

_LOOK_BACK = 20
# The condition must match the index submissions_judged.
_QUERY = """
    SELECT asked.position, judged.welcome, judged.same
    FROM unnest($1::text[], $2::text[], $3::boolean[]) WITH ORDINALITY AS asked (domain, email, own, position)
    CROSS JOIN LATERAL (
        SELECT state = 'accepted' AS welcome, lower(body ->> 'email') = asked.email AS same
        FROM submissions
        WHERE split_part(lower(body ->> 'email'), '@', 2) = asked.domain
          AND ((state = 'accepted' AND spam_score >= 5) OR (state = 'dismissed' AND error = ''))
          AND (lower(body ->> 'email') = asked.email OR asked.own)
        ORDER BY settled_at DESC
        LIMIT $4
    ) AS judged
"""


class SenderHistory(msgspec.Struct, frozen=True):
    """The last decision about a sender. It was about this e-mail, or only about its domain."""

    is_trusted: bool
    is_same_email: bool


async def read(conn: Connection, senders: Sequence[str]) -> list[SenderHistory | None]:
    """For each e-mail, read the last decision about it, else about its domain. Free-mail domains do not count."""
    rows = await conn.fetch(
        _QUERY,
        [get_email_domain(email) for email in senders],
        [email.lower() for email in senders],
        [bool(companies.domain_of(email)) for email in senders],
        _LOOK_BACK,
    )
    histories: dict[int, SenderHistory] = {}
    for position, is_trusted, is_same in rows:
        known = histories.get(position)
        if known is None or (is_same and not known.is_same_email):
            histories[position] = SenderHistory(is_trusted=is_trusted, is_same_email=is_same)
    return [histories.get(position) for position in range(1, len(senders) + 1)]
