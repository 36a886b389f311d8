"""What happens to companies."""

from __future__ import annotations

import msgspec

from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.events import Event
from crm.kernel.http.paging import Page, Where
from crm.records import activities
from crm.records.common import changed_values, labels
from crm.records.companies import queries
from crm.records.companies.forms import CompanyFilter, NewCompany
from crm.records.companies.models import EVENTS, Company
from crm.records.companies.queries import SEARCH, TABLE

LABELS = labels(NewCompany)

get, lock = TABLE.get, TABLE.lock


async def find_or_create(
    connection: Connection, *, name: str, domain: str, by: Actor, demo: bool = False
) -> Company | None:
    """The company with this mail domain or, without one, of this name; created if there is none.

    None when neither is given. Two callers at once get the same company.
    """
    if not domain and name:
        await queries.lock_names(connection, [name])
    company, created = await queries.find_or_create(
        connection, name=name, domain=domain or None, demo=demo, now=clock.now()
    )
    await events.publish(connection, *build_events(company, by, created=created))
    return company


def build_events(company: Company | None, by: Actor, *, created: bool) -> list[Event]:
    """The events of finding or creating a company."""
    return [EVENTS.created(company, by)] if company is not None and created else []


async def create(connection: Connection, form: NewCompany, *, by: Actor) -> Company:
    """Add a company. Raises `ValidationError` when its domain is another's."""
    domain = _stored_domain(form.domain)
    company = await TABLE.insert(connection, {**msgspec.structs.asdict(form), "domain": domain}, unique="domain")
    if company is None:
        raise await _duplicate_error(connection, domain or "")
    await _record(connection, company, f"{by.name} added this company.", by)
    await events.publish(connection, EVENTS.created(company, by))
    return company


async def change(connection: Connection, company: Company, form: msgspec.Struct, *, by: Actor) -> Company:
    """Change a company that `lock` returned. Raises `ValidationError` when the new domain is another's."""
    values = changed_values(company, form, domain=_stored_domain)
    if not values:
        return company
    domain = values.get("domain")
    if domain and await queries.find_by_domain(connection, domain):
        raise await _duplicate_error(connection, domain)
    updated = await TABLE.update(connection, company, values)
    words = activities.join_words([LABELS[name] for name in values])
    await _record(connection, updated, f"{by.name} changed the {words}.", by)
    await events.publish(connection, EVENTS.changed(updated, [*values], by))
    return updated


async def list_companies(connection: Connection, query: CompanyFilter) -> Page[Company]:
    """One page of companies. Raises `ValidationError` for an unknown sort or cursor."""
    where = Where()
    if query.q:
        await SEARCH.narrow(connection, where, query.q)
    return await TABLE.page(connection, where, sort=query.sort, limit=query.limit, cursor=query.cursor)


async def list_names(connection: Connection, company_ids: list[int]) -> dict[int, str]:
    """The names of these companies, by id."""
    return await queries.list_names(connection, company_ids) if company_ids else {}


async def _record(connection: Connection, company: Company, body: str, by: Actor) -> None:
    await activities.record(connection, kind="system", body=body, by=by, company_id=company.id)


def _stored_domain(domain: str) -> str | None:
    return domain.lower() or None


async def _duplicate_error(connection: Connection, domain: str) -> ValidationError:
    other = await queries.find_by_domain(connection, domain)
    whose = f" of {other.name}" if other else ""
    return ValidationError(
        [FieldError("domain", f"This is already the domain{whose}. A domain belongs to one company.")]
    )
