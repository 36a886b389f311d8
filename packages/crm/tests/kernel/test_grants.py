"""The service may be a role that only reads and writes rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import due_jobs
import factories
import pytest
from conftest import environment, serving
from crm_process import run_crm

from crm import config, grants, migrate
from crm.accounts import auth
from crm.kernel.app_context import AppContext
from shared import embedded_postgres

ROLE = "crm_rows"


@pytest.fixture(scope="module")
def owner_url(cluster: embedded_postgres.Cluster, template: str) -> str:
    cluster.create_database("crm_grants", template=template)
    return cluster.dsn("crm_grants")


@pytest.fixture(scope="module")
def service_url(owner_url: str) -> Iterator[str]:
    url = owner_url.replace("postgres@", f"{ROLE}:a-word@", 1)
    assert grants.grant_rows(owner_url, url) == ROLE
    yield url
    asyncio.run(_drop(owner_url))


async def _drop(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    await connection.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")
    await connection.close()


@pytest.fixture
async def rows(service_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(service_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE spy (id int)", "ALTER TABLE users ADD COLUMN spy text", "DROP TABLE leads", "TRUNCATE leads",
        "CREATE FUNCTION spy() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE ROLE spy", "CREATE DATABASE spy",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL", "DROP TRIGGER audit_entries_append_only ON audit_entries",
        "SET session_replication_role = replica", "UPDATE audit_entries SET action = 'x'", "TRUNCATE audit_entries",
        "UPDATE alembic_version SET version_num = '0001'", "COPY leads TO PROGRAM 'cat'", "CREATE INDEX ON leads (id)",
    ],
)  # fmt: skip
async def test_it_can_change_no_schema_and_no_past(rows: asyncpg.Connection[asyncpg.Record], statement: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await rows.execute(statement)


async def test_it_reads_and_writes_every_table(rows: asyncpg.Connection[asyncpg.Record]):
    tables = await rows.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND relname NOT IN ('alembic_version', 'audit_entries')"
    )
    assert len(tables) > 20
    for (table,) in tables:
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            assert await rows.fetchval("SELECT has_table_privilege($1, $2)", table, right), (table, right)


async def test_the_whole_service_works_with_it(service_url: str):
    own = config.load(environment(service_url))
    context = AppContext.of(own)
    async with context.db.transaction() as conn:
        ada = await auth.create_user(conn, email="ada@crm.test", name="Ada", password=factories.PASSWORD)
    async with serving(own) as client:
        form = {"email": ada.email, "password": factories.PASSWORD}
        assert (await client.post("/sign-in", data=form)).status_code == 303
        sent = await client.post("/api/leads", json=factories.build_enquiry(), headers={"origin": "http://site.test"})
        assert sent.status_code == 201
        await due_jobs.run(context)
        assert "Grace Hopper" in (await client.get("/leads")).text
        deleted = await client.post("/leads/1/delete")
        assert deleted.status_code == 303
        for page in ("/", "/inbox", "/trash", "/operations", "/settings/audit"):
            assert (await client.get(page)).status_code == 200
    await context.db.close()


async def test_later_tables_are_granted_too_and_a_second_run_changes_nothing(owner_url: str, service_url: str):
    owner, service = await asyncpg.connect(owner_url), await asyncpg.connect(service_url)
    try:
        await owner.execute("CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY)")
        await service.execute("INSERT INTO later DEFAULT VALUES")
        assert grants.grant_rows(owner_url, service_url) == ROLE
        await service.execute("DELETE FROM later")
    finally:
        await owner.execute("DROP TABLE later")
        await owner.close()
        await service.close()


def test_with_one_role_there_is_nothing_to_grant(owner_url: str):
    assert grants.grant_rows(owner_url, owner_url) == ""


async def test_a_superuser_is_no_role_for_the_service(owner_url: str):
    owner = await asyncpg.connect(owner_url)
    await owner.execute("CREATE ROLE crm_boss LOGIN SUPERUSER")
    try:
        with pytest.raises(migrate.MigrationError, match="crm_boss of DATABASE_URL is a superuser"):
            grants.grant_rows(owner_url, owner_url.replace("postgres@", "crm_boss:a-word@", 1))
    finally:
        await owner.execute("DROP ROLE crm_boss")
        await owner.close()


def test_an_owner_that_may_create_no_role_learns_what_it_needs(owner_url: str, service_url: str):
    with pytest.raises(migrate.MigrationError, match="CREATEROLE"):
        grants.grant_rows(service_url, owner_url.replace("postgres@", "crm_other:a-word@", 1))


async def test_migrating_says_which_role_the_service_has(
    context: AppContext, owner_url: str, service_url: str, tmp_path: Path
):
    variables = {"DATABASE_URL": service_url, "MIGRATION_DATABASE_URL": owner_url}
    async with run_crm(context, tmp_path, "migrate", **variables) as running:
        assert await running.wait() == 0
    assert f"connects as {ROLE}, which only reads and writes rows." in (tmp_path / "migrate.log").read_text()
