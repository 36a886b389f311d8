"""What each part of the system costs: memory of a process, processor time of a request, bytes of a row."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cgroup
import growth
import httpx
import lead_database
import processes
import psycopg
import visitors
from api import write_script
from load import run_load

LEADS = 10_000
EMAIL, PASSWORD = "bench@octatech.example", "measured in one quiet run"
SCOPES = f"{lead_database.SCOPES},webhooks:write"
PER_KIND_S = 1.5
RATE_S = 4
DELIVERIES = 600
KEPT = ("leads", "contacts", "companies", "activities", "submissions")
"""Tables that keep what they hold; of the others, rows are deleted after some days."""


class RunningSystem:
    """A filled database and whoever serves it. Web processes never work, so that a worker's cost is its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.env = {"WORKER": "separate", "WEBHOOKS_ALLOW_LOOPBACK": "1", "METRICS_TOKEN": "m" * 40}
        self.postgres = processes.find_server(url)
        admin = lead_database.build_environment(url, ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD)
        subprocess.run([str(lead_database.BIN / "crm"), "seed"], env=admin, check=True, stdout=subprocess.DEVNULL)
        make = [str(lead_database.BIN / "crm"), "apikey", "create", "--name", "bench", "--scopes", SCOPES]
        made = subprocess.run(
            make, env=lead_database.build_environment(url), capture_output=True, text=True, check=True
        )
        self.key = made.stdout.strip()

    def web(self, **more: str) -> Any:
        return lead_database.run_crm(self.url, **{**self.env, **more})

    @contextlib.contextmanager
    def worker(self) -> Iterator[int]:
        """`crm worker`, once it has shown a sign of life; its process number."""
        env = lead_database.build_environment(self.url, **self.env)
        process = subprocess.Popen([str(lead_database.BIN / "crm"), "worker"], env=env, stdout=subprocess.DEVNULL)
        try:
            while not self.ask("SELECT count(*) FROM heartbeats WHERE role = 'worker'"):
                time.sleep(0.05)
            yield process.pid
        finally:
            process.terminate()
            process.wait(40)

    def ask(self, sql: str) -> Any:
        """The first value of the first row; None where the statement gives no rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            found = cursor.fetchone() if cursor.description else None
            return found[0] if found else None

    def signed_in(self, web: lead_database.Server) -> str:
        """The cookie of a session."""
        data = {"email": EMAIL, "password": PASSWORD}
        entered = httpx.post(f"{web.url}/sign-in", data=data, headers={"origin": web.url})
        return entered.headers["set-cookie"].partition(";")[0]


def read_port(web: lead_database.Server) -> int:
    return int(web.url.rpartition(":")[2])


def measure_memory(system: RunningSystem) -> dict[str, float]:
    """MB of each part, by its share (PSS): just started, and after work. Nothing else runs on this database."""
    found: dict[str, float] = {}
    bare = system.postgres.memory()
    found["postgres"] = bare
    with system.web() as web, system.worker() as worker:
        time.sleep(3)
        found["web"], found["worker"] = processes.read_pss(web.pid), processes.read_pss(worker)
        for name in ("list", "create"):
            run_load(web.url, write_script(name, "crm", system.key, LEADS, ""), RATE_S)
        found["web, after load"] = processes.read_pss(web.pid)
        found["web, resident after load"] = processes.read_rss(web.pid)
        backends = system.postgres.backends()
        found["backends"] = len(backends)
        found["backend, its own"] = statistics.mean(processes.read_private(pid) for pid in backends)
        found["postgres, after load"] = system.postgres.memory()
    with system.web(WORKER="embedded") as both:
        time.sleep(3)
        found["web with the worker inside"] = processes.read_pss(both.pid)
    return found


def measure_small_host(limit_mb: int) -> dict[str, float]:
    """PostgreSQL, a web process and a worker together on a host with so much memory, under load."""
    with cgroup.limit_memory(f"octatech-{limit_mb}", limit_mb) as group, contextlib.ExitStack() as life:
        if group is None:
            return {}
        with group.inside():
            system = RunningSystem(life.enter_context(lead_database.fill(LEADS)))
            web = life.enter_context(system.web())
            life.enter_context(system.worker())
        bad = sum(
            run_load(web.url, write_script(name, "crm", system.key, LEADS, ""), RATE_S).bad
            for name in ("list", "create")
        )
        group.peak = max(group.peak, group.now())
        return {"limit": limit_mb, "peak": group.peak / 2**20, "killed": group.count_killed(), "failed": bad}


def measure_rates(system: RunningSystem, webs: int) -> dict[str, dict[str, float]]:
    """Requests a second over so many web processes, and the processors that web and PostgreSQL took for them."""
    found: dict[str, dict[str, float]] = {}
    with contextlib.ExitStack() as life, ThreadPoolExecutor(webs) as clients:
        servers = [life.enter_context(system.web()) for _ in range(webs)]
        for name in ("list", "get", "create", "change"):
            began, web, database = time.perf_counter(), _read_seconds(servers), system.postgres.seconds()
            text = write_script(name, "crm", system.key, LEADS, "")
            answers = list(clients.map(lambda server: run_load(server.url, text, RATE_S), servers))  # noqa: B023
            span = time.perf_counter() - began
            found[name] = {
                "rate": sum(answer.rate for answer in answers),
                "p99_ms": max(answer.p99 for answer in answers),
                "failed": sum(answer.bad for answer in answers),
                "web": (_read_seconds(servers) - web) / span,
                "database": (system.postgres.seconds() - database) / span,
            }
    return found


def measure_service_times(system: RunningSystem) -> dict[str, growth.Kind]:
    """Processor time of each kind of request, unloaded, and the rest of what it takes."""
    found = {}
    with system.web() as web:
        for name, make in visitors.list_requests(system.key, system.signed_in(web), LEADS).items():
            asyncio.run(visitors.send_one_by_one(read_port(web), make, 0.3))
            web_began, database_began = processes.read_seconds(web.pid), system.postgres.seconds()
            took = asyncio.run(visitors.send_one_by_one(read_port(web), make, PER_KIND_S))
            web_s = (processes.read_seconds(web.pid) - web_began) / len(took)
            database_s = (system.postgres.seconds() - database_began) / len(took)
            # The two may overlap a little; what is left is never less than nothing.
            rest = tuple(max(each - web_s - database_s, 0.0) for each in took)
            found[name] = growth.Kind(web_s, database_s, rest)
    return found


def measure_commits(system: RunningSystem) -> dict[int, float]:
    """Commits a second of one row each, by so many connections at once: what the disk allows."""
    system.ask("CREATE TABLE bench_commits AS SELECT g AS id, 0 AS n FROM generate_series(1, 8) AS g")

    def commit(number: int) -> int:
        done, ends = 0, time.perf_counter() + 2
        with psycopg.connect(system.url, autocommit=True) as connection:
            while time.perf_counter() < ends:
                connection.execute("UPDATE bench_commits SET n = n + 1 WHERE id = %s", (number,))
                done += 1
        return done

    found = {}
    for writers in (1, 8):
        with ThreadPoolExecutor(writers) as clients:
            found[writers] = sum(clients.map(commit, range(1, writers + 1))) / 2
    system.ask("DROP TABLE bench_commits")
    return found


def measure_rows(system: RunningSystem) -> dict[str, float]:
    """Bytes that stay, and that pass, for one enquiry and one change with one receiver; and what a delivery costs."""
    with system.web() as web, _run_hook() as hook, system.worker() as worker:
        headers = {"authorization": f"Bearer {system.key}"}
        receiver = {"name": "Bench", "url": hook, "events": ["*"]}
        httpx.post(f"{web.url}/api/v1/webhooks", json=receiver, headers=headers).raise_for_status()
        make = visitors.list_requests(system.key, "", LEADS)
        found: dict[str, float] = {}
        for name in ("enquiry", "change"):
            began, before = processes.read_seconds(worker), _read_sizes(system)
            asyncio.run(_send_many(read_port(web), make[name], DELIVERIES))
            while system.ask("SELECT count(*) FROM webhook_deliveries WHERE state = 'pending'"):
                time.sleep(0.05)
            after = _read_sizes(system)
            grown = {table: after[table] - before.get(table, 0) for table in after}
            found[f"{name}, stays"] = sum(grown[table] for table in KEPT) / DELIVERIES
            found[f"{name}, passes"] = sum(size for table, size in grown.items() if table not in KEPT) / DELIVERIES
            found[f"{name}, worker_s"] = (processes.read_seconds(worker) - began) / DELIVERIES
        return found


def _read_sizes(system: RunningSystem) -> dict[str, int]:
    """Bytes of each table with its indexes, as a vacuumed table fills them."""
    with psycopg.connect(system.url, autocommit=True) as connection:
        connection.execute("VACUUM")
        return dict(
            connection.execute(
                "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchall()
        )


async def _send_many(where: int, make: visitors.Make, number: int) -> None:
    connection = await visitors.connect(where)
    for _ in range(number):
        await connection.ask(make())
    connection.close()


def _read_seconds(servers: list[lead_database.Server]) -> float:
    return sum(processes.read_seconds(server.pid) for server in servers)


class _HookHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def _run_hook() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _HookHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
