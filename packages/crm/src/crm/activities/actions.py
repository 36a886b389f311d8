"""Writing timelines and reading them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from crm import trash
from crm.activities import queries
from crm.activities.forms import ActivityFilter, ChangeActivity, NewActivity
from crm.activities.models import Activity, Kind
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.http.paging import Page, Where
from crm.kernel.http.request import ANY_VERSION

_NOUNS = {"lead_id": "lead", "contact_id": "contact", "company_id": "company"}


async def record(
    connection: Connection,
    *,
    kind: Kind,
    body: str,
    by: Actor,
    lead_id: int | None = None,
    contact_id: int | None = None,
    company_id: int | None = None,
    at: datetime | None = None,
) -> Activity:
    """Write one line; that of a lead also shows on the lead's contact and company."""
    now = clock.now()
    return await queries.insert(
        connection, kind=kind, body=body, by=by, at=at or now, lead_id=lead_id, contact_id=contact_id,
        company_id=company_id, now=now,
    )  # fmt: skip


async def create(connection: Connection, form: NewActivity, *, by: Actor) -> Activity:
    """Write what somebody submitted.

    Raises `ValidationError` when it is about no record, or one that does not exist.
    """
    about = {"lead_id": form.lead_id, "contact_id": form.contact_id, "company_id": form.company_id}
    if not any(about.values()):
        raise ValidationError([FieldError("lead_id", "Say what it is about: give lead_id, contact_id or company_id.")])
    if missing := await queries.missing(connection, **about):
        raise ValidationError([FieldError(name, f"There is no such {_NOUNS[name]}.") for name in missing])
    return await record(connection, kind=form.kind, body=form.body, by=by, at=form.at, **about)


async def get(connection: Connection, number: int) -> Activity:
    """The activity with this number. Raises `NotFoundError`."""
    return _require(await queries.find(connection, number))


async def lock(connection: Connection, number: int, version: int) -> Activity:
    """The activity at this version, kept from others until the transaction ends.

    Raises `NotFoundError`; `PreconditionFailedError` when it has another version; `ConflictError` when it is history.
    """
    activity = _require(await queries.find(connection, number, lock=True))
    if not activity.written:
        raise ConflictError("This line was written by the system and is history. Add a note instead.")
    if version not in (ANY_VERSION, activity.version):
        raise PreconditionFailedError("Somebody changed this line since you read it. Read it again, then change it.")
    return activity


async def change(connection: Connection, activity: Activity, form: ChangeActivity) -> Activity:
    """Change a line that `lock` gave."""
    given = {name: value for name in form.__struct_fields__ if (value := getattr(form, name)) is not UNSET}
    changed = msgspec.structs.replace(activity, **given)
    if changed == activity:
        return activity
    written = await queries.update(connection, changed, clock.now())
    if written is None:
        raise PreconditionFailedError("Somebody changed this line since you read it. Read it again, then change it.")
    return written


async def remove(connection: Connection, activity: Activity) -> None:
    """Remove a line that `lock` gave."""
    await queries.delete(connection, activity.id)


async def timeline(
    connection: Connection,
    *,
    lead_id: int | None = None,
    contact_id: int | None = None,
    company_id: int | None = None,
    limit: int = 50,
    before: Activity | None = None,
) -> list[Activity]:
    """The newest lines of one record, from below `before` on. Name exactly one record."""
    named = {"lead_id": lead_id, "contact_id": contact_id, "company_id": company_id}
    ((column, number),) = [(column, number) for column, number in named.items() if number is not None]
    place = (before.at, before.id) if before else None
    return await queries.timeline(connection, column, number, limit=limit, before=place)


async def list_activities(connection: Connection, ask: ActivityFilter) -> Page[Activity]:
    """One page of activities. Raises `ValidationError` for a sort or cursor that is not this list's."""
    where = Where()
    for column in _NOUNS:
        if (number := getattr(ask, column)) is not None:
            where.add(f"{column} = {{}}", number)
    if ask.kind:
        where.add("kind = ANY({})", ask.kind)
    return await queries.LISTING.page(connection, where, sort=ask.sort, limit=ask.limit, cursor=ask.cursor)


async def detach(connection: Connection, *, contact_id: int | None = None, company_id: int | None = None) -> None:
    """Before a contact or company goes: lines that also show elsewhere stay there."""
    if contact_id is not None:
        await queries.detach(connection, "contact_id", contact_id)
    if company_id is not None:
        await queries.detach(connection, "company_id", company_id)


async def put_back(
    connection: Connection, rows: list[dict[str, Any]], *, contact_id: int | None = None, company_id: int | None = None
) -> None:
    """After a contact or company has come back: its own lines return, and those that stayed elsewhere show on it again.

    `rows` are its lines as they were.
    """
    column, number = ("contact_id", contact_id) if contact_id else ("company_id", company_id)
    alone = [row for row in rows if sum(row[name] is not None for name in _NOUNS) == 1]
    await trash.put_back(connection, "activities", alone)
    await queries.attach(connection, column, number, [row["id"] for row in rows])


def _require(activity: Activity | None) -> Activity:
    if activity is None:
        raise NotFoundError("There is no such activity.")
    return activity
