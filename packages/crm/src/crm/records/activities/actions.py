"""Writes timelines and reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, ValidationError
from crm.kernel.http.paging import Where
from crm.records import change_sets, related, tags
from crm.records.activities import queries
from crm.records.activities.forms import ActivityFilter, ChangeActivity, NewActivity
from crm.records.activities.models import WRITTEN, Activity, Kind
from crm.records.activities.queries import TABLE
from crm.records.base import PLACE_FILTERS, PLACES, changed_values
from crm.values.formats import join_words

MAX_QUOTED = 100
"""Longer values are not repeated in a timeline."""
"""The columns that say what an activity is about."""

get, lock = TABLE.get, TABLE.lock


async def record(
    connection: Connection,
    *,
    kind: Kind,
    body: str,
    by: Actor,
    lead_id: int | None = None,
    contact_id: int | None = None,
    company_id: int | None = None,
    email_id: int | None = None,
    at: datetime | None = None,
) -> Activity:
    """Write an activity; that of a lead also shows on the lead's contact and company."""
    now = clock.now()
    return await queries.insert(
        connection, kind=kind, body=body, by=by, at=at or now, lead_id=lead_id, contact_id=contact_id,
        company_id=company_id, email_id=email_id, now=now,
    )  # fmt: skip


async def create(connection: Connection, form: NewActivity, *, by: Actor) -> Activity:
    """Write what somebody submitted.

    Raises `ValidationError` when it is about no record, or one that does not exist.
    """
    about: dict[str, int | None] = {column: getattr(form, column) for column in PLACES}
    if not any(about.values()):
        raise ValidationError([FieldError("lead_id", "Say what it is about: give lead_id, contact_id or company_id.")])
    await related.check_references(connection, **about)
    written = await record(connection, kind=form.kind, body=form.body, by=by, at=form.at, **about)
    await change_sets.record(
        connection, "activity", written.id, "created",
        name=written.kind, after={"version": written.version, **about},
    )  # fmt: skip
    return written


async def change(connection: Connection, activity: Activity, form: ChangeActivity, **_: Any) -> Activity:
    """Change an activity that `lock` returned. Raises `ConflictError` or `PreconditionFailedError`."""
    check_editable(activity)
    values = changed_values(activity, form)
    return await TABLE.update(connection, activity, values) if values else activity


async def delete(connection: Connection, activity: Activity, **_: Any) -> None:
    """Delete an activity that `lock` returned. Raises `ConflictError`."""
    check_editable(activity)
    await TABLE.delete(connection, activity.id)
    await change_sets.record(
        connection, "activity", activity.id, "deleted", name=activity.kind, before=msgspec.to_builtins(activity)
    )


async def move_written(connection: Connection, from_lead: int, to_lead: int) -> list[int]:
    """Move what somebody wrote from the timeline of one lead to that of another; history stays. Returns the ids."""
    return await queries.move_written(connection, from_lead, to_lead, WRITTEN)


def check_editable(activity: Activity) -> None:
    """Raise `ConflictError` for an e-mail, and for history, which the system wrote."""
    if activity.email_id is not None:
        raise ConflictError("This is an e-mail, so its text stays. Open it to move it to another record.")
    if not activity.written:
        raise ConflictError("The system wrote this activity, so it is history. Add a note instead.")


async def list_timeline(
    connection: Connection,
    *,
    lead_id: int | None = None,
    contact_id: int | None = None,
    company_id: int | None = None,
    limit: int = 50,
    before: Activity | None = None,
) -> list[Activity]:
    """The newest activities of one record, from below `before` on. Name exactly one record."""
    named = {"lead_id": lead_id, "contact_id": contact_id, "company_id": company_id}
    ((column, record_id),) = [(column, value) for column, value in named.items() if value is not None]
    below = (before.at, before.id) if before else None
    return await queries.list_newest(connection, column, record_id, limit=limit, below=below)


async def apply_filters(_: Connection, query: ActivityFilter) -> Where:
    """The conditions of a list."""
    where = Where()
    where.add_given(query, PLACE_FILTERS | {"kind": "kind = ANY({})"})
    return where


async def describe_changes(
    connection: Connection,
    before: Any,
    after: Any,
    labels: Mapping[str, str],
    formats: Mapping[str, Callable[[Any], str]] | None = None,
) -> str:
    """What changed, with the old and the new values: `the phone from “1” to “2” and the owner to Ada`.

    `labels` has the fields that changed. `formats` gives the text of a field's record; others show their value, and
    references the name of their record. Long texts are only named.
    """
    parts = []
    for name, label in labels.items():
        texts = []
        for record in (before, after):
            if name == "tag_ids":
                known = await tags.read_tags(connection)
                texts.append(", ".join(f"“{tag.name}”" for tag in known.of(record.tag_ids)))
            elif formats and name in formats:
                texts.append(formats[name](record))
            else:
                value = getattr(record, name)
                found = await related.find_name(connection, name, value)
                texts.append(_quote(value) if found is None else found)
        old, new = texts
        if max(len(old), len(new)) > MAX_QUOTED or "\n" in old + new:
            parts.append(f"the {label}")
        elif not old:
            parts.append(f"the {label} to {new}")
        else:
            parts.append(f"the {label} from {old} to {new or 'nothing'}")
    return join_words(parts)


def _quote(value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%-d %b %Y}"
    return f"“{value}”" if isinstance(value, str) and value else str(value or "")
