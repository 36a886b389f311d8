"""What each tab of the inbox lists, and how many wait in each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from crm import leads
from crm.intake import actions
from crm.intake.models import COLUMNS, State, Submission
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Page, Sort, Where

Tab = Literal["new", "quarantine", "failed", "dismissed"]
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


class Inbox(msgspec.Struct, frozen=True):
    """`page` holds leads at the tab `new` and submissions at every other; `counts` says how many wait at each."""

    tab: Tab
    page: Page[Any]
    counts: dict[Tab, int]


def tab_of(submission: Submission) -> Tab:
    """The tab that lists it."""
    return _TABS[submission.state]


async def of(conn: Connection, tab: Tab, cursor: str = "") -> Inbox:
    """One tab of the inbox, newest first, from the place the cursor tells.

    Raises `ValidationError` for a foreign cursor.
    """
    standing = await actions.counts(conn)
    counts: dict[Tab, int] = {
        "new": (await leads.count_by_status(conn))["new"].number,
        "quarantine": standing.quarantined,
        "failed": standing.failed,
        "dismissed": standing.dismissed,
    }
    if tab == "new":
        page: Page[Any] = await leads.list_leads(conn, leads.LeadFilter(status=["new"], cursor=cursor))
    else:
        page = await _SUBMISSIONS.page(conn, _where(tab), cursor=cursor)
    return Inbox(tab, page, counts)


def _where(tab: Tab) -> Where:
    where = Where()
    if tab == "failed":
        # One that was stored and then left alone belongs to what went wrong; one just received does not.
        where.add("(state = 'failed' OR state = 'received' AND received_at < {})", clock.now() - actions.PATIENCE)
    else:
        where.add("state = {}", "quarantined" if tab == "quarantine" else "dismissed")
    return where
