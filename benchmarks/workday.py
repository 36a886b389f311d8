"""A day of five people over 100,000 leads of five years: how long each page takes, and what the service weighs in the
evening.

First one person opens each page on a quiet service. Then five people work at once, as fast as they are answered, each
as often as somebody who does something every minute of eight hours; enquiries arrive meanwhile.
"""

from __future__ import annotations

import random
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import NamedTuple

import httpx
import lead_database
import processes
import psycopg

PEOPLE = ("ada", "grace", "alan", "edsger", "barbara")
STEPS = 480
ENQUIRIES = 60
ROUNDS = 15
HOLD_MS = 50
HOLD_MB = 200
HX = {"hx-request": "true"}

MORE_ROWS = """
UPDATE leads SET owner_id = users.id
FROM (SELECT array_agg(id ORDER BY id) AS ids FROM users) AS team JOIN users ON true
WHERE leads.id % 7 < 5 AND users.id = team.ids[1 + leads.id % 7];
UPDATE leads SET next_action = 'Call about the offer', next_action_on = current_date + (id % 61)::int - 10
WHERE id % 3 = 0 AND status IN (SELECT key FROM stages WHERE kind = 'open');
INSERT INTO activities (kind, body, lead_id, by_kind, by_name, at, created_at, updated_at)
SELECT 'note', 'We spoke about the offer.', id, 'person', 'Ada', received_at, received_at, received_at FROM leads;
INSERT INTO tags (name, color, created_at, updated_at)
SELECT 'Tag ' || n, 'blue', now(), now() FROM generate_series(1, 12) AS n;
"""

PAGES = (
    "/", "/?whose=mine", "/?whose=everybody", "/pipeline", "/pipeline?owner_id={user}", "/leads", "/leads?q=harbor",
    "/leads?page=400", "/leads?sort=-value", "/leads?sort=next_action_on", "/leads?status=new,contacted",
    "/leads?owner_id={user}", "/leads?company_contains=velvet+anchor", "/leads?company=Velvet+Anchor+311",
    "/leads?title_contains=harbor", "/leads?value_from=40000", "/leads?created_after=2026-01-01",
    "/leads?columns=budget,hours,company", "/leads/{lead}", "/leads/{lead}/edit", "/contacts", "/contacts?q=cobalt",
    "/contacts/{contact}", "/companies", "/companies?sort=name", "/companies/{company}", "/tasks",
    "/tasks?whose=mine", "/tasks/{task}", "/inbox", "/search?q=harbor", "/changes", "/trash", "/tags", "/operations",
    "/settings",
)  # fmt: skip
PALETTE = ("", "harbor", "person10612@company612.example", "ann", "settings", "B-4711")


class Took(NamedTuple):
    """The milliseconds of each answer, by what was asked."""

    leads: int
    pages: dict[str, list[float]]
    day: dict[str, list[float]]
    rss_before: float
    rss_after: float
    pss_after: float
    answers: int


def measure(leads: int) -> Took:
    """Open each page `ROUNDS` times, then play the day."""
    with _fill(leads) as (url, password), lead_database.run_crm(url) as server:  # type: ignore[attr-defined]
        _wait_for_search(url)
        before = processes.read_rss(server.pid)
        with closing(_sign_in(server.url, PEOPLE[0], password)) as client:
            ids = _read_ids(url)
            pages = {path: _ask(client, path.format(**ids), {}) for path in PAGES}
            for words in PALETTE:
                pages[f"palette “{words}”"] = _ask(client, f"/search?q={words}", HX)
        day: dict[str, list[float]] = {}
        with ThreadPoolExecutor() as pool:
            work = [pool.submit(_work, server.url, name, password, url, day) for name in PEOPLE]
            work.append(pool.submit(_send_enquiries, server.url, day))
        for each in work:
            each.result()
        _wait_for_search(url)
        return Took(
            leads, pages, day, before, processes.read_rss(server.pid), processes.read_pss(server.pid),
            sum(len(each) for each in day.values()),
        )  # fmt: skip


def format_table(took: Took) -> list[str]:
    """The answers and the memory as Markdown tables."""

    def rows(found: dict[str, list[float]]) -> Iterator[str]:
        for name, each in found.items():
            p95 = sorted(each)[int(len(each) * 0.95)]
            yield f"| `{name}` | {len(each):,} | {statistics.median(each):.1f} | {p95:.1f} | {max(each):.0f} |"

    return [
        f"| One person, {took.leads:,} leads | asked | p50 ms | p95 ms | slowest ms |",
        "|---|---:|---:|---:|---:|",
        *rows(took.pages),
        "",
        f"Hold: p50 < {HOLD_MS} ms for each.",
        "",
        "| Five people at once | answers | p50 ms | p95 ms | slowest ms |",
        "|---|---:|---:|---:|---:|",
        *rows(took.day),
        "",
        f"Memory of web and worker in one process: {took.rss_before:.0f} MB before, {took.rss_after:.0f} MB after "
        f"{took.answers:,} answers; hold ≤ {HOLD_MB} MB.",
    ]


