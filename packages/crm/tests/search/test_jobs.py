"""Records that wait are indexed by the job."""

from __future__ import annotations

from crm.kernel import clock
from crm.kernel.actor import SYSTEM, VISITOR
from crm.kernel.app_context import AppContext
from crm.records import leads, tasks
from crm.records.companies import actions as company_actions
from crm.records.companies import forms as company_forms
from crm.records.contacts import actions as contact_actions
from crm.records.contacts import api as contact_api
from crm.records.contacts import forms as contact_forms
from crm.workspace.search.actions import search
from crm.workspace.search.jobs import index_pending
from crm.workspace.search.queries import index_older_tasks
from crm.workspace.search.queries import index_pending as index_some


async def test_records_that_wait_are_indexed_batch_by_batch(clean: AppContext):
    async with clean.db.transaction() as conn:
        for number in range(5):
            await contact_actions.create(conn, contact_forms.NewContact(name=f"Grace {number}"), by=SYSTEM)
        await company_actions.create(conn, company_forms.NewCompany(name="Grace Ltd"), by=SYSTEM)
        await conn.execute("DELETE FROM search_contacts")
        await conn.execute("DELETE FROM search_companies")
        await conn.execute("INSERT INTO search_pending SELECT 'contacts', id FROM contacts")
        await conn.execute("INSERT INTO search_pending SELECT 'companies', id FROM companies")
        await conn.execute("INSERT INTO search_pending VALUES ('leads', 987654321)")
        assert await index_some(conn, 2) == 2
    await index_pending(clean, {})
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM search_pending") == 0
        result = await search(conn, "grace", kinds=("contacts", "companies"), limit=10)
    assert [len(group.data) for group in result.groups] == [5, 1]


async def test_tasks_from_before_the_index_are_indexed_newest_first(clean: AppContext):
    async with clean.db.transaction() as conn:
        made = [await tasks.create(conn, tasks.NewTask(title=f"Call Grace {n}"), by=SYSTEM) for n in range(5)]
        await conn.execute("DELETE FROM search_tasks WHERE id < $1", made[-1].id)
        assert await index_older_tasks(conn, 2) == 2
    await index_pending(clean, {})
    async with clean.db.connection() as conn:
        result = await search(conn, "grace", kinds=("tasks",), limit=10)
        assert await index_older_tasks(conn, 2) == 0
    assert len(result.groups[0].data) == 5


async def test_of_a_company_with_very_many_records_the_oldest_wait_after_a_new_name(clean: AppContext):
    async with clean.db.transaction() as conn:
        company = await company_actions.create(conn, company_forms.NewCompany(name="Globex"), by=SYSTEM)
        await conn.execute(
            "INSERT INTO contacts (name, company_id, created_at, updated_at) "
            "SELECT 'Person ' || n, $1, now(), now() FROM generate_series(1, 520) AS n",
            company.id,
        )
        await company_actions.change(conn, company, company_forms.ChangeCompany(name="Initech"), by=SYSTEM)
        assert await conn.fetchval("SELECT count(*) FROM search_pending") == 20
    await index_pending(clean, {})
    async with clean.db.connection() as conn:
        page = await contact_api.RECORD.list_page(conn, contact_forms.ContactFilter(q="initech"))
    assert page.total == 520


async def test_enquiries_of_a_batch_are_found_once_the_worker_has_indexed_them(clean: AppContext):
    arrival = leads.Arrival(
        leads.NewLead(name="Grace", email="grace@navy.example", company="Navy"), "E-1", clock.now(), synthetic=False
    )
    async with clean.db.transaction() as conn:
        await leads.create_from_enquiries(conn, [arrival], by=VISITOR)
    async with clean.db.connection() as conn:
        assert (await search(conn, "navy", kinds=("leads", "contacts", "companies"), limit=10)).groups == []
    await index_pending(clean, {})
    async with clean.db.connection() as conn:
        found = await search(conn, "navy", kinds=("leads", "contacts", "companies"), limit=10)
    assert [len(group.data) for group in found.groups] == [1, 1, 1]
