"""What the tests of received mail share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import due_jobs
import pytest

from crm.inbound import mailbox
from crm.kernel.app_context import AppContext
from crm.records import emails
from crm.records.emails.models import Email

Receive = Callable[[bytes], Awaitable[Email]]


@pytest.fixture
def receive(clean: AppContext) -> Receive:
    """`await receive(raw)` stores a message, runs what is due, and returns the newest e-mail."""

    async def store(raw: bytes) -> Email:
        async with clean.db.transaction() as conn:
            await mailbox.store(conn, raw)
        await due_jobs.run(clean)
        async with clean.db.connection() as conn:
            return (await emails.actions.list_emails(conn, emails.forms.EmailFilter(sort="-received_at"))).data[0]

    return store
