"""While a release is replaced, the web and the worker of the release before it run on the new schema."""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import factories
import http_sink
import httpx
import msgspec
import pytest
import received_mails
import running_system
from multi_process import MultiProcessSystem
from wait_for import wait_for

from crm import timetable
from crm.inbound import mailbox
from crm.kernel import clock
from crm.workspace import bulk_changes
from shared import embedded_postgres

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = "packages/crm/src/crm/migrations/versions"
SYNTHETIC_KEY = "the key of enquiries that only test"
PAGES = (
    "/",
    "/inbox",
    "/leads",
    "/contacts",
    "/companies",
    "/trash",
    "/settings",
    "/settings/keys",
    "/settings/notifications",
    "/settings/outbox",
    "/settings/webhooks",
    "/operations",
    "/profile",
)
CALLS = ("leads", "contacts", "companies", "activities", "webhooks", "me")


BY_THE_CLOCK = {"send_reminder", "send_digest"}
"""What is sent in working hours only, so not whenever this runs."""
FROM_RESEND = {"fetch_email"}
"""What asks Resend, which no test does."""
RETIRED = {"run_bulk_change"}
"""What the previous release starts no more, and would finish for the release before it."""
LARGE = bulk_changes.AT_ONCE + 1


def git(*words: str, folder: Path = ROOT) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def list_migrations(folder: Path) -> set[str]:
    return {path.name for path in (folder / VERSIONS).glob("0*.py")}


