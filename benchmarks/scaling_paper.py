"""The figures of `scaling.json` as tables, for RESULTS.md and for docs/scaling.md, which a test holds equal.

.venv/bin/python benchmarks/scaling_paper.py        # writes the tables of docs/scaling.md anew
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FIGURES = HERE / "scaling.json"
PAPER = HERE.parent / "docs" / "scaling.md"
BLOCK = re.compile(r"(<!-- measured: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
WEB_CONNECTIONS = 10 + 2
"""DATABASE_POOL_SIZE where nobody says otherwise, and those that ask for health."""
WORKER_CONNECTIONS = 10 + 3
"""The same pool for jobs, and those that hear of them."""


def format_lines(figures: Mapping[str, Any]) -> list[str]:
    """Every table, for RESULTS.md."""
    return [line for part in PARTS.values() for line in (*part(figures), "")][:-1]


def fill(text: str, figures: Mapping[str, Any]) -> str:
    """The paper with the tables of these figures."""

    def put(block: re.Match[str]) -> str:
        return f"{block[1]}\n" + "\n".join(PARTS[block[2]](figures)) + f"\n\n{block[4]}"

    return BLOCK.sub(put, text)


def write(figures: Mapping[str, Any]) -> None:
    PAPER.write_text(fill(PAPER.read_text(), figures))


def format_head(figures: Mapping[str, Any]) -> list[str]:
    at = figures["head"]
    return [
        f"Measured {at['at']} UTC at commit {at['commit']} with {at['leads']} leads on {at['cores']} cores, which "
        f"PostgreSQL, the load and whatever else ran shared (load average of the last quarter hour: {at['busy']})."
    ]


def format_memory(figures: Mapping[str, Any]) -> list[str]:
    held = figures["memory"]
    return [
        "| Part | MB |",
        "|---|---:|",
        f"| web process, idle | {held['web']:.0f} |",
        f"| web process, after load | {held['web, after load']:.0f} |",
        f"| the same with what it shares with others (RSS) | {held['web, resident after load']:.0f} |",
        f"| worker, idle | {held['worker']:.0f} |",
        f"| web process with the worker inside, idle | {held['web with the worker inside']:.0f} |",
        f"| one connection, in PostgreSQL (mean of {held['backends']:.0f}) | {held['backend, its own']:.1f} |",
        f"| PostgreSQL, nobody connected | {held['postgres']:.0f} |",
        f"| PostgreSQL, after load | {held['postgres, after load']:.0f} |",
    ]


def format_hosts(figures: Mapping[str, Any]) -> list[str]:
    if not figures["hosts"]:
        return ["This machine's kernel let no memory limit be set, so nothing was tried within one."]
    return [
        "| Host with | PostgreSQL, web and worker together, under load | ended for want of memory | requests failed |",
        "|---:|---:|---:|---:|",
        *(
            f"| {host['limit']} MB | {host['peak']:.0f} MB | {host['killed']} | {host['failed']} |"
            for host in figures["hosts"]
        ),
    ]


def format_rates(figures: Mapping[str, Any]) -> list[str]:
    rows = ["| Request | web processes | requests/s | p99 ms | failed | processors of web | of PostgreSQL |"]
    rows.append("|---|---:|---:|---:|---:|---:|---:|")
    for name in figures["rates"]["1"]:
        for webs, found in figures["rates"].items():
            row = found[name]
            rows.append(
                f"| {name} | {webs} | {row['rate']:,.0f} | {row['p99_ms']:.0f} | {row['failed']} "
                f"| {row['web']:.2f} | {row['database']:.2f} |"
            )
    return rows


def format_kinds(figures: Mapping[str, Any]) -> list[str]:
    return [
        "| Request | web, ms of processor | PostgreSQL, ms of processor | the rest, ms |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {kind['web_ms']:.2f} | {kind['database_ms']:.2f} | {kind['rest_ms']:.2f} |"
            for name, kind in figures["kinds"].items()
        ),
    ]


def format_limits(figures: Mapping[str, Any]) -> list[str]:
    """Where each thing ends."""
    usable, web, worker = figures["connections"] - figures["kept_for_root"], WEB_CONNECTIONS, WORKER_CONNECTIONS
    mean = sum(kind["web_ms"] for kind in figures["kinds"].values()) / len(figures["kinds"])
    commits = figures["commits"]
    return [
        "| What | Where it ends here |",
        "|---|---|",
        f"| processor of one web process | {1000 / mean:,.0f} requests/s, each kind equally often |",
        f"| commits | {commits['1']:,.0f}/s one after the other, {commits['8']:,.0f}/s from eight connections |",
        f"| connections | {usable} of {figures['connections']} are ours; a web process takes at most {web}, a worker "
        f"{worker}: {usable // web} web processes, or {usable // (2 * web)} where a release overlaps the one before |",
    ]


def format_checks(figures: Mapping[str, Any]) -> list[str]:
    rows = ["| Requests/s | | the model says | a run shows |", "|---:|---|---:|---:|"]
    for check in figures["checks"]:
        rows += [
            f"| {check['rate']:.0f} | utilization of the web process | {check['said_web']:.0%} "
            f"| {check['saw_web']:.0%} |",
            f"| | its time ready, with every processor taken by others | none | {check['starved']:.0%} |",
            f"| | median, ms | {check['said_p50_ms']:.1f} | {check['saw_p50_ms']:.1f} |",
            f"| | p95, ms | {check['said_p95_ms']:.1f} | {check['saw_p95_ms']:.1f} |",
        ]
    return rows


def format_loads(figures: Mapping[str, Any]) -> list[str]:
    def row(name: str, say: Callable[[Mapping[str, float]], str]) -> str:
        return f"| {name} | " + " | ".join(say(load) for load in figures["loads"]) + " |"

    return [
        "| | " + " | ".join(f"{load['factor']:.0f}×" for load in figures["loads"]) + " |",
        "|---|" + "---:|" * len(figures["loads"]),
        row("requests/s, busiest hour", lambda load: f"{load['requests_s']:.1f}"),
        row("web process busy", lambda load: f"{load['web']:.1%}"),
        row("processor of PostgreSQL busy", lambda load: f"{load['database']:.1%}"),
        row("worker busy", lambda load: f"{load['worker']:.1%}"),
        row("p95 of waiting, ms", lambda load: f"{load['wait_p95_ms']:.1f}"),
        row("p95 of the whole answer, ms", lambda load: f"{load['take_p95_ms']:.1f}"),
        row("enquiries a year", lambda load: f"{load['enquiries_year']:,.0f}"),
        row("changes a year", lambda load: f"{load['changes_year']:,.0f}"),
        row("database after a year, MB", lambda load: f"{load['bytes_year'] / 1e6:,.0f}"),
        row("years in 1 GB", lambda load: f"{1e9 / load['bytes_year']:,.1f}"),
    ]


def format_reach(figures: Mapping[str, Any]) -> list[str]:
    held = figures["rows"]
    return [
        f"With one receiver of webhooks, an enquiry leaves {held['enquiry, stays']:,.0f} bytes for good and "
        f"{held['enquiry, passes']:,.0f} until they are forgotten; a change {held['change, stays']:,.0f} and "
        f"{held['change, passes']:,.0f}."
    ]


def format_ends(figures: Mapping[str, Any]) -> list[str]:
    """The first limit is the first row."""
    found = sorted(figures["ends"].items(), key=lambda each: each[1])
    return [
        "| What ends | at so many consultancies |",
        "|---|---:|",
        *(f"| {what} | {at:,.0f} |" for what, at in found),
    ]


PARTS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "head": format_head, "memory": format_memory, "hosts": format_hosts, "rates": format_rates,
    "kinds": format_kinds, "limits": format_limits, "checks": format_checks,
    "loads": format_loads, "reach": format_reach, "ends": format_ends,
}  # fmt: skip


if __name__ == "__main__":
    write(json.loads(FIGURES.read_text()))
