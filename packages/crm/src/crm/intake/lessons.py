"""What people said of earlier enquiries from the same sender. Nothing is stored for it: the enquiries that were let out
of quarantine and those that were put aside are the lesson, so restoring or deleting one takes it back."""

from __future__ import annotations

import msgspec

from crm import companies
from crm.intake import emails
from crm.kernel.db import Connection

_LOOK_BACK = 20
# The condition is that of the index submissions_judged.
_JUDGED = """
    SELECT state = 'accepted' AS welcome, lower(body ->> 'email') = $2 AS same
    FROM submissions
    WHERE split_part(lower(body ->> 'email'), '@', 2) = $1
      AND ((state = 'accepted' AND spam_score >= 5) OR (state = 'dismissed' AND error = ''))
      AND (lower(body ->> 'email') = $2 OR $3)
    ORDER BY settled_at DESC
    LIMIT $4
"""


class Lesson(msgspec.Struct, frozen=True):
    """The last word on a sender: `welcome` or not, said of this very address or of others at its domain."""

    welcome: bool
    address: bool


async def of(conn: Connection, email: str) -> Lesson | None:
    """What was said last of this address or, failing that, of its mail domain; a free-mail domain says nothing."""
    address, own = email.lower(), bool(companies.domain_of(email))
    rows = await conn.fetch(_JUDGED, emails.domain_of(email), address, own, _LOOK_BACK)
    row = next((row for row in rows if row["same"]), rows[0] if rows else None)
    return Lesson(welcome=row["welcome"], address=row["same"]) if row else None
