"""A database that is busy, read-only, full or hanging: every request gets an answer that says what to do."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import factories
import httpx
import pytest
from conftest import ORIGIN, SITE, environment, serving

from crm import config, migrate
from crm.accounts import auth
from crm.kernel import db
from crm.kernel.app_context import AppContext
from shared import embedded_postgres

WAITING_JS = Path(__file__).resolve().parents[4] / "packages/web/assets/waiting.js"
NEW = {"name": "Ada Lovelace"}
TRAP = """
CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'trapped' USING ERRCODE = '{code}'; END $$;
CREATE TRIGGER trap BEFORE INSERT ON leads FOR EACH ROW EXECUTE FUNCTION trap();
"""


@contextmanager
def hanging(cluster: embedded_postgres.Cluster) -> Iterator[None]:
    """All processes of the server are stopped, as SIGSTOP does it."""
    server = int((cluster.place.cluster / "postmaster.pid").read_text().split()[0])
    stopped = [server, *(int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split())]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def own_server() -> Iterator[embedded_postgres.Cluster]:
    """A server of this test alone."""
    with embedded_postgres.scratch() as running:
        running.create_database("crm")
        migrate.migrate(running.dsn("crm"))
        yield running


@pytest.mark.parametrize("code", ["25006", "40001", "53100", "53200", "55P03", "57014", "58030"])
async def test_an_error_that_passes_is_503_and_says_when_to_try_again(
    keyed: Callable[..., Awaitable[httpx.AsyncClient]], clean: AppContext, code: str
):
    async with clean.db.connection() as conn:
        await conn.execute(TRAP.format(code=code))
    try:
        async with await keyed("leads:write") as program:
            answer = await program.post("/api/v1/leads", json=NEW)
    finally:
        async with clean.db.connection() as conn:
            await conn.execute("DROP FUNCTION trap CASCADE")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "Nothing was changed." in answer.json()["detail"]


async def test_a_change_of_a_row_that_somebody_holds_is_503_after_a_bounded_wait(
    keyed: Callable[..., Awaitable[httpx.AsyncClient]], signed_in: httpx.AsyncClient, clean: AppContext
):
    async with await keyed("leads:write") as program:
        made = await program.post("/api/v1/leads", json=NEW)
        path, etag = made.headers["location"], made.headers["etag"]
        async with clean.db.transaction() as conn:
            await conn.execute("SELECT FROM leads FOR UPDATE")
            changed, page = await asyncio.gather(
                program.patch(path, json={"name": "Grace"}, headers={"if-match": etag}),
                signed_in.post(f"/leads/{made.json()['id']}/done"),
            )
    assert [answer.status_code for answer in (changed, page)] == [503, 503]
    assert changed.headers["retry-after"] == "2"
    assert "Somebody else is changing the same data right now." in changed.json()["detail"]
    assert "Somebody else is changing the same data right now." in page.text


async def test_a_request_that_lost_a_deadlock_is_repeated_and_happens_once(
    keyed: Callable[..., Awaitable[httpx.AsyncClient]], clean: AppContext
):
    async with clean.db.connection() as conn:
        # The trigger lets the first attempt fail as the victim of a deadlock. A sequence survives its rollback.
        await conn.execute(
            """
            CREATE SEQUENCE tries;
            CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('tries') = 1 THEN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER trap BEFORE INSERT ON leads FOR EACH ROW EXECUTE FUNCTION trap();
            """
        )
    try:
        async with await keyed("leads:write") as program:
            answer = await program.post("/api/v1/leads", json=NEW)
        async with clean.db.connection() as conn:
            assert await conn.fetchval("SELECT count(*) FROM leads") == 1
            assert await conn.fetchval("SELECT count(*) FROM events WHERE kind = 'lead.created'") == 1
    finally:
        async with clean.db.connection() as conn:
            await conn.execute("DROP FUNCTION trap CASCADE; DROP SEQUENCE tries")
    assert answer.status_code == 201


@pytest.fixture
async def read_only(
    cluster: embedded_postgres.Cluster, template: str
) -> AsyncIterator[tuple[httpx.AsyncClient, AppContext]]:
    """A signed-in person, and the system, on a database that accepts no changes."""
    cluster.create_database("crm_read_only", template=template)
    settings = config.load(environment(cluster.dsn("crm_read_only")))
    before = AppContext.of(settings)
    async with before.db.transaction() as conn:
        token = await auth.sessions.start_session(conn, before, await factories.create_user(conn), "Firefox on Linux")
        await conn.execute("UPDATE sessions SET seen_at = seen_at - interval '2 hours'")
        await conn.execute("ALTER DATABASE crm_read_only SET default_transaction_read_only = on")
    await before.db.close()
    async with serving(settings) as client:
        client.cookies.set(auth.sessions.cookie_name(settings), token, domain="crm.test")
        yield client, before
    cluster.drop_database("crm_read_only")


async def test_a_read_only_database_can_be_read_but_is_not_healthy(read_only: tuple[httpx.AsyncClient, AppContext]):
    client, _ = read_only
    assert (await client.get("/leads")).status_code == 200
    answer = await client.get("/api/v1/health")
    assert answer.status_code == 503
    assert answer.json()["database"]["state"] == "read_only"


async def test_a_change_in_a_read_only_database_says_that_nothing_was_changed(
    read_only: tuple[httpx.AsyncClient, AppContext],
):
    client, _ = read_only
    answer = await client.post("/leads", data=NEW)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "The database accepts no changes right now. Nothing was changed." in answer.text


async def test_while_the_server_hangs_form_page_and_api_are_answered(
    own_server: embedded_postgres.Cluster, monkeypatch: pytest.MonkeyPatch
):
    for name in ("COMMAND_TIMEOUT_S", "CONNECT_TIMEOUT_S", "ACQUIRE_TIMEOUT_S", "RELEASE_TIMEOUT_S"):
        monkeypatch.setattr(db, name, getattr(db, name) / 4)
    settings = config.load(environment(own_server.dsn("crm")))
    context = AppContext.of(settings)
    async with context.db.transaction() as conn:
        token = await auth.sessions.start_session(conn, context, await factories.create_user(conn), "Firefox on Linux")
        _, key = await factories.create_api_key(conn, "leads:read", "leads:write")
    await context.db.close()
    async with serving(settings) as client:
        client.cookies.set(auth.sessions.cookie_name(settings), token, domain="crm.test")
        program = {"authorization": f"Bearer {key}"}

        async def ask() -> list[int]:
            answers = await asyncio.gather(
                client.post("/api/leads", json=factories.build_enquiry(), headers={"origin": SITE}),
                client.get("/leads"),
                client.post("/leads", data=NEW, headers={"origin": ORIGIN}),
                client.get("/api/v1/leads", headers=program),
                client.post("/api/v1/leads", json=NEW, headers=program),
            )
            return [answer.status_code for answer in answers]

        assert await ask() == [201, 200, 303, 200, 201]
        with hanging(own_server):
            # A quarter of twelve seconds, and much more for a busy machine. Without a limit, it would take forever.
            async with asyncio.timeout(30):
                assert await ask() == [503] * 5
        assert await ask() == [201, 200, 303, 200, 201]


def test_a_server_that_hangs_costs_at_most_twelve_seconds_and_the_form_waits_longer():
    longest = max(db.ACQUIRE_TIMEOUT_S, db.COMMAND_TIMEOUT_S) + db.RELEASE_TIMEOUT_S
    (waits,) = re.findall(r"AbortSignal\.timeout\((.+?)\)", WAITING_JS.read_text("utf-8"))
    assert longest <= 12
    assert float(waits) / 1000 > 12


async def test_a_connection_that_breaks_in_a_commit_says_that_the_change_may_have_been_saved(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    async with clean.db.connection() as conn:
        # A deferred trigger runs within the COMMIT, and ends its own connection.
        await conn.execute(
            """
            CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON leads DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION trap();
            """
        )
    try:
        answer = await signed_in.post("/leads", data=NEW)
    finally:
        async with clean.db.connection() as conn:
            await conn.execute("DROP FUNCTION trap CASCADE")
    assert answer.status_code == 503
    assert "Look whether your change was saved before you send it again." in answer.text


async def test_a_broken_connection_ends_a_transaction_with_its_own_error(clean: AppContext):
    with pytest.raises((asyncpg.PostgresError, *db.UNREACHABLE)):
        async with clean.db.transaction() as conn:
            await conn.fetchval("SELECT pg_terminate_backend(pg_backend_pid())")
