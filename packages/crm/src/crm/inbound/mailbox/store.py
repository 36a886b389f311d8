"""Stores a message before anything is made of it, so that none is lost. A job processes it."""

from __future__ import annotations

from crm.inbound.mailbox.parse import read_message_id
from crm.inbound.mailbox.process import PROCESS_JOB
from crm.kernel import clock, jobs
from crm.kernel.db import Connection
from crm.kernel.errors import PayloadTooLargeError
from crm.records import emails

MAX_SIZE = 25 * 1024 * 1024
"""What most mail servers accept at most."""


class TooLargeError(PayloadTooLargeError):
    """The message is larger than `MAX_SIZE`."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"This message has {size / 1024 / 1024:.0f} MB. At most {MAX_SIZE // 1024 // 1024} MB are accepted. "
            "Send large files as a link."
        )


async def store(connection: Connection, raw: bytes) -> bool:
    """Store a message and enqueue its processing. False if it is here already. Raises `TooLargeError`."""
    if len(raw) > MAX_SIZE:
        raise TooLargeError(len(raw))
    email_id = await emails.insert_received(connection, read_message_id(raw), raw, clock.now())
    if email_id is None:
        return False
    await jobs.enqueue(connection, PROCESS_JOB, {"email_id": email_id}, priority=jobs.SOON)
    return True
