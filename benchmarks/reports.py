"""The reports over many leads: how long each block takes in the API, and the whole page with all of them.

The leads were received evenly over five years. Each has a source and three entries of its timeline, two thirds have
changed their status, and those older than 200 days are closed.
"""

from __future__ import annotations

import secrets
import statistics
import sys
import time
from typing import NamedTuple

import httpx
import lead_database
import psycopg

ROUNDS = 15
HOLD_MS = 300
EMAIL = "bench@crm.test"
REPORTS = ("source", "response", "win-rate", "stages", "ageing", "forecast", "capacity")

HISTORY = """
UPDATE leads
SET first_touch = jsonb_build_object('path', '/blog/' || id % 40, 'referrer', id % 60 || '.example');
INSERT INTO activities (kind, body, lead_id, by_kind, by_name, at, created_at, updated_at)
SELECT entry.kind, 'About this lead', leads.id, entry.by_kind, 'Ada', moment.at, moment.at, moment.at
FROM leads
CROSS JOIN (VALUES ('system', 'visitor', 0), ('status', 'person', 1), ('note', 'person', 2))
    AS entry (kind, by_kind, place)
CROSS JOIN LATERAL (SELECT received_at + entry.place * (leads.id % 50) * interval '1 hour' AS at) AS moment;
INSERT INTO status_periods (lead_id, status, entered_at, left_at)
SELECT id, stay.status, received_at, received_at + (id % 90) * interval '1 hour'
FROM leads
CROSS JOIN (VALUES ('new'), ('contacted')) AS stay (status)
WHERE leads.status NOT IN ('new', 'contacted');
"""


class Found(NamedTuple):
    """The milliseconds of each answer, by what was asked."""

    leads: int
    took_ms: dict[str, list[float]]


def measure(leads: int) -> Found:
    """Ask for each block, and for the page, `ROUNDS` times."""
    with lead_database.fill(leads) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            # The search is not measured here, so nothing is indexed for it.
            connection.execute("ALTER TABLE activities DISABLE TRIGGER USER")
            connection.execute("ALTER TABLE leads DISABLE TRIGGER USER")
            connection.execute(lead_database.SPREAD)
            for statement in HISTORY.split(";\n"):
                if statement.strip():
                    connection.execute(statement)  # type: ignore[call-overload]
            connection.execute("VACUUM ANALYZE")
        key = lead_database.create_key(url)
        password = secrets.token_urlsafe()
        more = {"ADMIN_EMAIL": EMAIL, "ADMIN_PASSWORD": password}
        lead_database.seed(lead_database.build_environment(url, **more))
        with lead_database.run_crm(url, **more) as server:  # type: ignore[attr-defined]
            took: dict[str, list[float]] = {}
            with httpx.Client(base_url=server.url, headers={"authorization": f"Bearer {key}"}, timeout=60) as client:
                for block in REPORTS:
                    query = "" if block in ("ageing", "forecast", "capacity") else "?period=12m"
                    took[f"`GET /api/v1/reports/{block}`"] = _ask(client, f"/api/v1/reports/{block}{query}")
            with httpx.Client(base_url=server.url, headers={"origin": server.url}, timeout=60) as client:
                client.post("/sign-in", data={"email": EMAIL, "password": password})
                for query in ("period=90d", "period=12m"):
                    took[f"`GET /reports?{query}`, all blocks"] = _ask(client, f"/reports?{query}")
        return Found(leads, took)


def format_table(found: Found) -> list[str]:
    """The answers as a Markdown table."""
    return [
        f"| {found.leads:,} leads of five years | p50 ms | slowest ms |",
        "|---|---:|---:|",
        *(f"| {name} | {statistics.median(took):.0f} | {max(took):.0f} |" for name, took in found.took_ms.items()),
        "",
        f"Hold: p50 ≤ {HOLD_MS} ms for each block and for the page.",
    ]


def _ask(client: httpx.Client, path: str) -> list[float]:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(path)
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"bench: {path} answered {answer.status_code}.")
    return took


if __name__ == "__main__":
    print("\n".join(format_table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))))
