from __future__ import annotations

import pytest

from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, PreconditionFailedError, ValidationError
from crm.records import activities, companies, contacts

BOB = Actor("person", None, "Bob")


async def create(conn: Connection, **values: object) -> companies.Company:
    form = companies.forms.NewCompany(**{"name": "Acme", "domain": "acme.example", **values})  # type: ignore[arg-type]
    return await companies.actions.create(conn, form, by=BOB)


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("Ada@Acme.Example", "acme.example"),
        ("ada@mail.acme.example.", "mail.acme.example"),
        ("ada@gmail.com", ""),
        ("ada@yahoo.co.uk", ""),
        ("ada@gmx.net", ""),
        ("ada@proton.me", ""),
        ("ada@web.de", ""),
        ("ada@gmail-consulting.example", "gmail-consulting.example"),
        ("ada@localhost", ""),
        ("nobody", ""),
        ("", ""),
    ],
)
def test_a_mail_domain_is_a_companys_unless_anybody_can_have_a_mailbox_there(email: str, domain: str):
    assert companies.domain_of(email) == domain


async def test_a_domain_belongs_to_one_company(conn: Connection):
    await create(conn)
    with pytest.raises(ValidationError, match="of Acme"):
        await create(conn, name="Other", domain="ACME.example")
    other = await create(conn, name="Other", domain="")
    with pytest.raises(ValidationError, match="of Acme"):
        await companies.actions.change(conn, other, companies.forms.ChangeCompany(domain="acme.example"), by=BOB)


async def test_two_companies_without_a_domain_are_fine(conn: Connection):
    first, second = await create(conn, domain=""), await create(conn, name="Other", domain="")
    assert first.domain is second.domain is None


async def test_a_company_is_found_by_folded_name_where_no_domain_is_known(conn: Connection):
    company = await create(conn, name="Société Générale", domain="")
    found = await companies.find_or_create(conn, name="societe generale", domain="", by=BOB)
    assert found == company


async def test_a_name_does_not_find_a_company_where_the_domain_is_known(conn: Connection):
    await create(conn)
    other = await companies.find_or_create(conn, name="Acme", domain="acme.other.example", by=BOB)
    assert other is not None
    assert other.domain == "acme.other.example"


async def test_a_change_is_one_line_of_the_timeline(conn: Connection):
    company = await create(conn)
    changed = await companies.actions.change(
        conn, company, companies.forms.ChangeCompany(domain="", notes="Pays late"), by=BOB
    )
    assert (changed.domain, changed.version) == (None, 2)
    (newest, _) = await activities.actions.list_timeline(conn, company_id=company.id)
    assert newest.body == "Bob changed the domain and notes."
    with pytest.raises(PreconditionFailedError):
        await companies.actions.change(conn, company, companies.forms.ChangeCompany(notes="x"), by=BOB)


async def test_a_company_with_people_stays_and_says_who_points_to_it(conn: Connection):
    company = await create(conn)
    ada = await contacts.actions.create(conn, contacts.forms.NewContact(name="Ada", company_id=company.id), by=BOB)
    await contacts.actions.create(conn, contacts.forms.NewContact(name="Zoë", company_id=company.id), by=BOB)
    with pytest.raises(ConflictError, match="2 contacts still point to Acme"):
        await companies.deletion.delete(conn, company, by=BOB)
    await conn.execute("UPDATE contacts SET company_id = NULL")
    await companies.deletion.delete(conn, company, by=BOB)
    assert len(await activities.actions.list_timeline(conn, contact_id=ada.id)) == 1
    assert await conn.fetchval("SELECT count(*) FROM events WHERE kind = 'company.deleted'") == 1


async def test_names_are_given_by_number(conn: Connection):
    company = await create(conn)
    assert await companies.list_names(conn, [company.id, 999_999]) == {company.id: "Acme"}
    assert await companies.list_names(conn, []) == {}
