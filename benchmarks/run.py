"""Measure everything and write RESULTS.md: `make bench`, or `benchmarks/run.py api memory` for some parts.

Run it on a machine that does nothing else; the figures of two parts of one run may be compared, those of two
runs only with care.
"""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import api
import backup
import flow
import intake
import lighthouse
import quoted
import reports
import scaling
import scaling_paper
import search
import service
import workday

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
QUOTED = (RESULTS, scaling_paper.PAPER)
QUOTES = HERE.parent / "specs" / "founding-document.md"


def main() -> None:
    """Run the parts named on the command line, or all, and write down what came of them."""
    parts: dict[str, Callable[[], list[str]]] = {
        "api": _run_api,
        "intake": _run_intake,
        "million": _run_million,
        "search": _run_search,
        "reports": lambda: reports.format_table(reports.measure(100_000)),
        "memory": service.measure_memory,
        "boot": service.measure_boot,
        "pages": service.measure_pages,
        "flow": lambda: flow.format_table(asyncio.run(flow.measure())),
        "workday": lambda: workday.format_table(workday.measure(100_000)),
        "blog": _run_blog,
        "lighthouse": _run_lighthouse,
        "backup": _run_backup,
        "scaling": scaling.measure,
    }
    chosen = sys.argv[1:] or list(parts)
    if unknown := set(chosen) - set(parts):
        raise SystemExit(f"bench: there is no part {', '.join(sorted(unknown))}. There are: {', '.join(parts)}.")
    written: dict[str, str] = {}
    before = [file.read_text() for file in QUOTED]
    for name in chosen:
        print(f"{name} …", flush=True)
        started = time.perf_counter()
        lines = parts[name]()
        took = f"Took {time.perf_counter() - started:.0f} s at commit {_read_commit()}."
        written[TITLES[name]] = "\n".join(["", *lines, "", took, ""])
        print("\n".join(lines), flush=True)
    _write_results(written, whole=chosen == list(parts))
    for file, old in zip(QUOTED, before, strict=True):
        QUOTES.write_text(quoted.update_quotes(QUOTES.read_text(), file, old, file.read_text()))
    print(f"Written: {RESULTS.relative_to(HERE.parent)}")


def _write_results(written: dict[str, str], *, whole: bool) -> None:
    """Replace what was measured, and only that; the head is that of the last whole run."""
    head, *sections = RESULTS.read_text().split("\n## ")
    kept = {} if whole else dict(section.split("\n", 1) for section in sections)
    kept |= {title: text.rstrip() + "\n" for title, text in written.items()}
    top = "\n".join(_format_head()) if whole else head
    ordered = [f"## {title}\n{kept[title]}" for title in TITLES.values() if title in kept]
    RESULTS.write_text("\n".join([top.rstrip() + "\n", *ordered]).rstrip() + "\n")


TITLES = {
    "api": "The API on 10,000 leads",
    "intake": "The public form",
    "million": "The API on 1,000,000 leads",
    "search": "The search over everything",
    "reports": "Reports on 100,000 leads",
    "memory": "Memory",
    "boot": "Boot",
    "pages": "Pages",
    "flow": "The way of a request",
    "workday": "A day of five people",
    "blog": "The blog's engine",
    "lighthouse": "The public site on a phone",
    "backup": "A large database, backed up and proven",
    "scaling": "What each part costs, and how far it goes",
}


def _read_commit() -> str:
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=HERE
    )
    return said.stdout.strip()


def _format_head() -> list[str]:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "?",
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        "# Results",
        "",
        f"`make bench` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at commit {_read_commit()}: "
        f"{os.cpu_count()} cores of {model}, {memory:.0f} GB, Python {platform.python_version()}, "
        "PostgreSQL 18 embedded with its laptop settings (fsync on), "
        "load generator and database on the same machine.",
        "",
        "Medians of several runs; the two sides of a comparison take turns within one run. A shared machine drifts, "
        "so trust the ratios more than the single figures.",
        "",
    ]


def _run_api() -> list[str]:
    return api.format_table(api.measure(10_000))


def _run_intake() -> list[str]:
    return intake.format_table(intake.measure())


def _run_million() -> list[str]:
    found = api.measure(1_000_000, only=("list", "get", "search"), rounds=3)
    return api.format_table(found)


def _run_search() -> list[str]:
    return [*search.format_table(search.measure(100_000)), "", *search.format_table(search.measure(1_000_000))]


def _run_lighthouse() -> list[str]:
    return lighthouse.format_table(lighthouse.measure())


def _run_backup() -> list[str]:
    return backup.format_table(*backup.measure())


def _run_blog() -> list[str]:
    command = [sys.executable, str(HERE / "blog_build.py")]
    lines = []
    for title, options in (("Posts of equal length:", []), ("Posts with the lengths of real blogs:", ["--real"])):
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
        lines += [title, "", *done.stdout.strip().splitlines(), ""]
    return lines[:-1]


if __name__ == "__main__":
    main()
