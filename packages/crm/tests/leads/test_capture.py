from __future__ import annotations

import asyncio
import random
from datetime import date, timedelta

import asyncpg
import pytest

from crm.kernel import clock
from crm.kernel.actor import SYSTEM, VISITOR, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, ValidationError
from crm.records import companies, contacts, leads
from crm.records.activities.actions import list_timeline


async def capture(conn: Connection, name: str = "Ada Lovelace", **values: object) -> leads.Lead:
    form = leads.NewLead(**{"name": name, "email": "ada@acme.example", **values})  # type: ignore[arg-type]
    return await leads.create(conn, form, by=VISITOR, channel="site")


async def list_events(conn: Connection) -> list[str]:
    return [row["kind"] for row in await conn.fetch("SELECT kind FROM events ORDER BY id")]


async def list_changes(conn: Connection, kind: str) -> list[list[str]]:
    rows = await conn.fetch("SELECT payload FROM events WHERE kind = $1 ORDER BY id", kind)
    return [row["payload"]["changed"] for row in rows]


async def test_an_enquiry_becomes_lead_contact_company_activity_and_events(conn: Connection):
    lead = await capture(conn, company="Acme Ltd", phone="+49 30 1234", message="Please help.")
    assert lead.contact_id is not None
    assert lead.company_id is not None
    contact = await contacts.get(conn, lead.contact_id)
    company = await companies.get(conn, lead.company_id)
    assert (contact.name, contact.email, contact.phone) == ("Ada Lovelace", "ada@acme.example", "+49 30 1234")
    assert (contact.company_id, company.name, company.domain) == (company.id, "Acme Ltd", "acme.example")
    (line,) = await list_timeline(conn, lead_id=lead.id)
    assert line.body == "The enquiry arrived from the website."
    assert (line.contact_id, line.company_id) == (contact.id, company.id)
    assert await list_events(conn) == ["company.created", "contact.created", "lead.created"]


async def test_the_event_holds_the_lead_as_the_api_gives_it(conn: Connection):
    lead = await capture(conn, value=12500.5, next_action="Call", next_action_on=date(2026, 12, 1))
    payload = await conn.fetchval("SELECT payload FROM events WHERE kind = 'lead.created'")
    assert payload["lead"]["id"] == lead.id
    assert payload["lead"]["value"] == 12500.5
    assert payload["lead"]["next_action_on"] == "2026-12-01"
    assert payload["by"] == {"kind": "visitor", "id": None, "name": "Website"}


async def test_a_second_enquiry_finds_the_same_person_however_the_address_is_spelled(conn: Connection):
    first = await capture(conn)
    second = await capture(conn, name="A. Lovelace", email="ADA+projects@Acme.example")
    assert second.contact_id == first.contact_id
    assert second.company_id == first.company_id
    assert second.name == "A. Lovelace"
    assert (await contacts.get(conn, first.contact_id or 0)).name == "Ada Lovelace"


async def test_what_a_contact_lacked_is_filled_in_by_us_and_what_it_had_is_kept(conn: Connection):
    first = await capture(conn, email="ada@gmail.com")
    for values in ({"phone": "111", "company": "Acme"}, {"phone": "222", "company": "Another"}):
        await leads.create(conn, leads.NewLead(name="Ada", email="ada@gmail.com", **values), by=SYSTEM)
    contact = await contacts.get(conn, first.contact_id or 0)
    assert contact.phone == "111"
    assert (await companies.get(conn, contact.company_id or 0)).name == "Acme"
    assert contact.version == 2
    assert await list_changes(conn, "contact.changed") == [["phone", "company_id"]]


async def test_a_stranger_who_knows_an_address_does_not_change_the_contact(conn: Connection):
    first = await capture(conn, email="ada@gmail.com")
    lead = await capture(conn, email="ADA+x@gmail.com", phone="+44 20 7946 0000", company="Evil Ltd")
    contact = await contacts.get(conn, first.contact_id or 0)
    assert lead.contact_id == contact.id
    assert (contact.phone, contact.company_id, contact.version) == ("", None, 1)
    assert await list_changes(conn, "contact.changed") == []


async def test_the_event_of_a_contact_names_exactly_what_changed(conn: Connection):
    await leads.create(conn, leads.NewLead(name="Ada", email="ada@gmail.com", company="Acme"), by=SYSTEM)
    await leads.create(conn, leads.NewLead(name="Ada", email="ada@gmail.com", phone="111", company="Acme"), by=SYSTEM)
    assert await list_changes(conn, "contact.changed") == [["phone"]]


