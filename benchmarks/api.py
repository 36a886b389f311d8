"""The API under load, side by side with the bare handler on the same SQL, in turns."""

from __future__ import annotations

import asyncio
import json
import pickle
import statistics
import tempfile
from pathlib import Path
from typing import Any

import httpx
import lead_database
import psycopg
from load import Answer, run_load
from record import Shape, record_statements

from crm import app, config

ROUNDS = 3
NOTHING: list[dict[str, Any] | None] = [None] * 3
# A lead whose number and version are found again among the values of its statements.
CHANGED, FIRST_VERSION = 7_878, 1_000_003
WORDS = ("mark1", "mark22", "mark333", "mark44", "mark555", "mark66", "mark777", "mark88", "mark9", "mark101")
# What a public Node implementation of the same system did on a quiet day of the same kind of machine; not run here.
ELSEWHERE = {"list": 425, "deep page": 187, "search": 79, "get": 920, "create": 700, "change": 470}
WANTED = {"list": 6, "deep page": 12, "search": 30, "get": 5, "create": 3, "change": 2.5}


def measure(leads: int, *, only: tuple[str, ...] = (), rounds: int = ROUNDS) -> dict[str, dict[str, list[Answer]]]:
    """Answers of the real (`crm`) and the bare (`bare`) server for each kind of request, one list entry a round."""
    with lead_database.fill(leads) as url, tempfile.TemporaryDirectory() as folder:
        key = lead_database.create_key(url)
        plays = Path(folder) / "plays"
        cursor = asyncio.run(_find_deep_cursor(url, key))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE leads SET version = %s WHERE id = %s", (FIRST_VERSION, CHANGED))
        shapes = _list_requests(cursor)
        plays.write_bytes(
            pickle.dumps(asyncio.run(record_statements(lead_database.build_environment(url), key, shapes)))
        )
        found: dict[str, dict[str, list[Answer]]] = {}
        with lead_database.run_crm(url) as real, lead_database.run_bare(url, plays) as raw:  # type: ignore[attr-defined]
            for name in only or tuple(shapes):
                runs: dict[str, list[Answer]] = {"crm": [], "bare": []}
                for turn in range(rounds + 1):
                    for side, server in (("crm", real), ("bare", raw)):
                        requests = write_script(name, side, key, leads, cursor)
                        answer = run_load(server.url, requests, seconds=2 if turn == 0 else 5)
                        if turn:
                            runs[side].append(answer)
                found[name] = runs
                _print_rates(name, runs)
        return found


def format_table(found: dict[str, dict[str, list[Answer]]]) -> list[str]:
    """The medians as rows of a Markdown table."""
    lines = [
        "| Request | requests/s | p50 ms | p99 ms | bare handler, same SQL | share of it | failed "
        "| elsewhere (not run here) | times that |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, runs in found.items():
        rate = statistics.median(run.rate for run in runs["crm"])
        raw = statistics.median(run.rate for run in runs["bare"])
        share = statistics.median(
            ours.rate / theirs.rate for ours, theirs in zip(runs["crm"], runs["bare"], strict=True)
        )
        p50 = statistics.median(run.p50 for run in runs["crm"])
        p99 = statistics.median(run.p99 for run in runs["crm"])
        bad = sum(run.bad for run in runs["crm"])
        lines.append(
            f"| {name} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {raw:,.0f} | {share:.0%} | {bad} | {ELSEWHERE[name]:,} "
            f"| {rate / ELSEWHERE[name]:.1f} (wanted {WANTED[name]:g}) |"
        )
    return lines


def _list_requests(cursor: str) -> dict[str, Shape]:
    return {
        "list": ("GET", "/api/v1/leads?limit=20", NOTHING, []),
        "deep page": ("GET", f"/api/v1/leads?limit=20&cursor={cursor}", NOTHING, []),
        "search": ("GET", "/api/v1/leads?limit=20&q=mark333", NOTHING, [("mark333", "word")]),
        "get": ("GET", "/api/v1/leads/77", NOTHING, [(77, "number")]),
        "create": ("POST", "/api/v1/leads", [_build_enquiry("placeholder")] * 3, [("placeholder", "random")]),
        "change": (
            "PATCH",
            f"/api/v1/leads/{CHANGED}",
            [{"status": status} for status in ("contacted", "qualified", "proposal")],
            [(CHANGED, "number"), (FIRST_VERSION + 2, "version")],
        ),
    }


def _build_enquiry(who: str) -> dict[str, Any]:
    return {
        "name": f"Person {who}", "email": f"{who}@company7.example", "company": "Company 7",
        "message": "We would like to talk about a system that keeps working.", "project_type": "advice",
    }  # fmt: skip


def write_script(name: str, side: str, key: str, leads: int, cursor: str) -> str:
    real = side == "crm"
    head = f'wrk.headers["Authorization"] = "Bearer {key}"\nwrk.headers["Content-Type"] = "application/json"\n' \
           'wrk.headers["If-Match"] = "*"\nmath.randomseed(os.time())\n'  # fmt: skip
    words = "{" + ",".join(f'"{word}"' for word in WORDS) + "}"
    number = f"math.random(1, {leads})"
    enquiry = json.dumps(json.dumps(_build_enquiry("WHO")))
    deep = f"/api/v1/leads?limit=20&cursor={cursor}"
    requests = {
        "list": f'return wrk.format("GET", "{"/api/v1/leads?limit=20" if real else "/list"}")',
        "deep page": f'return wrk.format("GET", "{deep if real else "/deep page"}")',
        "search": f'local w = {words}\nreturn wrk.format("GET", "{"/api/v1/leads?limit=20&q=" if real else "/search/"}"'
                  f' .. w[math.random(1, {len(WORDS)})])',
        "get": f'return wrk.format("GET", "{"/api/v1/leads/" if real else "/get/"}" .. {number})',
        "create": f'n = (n or math.random(1, 1000000000)) + 1\nlocal body = string.gsub({enquiry}, "WHO", "p" .. n)\n'
                  f'return wrk.format("POST", "{"/api/v1/leads" if real else "/create"}", nil, body)',
        "change": 'local s = {"new", "contacted", "qualified", "proposal"}\n'
                  f'return wrk.format("PATCH", "{"/api/v1/leads/" if real else "/change/"}" .. {number}, nil,'
                  ' \'{"status": "\' .. s[math.random(1, 4)] .. \'"}\')',
    }  # fmt: skip
    return f"{head}request = function()\n{requests[name].replace('/deep page', '/deep%20page')}\nend\n"


async def _find_deep_cursor(url: str, key: str) -> str:
    """The cursor after 5,000 leads, got by walking there as a reader would."""
    application = app.build(config.load({**lead_database.build_environment(url), "WORKER": "separate"}))
    cursor = ""
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://crm", headers=headers) as client:
            for _ in range(50):
                params = {"limit": "100", **({"cursor": cursor} if cursor else {})}
                page = (await client.get("/api/v1/leads", params=params)).json()
                cursor = page["next_cursor"] or cursor
    return cursor


def _print_rates(name: str, runs: dict[str, list[Answer]]) -> None:
    rates = {side: round(statistics.median(run.rate for run in answers)) for side, answers in runs.items()}
    print(f"  {name}: {rates['crm']:,} requests/s, bare {rates['bare']:,}", flush=True)
