"""Deleting companies, and taking that back."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from crm import activities, trash
from crm.companies import queries
from crm.companies.events import CompanyDeleted, CompanyRestored
from crm.companies.models import Company
from crm.kernel import events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import AppError, ConflictError
from crm.kernel.views import plural

TABLES = {"companies": "id", "activities": "company_id"}
"""What goes with a company, and comes back with it; lines that also show elsewhere stay there."""


async def obstacle(connection: Connection, company: Company) -> str:
    """What keeps the company from being deleted, as a sentence; empty when nothing does."""
    contacts, leads = await queries.pointing(connection, company.id)
    parts = [plural(number, one) for number, one in ((contacts, "contact"), (leads, "lead")) if number]
    if not parts:
        return ""
    verb = "points" if contacts + leads == 1 else "point"
    return f"{activities.join_words(parts)} still {verb} to {company.name}. Move or delete them first."


async def remove(connection: Connection, company: Company, *, by: Actor) -> None:
    """Delete a company that `lock` gave. Raises `ConflictError` while contacts or leads point to it.

    Until its time in the trash is over, `restore` takes it back.
    """
    if said := await obstacle(connection, company):
        raise ConflictError(said)
    await trash.keep(connection, "company", company.id, company.name, tables=TABLES, by=by)
    await activities.detach(connection, company_id=company.id)
    await queries.delete(connection, company.id)
    await events.publish(connection, CompanyDeleted(company=company, by=by))


async def restore(connection: Connection, number: int, *, by: Actor) -> Company:
    """Bring a deleted company back under its number.

    Raises `NotFoundError` when it is not in the trash, `ConflictError` when another has its domain by now.
    """
    rows = await trash.take(connection, "company", number)
    await trash.put_back(connection, "companies", rows["companies"])
    company = await queries.find(connection, number)
    if company is None:
        name = rows["companies"][0]["name"]
        raise ConflictError(f"{name} cannot come back: another company has the domain by now. Change that one first.")
    await activities.put_back(connection, rows["activities"], company_id=number)
    said = f"{by.name} brought this company back from the trash."
    await activities.record(connection, kind="system", body=said, by=by, company_id=number)
    await events.publish(connection, CompanyRestored(company=company, by=by))
    return company


async def restore_too(connection: Connection, number: int, *, by: Actor) -> None:
    """Bring a company back along with what points to it, where it was deleted and can come back."""
    if await trash.has(connection, "company", number):
        with suppress(AppError):
            async with connection.transaction():
                await restore(connection, number, by=by)


async def forget_made_with(connection: Connection, number: int | None, at: datetime) -> None:
    """Remove the company a synthetic lead made at `at`, unless something else needs it by now."""
    await queries.delete_made_with(connection, number, at)