async def test_a_company_of_that_name_without_a_domain_takes_the_domain(conn: Connection):
    globex = await companies.actions.create(conn, companies.forms.NewCompany(name="Globex"), by=SYSTEM)
    lead = await capture(conn, email="hank@globex.example")
    assert lead.company_id == globex.id
    assert (await companies.get(conn, globex.id)).domain == "globex.example"
    assert await list_changes(conn, "company.changed") == [["domain"]]
    lines = [line.body for line in await list_timeline(conn, company_id=globex.id)]
    assert "The company took its domain from an enquiry: globex.example." in lines
    second = await capture(conn, name="Homer", email="homer@globex.example", company="Globex Corporation")
    assert second.company_id == globex.id


async def test_a_company_of_the_typed_name_takes_the_domain(conn: Connection):
    globex = await companies.actions.create(conn, companies.forms.NewCompany(name="Globex Corporation"), by=SYSTEM)
    lead = await capture(conn, email="hank@gbx.example", company="globex  corporation")
    assert lead.company_id == globex.id
    assert await conn.fetchval("SELECT count(*) FROM companies") == 1


@pytest.mark.parametrize("typed", ["n/a", "-", "none", "N/A.", "TEST", "—", "\u200b-", "keine"])
async def test_a_placeholder_makes_no_company(conn: Connection, typed: str):
    lead = await capture(conn, email="ada@gmail.com", company=typed)
    assert (lead.company, lead.company_id) == (typed, None)
    assert await conn.fetchval("SELECT count(*) FROM companies") == 0


@pytest.mark.parametrize("first", ["test", "", "bigcorp.example", "-"])
async def test_a_placeholder_or_domain_gives_way_to_the_name_of_the_company(conn: Connection, first: str):
    lead = await capture(conn, email="bob@bigcorp.example", company=first)
    assert (await companies.get(conn, lead.company_id or 0)).name == "bigcorp.example"
    await capture(conn, email="ceo@bigcorp.example", company="BigCorp International")
    assert (await companies.get(conn, lead.company_id or 0)).name == "BigCorp International"
    await capture(conn, email="eve@bigcorp.example", company="Another name")
    assert (await companies.get(conn, lead.company_id or 0)).name == "BigCorp International"
    assert await list_changes(conn, "company.changed") == [["name"]]


async def test_a_placeholder_that_was_stored_once_gives_way(conn: Connection):
    old = await companies.actions.create(
        conn, companies.forms.NewCompany(name="Test", domain="bigcorp.example"), by=SYSTEM
    )
    await capture(conn, email="ceo@bigcorp.example", company="BigCorp International")
    assert (await companies.get(conn, old.id)).name == "BigCorp International"


async def test_two_spaces_make_no_second_company(conn: Connection):
    first = await capture(conn, email="ada@gmail.com", company="Big Corp")
    second = await capture(conn, email="bob@gmail.com", company="Big\u00a0 Corp")
    assert first.company_id == second.company_id


async def test_a_free_mail_address_makes_no_company(conn: Connection):
    lead = await capture(conn, email="ada@gmail.com")
    assert lead.company_id is None
    assert await conn.fetchval("SELECT count(*) FROM companies") == 0


async def test_a_free_mail_address_with_a_company_name_finds_the_company_by_name(conn: Connection):
    first = await capture(conn, email="ada@gmail.com", company="Société Générale")
    second = await capture(conn, email="bob@web.de", company="SOCIETE GENERALE")
    assert first.company_id == second.company_id is not None


async def test_a_company_nobody_named_is_called_by_its_domain(conn: Connection):
    lead = await capture(conn)
    assert (await companies.get(conn, lead.company_id or 0)).name == "acme.example"


async def test_a_lead_without_an_address_makes_a_contact_of_its_own(conn: Connection):
    first = await capture(conn, email="", phone="1")
    second = await capture(conn, email="", phone="1")
    assert first.contact_id != second.contact_id


async def test_a_lead_for_a_known_contact_points_to_it_and_its_company(conn: Connection):
    first = await capture(conn)
    second = await capture(conn, name="Ada", email="", contact_id=first.contact_id)
    assert (second.contact_id, second.company_id) == (first.contact_id, first.company_id)


