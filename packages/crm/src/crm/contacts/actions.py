"""What happens to contacts."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from crm import activities
from crm.contacts import queries
from crm.contacts.addresses import key_of
from crm.contacts.events import ContactChanged, ContactCreated
from crm.contacts.forms import ChangeContact, ContactFilter, NewContact
from crm.contacts.models import Contact
from crm.kernel import clock, events
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import FieldError, NotFoundError, PreconditionFailedError, ValidationError
from crm.kernel.events import Event
from crm.kernel.http.paging import Page, Where
from crm.kernel.http.request import ANY_VERSION

LABELS = {
    "name": "name", "email": "e-mail", "phone": "phone", "job_title": "job title", "company_id": "company",
    "notes": "notes",
}  # fmt: skip
_STALE = "Somebody changed this contact since you read it. Read it again, then change it."


async def find_or_create(
    connection: Connection,
    *,
    name: str,
    email: str,
    phone: str,
    company_id: int | None,
    by: Actor,
    demo: bool = False,
) -> Contact:
    """The contact with this mailbox, made when there is none; a phone or company it lacked is filled in.

    Without an address a contact is always made. Two callers at once get the same contact.
    """
    contact, fate = await queries.find_or_make(
        connection, name=name, email=email, key=key_of(email), phone=phone, company_id=company_id, demo=demo,
        now=clock.now(),
    )  # fmt: skip
    await events.publish(connection, *build_events(contact, fate, by))
    return contact


def build_events(contact: Contact, fate: str, by: Actor) -> list[Event]:
    """What came of finding `contact`: it was `made`, `filled`, or just `known`, which is no news."""
    if fate == "made":
        return [ContactCreated(contact=contact, by=by)]
    if fate == "filled":
        return [ContactChanged(contact=contact, changed=["phone", "company_id"], by=by)]
    return []


async def create(connection: Connection, form: NewContact, *, by: Actor) -> Contact:
    """Add a contact. Raises `ValidationError` when the address is another's, or there is no such company."""
    await _check_company(connection, form.company_id)
    now = clock.now()
    contact = await queries.insert(
        connection,
        Contact(
            0,
            form.name,
            form.email,
            form.phone,
            form.job_title,
            form.company_id,
            form.notes,
            demo=False,
            version=1,
            created_at=now,
            updated_at=now,
        ),
        key_of(form.email),
    )
    if contact is None:
        raise await _duplicate_error(connection, form.email)
    await activities.record(
        connection, kind="system", body=f"{by.name} added this contact.", by=by, contact_id=contact.id,
        company_id=contact.company_id,
    )  # fmt: skip
    await events.publish(connection, ContactCreated(contact=contact, by=by))
    return contact


async def get(connection: Connection, number: int) -> Contact:
    """The contact with this number. Raises `NotFoundError`."""
    return _require(await queries.find(connection, number))


async def lock(connection: Connection, number: int, version: int) -> Contact:
    """The contact at this version, kept from others until the transaction ends.

    Raises `NotFoundError` or `PreconditionFailedError`.
    """
    contact = _require(await queries.find(connection, number, lock=True))
    if version not in (ANY_VERSION, contact.version):
        raise PreconditionFailedError(_STALE)
    return contact


async def change(connection: Connection, contact: Contact, form: ChangeContact, *, by: Actor) -> Contact:
    """Change a contact that `lock` gave.

    Raises `ValidationError` for an address that is another's or a company that is not.
    """
    given = {name: value for name in LABELS if (value := getattr(form, name)) is not UNSET}
    wanted = msgspec.structs.replace(contact, **given)
    changed = [name for name in given if getattr(wanted, name) != getattr(contact, name)]
    if not changed:
        return contact
    if "company_id" in changed:
        await _check_company(connection, wanted.company_id)
    key = key_of(wanted.email)
    if key and key != key_of(contact.email) and await queries.by_key(connection, key):
        raise await _duplicate_error(connection, wanted.email)
    written = await queries.update(connection, wanted, key, clock.now())
    if written is None:
        raise PreconditionFailedError(_STALE)
    body = f"{by.name} changed the {activities.join_words([LABELS[name] for name in changed])}."
    await activities.record(
        connection, kind="system", body=body, by=by, contact_id=contact.id, company_id=written.company_id
    )
    await events.publish(connection, ContactChanged(contact=written, changed=changed, by=by))
    return written


async def list_contacts(connection: Connection, ask: ContactFilter) -> Page[Contact]:
    """One page of contacts. Raises `ValidationError` for a sort or cursor that is not this list's."""
    where = Where()
    if ask.company_id is not None:
        where.add("company_id = {}", ask.company_id)
    if ask.q:
        await queries.SEARCH.narrow(connection, where, ask.q)
    return await queries.LISTING.page(connection, where, sort=ask.sort, limit=ask.limit, cursor=ask.cursor)


def _require(contact: Contact | None) -> Contact:
    if contact is None:
        raise NotFoundError("There is no such contact.")
    return contact


async def _check_company(connection: Connection, number: int | None) -> None:
    if number is not None and not await queries.has_company(connection, number):
        raise ValidationError([FieldError("company_id", "There is no such company.")])


async def _duplicate_error(connection: Connection, email: str) -> ValidationError:
    key = key_of(email)
    other = await queries.by_key(connection, key) if key else None
    whose = f" of {other.name}" if other else ""
    return ValidationError(
        [FieldError("email", f"This is already the address{whose}. An address belongs to one contact.")]
    )
