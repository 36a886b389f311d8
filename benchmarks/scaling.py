"""The part `scaling`: what each piece of the system costs, where it first ends, and how far that is from a consultancy.

Writes `scaling.json` beside RESULTS.md, and the tables of docs/scaling.md anew from it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import costs
import growth
import lead_database
import processes
import scaling_paper
import visitors

HERE = Path(__file__).resolve().parent
FIGURES = HERE / "scaling.json"
FACTORS = (1, 10, 100)
SEED = 3
CHECKED_AT = (0.2, 0.4)
"""Shares of what one web process can do at which the model is held against a real run."""
CHECK_S = 6
MIX = {"get": 0.45, "list": 0.25, "health": 0.1, "page lead": 0.1, "change": 0.05, "page leads": 0.05}
PROCESSORS = 1
"""Processors of the database, in the model of a year."""
FULL = 0.7
"""A queue gets long beyond this utilization."""


def measure() -> list[str]:
    """Measure, write the figures down, and give them as lines of Markdown."""
    with lead_database.fill(costs.LEADS) as url:
        system = costs.RunningSystem(url)
        kinds = costs.measure_service_times(system)
        checks = [check_model(system, kinds, share) for share in CHECKED_AT]
        found: dict[str, Any] = {
            "head": _read_head(),
            "memory": costs.measure_memory(system),
            "rates": {str(webs): costs.measure_rates(system, webs) for webs in (1, 2)},
            "commits": {str(writers): rate for writers, rate in costs.measure_commits(system).items()},
            "rows": costs.measure_rows(system),
            "connections": system.ask("SELECT current_setting('max_connections')::int"),
            "kept_for_root": system.ask("SELECT current_setting('superuser_reserved_connections')::int"),
        }
    found["kinds"] = {
        name: {
            "web_ms": kind.web_s * 1000,
            "database_ms": kind.database_s * 1000,
            "rest_ms": statistics.median(kind.rest) * 1000,
        }
        for name, kind in kinds.items()
    }
    found["checks"] = checks
    found["hosts"] = [held for limit in (512, 1024) if (held := costs.measure_small_host(limit))]
    found["loads"] = [simulate_year(factor, kinds, found["rows"]) for factor in FACTORS]
    found["ends"] = compute_limits(found)
    FIGURES.write_text(json.dumps(_round(found), indent=1) + "\n")
    scaling_paper.write(json.loads(FIGURES.read_text()))
    return scaling_paper.format_lines(json.loads(FIGURES.read_text()))


def check_model(system: costs.RunningSystem, kinds: dict[str, growth.Kind], share: float) -> dict[str, float]:
    """One web process under a stream of visitors, and what the model says of the very same arrivals."""
    rate = share / sum(kinds[name].web_s * part for name, part in MIX.items())
    chance = random.Random(SEED)
    wanted = sorted(
        arrival for name, part in MIX.items() for arrival in growth.generate_poisson(name, rate * part, CHECK_S, chance)
    )
    with system.web() as web:
        makes = visitors.list_requests(system.key, system.signed_in(web), costs.LEADS)
        asyncio.run(visitors.send_arrivals([costs.read_port(web)], makes, wanted[: len(wanted) // 4]))
        began, starved = processes.read_seconds(web.pid), processes.read_wait_time(web.pid)
        saw = asyncio.run(visitors.send_arrivals([costs.read_port(web)], makes, wanted))
        span = max(each.at + each.took for each in saw)
        busy, starving = (
            (processes.read_seconds(web.pid) - began) / span,
            (processes.read_wait_time(web.pid) - starved) / span,
        )
    # Whoever sends the load has a processor too.
    processors = max(1, (os.cpu_count() or 2) - 1)
    arrivals = [growth.Arrival(each.at, each.kind) for each in saw]
    said = growth.simulate(arrivals, kinds, webs=1, processors=processors, seed=SEED)
    took = [each.took for each in saw]
    return {
        "rate": len(arrivals) / arrivals[-1].at,
        "said_web": said.web, "saw_web": busy,
        "starved": starving,
        "said_p50_ms": growth.compute_percentile(said.takes, 0.5) * 1000,
        "saw_p50_ms": growth.compute_percentile(took, 0.5) * 1000,
        "said_p95_ms": growth.compute_percentile(said.takes, 0.95) * 1000,
        "saw_p95_ms": growth.compute_percentile(took, 0.95) * 1000,
    }  # fmt: skip


def simulate_year(factor: float, kinds: dict[str, growth.Kind], rows: dict[str, float]) -> dict[str, float]:
    """The busiest hour of so many consultancies on one web process and one worker, and what a year leaves behind."""
    load = growth.Load().times(factor)
    seen = growth.simulate(growth.generate_hour(load, SEED), kinds, webs=1, processors=PROCESSORS, seed=SEED)
    enquiries, changes = load.enquiries_a_day * 365, load.changes_a_year()
    per = {
        name: growth.Bytes(rows[f"{name}, stays"], rows[f"{name}, passes"], days=30) for name in ("enquiry", "change")
    }
    works = load.rates(busiest=True)
    return {
        "factor": factor,
        "requests_s": sum(works.values()),
        "web": seen.web,
        "database": seen.database,
        "worker": works["enquiry"] * rows["enquiry, worker_s"] + works["change"] * rows["change, worker_s"],
        "wait_p95_ms": growth.compute_percentile(seen.waits, 0.95) * 1000,
        "take_p95_ms": growth.compute_percentile(seen.takes, 0.95) * 1000,
        "enquiries_year": enquiries,
        "changes_year": changes,
        "writes_s": works["enquiry"] + works["change"],
        "bytes_year": per["enquiry"].after_a_year(enquiries) + per["change"].after_a_year(changes),
    }


def compute_limits(found: dict[str, Any]) -> dict[str, float]:
    """How many consultancies each thing bears: a processor or the disk to `FULL`, storage for a year in 1 GB."""
    most = found["loads"][-1]
    writes = min(found["rates"]["1"][name]["rate"] for name in ("create", "change"))
    web = FULL / most["web"] * most["factor"]
    usable = found["connections"] - found["kept_for_root"] - scaling_paper.WORKER_CONNECTIONS
    return {
        "one web process": web,
        "one processor of PostgreSQL": FULL / most["database"] * most["factor"],
        "one worker": FULL / most["worker"] * most["factor"],
        "writes, by processor and disk": FULL * writes / most["writes_s"] * most["factor"],
        "connections, with so many web processes that each overlaps its next release": web
        * (usable // (2 * scaling_paper.WEB_CONNECTIONS)),
        "a year in 1 GB of storage": 1e9 / most["bytes_year"] * most["factor"],
    }


def _read_head() -> dict[str, str]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=HERE
    )
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "commit": commit.stdout.strip(),
        "leads": f"{costs.LEADS:,}",
        "cores": str(os.cpu_count()),
        "busy": f"{os.getloadavg()[2]:.1f}",
    }


def _round(value: Any) -> Any:
    """Four digits are more than a shared machine deserves."""
    if isinstance(value, dict):
        return {name: _round(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_round(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