async def test_an_owner_or_contact_that_does_not_exist_is_named(conn: Connection):
    with pytest.raises(ValidationError) as caught:
        await capture(conn, owner_id=7, contact_id=8)
    assert [error.field for error in caught.value.errors] == ["owner_id", "contact_id"]


async def test_the_given_reference_is_kept_and_used_once(conn: Connection):
    arrival = leads.Arrival(leads.NewLead(name="Ada"), "E-GIVEN-0001", clock.now(), synthetic=False)
    (lead,) = await leads.create_from_enquiries(conn, [arrival], by=VISITOR)
    assert lead.reference == "E-GIVEN-0001"
    with pytest.raises(ConflictError):
        await leads.create_from_enquiries(conn, [arrival], by=VISITOR)


async def test_the_currency_is_the_organizations_unless_said(conn: Connection):
    assert (await capture(conn)).currency == "EUR"
    assert (await capture(conn, currency="CHF")).currency == "CHF"


async def test_how_it_came_in_stands_in_the_timeline(conn: Connection):
    ada = Actor("person", None, "Ada")
    manual = await leads.create(conn, leads.NewLead(name="Zoë"), by=ada, channel="manual")
    program = await leads.create(conn, leads.NewLead(name="Zoë"), by=Actor("key", 1, "Zapier"), channel="api")
    assert [line.body for line in await list_timeline(conn, lead_id=manual.id)] == ["Ada added this lead."]
    (line,) = await list_timeline(conn, lead_id=program.id)
    assert line.body == "Zapier created this lead through the API."


async def test_touches_are_kept_as_they_came(conn: Connection):
    touch = leads.Touch(path="/blog/queues/", utm_source="newsletter")
    lead = await capture(conn, first_touch=touch)
    assert (await leads.actions.get(conn, lead.id)).first_touch == {"path": "/blog/queues/", "utm_source": "newsletter"}


async def in_its_own_transaction(context: AppContext, ready: asyncio.Barrier, **values: object) -> leads.Lead:
    async with context.db.transaction() as conn:
        await conn.fetchval("SELECT 1")
        await ready.wait()
        return await capture(conn, **values)


async def test_two_enquiries_of_one_person_at_once_give_one_contact_and_one_company(clean: AppContext):
    ready = asyncio.Barrier(4)
    captured = await asyncio.gather(*(in_its_own_transaction(clean, ready, phone=str(n)) for n in range(4)))
    assert len({lead.id for lead in captured}) == 4
    assert len({lead.contact_id for lead in captured}) == 1
    assert len({lead.company_id for lead in captured}) == 1
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM contacts") == 1
        assert await conn.fetchval("SELECT count(*) FROM companies") == 1
        assert (await list_events(conn)).count("contact.created") == 1


async def test_two_enquiries_of_one_company_name_at_once_give_one_company(clean: AppContext):
    ready = asyncio.Barrier(4)
    captured = await asyncio.gather(
        *(in_its_own_transaction(clean, ready, email=f"{n}@gmail.com", company="Acme") for n in range(4))
    )
    assert len({lead.company_id for lead in captured}) == 1


async def test_a_capture_that_fails_leaves_nothing(clean: AppContext):
    with pytest.raises(asyncpg.PostgresError):
        async with clean.db.transaction() as conn:
            await capture(conn)
            await conn.execute("SELECT 1/0")
    async with clean.db.connection() as conn:
        for table in ("leads", "contacts", "companies", "activities", "events"):
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_the_public_function_of_companies_agrees_with_capture(conn: Connection):
    lead = await capture(conn)
    company = await companies.find_or_create(conn, name="Other words", domain="acme.example", by=SYSTEM)
    assert company and company.id == lead.company_id
    assert await companies.find_or_create(conn, name="", domain="", by=SYSTEM) is None


async def capture_many(context: AppContext, ready: asyncio.Barrier, numbers: list[int]) -> None:
    """Create leads of these people in one transaction, in this order, as soon as all others are ready."""
    arrivals = [
        leads.Arrival(
            leads.NewLead(name=f"Person {n}", email=f"ada@client{n}.example", phone=str(n)),
            f"E-{id(numbers):x}-{n}", clock.now(), synthetic=False,
        )
        for n in numbers
    ]  # fmt: skip
    async with context.db.transaction() as conn:
        await conn.fetchval("SELECT 1")
        await ready.wait()
        created = await leads.create_from_enquiries(conn, arrivals, by=VISITOR)
    assert [lead.name for lead in created] == [f"Person {n}" for n in numbers]


