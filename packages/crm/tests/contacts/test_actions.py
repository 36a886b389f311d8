from __future__ import annotations

import pytest

from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, NotFoundError, PreconditionFailedError, ValidationError
from crm.records import activities, companies, contacts, leads

BOB = Actor("person", None, "Bob")


async def create(conn: Connection, **values: object) -> contacts.Contact:
    form = contacts.forms.NewContact(**{"name": "Ada", "email": "ada@acme.example", **values})  # type: ignore[arg-type]
    return await contacts.actions.create(conn, form, by=BOB)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Ada@Acme.Example", "ada@acme.example"),
        (" ada+news@acme.example ", "ada@acme.example"),
        ("a.d.a@gmail.com", "ada@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
        ("a.da@acme.example", "a.da@acme.example"),
        ("+@acme.example", "+@acme.example"),
        ("\uff21da@acme.example", "ada@acme.example"),
        ("", None),
        ("nobody", None),
    ],
)
def test_two_spellings_of_one_mailbox_share_a_key(written: str, key: str | None):
    assert contacts.key_of(written) == key


async def test_an_address_belongs_to_one_contact(conn: Connection):
    await create(conn)
    with pytest.raises(ValidationError, match="of Ada"):
        await create(conn, name="Zoë", email="ADA@acme.example")
    zoe = await create(conn, name="Zoë", email="zoe@acme.example")
    with pytest.raises(ValidationError, match="of Ada"):
        await contacts.actions.change(conn, zoe, contacts.forms.ChangeContact(email="ada+x@acme.example"), by=BOB)


async def test_an_address_may_be_spelled_anew(conn: Connection):
    ada = await contacts.actions.change(
        conn, await create(conn), contacts.forms.ChangeContact(email="Ada@Acme.example"), by=BOB
    )
    assert ada.email == "Ada@Acme.example"


async def test_a_change_is_one_line_of_the_timeline_and_one_event(conn: Connection):
    ada = await create(conn)
    await contacts.actions.change(
        conn, ada, contacts.forms.ChangeContact(phone="1", job_title="CTO", name="Ada"), by=BOB
    )
    lines = [line.body for line in await activities.actions.list_timeline(conn, contact_id=ada.id)]
    assert lines == ["Bob changed the phone to “1” and the job title to “CTO”.", "Bob added this contact."]
    payload = await conn.fetchval("SELECT payload FROM events WHERE kind = 'contact.changed'")
    assert payload["changed"] == ["phone", "job_title"]


async def test_changing_nothing_is_no_news(conn: Connection):
    ada = await create(conn)
    same = await contacts.actions.change(conn, ada, contacts.forms.ChangeContact(name="Ada"), by=BOB)
    assert same.version == 1
    assert await conn.fetchval("SELECT count(*) FROM events WHERE kind = 'contact.changed'") == 0


async def test_an_outdated_version_is_stale(conn: Connection):
    ada = await create(conn)
    await contacts.actions.change(conn, ada, contacts.forms.ChangeContact(phone="1"), by=BOB)
    with pytest.raises(PreconditionFailedError):
        await contacts.actions.lock(conn, ada.id, 1)
    with pytest.raises(PreconditionFailedError):
        await contacts.actions.change(conn, ada, contacts.forms.ChangeContact(phone="2"), by=BOB)


async def test_a_company_that_does_not_exist_is_an_error(conn: Connection):
    with pytest.raises(ValidationError, match="no such company"):
        await create(conn, company_id=77)


async def test_a_contact_with_leads_stays(conn: Connection):
    lead = await leads.create(conn, leads.NewLead(name="Ada", email="ada@a.example"), by=SYSTEM, channel="site")
    contact = await contacts.get(conn, lead.contact_id or 0)
    with pytest.raises(ConflictError, match="1 lead still points to Ada"):
        await contacts.deletion.delete(conn, contact, by=BOB)
    await leads.deletion.delete(conn, lead, by=BOB)
    await contacts.deletion.delete(conn, contact, by=BOB)
    with pytest.raises(NotFoundError):
        await contacts.get(conn, contact.id)


async def test_deleting_a_contact_keeps_the_lines_of_a_lead_that_moved_on(conn: Connection):
    lead = await leads.create(conn, leads.NewLead(name="Ada", email="ada@a.example"), by=SYSTEM, channel="site")
    other = await create(conn, name="Bob", email="bob@a.example")
    first = await contacts.get(conn, lead.contact_id or 0)
    await leads.change(conn, lead, leads.ChangeLead(contact_id=other.id), by=BOB)
    await contacts.deletion.delete(conn, first, by=BOB)
    assert len(await activities.actions.list_timeline(conn, lead_id=lead.id)) == 2


async def test_people_are_found_by_parts_of_name_address_and_notes(conn: Connection):
    await create(
        conn, name="Zoë Müller-Lüdenscheidt", email="z.mueller@acme-labs.example", notes="Prefers node.js 3.11"
    )
    await create(conn, name="Ada", email="ada@other.example")
    for words in (
        "zoe",
        "MULLER",
        "ludensch",
        "z.mue",
        "acme-labs",
        "labs",
        "mueller@acme",
        "zoë acme",
        "node.js",
        "3.11",
    ):
        page = await contacts.api.RECORD.list_page(conn, contacts.forms.ContactFilter(q=words))
        assert [contact.name for contact in page.data] == ["Zoë Müller-Lüdenscheidt"], words


async def test_people_are_listed_by_company(conn: Connection):
    company = await companies.actions.create(conn, companies.forms.NewCompany(name="Acme"), by=BOB)
    await create(conn, company_id=company.id)
    await create(conn, name="Zoë", email="zoe@b.example")
    page = await contacts.api.RECORD.list_page(conn, contacts.forms.ContactFilter(company_id=company.id))
    assert ([contact.name for contact in page.data], page.total) == (["Ada"], 1)
