"""What happens to companies."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.events import Event
from crm.kernel.http.paging import Where
from crm.records import activities, tags
from crm.records.base import changed_values, labels, sort_ids
from crm.records.common import add_conditions
from crm.records.companies import queries
from crm.records.companies.domains import suggest_name
from crm.records.companies.forms import FILTERS, ChangeCompany, CompanyFilter, NewCompany
from crm.records.companies.models import EVENTS, Company
from crm.records.companies.queries import SEARCH, TABLE, CompanyHint
from crm.values import clean_line, is_placeholder

LABELS = labels(ChangeCompany)

_CHANGED = {"named": "name", "domain": "domain"}
"""The field that changed, by the outcome of finding a company."""

get, lock = TABLE.get, TABLE.lock


async def find_or_create(
    connection: Connection, *, name: str, domain: str, by: Actor, demo: bool = False
) -> Company | None:
    """The company with this mail domain or, without one, of this name; created if there is none.

    None when neither is given. A placeholder such as `n/a` is no name. Two callers at once get the same company.
    """
    [(company, outcome)] = await queries.find_or_create_many(
        connection, [describe(name, domain, demo=demo)], clock.now()
    )
    if company is not None:
        await record_outcomes(connection, [(company, outcome)], by)
        await events.publish(connection, *build_events(company, outcome, by))
    return company


def describe(name: str, domain: str, *, demo: bool = False) -> CompanyHint:
    """The hint that a typed name and a mail domain give; each may be empty."""
    typed = "" if is_placeholder(name) else clean_line(name)
    return CompanyHint(typed, suggest_name(domain), domain or None, demo)


def build_events(company: Company, outcome: str, by: Actor) -> list[Event]:
    """The events of a company that was found or created, by the outcome that `find_or_create_many` gives."""
    if outcome == "created":
        return [EVENTS.build("created", company, by)]
    changed = _CHANGED.get(outcome)
    return [EVENTS.build("changed", company, by, changed=[changed])] if changed else []


async def record_outcomes(connection: Connection, found: Iterable[tuple[Company, str]], by: Actor) -> None:
    """Say in the timeline of each company which name or domain it took from an enquiry."""
    for company, outcome in found:
        if changed := _CHANGED.get(outcome):
            body = f"The company took its {changed} from an enquiry: {getattr(company, changed)}."
            await _record(connection, company, body, by)


async def create(connection: Connection, form: NewCompany, *, by: Actor) -> Company:
    """Add a company. Raises `ValidationError` when its domain is another's."""
    domain = _stored_domain(form.domain)
    company = await TABLE.insert(connection, {**msgspec.structs.asdict(form), "domain": domain}, unique="domain")
    if company is None:
        raise await _duplicate_error(connection, domain or "")
    await _record(connection, company, f"{by.name} added this company.", by)
    await events.publish(connection, EVENTS.build("created", company, by))
    return company


async def change(connection: Connection, company: Company, form: msgspec.Struct, *, by: Actor) -> Company:
    """Change a company that `lock` returned. Raises `ValidationError` when the new domain is another's."""
    values = changed_values(company, form, tag_ids=sort_ids, domain=_stored_domain)
    if not values:
        return company
    if "tag_ids" in values:
        values["tag_ids"] = await tags.check_ids(connection, values["tag_ids"])
    if await TABLE.find_by(connection, "domain", domain := values.get("domain") or ""):
        raise await _duplicate_error(connection, domain)
    updated = await TABLE.update(connection, company, values)
    changes = await activities.describe_changes(connection, company, updated, {name: LABELS[name] for name in values})
    await _record(connection, updated, f"{by.name} changed {changes}.", by)
    await events.publish(connection, EVENTS.build("changed", updated, by, changed=[*values]))
    return updated


async def choose(connection: Connection, text: str) -> Company:
    """The company with this domain or name. Raises `ValidationError` for none or several."""
    return await TABLE.choose(connection, text, "domain", text.lower(), "domain")


async def apply_filters(connection: Connection, query: CompanyFilter) -> Where:
    """The conditions of a list."""
    where = Where()
    await add_conditions(connection, where, FILTERS, query)
    if query.q:
        await SEARCH.narrow(connection, where, query.q)
    return where


async def list_names(connection: Connection, company_ids: list[int]) -> dict[int, str]:
    """The names of these companies, by id."""
    return await queries.list_names(connection, company_ids) if company_ids else {}


async def _record(connection: Connection, company: Company, body: str, by: Actor) -> None:
    await activities.record(connection, kind="system", body=body, by=by, company_id=company.id)


def _stored_domain(domain: str) -> str | None:
    return domain.lower() or None


async def _duplicate_error(connection: Connection, domain: str) -> ValidationError:
    other = await TABLE.find_by(connection, "domain", domain)
    whose = f" of {other.name}" if other else ""
    return ValidationError(
        [FieldError("domain", f"This is already the domain{whose}. A domain belongs to one company.")]
    )
