"""The public form under load: distinct senders and messages, beside a plain Node service on the same PostgreSQL.

Both take turns within one run. The reference commits two INSERTs an enquiry and nothing else; ours stores the raw
enquiry before the thanks, and a worker makes it a lead with its contact, company, activity and event.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

import httpx
import lead_database
import psycopg
from load import Answer, run_load

ROUNDS = 5
SECONDS = 8
SUSTAINED_S = 60
SINGLE = 20
HERE = Path(__file__).resolve().parent


class Intake(NamedTuple):
    """`thanked` and `reference` are answers of each round; `leads` how many were made in each second of the minute."""

    reference: list[Answer]
    thanked: list[Answer]
    sustained: Answer
    leads: float
    waits_ms: list[float]


def measure(leads: int = 10_000) -> Intake:
    """Load on both in turns, a minute of load on ours, then single enquiries until they are leads."""
    with lead_database.fill(leads) as url:
        node = shutil.which("node") or str(HERE.parent / "tools" / "node_modules" / ".bin" / "node")
        started = lead_database.run_server(
            [node, str(HERE / "node_reference.mjs")], lead_database.build_environment(url), "/healthz"
        )
        with started as plain, lead_database.run_crm(url, TRUSTED_PROXIES="1") as ours:  # type: ignore[attr-defined]
            reference, thanked = [], []
            for turn in range(ROUNDS + 1):
                for server, answers in ((plain, reference), (ours, thanked)):
                    answer = run_load(server.url, write_script(turn), seconds=SECONDS if turn else 2)
                    if turn:
                        answers.append(answer)
                        print(f"  {'reference' if server is plain else 'thanked'}: {answer.rate:,.0f}", flush=True)
                _wait_for_worker(url)
            print("  a minute of load …", flush=True)
            before, began = _count_accepted(url), time.perf_counter()
            sustained = run_load(ours.url, write_script(ROUNDS + 1), seconds=SUSTAINED_S)
            made = (_count_accepted(url) - before) / (time.perf_counter() - began)
            _wait_for_worker(url)
            return Intake(reference, thanked, sustained, made, [_measure_single(ours.url, url) for _ in range(SINGLE)])


def format_table(found: Intake) -> list[str]:
    """The medians as rows of a Markdown table."""
    reference = statistics.median(answer.rate for answer in found.reference)
    thanked = statistics.median(answer.rate for answer in found.thanked)
    share = statistics.median(
        ours.rate / theirs.rate for ours, theirs in zip(found.thanked, found.reference, strict=True)
    )
    bad = sum(answer.bad for answer in (*found.thanked, found.sustained))
    return [
        "| `POST /api/leads`, 32 connections | a second | times the reference | hold | p99 ms | failed |",
        "|---|---:|---:|---:|---:|---:|",
        f"| plain Node service, two INSERTs | {reference:,.0f} | 1 | | "
        f"{statistics.median(answer.p99 for answer in found.reference):.0f} | "
        f"{sum(answer.bad for answer in found.reference)} |",
        f"| thanked | {thanked:,.0f} | {share:.2f} | 0.5 | "
        f"{statistics.median(answer.p99 for answer in found.thanked):.0f} | {bad} |",
        f"| made into leads, a minute under that load | {found.leads:,.0f} | {found.leads / reference:.2f} | 0.25 | "
        f"{found.sustained.p99:.0f} | |",
        "",
        f"Alone, an enquiry is a lead {statistics.median(found.waits_ms):.0f} ms after it was sent "
        f"(median of {len(found.waits_ms)}; longest {max(found.waits_ms):.0f} ms; hold 1,000 ms).",
    ]


def write_script(turn: int) -> str:
    """Lua for wrk: every request has a sender, an address and a message of its own."""
    enquiry = json.dumps(
        json.dumps(
            {
                "name": "Person WHO", "email": "WHO@companyPART.example", "company": "Company PART",
                "message": "We would like to talk about a system that keeps working. Our number is WHO.",
                "project_type": "advice", "page": "/",
            }
        )
    )  # fmt: skip
    return f"""
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Origin"] = "http://localhost:8080"
math.randomseed(os.time())
local n = {turn} * 100000000 + math.random(1, 1000) * 100000
request = function()
  n = n + 1
  local who = "p" .. n
  local body = string.gsub(string.gsub({enquiry}, "WHO", who), "PART", tostring(n % 1000))
  local address = "10." .. n % 250 .. "." .. math.floor(n / 250) % 250 .. "." .. math.floor(n / 62500) % 250
  return wrk.format("POST", "/api/leads", {{["Content-Type"] = "application/json",
    ["X-Forwarded-For"] = address, ["Origin"] = "http://localhost:8080"}}, body)
end
"""


def _count_accepted(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT count(*) FROM submissions WHERE state = 'accepted'").fetchone()
        return int(row[0]) if row else 0


def _wait_for_worker(url: str) -> None:
    """Until everything that was stored is a lead."""
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("SELECT 1 FROM submissions WHERE state = 'received' LIMIT 1").fetchone():
            time.sleep(0.1)


def _measure_single(address: str, url: str) -> float:
    """Milliseconds from sending one enquiry until the API has its lead."""
    who = f"single{time.time_ns()}"
    enquiry = {"name": who, "email": f"{who}@mill.example", "message": f"A single enquiry of {who}."}
    with psycopg.connect(url, autocommit=True) as connection, httpx.Client(trust_env=False) as client:
        began = time.perf_counter()
        answer = client.post(f"{address}/api/leads", json=enquiry, headers={"origin": "http://localhost:8080"})
        reference = answer.raise_for_status().json()["reference"]
        while not connection.execute("SELECT 1 FROM leads WHERE reference = %s", (reference,)).fetchone():
            time.sleep(0.002)
        return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.stdout.write("\n".join(format_table(measure())) + "\n")
