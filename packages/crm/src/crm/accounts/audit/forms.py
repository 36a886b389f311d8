"""Which entries of the audit log are listed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from crm.accounts.audit.models import ActorKind, AuditAction
from crm.kernel.http.paging import DEFAULT_LIMIT, MAX_LIMIT

if TYPE_CHECKING:
    ActionChoice = str
else:
    ActionChoice = Literal[*(action.value for action in AuditAction)]


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which audit entries, newest first."""

    action: Annotated[list[ActionChoice], msgspec.Meta(description="Any of these actions.")] = []
    actor: Annotated[str, msgspec.Meta(max_length=300, description="The name of who did it.")] = ""
    actor_kind: Annotated[list[ActorKind], msgspec.Meta(description="Any of these kinds of actors.")] = []
    client_ip: Annotated[str, msgspec.Meta(max_length=60, description="The address it came from.")] = ""
    target_kind: Annotated[str, msgspec.Meta(max_length=60, description="The kind of what was changed.")] = ""
    target_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1, description="The id of what was changed.")] | None = None
    since: Annotated[datetime, msgspec.Meta(tz=True, description="Not before this time.")] | None = None
    until: Annotated[datetime, msgspec.Meta(tz=True, description="Before this time.")] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, msgspec.Meta(max_length=1000, description="`next_cursor` of the page before.")] = ""


class AuditPageQuery(msgspec.Struct, frozen=True):
    """The query of the page. `since` and `until` are days in the organization's time zone, both included."""

    action: Annotated[str, msgspec.Meta(max_length=60)] = ""
    actor: Annotated[str, msgspec.Meta(max_length=300)] = ""
    client_ip: Annotated[str, msgspec.Meta(max_length=60)] = ""
    since: date | None = None
    until: date | None = None
    cursor: Annotated[str, msgspec.Meta(max_length=1000)] = ""

    def to_filter(self, time_zone: str) -> AuditFilter:
        """The filter of this query. An unknown action lists nothing, because no entry has it."""
        return AuditFilter(
            action=[self.action] if self.action else [],
            actor=self.actor,
            client_ip=self.client_ip.strip(),
            since=_start(self.since, time_zone),
            until=_start(self.until + timedelta(days=1) if self.until else None, time_zone),
            limit=50,
            cursor=self.cursor,
        )


def _start(day: date | None, time_zone: str) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone)) if day else None
