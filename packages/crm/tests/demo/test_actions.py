from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import factories
import pytest

from crm.kernel import clock
from crm.kernel.actor import VISITOR, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records import leads
from crm.workspace import demo


@pytest.fixture(scope="module")
async def demo_system(context: AppContext) -> AsyncIterator[tuple[Connection, Actor]]:
    """A connection that sees the demo, and Ada, who filled it in. Filling takes longer than most tests."""
    async with context.db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            ada = (await factories.create_user(connection)).actor
            await demo.fill(connection, context, ada)
            yield connection, ada
        finally:
            await transaction.rollback()


@pytest.fixture
async def filled(demo_system: tuple[Connection, Actor]) -> AsyncIterator[Connection]:
    """A connection that sees the demo. What a test changes is undone."""
    connection, _ = demo_system
    savepoint = connection.transaction()
    await savepoint.start()
    yield connection
    await savepoint.rollback()


@pytest.fixture
def ada_of_demo(demo_system: tuple[Connection, Actor]) -> Actor:
    return demo_system[1]


async def test_nothing_in_the_demo_happens_in_the_future(filled):
    now = clock.now()
    assert await filled.fetchval("SELECT max(at) FROM activities") < now
    assert await filled.fetchval("SELECT max(created_at) FROM leads") < now
    assert await filled.fetchval("SELECT min(created_at) FROM leads") < now - timedelta(days=100)


async def test_there_are_tasks_in_every_state(filled):
    row = await filled.fetchrow(
        """
        SELECT count(*) FILTER (WHERE done_at IS NOT NULL) AS done,
               count(*) FILTER (WHERE done_at IS NULL AND due < current_date) AS overdue,
               count(*) FILTER (WHERE due_time IS NOT NULL) AS timed,
               count(*) FILTER (WHERE due_on IS NULL) AS undated,
               count(*) FILTER (WHERE recurrence <> '') AS repeating,
               count(*) FILTER (WHERE contact_id IS NOT NULL) AS of_contacts,
               count(*) FILTER (WHERE company_id IS NOT NULL) AS of_companies,
               count(*) FILTER (WHERE num_nonnulls(lead_id, contact_id, company_id) = 0) AS alone
        FROM tasks
        """
    )
    assert min(dict(row).values()) >= 1


async def test_changes_of_the_team_can_be_undone(filled):
    rows = await filled.fetch("SELECT by_name, at FROM change_sets")
    assert len({row["by_name"] for row in rows}) == 3
    assert all(clock.now() - row["at"] < timedelta(days=31) for row in rows)


async def test_three_users_own_the_leads(filled):
    rows = await filled.fetch(
        "SELECT users.name, count(leads.id) AS leads FROM users JOIN leads ON leads.owner_id = users.id GROUP BY 1"
    )
    owned = {row["name"]: row["leads"] for row in rows}
    assert {*owned} == {"Ada Lovelace", "Mihai Stan", "Clara Weiss"}
    assert min(owned.values()) > 5
    assert await filled.fetchval("SELECT count(DISTINCT by_name) FROM activities WHERE by_kind = 'person'") == 3
    unowned = await filled.fetch("SELECT DISTINCT status FROM leads WHERE owner_id IS NULL")
    assert {row["status"] for row in unowned} == {"new"}


async def test_every_state_occurs(filled):

    async def states(table: str, column: str = "state") -> set[str]:
        return {row[0] for row in await filled.fetch(f"SELECT DISTINCT {column} FROM {table}")}

    assert await states("users", "role") == {"owner", "member", "viewer"}
    assert await filled.fetchval("SELECT count(*) FROM users WHERE disabled_at IS NOT NULL") == 1
    assert await filled.fetchval("SELECT count(*) FROM invitations") == 1
    assert await filled.fetchval("SELECT count(*) FROM passkeys") == 1
    assert await states("submissions") == {"accepted", "quarantined", "failed", "dismissed"}
    assert await states("webhook_deliveries") == {"pending", "delivered", "failed"}
    assert await states("notifications") == {"sent"}
    assert await filled.fetchval("SELECT count(*) FROM notification_attempts WHERE error <> ''") == 1
    assert await states("activities", "kind") == {"note", "call", "meeting", "email", "status", "system"}
    assert await filled.fetchval("SELECT count(*) FROM trash") == 1
    assert await filled.fetchval("SELECT count(*) FROM leads WHERE next_action_on < current_date") > 0
    assert await filled.fetchval("SELECT count(*) FROM leads WHERE status = 'contacted' AND next_action = ''") > 0


async def test_the_demo_sends_nothing_and_nobody_can_use_its_accounts(filled):
    sent = await filled.fetch("SELECT entrypoint FROM pgqueuer WHERE entrypoint ~ 'webhook|notification|mail'")
    assert sent == []
    assert not await filled.fetchval("SELECT bool_or(active) FROM webhooks")
    assert not await filled.fetchval("SELECT bool_or(active) FROM channels")
    hashes = await filled.fetch("SELECT password_hash FROM users WHERE email LIKE '%.example'")
    assert len({row["password_hash"] for row in hashes}) == 4


async def test_removing_the_demo_removes_what_stands_around_it(filled, ada_of_demo):
    await demo.remove(filled)
    for table in (
        "submissions", "webhooks", "webhook_deliveries", "channels", "notifications", "trash", "activities",
        "invitations", "passkeys", "change_sets",
    ):  # fmt: skip
        assert await filled.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    assert [row["id"] for row in await filled.fetch("SELECT id FROM users")] == [ada_of_demo.id]


async def test_every_demo_company_has_a_domain_nobody_can_own(filled):
    domains = [row["domain"] for row in await filled.fetch("SELECT domain FROM companies")]
    assert domains
    assert all(domain.endswith(".example") for domain in domains)


async def test_removing_the_demo_leaves_what_is_real(filled):
    form = leads.NewLead(name="Real Person", email="marta@brightwater.example", message="I am real.")
    real = await leads.create(filled, form, by=VISITOR, channel="site")
    assert await demo.remove(filled) > 50
    kept = [row["id"] for row in await filled.fetch("SELECT id FROM leads")]
    assert kept == [real.id]
    assert (await leads.actions.get(filled, real.id)).contact_id is not None
    assert await filled.fetchval("SELECT count(*) FROM companies") == 1


async def test_demo_data_that_was_taken_away_does_not_come_back(filled):
    await demo.remove(filled)
    assert not await demo.is_empty(filled)
