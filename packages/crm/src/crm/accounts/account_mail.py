"""Mails about accounts: invitations, lost passwords, new devices. They may hold a link that lets somebody in.

So a mail waits encrypted for the worker, and the list of sent mail does not show the link.
"""

from __future__ import annotations

from typing import Any

import msgspec

from crm.kernel import jobs, mail
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.security.tokens import new_token

JOB = "send_account_mail"


class AccountMail(msgspec.Struct, frozen=True):
    """`link` is a secret URL inside `body`, if there is one."""

    to: str
    subject: str
    body: str
    link: str = ""


def is_sent(context: AppContext) -> bool:
    """Whether mail leaves this system. On a laptop, people read it on the page of sent mail instead."""
    return mail.carrier(context.config) != "outbox" or not context.config.production


async def enqueue(connection: Connection, context: AppContext, message: AccountMail) -> None:
    """Send the mail once the transaction has committed."""
    sealed = context.seal.seal(msgspec.json.encode(message).decode()).decode()
    await jobs.enqueue(connection, JOB, {"mail": sealed, "key": new_token("account-")}, priority=jobs.SOON)


async def send(context: AppContext, payload: dict[str, Any]) -> None:
    """The job that sends a mail. Raises `MailError`, so that it is tried again."""
    message = msgspec.json.decode(context.seal.open(payload["mail"].encode()), type=AccountMail)
    await mail.send(
        context, to=message.to, subject=message.subject, body=message.body, key=payload["key"], secret=message.link
    )
