"""What happens to contacts."""

from __future__ import annotations

import msgspec

from crm.kernel import events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.events import Event
from crm.kernel.http.paging import Where
from crm.records import activities, tags
from crm.records.base import changed_values, labels, sort_ids
from crm.records.common import add_conditions
from crm.records.contacts.email_keys import key_of
from crm.records.contacts.forms import FILTERS, ChangeContact, ContactFilter, NewContact
from crm.records.contacts.models import EVENTS, Contact
from crm.records.contacts.queries import SEARCH, TABLE
from crm.records.related import check_references

LABELS = labels(ChangeContact)

get, lock = TABLE.get, TABLE.lock


async def find_by_key(connection: Connection, key: str | None) -> Contact | None:
    """The contact with this mailbox (see `email_keys.key_of`)."""
    return await TABLE.find_by(connection, "email_key", key)


def build_events(contact: Contact, outcome: str, by: Actor) -> list[Event]:
    """The events of a contact that was found or created, by the outcome that `find_or_create_many` gives."""
    if outcome == "created":
        return [EVENTS.build("created", contact, by)]
    return [] if outcome == "known" else [EVENTS.build("changed", contact, by, changed=outcome.split(","))]


async def create(connection: Connection, form: NewContact, *, by: Actor) -> Contact:
    """Add a contact. Raises `ValidationError` when the address is another's, or there is no such company."""
    await check_references(connection, company_id=form.company_id)
    values = {**msgspec.structs.asdict(form), "email_key": key_of(form.email)}
    contact = await TABLE.insert(connection, values, unique="email_key")
    if contact is None:
        raise await _duplicate_error(connection, form.email)
    await _record(connection, contact, f"{by.name} added this contact.", by)
    await events.publish(connection, EVENTS.build("created", contact, by))
    return contact


async def change(connection: Connection, contact: Contact, form: msgspec.Struct, *, by: Actor) -> Contact:
    """Change a contact that `lock` returned.

    Raises `ValidationError` when the address is another's or there is no such company.
    """
    values = changed_values(contact, form, tag_ids=sort_ids)
    if not values:
        return contact
    changed = [*values]
    await check_references(connection, company_id=values.get("company_id"))
    if "tag_ids" in values:
        values["tag_ids"] = await tags.check_ids(connection, values["tag_ids"])
    if "email" in values:
        key = values["email_key"] = key_of(values["email"])
        if key != key_of(contact.email) and await find_by_key(connection, key):
            raise await _duplicate_error(connection, values["email"])
    updated = await TABLE.update(connection, contact, values)
    changes = await activities.describe_changes(connection, contact, updated, {name: LABELS[name] for name in changed})
    await _record(connection, updated, f"{by.name} changed {changes}.", by)
    await events.publish(connection, EVENTS.build("changed", updated, by, changed=changed))
    return updated


async def choose(connection: Connection, text: str) -> Contact:
    """The contact with this e-mail address or name. Raises `ValidationError` for none or several."""
    return await TABLE.choose(connection, text, "email_key", key_of(text), "e-mail address")


async def apply_filters(connection: Connection, query: ContactFilter) -> Where:
    """The conditions of a list."""
    where = Where()
    where.add_given(query, {"company_id": "company_id = {}"})
    await add_conditions(connection, where, FILTERS, query)
    if query.q:
        await SEARCH.narrow(connection, where, query.q)
    return where


async def _record(connection: Connection, contact: Contact, body: str, by: Actor) -> None:
    await activities.record(
        connection, kind="system", body=body, by=by, contact_id=contact.id, company_id=contact.company_id
    )


async def _duplicate_error(connection: Connection, email: str) -> ValidationError:
    other = await find_by_key(connection, key_of(email))
    whose = f" of {other.name}" if other else ""
    return ValidationError(
        [FieldError("email", f"This is already the address{whose}. An address belongs to one contact.")]
    )
