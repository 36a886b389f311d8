"""The files of an e-mail that is written here: uploaded to its form, or taken from the files of a record.

Each attachment names its content, which the file of a record can share. Once the e-mail is sent, its source holds all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.records import files
from crm.records.emails.models import Attachment
from crm.records.files import Stored

MAX_TOTAL = 10 * files.MB
"""Bytes of all files of one e-mail. In transit they grow by a third, and many servers accept 15 MB or more."""
OPEN_FOR = timedelta(days=1)
"""How long files of a form that was not sent are kept."""
CANCELED_FOR = timedelta(days=30)


class AttachedFile(msgspec.Struct, frozen=True):
    """A file of an e-mail, or of a form that is open."""

    id: int
    name: str
    content_type: str
    size: int
    content_id: int

    @property
    def stored(self) -> Stored:
        """Its content, for another e-mail."""
        return Stored(self.name, self.content_type, self.size, self.content_id)


async def choose(
    connection: Connection, attached: Sequence[int], record_files: Sequence[int], user_id: int | None
) -> list[Stored]:
    """What is to be attached: files that the user has uploaded to the form, and files of records.

    Raises `ValidationError` if one is gone, or all are too large together.
    """
    chosen = [file.stored for file in await find(connection, attached, user_id)]
    chosen += await files.find_stored(connection, record_files)
    if len(chosen) < len({*attached}) + len({*record_files}):
        raise ValidationError([FieldError("files", "One of the files was deleted. Choose the files again.")])
    total = sum(file.size for file in chosen)
    if total > MAX_TOTAL:
        message = f"The files have {total / files.MB:.1f} MB together. At most {MAX_TOTAL // files.MB} MB fit."
        raise ValidationError([FieldError("files", f"{message} Leave some out, or send a link.")])
    return chosen


async def add(connection: Connection, stored: Sequence[Stored], user_id: int | None, email_id: int | None) -> list[int]:
    """Add files to an e-mail, or to a form that is open. Returns their ids."""
    rows = [
        await connection.fetchval(
            """
            INSERT INTO email_files (email_id, user_id, name, content_type, size, content_id, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            RETURNING id
            """,
            email_id, user_id, each.name, each.content_type, each.size, each.content_id, clock.now(),
        )
        for each in stored
    ]  # fmt: skip
    if email_id is not None and stored:
        shown = [Attachment(each.name, each.content_type, each.size) for each in stored]
        await connection.execute(
            "UPDATE emails SET attachments = $2 WHERE id = $1", email_id, msgspec.to_builtins(shown)
        )
    return rows


async def find(connection: Connection, file_ids: Sequence[int], user_id: int | None) -> list[AttachedFile]:
    """Those of these files that exist, in their order. Only whoever uploaded a file sees it before it is sent."""
    rows = await connection.fetch(
        """
        SELECT id, name, content_type, size, content_id
        FROM email_files
        WHERE id = ANY($1) AND (email_id IS NOT NULL OR user_id = $2)
        ORDER BY id
        """,
        file_ids, user_id,
    )  # fmt: skip
    return [AttachedFile(*row) for row in rows]


async def list_of(connection: Connection, email_id: int) -> list[AttachedFile]:
    """The files of an e-mail that is not sent, in order."""
    rows = await connection.fetch(
        "SELECT id, name, content_type, size, content_id FROM email_files WHERE email_id = $1 ORDER BY id", email_id
    )
    return [AttachedFile(*row) for row in rows]


async def delete_of(connection: Connection, email_id: int) -> None:
    """Let the files of an e-mail go, because its source holds them."""
    await connection.execute("DELETE FROM email_files WHERE email_id = $1", email_id)


async def forget_old(context: AppContext, _: dict[str, Any]) -> None:
    """The job that lets the files of forms go that were never sent, and of e-mails that were canceled."""
    async with context.db.transaction() as conn:
        await conn.execute(
            """
            DELETE FROM email_files
            WHERE email_id IS NULL AND created_at < $1
               OR email_id IN (SELECT email_id FROM outgoing_emails WHERE state = 'canceled' AND settled_at < $2)
            """,
            clock.now() - OPEN_FOR, clock.now() - CANCELED_FOR,
        )  # fmt: skip
