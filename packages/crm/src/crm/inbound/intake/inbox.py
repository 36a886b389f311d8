"""The tabs of the inbox: what each lists, and how many entries it has."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from crm.inbound.intake import actions
from crm.inbound.intake.models import COLUMNS, State, Submission
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Page, Sort, Where
from crm.records import emails, leads

Tab = Literal["new", "mail", "quarantine", "failed", "dismissed"]
_TABS: dict[State, Tab] = {
    "quarantined": "quarantine", "failed": "failed", "received": "failed", "dismissed": "dismissed", "accepted": "new",
}  # fmt: skip
_SUBMISSIONS: Listing[Submission] = Listing(
    table="submissions",
    columns=COLUMNS,
    build=Submission,
    sorts={"received_at": Sort("received_at", datetime)},
    default="-received_at",
    totals=Totals(),
)


LABELS: dict[Tab, str] = {
    "new": "New", "mail": "E-mail", "quarantine": "Possible spam", "failed": "Failed", "dismissed": "Dismissed",
}  # fmt: skip


class Inbox(msgspec.Struct, frozen=True):
    """`page` holds leads on the tab `new`, e-mails on `mail`, and submissions on every other.

    `counts` is the size of each tab.
    """

    tab: Tab
    page: Page[Any]
    counts: dict[Tab, int]


def find_tab(submission: Submission) -> Tab:
    """The tab that lists this submission."""
    return _TABS[submission.state]


async def read_tab(conn: Connection, tab: Tab, cursor: str = "") -> Inbox:
    """Read one tab of the inbox, newest first, starting at the cursor.

    Raises `ValidationError` for a cursor of another list.
    """
    submissions = await actions.count_submissions(conn)
    counts: dict[Tab, int] = {
        "new": (await leads.count_by_status(conn))["new"].number,
        "mail": await emails.count_in_inbox(conn),
        "quarantine": submissions.quarantined,
        "failed": submissions.failed,
        "dismissed": submissions.dismissed,
    }
    if tab == "new":
        page: Page[Any] = await leads.RECORD.list_page(conn, leads.LeadFilter(status=["new"], cursor=cursor))
    elif tab == "mail":
        page = await emails.list_in_inbox(conn, cursor)
    else:
        page = await _SUBMISSIONS.page(conn, _where(tab), cursor=cursor)
    return Inbox(tab, page, counts)


def _where(tab: Tab) -> Where:
    where = Where()
    if tab == "failed":
        # A stuck submission counts as failed. One that was just received does not.
        where.add("(state = 'failed' OR state = 'received' AND received_at < {})", clock.now() - actions.STUCK_AFTER)
    else:
        where.add("state = {}", "quarantined" if tab == "quarantine" else "dismissed")
    return where
