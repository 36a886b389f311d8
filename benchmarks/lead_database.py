"""A database with many leads, and servers on it: the real one, and the bare one it is compared with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg

from crm import migrate
from shared import embedded_postgres

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
SCOPES = "leads:read,leads:write,contacts:read,companies:read,activities:read"

ROWS = """
SELECT setseed(0.42);
INSERT INTO companies (name, domain, created_at, updated_at)
SELECT initcap(w[1 + g % 24]) || ' ' || initcap(w[1 + (g / 24) % 24]) || ' ' || g, 'company' || g || '.example',
       now() - g * interval '7 minutes', now() - g * interval '7 minutes'
FROM generate_series(1, greatest(%(leads)s / 10, 1)) AS g,
     (SELECT string_to_array(%(words)s, ' ') AS w) AS words;
INSERT INTO contacts (name, email, email_key, company_id, created_at, updated_at)
SELECT initcap(w[1 + g % 24]) || ' ' || initcap(w[1 + (g * 7) % 24]), address, address,
       (SELECT min(id) FROM companies) + g % greatest(%(leads)s / 10, 1),
       now() - g * interval '3 minutes', now() - g * interval '3 minutes'
FROM generate_series(1, greatest(%(leads)s / 2, 1)) AS g,
     (SELECT string_to_array(%(words)s, ' ') AS w) AS words,
     LATERAL (SELECT 'person' || g || '@company' || (1 + g % greatest(%(leads)s / 10, 1)) || '.example' AS address)
     AS made;
INSERT INTO leads (reference, name, email, company, message, channel, status, value, lost_reason, contact_id,
                   company_id, received_at, status_at, created_at, updated_at)
SELECT 'B-' || g, contacts.name, contacts.email, companies.name,
       (SELECT string_agg(w[1 + floor(random() * 24)::int + n * 0], ' ') FROM generate_series(1, 30 + g * 0) AS n)
           || ' mark' || g % 997,
       'site', stage.status, (g * 37 % 900) * 100,
       CASE WHEN stage.status = 'lost' THEN 'No budget' ELSE '' END,
       contacts.id, companies.id, moment.at, moment.at, moment.at, moment.at
FROM generate_series(1, %(leads)s) AS g
CROSS JOIN (SELECT string_to_array(%(words)s, ' ') AS w) AS words
JOIN contacts ON contacts.id = (SELECT min(id) FROM contacts) + g % greatest(%(leads)s / 2, 1)
JOIN companies ON companies.id = contacts.company_id
CROSS JOIN LATERAL (
    SELECT (ARRAY['new', 'contacted', 'qualified', 'proposal', 'won', 'lost'])[1 + g % 6] AS status
) AS stage
CROSS JOIN LATERAL (SELECT now() - g * interval '90 seconds' AS at) AS moment;
ANALYZE;
"""
SPREAD = """
UPDATE leads
SET received_at = moment.at, created_at = moment.at, status_at = moment.at, updated_at = moment.at,
    status = CASE WHEN moment.days > 200 AND status NOT IN ('won', 'lost') THEN 'lost' ELSE status END,
    lost_reason = CASE WHEN status = 'won' OR moment.days <= 200 AND status <> 'lost' THEN '' ELSE 'No budget' END
FROM (
    SELECT id, now() - days * interval '1 day' AS at, days
    FROM (SELECT id, 1826.0 * (id - min(id) OVER ()) / count(*) OVER () AS days FROM leads) AS placed
) AS moment
WHERE moment.id = leads.id
"""
"""Receives the leads evenly over five years, and closes those that are older than 200 days."""
WORDS = (
    "harbor lantern copper meadow signal quarry timber orbit velvet anchor cobalt falcon "
    "granite hollow island juniper kernel ledger marble nickel opal prairie quartz river"
)


class Server(NamedTuple):
    """A server that answers: where, and which process."""

    url: str
    pid: int


@contextmanager
def fill(leads: int) -> Iterator[str]:
    """A database with that many leads on an embedded server set as on a laptop: durable, nothing switched off."""
    with embedded_postgres.scratch({}) as cluster:
        url = cluster.dsn()
        migrate.migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in (
                ROWS.replace("%%", "%").replace("%(leads)s", str(leads)).replace("%(words)s", f"'{WORDS}'").split(";\n")
            ):
                if statement.strip():
                    connection.execute(statement)  # type: ignore[call-overload]
            connection.execute("VACUUM ANALYZE leads")
        yield url


def build_environment(url: str, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": url,
        "APP_ENV": "development",
        "SESSION_SECRET": "a secret for measuring, as long as it must be",
        "API_RATE_LIMIT": "100000000",
        "ENQUIRY_RATE_LIMIT": "100000000",
        "SITE_FILE": str(ROOT / "site.toml"),
        "LOG_LEVEL": "warning",
        **more,
    }


def create_key(url: str) -> str:
    """A key that may do what is measured."""
    command = [str(BIN / "crm"), "apikey", "create", "--name", "bench", "--scopes", SCOPES]
    return subprocess.run(
        command, env=build_environment(url), capture_output=True, text=True, check=True
    ).stdout.strip()


def seed(environ: dict[str, str]) -> None:
    """Make the account that ADMIN_EMAIL and ADMIN_PASSWORD name."""
    subprocess.run([str(BIN / "crm"), "seed"], env=environ, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def run_server(command: list[str], env: dict[str, str], path: str) -> Iterator[Server]:
    """A server started with PORT set, for the length of a block, once `path` answers."""
    port = find_free_port()
    process = subprocess.Popen(command, env={**env, "PORT": str(port)}, stdout=subprocess.DEVNULL)
    server = Server(f"http://127.0.0.1:{port}", process.pid)
    try:
        wait_until_ready(server.url + path, process)
        yield server
    finally:
        process.terminate()
        process.wait(40)


def run_crm(url: str, **more: str) -> object:
    """The real service, worker inside, as `crm serve` runs it."""
    return run_server([str(BIN / "crm"), "serve"], build_environment(url, **more), "/api/v1/health")


def run_bare(url: str, plays: Path) -> object:
    """The bare handler on the same server with the same SQL; see `bare.py`."""
    command = [sys.executable, str(ROOT / "benchmarks" / "bare.py"), str(plays)]
    return run_server(command, build_environment(url), "/ready")


def wait_until_ready(address: str, process: subprocess.Popen[bytes], seconds: float = 60) -> float:
    """Until `address` answers 200; gives the seconds it took."""
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        if process.poll() is not None:
            raise SystemExit(f"bench: {process.args} ended with status {process.returncode}.")
        try:
            if httpx.get(address, timeout=1).status_code == 200:
                return time.perf_counter() - started
        except httpx.HTTPError:
            pass
        time.sleep(0.005)
    raise SystemExit(f"bench: {address} did not answer within {seconds:.0f} s.")


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
