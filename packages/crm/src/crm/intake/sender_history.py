"""What people said of earlier enquiries from the same sender. Nothing is stored for it: the enquiries that were let out
of quarantine and those that were put aside are the lesson, so restoring or deleting one takes it back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crm import companies
from crm.intake import emails
from crm.kernel.db import Connection

_LOOK_BACK = 20
# The condition is that of the index submissions_judged.
_JUDGED = """
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


class Lesson(msgspec.Struct, frozen=True):
    """The last word on a sender: `welcome` or not, said of this very address or of others at its domain."""

    welcome: bool
    address: bool


async def read(conn: Connection, addresses: Sequence[str]) -> list[Lesson | None]:
    """For each e-mail address what was said last of it or, failing that, of its mail domain; a free-mail domain says
    nothing."""
    rows = await conn.fetch(
        _JUDGED,
        [emails.domain_of(address) for address in addresses],
        [address.lower() for address in addresses],
        [bool(companies.domain_of(address)) for address in addresses],
        _LOOK_BACK,
    )
    found: dict[int, Lesson] = {}
    for position, welcome, same in rows:
        known = found.get(position)
        if known is None or (same and not known.address):
            found[position] = Lesson(welcome=welcome, address=same)
    return [found.get(position) for position in range(1, len(addresses) + 1)]
