"""Variables as people set them, on a real PostgreSQL, and a small service with set answers."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from crm import migrate
from ops.doctor.context import DoctorContext, load_context
from ops.doctor.findings import Finding, Findings, Group, Severity
from shared import embedded_postgres

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
STRONG = "of the tests, and long enough for any service"


class ServiceEnv:
    """The variables of a production service that lacks nothing. None removes one."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.healthy: dict[str, str] = {
            "APP_ENV": "production",
            "DATABASE_URL": database_url,
            "SESSION_SECRET": STRONG,
            "SEALING_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",  # not-a-secret: the digits in order
            "ADMIN_EMAIL": "ada@octatech.example",
            "ADMIN_PASSWORD": "eight quiet strokes at noon",
            "RESEND_API_KEY": "re_" + "Ab1" * 8,
        }

    def environ(self, **changed: str | None) -> dict[str, str]:
        return {name: value for name, value in {**self.healthy, **changed}.items() if value is not None}

    def context(self, webhook_url: str = "", **changed: str | None) -> DoctorContext:
        return load_context(self.environ(**changed), webhook_url=webhook_url)


@pytest.fixture(scope="session")
def cluster() -> Iterator[embedded_postgres.Cluster]:
    with embedded_postgres.scratch() as running:
        running.create_database("template_doctor")
        migrate.migrate(running.dsn("template_doctor"))
        yield running


@pytest.fixture
def database(cluster: embedded_postgres.Cluster) -> Iterator[str]:
    """A database with the schema of this release, dropped after the test."""
    name = f"doctor_{secrets.token_hex(4)}"
    cluster.create_database(name, template="template_doctor")
    yield cluster.dsn(name)
    cluster.drop_database(name)


@pytest.fixture(scope="session")
def shared_database(cluster: embedded_postgres.Cluster) -> str:
    """A database for the tests that change nothing."""
    cluster.create_database("shared", template="template_doctor")
    return cluster.dsn("shared")


@pytest.fixture
def service_env(request: pytest.FixtureRequest, shared_database: str) -> ServiceEnv:
    """On a database of its own where the test writes to it."""
    return ServiceEnv(request.getfixturevalue("database") if "sql" in request.fixturenames else shared_database)


@pytest.fixture
def sql(database: str) -> Iterator[Callable[..., None]]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield lambda *statements: [connection.execute(each) for each in statements] and None


class FakeService:
    """Answers `/api/v1/operations` with `status` to whoever has the key, and every request with the date `date`.

    As an OpenID provider it publishes `published`, if that is not empty.
    """

    def __init__(self) -> None:
        self.url = ""
        self.key = "oct_of-the-tests"
        self.date = ""
        self.published: dict[str, object] = {}
        self.status: dict[str, Any] = {"jobs": [], "queue": {"waiting": 0, "failed": 0, "oldest_seconds": None}}


@pytest.fixture
def service() -> Iterator[FakeService]:
    fake = FakeService()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def date_time_string(self, timestamp: float | None = None) -> str:
            return fake.date or super().date_time_string(timestamp)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            is_provider = self.path == "/.well-known/openid-configuration" and bool(fake.published)
            known = is_provider or self.headers.get("authorization") == f"Bearer {fake.key}"
            body = json.dumps(fake.published if is_provider else fake.status if known else {"title": "No"}).encode()
            self.send_response(200 if known or self.path == "/api/v1/live" else 401)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield fake
        server.shutdown()
        thread.join()


def run_check(check: Callable[..., None], context: DoctorContext, **options: Any) -> list[Finding]:
    findings = Findings(Group.MACHINE)
    check(context, findings, **options)
    return findings.all


def list_problems(found: list[Finding]) -> list[tuple[str, str]]:
    """Returns the severity and the first word of what is not fine."""
    return [(each.severity.value, each.what.split()[0]) for each in found if each.severity is not Severity.FINE]


def find_only(found: list[Finding]) -> Finding:
    """Returns the one thing that is not fine."""
    (one,) = [each for each in found if each.severity is not Severity.FINE]
    return one
