"""What happens to companies."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from crm import activities
from crm.companies import queries
from crm.companies.events import CompanyChanged, CompanyCreated
from crm.companies.forms import ChangeCompany, CompanyFilter, NewCompany
from crm.companies.models import Company
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.events import Event
from crm.kernel.http.paging import Page, Where
from crm.kernel.http.request import ANY_VERSION

LABELS = {"name": "name", "domain": "domain", "website": "website", "phone": "phone", "notes": "notes"}
_STALE = "Somebody changed this company since you read it. Read it again, then change it."


async def find_or_create(
    connection: Connection, *, name: str, domain: str, by: Actor, demo: bool = False
) -> Company | None:
    """The company with this mail domain or, where no domain is known, this name; made when there is none.

    None when neither is given. Two callers at once get the same company.
    """
    if not domain and name:
        await queries.lock_names(connection, [name])
    company, made = await queries.find_or_make(connection, name=name, domain=domain or None, demo=demo, now=clock.now())
    await events.publish(connection, *build_events(company, made, by))
    return company


def build_events(company: Company | None, made: bool, by: Actor) -> list[Event]:
    """What came of finding `company`."""
    return [CompanyCreated(company=company, by=by)] if company is not None and made else []


async def create(connection: Connection, form: NewCompany, *, by: Actor) -> Company:
    """Add a company. Raises `ValidationError` when its domain is another's."""
    now = clock.now()
    company = await queries.insert(
        connection,
        Company(
            0,
            form.name,
            form.domain.lower() or None,
            form.website,
            form.phone,
            form.notes,
            demo=False,
            version=1,
            created_at=now,
            updated_at=now,
        ),
    )
    if company is None:
        raise await _duplicate_error(connection, form.domain.lower())
    await activities.record(
        connection, kind="system", body=f"{by.name} added this company.", by=by, company_id=company.id
    )
    await events.publish(connection, CompanyCreated(company=company, by=by))
    return company


async def get(connection: Connection, number: int) -> Company:
    """The company with this number. Raises `NotFoundError`."""
    return _require(await queries.find(connection, number))


async def lock(connection: Connection, number: int, version: int) -> Company:
    """The company at this version, kept from others until the transaction ends.

    Raises `NotFoundError` or `PreconditionFailedError`.
    """
    company = _require(await queries.find(connection, number, lock=True))
    if version not in (ANY_VERSION, company.version):
        raise PreconditionFailedError(_STALE)
    return company


async def change(connection: Connection, company: Company, form: ChangeCompany, *, by: Actor) -> Company:
    """Change a company that `lock` gave. Raises `ValidationError` when the new domain is another's."""
    given = {name: value for name in LABELS if (value := getattr(form, name)) is not UNSET}
    if "domain" in given:
        given["domain"] = given["domain"].lower() or None
    wanted = msgspec.structs.replace(company, **given)
    changed = [name for name in given if getattr(wanted, name) != getattr(company, name)]
    if not changed:
        return company
    if "domain" in changed and wanted.domain and await queries.by_domain(connection, wanted.domain):
        raise await _duplicate_error(connection, wanted.domain)
    written = await queries.update(connection, wanted, clock.now())
    if written is None:
        raise PreconditionFailedError(_STALE)
    body = f"{by.name} changed the {activities.join_words([LABELS[name] for name in changed])}."
    await activities.record(connection, kind="system", body=body, by=by, company_id=company.id)
    await events.publish(connection, CompanyChanged(company=written, changed=changed, by=by))
    return written


async def list_companies(connection: Connection, ask: CompanyFilter) -> Page[Company]:
    """One page of companies. Raises `ValidationError` for a sort or cursor that is not this list's."""
    where = Where()
    if ask.q:
        await queries.SEARCH.narrow(connection, where, ask.q)
    return await queries.LISTING.page(connection, where, sort=ask.sort, limit=ask.limit, cursor=ask.cursor)


async def names(connection: Connection, numbers: list[int]) -> dict[int, str]:
    """The names of these companies, by number."""
    return await queries.names(connection, numbers) if numbers else {}


def _require(company: Company | None) -> Company:
    if company is None:
        raise NotFoundError("There is no such company.")
    return company


async def _duplicate_error(connection: Connection, domain: str) -> ValidationError:
    other = await queries.by_domain(connection, domain)
    whose = f" of {other.name}" if other else ""
    return ValidationError(
        [FieldError("domain", f"This is already the domain{whose}. A domain belongs to one company.")]
    )