async def test_batches_and_single_leads_of_the_same_people_never_wait_for_each_other_in_a_circle(clean: AppContext):
    shuffled = random.Random(7)
    for each in range(12):
        people = list(range(each * 20, each * 20 + 20))
        orders = [shuffled.sample(people, len(people)) for _ in range(3)]
        ready = asyncio.Barrier(6)
        # With a phone that a contact lacks, a lead also changes a contact that another transaction knows already.
        await asyncio.gather(
            *(capture_many(clean, ready, order) for order in orders),
            *(in_its_own_transaction(clean, ready, email=f"ada@client{order[0]}.example") for order in orders),
        )
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM contacts") == 240
        assert await conn.fetchval("SELECT count(*) FROM companies") == 240


async def test_a_lead_never_waits_for_one_that_waits_for_it(clean: AppContext):
    for each in range(25):
        ready = asyncio.Barrier(4)
        await asyncio.gather(
            *(in_its_own_transaction(clean, ready, email=f"ada@rush{each}.example", phone=str(n)) for n in range(4))
        )


async def test_an_enquiry_that_waited_in_a_browser_stands_in_the_timeline_at_its_own_time(conn: Connection):
    sent_at = clock.now() - timedelta(hours=30)
    arrival = leads.Arrival(leads.NewLead(name="Ada"), "E-LATE-0001", sent_at, synthetic=False)
    (lead,) = await leads.create_from_enquiries(conn, [arrival], by=VISITOR)
    (line,) = await list_timeline(conn, lead_id=lead.id)
    assert (line.at, lead.received_at) == (sent_at, sent_at)
    assert line.created_at > sent_at


async def capture_batch(conn: Connection, *forms: leads.NewLead) -> list[leads.Lead]:
    """Create the leads of one batch of enquiries."""
    return await leads.create_from_enquiries(
        conn, [leads.Arrival(form, f"E-{n}", clock.now(), synthetic=False) for n, form in enumerate(forms)], by=VISITOR
    )


async def test_in_a_batch_a_company_known_by_name_gets_its_domain_from_another_enquiry(conn: Connection):
    by_name, by_domain, other = await capture_batch(
        conn,
        leads.NewLead(name="Ada", email="ada@gmail.com", company="Acme"),
        leads.NewLead(name="Grace", email="grace@acme.example", company="ACME"),
        leads.NewLead(name="Joan", email="joan@gmail.com", company="Acme Labs"),
    )
    assert by_name.company_id == by_domain.company_id != other.company_id
    rows = await conn.fetch("SELECT name, domain FROM companies ORDER BY id")
    assert [tuple(row) for row in rows] == [("Acme", "acme.example"), ("Acme Labs", None)]
    assert (await list_events(conn)).count("company.created") == 2


async def test_in_a_batch_the_first_name_that_is_given_names_the_company(conn: Connection):
    await capture_batch(
        conn,
        leads.NewLead(name="Ada", email="ada@acme.example"),
        leads.NewLead(name="Grace", email="grace@acme.example", company="Acme Corporation"),
    )
    assert await conn.fetchval("SELECT name FROM companies") == "Acme Corporation"


async def test_in_a_batch_the_second_enquiry_of_a_person_names_the_first_as_open(conn: Connection):
    first, second = await capture_batch(
        conn, leads.NewLead(name="Ada", email="ada@acme.example"), leads.NewLead(name="Ada", email="ADA@acme.example")
    )
    assert first.contact_id == second.contact_id
    rows = await conn.fetch("SELECT payload -> 'open_lead' -> 'id' AS id FROM events WHERE kind = 'lead.created'")
    assert [row["id"] for row in rows] == [None, first.id]


async def test_a_batch_with_a_reference_in_use_creates_nothing(conn: Connection):
    await capture_batch(conn, leads.NewLead(name="Ada"))
    with pytest.raises(ConflictError, match="There is a lead E-0 already"):
        await capture_batch(conn, leads.NewLead(name="Grace"), leads.NewLead(name="Joan"))


async def test_in_a_batch_enquiries_without_an_address_are_different_people(conn: Connection):
    ada, grace, joan = await capture_batch(
        conn,
        leads.NewLead(name="Ada"),
        leads.NewLead(name="Grace"),
        leads.NewLead(name="Joan", email="joan@acme.example"),
    )
    assert len({ada.contact_id, grace.contact_id, joan.contact_id}) == 3
    assert (await contacts.get(conn, grace.contact_id or 0)).name == "Grace"