@contextmanager
def _fill(leads: int) -> Iterator[tuple[str, str]]:
    """Leads with owners, next steps and notes, and five users with one password."""
    password = secrets.token_urlsafe()
    with lead_database.fill(leads) as url:
        for name in PEOPLE:
            command = [str(lead_database.BIN / "crm"), "user", "create", "--email", f"{name}@crm.test", "--name", name]
            subprocess.run(
                command, env=lead_database.build_environment(url), input=password, text=True, check=True,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET crm.indexing = 'later'")
            connection.execute(lead_database.SPREAD)
            for statement in MORE_ROWS.split(";\n"):
                if statement.strip():
                    connection.execute(statement)  # type: ignore[call-overload]
            connection.execute("VACUUM ANALYZE")
        yield url, password


def _wait_for_search(url: str) -> None:
    """Until the worker has indexed what changed: it would take a processor from what is measured."""
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("SELECT 1 FROM search_pending LIMIT 1").fetchone():
            time.sleep(1)
        connection.execute("VACUUM ANALYZE")


def _sign_in(url: str, name: str, password: str) -> httpx.Client:
    client = httpx.Client(base_url=url, headers={"origin": url}, timeout=60)
    answer = client.post("/sign-in", data={"email": f"{name}@crm.test", "password": password})
    if answer.status_code != 303:
        raise SystemExit(f"bench: {name} could not sign in: {answer.status_code}.")
    return client


def _read_ids(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        tables = {
            "lead": "leads", "contact": "contacts", "company": "companies", "task": "tasks", "user": "users",
        }  # fmt: skip
        return {
            name: (connection.execute(f"SELECT min(id) FROM {table}").fetchone() or (0,))[0] or 0  # type: ignore[call-overload]
            for name, table in tables.items()
        }


def _ask(client: httpx.Client, path: str, headers: dict[str, str]) -> list[float]:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(path, headers=headers)
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"bench: {path} answered {answer.status_code}.")
    return took


def _work(url: str, name: str, password: str, database: str, took: dict[str, list[float]]) -> None:
    """What one person does in a day: mostly reading, every third step a write."""
    chance = random.Random(name)
    with psycopg.connect(database) as connection:
        mine = [
            row[0] for row in connection.execute(
                "SELECT leads.id FROM leads JOIN users ON users.id = owner_id "
                "WHERE users.email = %s AND status = 'contacted' ORDER BY leads.id LIMIT %s",
                [f"{name}@crm.test", STEPS],
            )
        ]  # fmt: skip
    with closing(_sign_in(url, name, password)) as client:
        actions = _list_actions(client, chance)
        for step in range(STEPS):
            kind, action = chance.choice(actions)
            lead = mine[step % len(mine)]
            began = time.perf_counter()
            answer = action(lead)
            took.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
            if answer.status_code not in (200, 303):
                raise SystemExit(f"bench: {kind} of lead {lead} answered {answer.status_code}: {answer.text[:300]}")


def _list_actions(client: httpx.Client, chance: random.Random) -> list[tuple[str, Callable[[int], httpx.Response]]]:
    def get(path: str, **headers: str) -> Callable[[int], httpx.Response]:
        return lambda lead: client.get(path.format(lead=lead), headers=headers)

    def post(path: str, **data: str) -> Callable[[int], httpx.Response]:
        return lambda lead: client.post(
            path.format(lead=lead), data={key: value.format(lead=lead) for key, value in data.items()}
        )

    return [
        ("Today", get("/")),
        ("a lead", get("/leads/{lead}")),
        ("a lead", get("/leads/{lead}")),
        ("list of leads", get("/leads")),
        ("list with filters", get("/leads?status=new,contacted&value_from=10000&sort=-value")),
        ("board", get("/pipeline")),
        ("tasks", get("/tasks")),
        ("palette", lambda _: client.get(f"/search?q={chance.choice(lead_database.WORDS.split())}", headers=HX)),
        ("contacts", get("/contacts?q=harbor")),
        ("inbox", get("/inbox")),
        ("reports", get("/reports?period=90d")),
        ("add a note", post("/activities", kind="note", body="We spoke.", lead_id="{lead}", back="/leads/{lead}")),
        ("add a task", post("/tasks", title="Send the offer", due_on="2030-01-02", lead_id="{lead}")),
        ("move a lead", post("/leads/{lead}/status", status="qualified", was="contacted", back="/leads/{lead}")),
        ("move it back", post("/leads/{lead}/status", status="contacted", was="qualified", back="/leads/{lead}")),
        ("snooze", post("/today/{lead}/snooze", when="tomorrow")),
    ]


def _send_enquiries(url: str, took: dict[str, list[float]]) -> None:
    with httpx.Client(base_url=url, timeout=60) as client:
        for number in range(ENQUIRIES):
            enquiry = {"name": "Grace", "email": f"new{number}@navy.example", "message": f"Please call me: {number}."}
            began = time.perf_counter()
            answer = client.post("/api/leads", json=enquiry)
            took.setdefault("an enquiry", []).append((time.perf_counter() - began) * 1000)
            if answer.status_code not in (200, 201, 202):
                raise SystemExit(f"bench: an enquiry was answered {answer.status_code}.")
            time.sleep(0.2)


if __name__ == "__main__":
    print("\n".join(format_table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))))
