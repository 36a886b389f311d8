"""What the CRM's tests stand on: one PostgreSQL, a schema made by the migrations alone, the real application.

`conn` is a transaction that is rolled back; `client` speaks to the whole service, whose commits are deleted
afterwards. Nothing of ours is replaced by a stand-in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import factories
import httpx
import psycopg
import pytest

from crm import app, config, migrate, reactions
from crm.accounts import auth, form_choices
from crm.accounts.permissions import Role
from crm.kernel import db, events
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.records import stages
from shared import embedded_postgres

ROOT = Path(__file__).resolve().parents[3]
ORIGIN = "http://crm.test"
SITE = "http://site.test"


@pytest.fixture(scope="session")
def cluster() -> Iterator[embedded_postgres.Cluster]:
    with embedded_postgres.scratch() as running:
        yield running


@pytest.fixture(scope="session")
def template(cluster: embedded_postgres.Cluster) -> str:
    """Name of a database that nobody uses and everybody copies."""
    cluster.create_database("template_crm")
    migrate.migrate(cluster.dsn("template_crm"))
    with psycopg.connect(cluster.dsn("template_crm")) as connection:
        connection.execute("CREATE TABLE defined_choices AS TABLE form_choices")
    return "template_crm"


@pytest.fixture(scope="session")
def database_url(cluster: embedded_postgres.Cluster, template: str) -> str:
    cluster.create_database("crm_test", template=template)
    return cluster.dsn("crm_test")


def environment(database_url: str, **changes: str) -> dict[str, str]:
    return {
        "APP_ENV": "test",
        "DATABASE_URL": database_url,
        "CRM_BASE_URL": ORIGIN,
        "SITE_URL": SITE,
        "CORS_ORIGIN": SITE,
        "SESSION_SECRET": "a secret of the tests, long enough for anything",
        "WORKER": "separate",
        "WEBHOOKS_ALLOW_LOOPBACK": "1",
        "API_RATE_LIMIT": "1000000",
        "ENQUIRY_RATE_LIMIT": "1000000",
        "SYNTHETIC_KEY": "a key of the tests that signs test enquiries",
        "MAIL_INBOUND": "crm@in.crm.test",
        "MAIL_INBOUND_SECRET": "whsec_" + "a" * 32,
        "RESEND_WEBHOOK_SECRET": "whsec_" + "b" * 32,
        "MAIL_AUTH_SERVER": "mx.crm.test",
        "COMMIT_SHA": "0" * 40,
        "SITE_FILE": str(ROOT / "site.toml"),
        **changes,
    }


@pytest.fixture(scope="session")
def settings(database_url: str) -> config.Config:
    return config.load(environment(database_url))


@pytest.fixture(scope="session")
async def context(settings: config.Config) -> AsyncIterator[AppContext]:
    events.bind(reactions.TABLE)
    built = AppContext.of(settings)
    yield built
    await built.db.close()


@pytest.fixture
async def conn(context: AppContext) -> AsyncIterator[db.Connection]:
    """A connection whose work is undone after the test."""
    async with context.db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()


@pytest.fixture
async def clean(context: AppContext) -> AsyncIterator[AppContext]:
    """The system, for tests that really commit; every row they leave is deleted."""
    yield context
    async with context.db.connection() as connection:
        await wipe(connection)


async def wipe(connection: db.Connection | asyncpg.Connection[asyncpg.Record]) -> None:
    """Delete all rows. DELETE on small tables is far quicker than TRUNCATE; leaves come before what they refer to."""
    tables = (
        "webhook_attempts", "webhook_deliveries", "webhooks", "notifications", "channels", "mails", "events",
        "submissions", "idempotency_keys", "activities", "bounces", "emails", "email_files", "email_templates",
        "files", "file_contents",
        "reminders", "tasks", "leads", "contacts", "companies",
        "api_keys", "sessions", "sign_in_failures", "settings", "digests", "calendar_feeds", "working_hours",
        "column_sizes", "saved_views", "tags", "users",
        "heartbeats", "job_runs", "pgqueuer", "pgqueuer_log", "backups", "restores", "trash",
        "change_sets", "changes", "form_posts",
        "normal_form_progress", "invitations",
        "used_challenges", "bulk_changes", "imports",
    )  # fmt: skip
    statements = [f"DELETE FROM {table}" for table in tables]
    # The stages of the migration stay, as it made them.
    statements += [
        "DELETE FROM stages WHERE id > 6",
        """UPDATE stages
        SET name = initcap(key), position = CASE WHEN id > 4 THEN 1 ELSE id END, deleted_at = NULL, version = 1,
            probability = (ARRAY[10, 20, 40, 60, 100, 0])[id], stale_days = (ARRAY[2, 7, 14, 14, 0, 0])[id]
        WHERE version > 1""",
    ]
    # So do the choices of the form.
    statements += [
        "DELETE FROM form_choices WHERE id > (SELECT count(*) FROM defined_choices)",
        """UPDATE form_choices
        SET label = defined.label, position = defined.position, active = true, deleted_at = NULL, version = 1
        FROM defined_choices AS defined
        WHERE form_choices.id = defined.id AND form_choices.version > 1""",
    ]
    stages.cache.forget()
    form_choices.cache.forget()
    # The audit log protects itself from everybody who does not say that it is a copy.
    statements += ["SET LOCAL session_replication_role = replica", "DELETE FROM audit_entries"]
    async with connection.transaction():
        await connection.execute("; ".join(statements))


@asynccontextmanager
async def serving(settings: config.Config) -> AsyncIterator[httpx.AsyncClient]:
    """The whole application without a socket; requests carry the Origin of its own pages."""
    application = app.build(settings)
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        # A task of its own: a fixture is set up and torn down in different ones, which a lifespan forbids.
        async with application.router.lifespan_context(application):
            started.set()
            await stop.wait()

    living = asyncio.create_task(live())
    await started.wait()
    try:
        transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN}) as client:
            yield client
    finally:
        stop.set()
        await living


@pytest.fixture(scope="session")
async def application(settings: config.Config) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings) as client:
        yield client


@pytest.fixture
async def client(application: httpx.AsyncClient, clean: AppContext) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor who has not signed in."""
    application.cookies.clear()
    yield application
    application.cookies.clear()