def list_jobs(variables: dict[str, str]) -> set[str]:
    """The names of the jobs that the code of the previous release runs once for each event."""
    command = [sys.executable, "-c", "from crm import timetable; print(*timetable.JOBS)"]
    return set(subprocess.check_output(command, env=os.environ | variables, text=True).split())


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables with which our programs run the code from before the newest migration."""
    newest = git("log", "-1", "--diff-filter=A", "--format=%H", "--", VERSIONS)
    clone = tmp_path_factory.mktemp("previous") / "clone"
    git("clone", "--quiet", "--shared", "--no-checkout", str(ROOT), str(clone))
    git("checkout", "--quiet", f"{newest}^", folder=clone)
    assert list_migrations(clone) < list_migrations(ROOT)
    return {"PYTHONPATH": os.pathsep.join(map(str, sorted(clone.glob("packages/*/src"))))}


@pytest.fixture(scope="module")
async def hook() -> AsyncIterator[http_sink.HttpSink]:
    """A webhook endpoint."""
    async with http_sink.run_http_sink() as listening:
        yield listening


@pytest.fixture(scope="module")
async def system(
    cluster: embedded_postgres.Cluster, previous: dict[str, str], hook: http_sink.HttpSink
) -> AsyncIterator[MultiProcessSystem]:
    """A database with the new schema, and processes of the previous release that are not started."""
    cluster.create_database("previous_release", template="template_system")
    url = cluster.dsn("previous_release")
    sql = await asyncpg.connect(url)
    with tempfile.TemporaryDirectory(prefix="octatech-previous-") as folder:
        async with httpx.AsyncClient(timeout=20) as client:
            yield MultiProcessSystem(
                running_system.make_settings(Path(folder)), url, sql, client,
                SYNTHETIC_KEY=SYNTHETIC_KEY, WEBHOOKS_ALLOW_LOOPBACK="1", **previous,
            )  # fmt: skip
    await sql.close()


async def test_its_pages_and_calls_work_and_its_worker_does_one_job_of_each_kind(
    system: MultiProcessSystem, hook: http_sink.HttpSink, previous: dict[str, str]
) -> None:
    web, worker = system.webs[0], system.workers[0]
    await system.add_webhook(hook.url, "lead.created")
    async with system.open_transaction() as (conn, context):
        await factories.create_channel(conn, context)
        await mailbox.store(conn, received_mails.OUTLOOK)
    async with running_system.run_processes(web):
        await _use_pages(system, web.url)
        await _use_calls(system, web.url)
        await system.send_enquiry(web.url, "previous")
        await _send_synthetic(system, web.url)
    for job in timetable.RECURRING:
        await system.sql.execute(
            "INSERT INTO pgqueuer_schedules (expression, entrypoint, next_run) VALUES ($1, $2, now() - interval '1s')",
            job.expression, job.name,
        )  # fmt: skip
    async with running_system.run_processes(web, worker):
        await _change_many(system, web.url)
        await wait_for(lambda: _is_done(system), "each job was done")
        assert await worker.stop() == 0
    ran = {row["entrypoint"] for row in await system.sql.fetch("SELECT DISTINCT entrypoint FROM pgqueuer_log")}
    assert ran >= list_jobs(previous) - BY_THE_CLOCK - FROM_RESEND - RETIRED
    assert await system.sql.fetchval("SELECT count(*) FROM job_runs WHERE error <> ''") == 0
    assert await system.sql.fetchval("SELECT count(*) FROM submissions WHERE state = 'failed'") == 0
    assert hook.received
    assert await system.sql.fetchval("SELECT count(*) FROM mails") > 0
    assert await system.sql.fetchval("SELECT count(*) FROM synthetic_notices") == 1


async def _use_pages(system: MultiProcessSystem, url: str) -> None:
    """Open the pages, and change a record on one."""
    form = {"email": await system.create_user("Radia Perlman"), "password": factories.PASSWORD}
    headers = {"origin": url}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20, follow_redirects=True) as person:
        assert (await person.post("/sign-in", data=form)).status_code == 200
        created = await person.post("/leads", data={"name": "Grace Hopper", "email": "grace@navy.example"})
        assert created.status_code == 200, created.text
        note = {
            "kind": "note",
            "body": "Called.",
            "lead_id": created.url.path.rpartition("/")[2],
            "back": created.url.path,
        }
        noted = await person.post("/activities", data=note)
        assert noted.status_code == 200, noted.text
        await _send_account_mails(system, person, created.url.path)
        message = {
            "to": "grace@navy.example",
            "subject": "Your compiler",
            "body": "In May.",
            "lead_id": note["lead_id"],
        }
        assert (await person.post("/emails", data=message)).status_code == 200
        for path in (*PAGES, created.url.path, f"{created.url.path}/edit"):
            assert (await person.get(path)).status_code == 200, path


async def _send_account_mails(system: MultiProcessSystem, person: httpx.AsyncClient, lead: str) -> None:
    """Invite somebody, ask for a new password, and give a lead to a colleague."""
    invitation = {"email": "grace@crm.test", "role": "member"}
    assert (await person.post("/settings/team", data=invitation)).status_code == 200
    await system.create_user("Ada Lovelace")
    ada = await system.sql.fetchrow("SELECT id, email FROM users WHERE name = 'Ada Lovelace'")
    assert (await person.post("/forgot-password", data={"email": ada["email"]})).status_code == 200
    owner = {"field": "owner_id", "was": await _read_owner(system, lead), "value": str(ada["id"])}
    assert (await person.post(f"{lead}/field", data=owner)).status_code == 200


async def _read_owner(system: MultiProcessSystem, lead: str) -> str:
    owner = await system.sql.fetchval("SELECT owner_id FROM leads WHERE id = $1", int(lead.rpartition("/")[2]))
    return str(owner or "")


async def _use_calls(system: MultiProcessSystem, url: str) -> None:
    """Call what programs call."""
    _, headers = await system.create_key()
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=20) as program:
        for path in CALLS:
            assert (await program.get(f"/{path}")).status_code in {200, 422}, path
        lead = (await program.post("/leads", json={"name": "Alan Turing", "email": "alan@npl.example"})).json()
        changed = await program.patch(f"/leads/{lead['id']}", json={"hours": 12}, headers={"if-match": "*"})
        assert changed.status_code == 200, changed.text
        assert (await program.get("/leads", params={"q": "turing"})).json()["data"][0]["id"] == lead["id"]
        change = {"action": "move", "ids": [lead["id"]], "status": "contacted"}
        assert (await program.post("/leads/bulk-changes", json=change)).status_code == 201
        assert (await program.delete(f"/leads/{lead['id']}", headers={"if-match": "*"})).status_code == 204


async def _change_many(system: MultiProcessSystem, url: str) -> None:
    """Import companies, delete them, and undo that, all so many that jobs do it."""
    _, headers = await system.create_key()
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=20) as program:
        file = "Name\n" + "".join(f"Company {number}\n" for number in range(LARGE))
        imported = (await program.post("/imports", json={"records": "companies", "file": file})).headers["location"]

        async def read_state() -> str:
            return (await program.get(imported.removeprefix("/api/v1"))).json()["state"]  # type: ignore[no-any-return]

        await wait_for(lambda: _is(read_state, "done"), "the companies were imported")
        rows = await system.sql.fetch("SELECT id FROM companies WHERE name LIKE 'Company %'")
        change = {"action": "delete", "ids": [row["id"] for row in rows]}
        deleted = (await program.post("/companies/bulk-changes", json=change)).headers["location"]

        async def count_deleted() -> int:
            change = (await program.get(deleted.removeprefix("/api/v1"))).json()
            return change["done"]  # type: ignore[no-any-return]

        await wait_for(lambda: _is(count_deleted, LARGE), "the companies were deleted")
        newest = (await program.get("/changes")).json()["data"][0]
        assert newest["size"] == LARGE
        undone = await program.post(f"/changes/{newest['id']}/undo", json={})
        assert undone.json()["running"], undone.text

        async def count_left() -> int:
            found = await system.sql.fetchval("SELECT count(*) FROM companies WHERE name LIKE 'Company %'")
            return int(found)

        await wait_for(lambda: _is(count_left, LARGE), "the companies came back")


async def _is(read: Callable[[], Awaitable[object]], value: object) -> bool:
    return await read() == value


async def _send_synthetic(system: MultiProcessSystem, url: str) -> None:
    """Send an enquiry as `ops verify` does."""
    body = msgspec.json.encode(factories.build_enquiry(email="walk@verify-abc.example"))
    at = int(clock.now().timestamp())
    digest = hmac.new(SYNTHETIC_KEY.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "x-synthetic": f"t={at},v1={digest}",
        "content-type": "application/json",
        "origin": system.where.site_url,
    }
    sent = await system.client.post(f"{url}/api/leads", content=body, headers=headers)
    assert sent.status_code == 201, sent.text


async def _is_done(system: MultiProcessSystem) -> bool:
    row: Any = await system.sql.fetchrow(
        """
        SELECT EXISTS (SELECT FROM pgqueuer) OR EXISTS (SELECT FROM submissions WHERE state = 'received')
            OR EXISTS (SELECT FROM job_runs WHERE succeeded_at IS NULL)
            OR NOT EXISTS (SELECT FROM synthetic_notices) AS waiting
        """
    )
    return not row["waiting"]
