from __future__ import annotations

from datetime import timedelta

import factories
import pytest

from crm.inbound import intake
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, NotFoundError
from crm.records import activities, companies, contacts, leads, trash
from crm.workspace.erasure import jobs

ADA = Actor(kind="person", id=None, name="Ada")


async def capture(conn: Connection, **values: object) -> leads.Lead:
    form = leads.NewLead(**{"name": "Zoë Quine", "email": "zoe@quine.example", "value": 12_500.5, **values})  # type: ignore[arg-type]
    return await leads.create(conn, form, by=ADA, channel="manual")


async def kinds(conn: Connection) -> list[str]:
    return [row["kind"] for row in await conn.fetch("SELECT kind FROM events ORDER BY id")]


async def test_a_restored_lead_is_what_it_was_with_its_timeline(conn: Connection):
    lead = await capture(conn, message="Slow compiler, “again”")
    await activities.record(conn, kind="note", body="Talked of prices", by=ADA, lead_id=lead.id)
    before = await activities.actions.list_timeline(conn, lead_id=lead.id)
    await leads.deletion.delete(conn, lead, by=ADA)
    assert await leads.deletion.restore(conn, lead.id, by=ADA) == lead
    said, *lines = await activities.actions.list_timeline(conn, lead_id=lead.id)
    assert lines == before
    assert said.body == "Ada restored this lead."
    assert (await kinds(conn))[-2:] == ["lead.deleted", "lead.restored"]


async def test_a_restored_lead_is_found_by_its_words_again(conn: Connection):
    lead = await capture(conn, message="Our tabulator is on fire")
    await leads.deletion.delete(conn, lead, by=ADA)
    assert (await leads.RECORD.list_page(conn, leads.LeadFilter(q="tabul"))).data == []
    await leads.deletion.restore(conn, lead.id, by=ADA)
    assert [each.id for each in (await leads.RECORD.list_page(conn, leads.LeadFilter(q="tabul"))).data] == [lead.id]


async def test_the_enquiry_goes_and_comes_back_with_its_lead(clean: AppContext):
    async with clean.db.transaction() as conn:
        stored = await factories.create_submission(conn)
    await intake.process.process_batch(clean.db)
    async with clean.db.transaction() as conn:
        lead_id = await conn.fetchval("SELECT lead_id FROM submissions")
        await leads.deletion.delete(conn, await leads.actions.get(conn, lead_id), by=ADA)
        assert await conn.fetchval("SELECT count(*) FROM submissions") == 0
        await leads.deletion.restore(conn, lead_id, by=ADA)
        again = await conn.fetchrow("SELECT lead_id, fingerprint, body FROM submissions")
    assert tuple(again) == (lead_id, stored.fingerprint, stored.body)


async def test_a_lead_brings_back_the_contact_and_company_deleted_after_it(conn: Connection):
    lead = await capture(conn)
    assert lead.contact_id and lead.company_id
    await leads.deletion.delete(conn, lead, by=ADA)
    await contacts.deletion.delete(conn, await contacts.get(conn, lead.contact_id), by=ADA)
    await companies.deletion.delete(conn, await companies.get(conn, lead.company_id), by=ADA)
    assert await leads.deletion.restore(conn, lead.id, by=ADA) == lead
    assert (await contacts.get(conn, lead.contact_id)).company_id == lead.company_id


async def test_a_lead_whose_contact_was_made_anew_meanwhile_points_to_the_new_one(conn: Connection):
    lead = await capture(conn)
    assert lead.contact_id
    await leads.deletion.delete(conn, lead, by=ADA)
    await contacts.deletion.delete(conn, await contacts.get(conn, lead.contact_id), by=ADA)
    other = await capture(conn, message="Hello again")
    assert (await leads.deletion.restore(conn, lead.id, by=ADA)).contact_id == other.contact_id


async def test_a_lead_whose_contact_is_gone_for_good_comes_back_without(conn: Connection):
    lead = await capture(conn)
    assert lead.contact_id
    await leads.deletion.delete(conn, lead, by=ADA)
    await contacts.deletion.delete(conn, await contacts.get(conn, lead.contact_id), by=ADA)
    await conn.execute("DELETE FROM trash WHERE kind = 'contact'")
    back = await leads.deletion.restore(conn, lead.id, by=ADA)
    assert (back.contact_id, back.company_id) == (None, lead.company_id)


async def test_a_contact_comes_back_to_the_lines_it_shared(conn: Connection):
    acme = await companies.find_or_create(conn, name="Acme", domain="acme.example", by=ADA)
    assert acme is not None
    form = contacts.forms.NewContact(name="Bob", email="bob@acme.example", company_id=acme.id)
    bob = await contacts.actions.create(conn, form, by=ADA)
    await activities.record(conn, kind="note", body="Bob alone", by=ADA, contact_id=bob.id)
    before = await activities.actions.list_timeline(conn, contact_id=bob.id)
    await contacts.deletion.delete(conn, bob, by=ADA)
    assert await contacts.restore(conn, bob.id, by=ADA) == bob
    assert (await activities.actions.list_timeline(conn, contact_id=bob.id))[1:] == before


async def test_a_contact_whose_address_is_anothers_by_now_stays_in_the_trash(conn: Connection):
    bob = await contacts.actions.create(conn, contacts.forms.NewContact(name="Bob", email="bob@acme.example"), by=ADA)
    await contacts.deletion.delete(conn, bob, by=ADA)
    await contacts.actions.create(conn, contacts.forms.NewContact(name="Bobby", email="bob@acme.example"), by=ADA)
    with pytest.raises(ConflictError, match="Bob cannot come back"):
        async with conn.transaction():
            await contacts.restore(conn, bob.id, by=ADA)
    assert await trash.has(conn, "contact", bob.id)


async def test_what_is_not_in_the_trash_cannot_be_restored(conn: Connection):
    lead = await capture(conn)
    for number in (lead.id, 999_999):
        with pytest.raises(NotFoundError):
            await leads.deletion.restore(conn, number, by=ADA)


async def test_a_column_that_is_new_since_takes_its_default(conn: Connection):
    lead = await capture(conn)
    await leads.deletion.delete(conn, lead, by=ADA)
    await conn.execute("ALTER TABLE leads ADD COLUMN mood text NOT NULL DEFAULT 'calm'")
    await leads.deletion.restore(conn, lead.id, by=ADA)
    assert await conn.fetchval("SELECT mood FROM leads WHERE id = $1", lead.id) == "calm"


async def test_after_thirty_days_the_trash_is_emptied(clean: AppContext):
    async with clean.db.transaction() as conn:
        old, new = await capture(conn), await capture(conn)
        with clock.at(clock.now() - timedelta(days=30, minutes=1)):
            await leads.deletion.delete(conn, old, by=ADA)
        with clock.at(clock.now() - timedelta(days=29)):
            await leads.deletion.delete(conn, new, by=ADA)
    await jobs.empty(clean, {})
    async with clean.db.transaction() as conn:
        assert not await trash.has(conn, "lead", old.id)
        assert await trash.has(conn, "lead", new.id)