@pytest.fixture
async def ada(conn: db.Connection) -> Actor:
    """A person, within `conn`."""
    return (await factories.create_user(conn)).actor


@pytest.fixture
async def signed_in(client: httpx.AsyncClient, context: AppContext) -> httpx.AsyncClient:
    """The visitor, signed in as Ada."""
    async with context.db.transaction() as connection:
        ada = await factories.create_user(connection)
        token = await auth.sessions.start_session(connection, context, ada, "Firefox on Linux")
    client.cookies.set(auth.sessions.cookie_name(context.config), token, domain="crm.test")
    return client


@pytest.fixture
def signed_in_as(client: httpx.AsyncClient, context: AppContext) -> Callable[[Role], Awaitable[httpx.AsyncClient]]:
    """`await signed_in_as("viewer")` signs the visitor in as somebody with this role."""

    async def sign_in(role: Role) -> httpx.AsyncClient:
        async with context.db.transaction() as connection:
            user = await factories.create_user(connection, f"{role.capitalize()} Person", role=role)
            token = await auth.sessions.start_session(connection, context, user, "Firefox on Linux")
        client.cookies.set(auth.sessions.cookie_name(context.config), token, domain="crm.test")
        return client

    return sign_in


@pytest.fixture
async def keyed(
    client: httpx.AsyncClient, application: httpx.AsyncClient, context: AppContext
) -> Callable[..., Awaitable[httpx.AsyncClient]]:
    """`await keyed("leads:read")` gives a program's client whose key has these scopes."""

    async def make(*scopes: str) -> httpx.AsyncClient:
        async with context.db.transaction() as connection:
            _, secret = await factories.create_api_key(connection, *scopes)
        return httpx.AsyncClient(
            transport=application._transport, base_url=ORIGIN, headers={"authorization": f"Bearer {secret}"}
        )

    return make
