"""Load by wrk, and what it says."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = 32
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))


class Answer(NamedTuple):
    """Requests a second, latencies in milliseconds, and how many answers were no success."""

    rate: float
    p50: float
    p99: float
    bad: int


@cache
def find_program(program: str) -> str:
    """The path of a program, installed where that is needed and allowed; says what to do where it is not."""
    found = subprocess.run([ROOT / "scripts/program", program], stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        raise SystemExit(f"bench: {program} is missing. Install it and run again.")
    return found.stdout.strip()


def run_load(url: str, script: str, seconds: int = SECONDS) -> Answer:
    """One thread, 32 connections, for `seconds`; `script` is Lua that makes the requests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.lua"
        path.write_text(script)
        command = [find_program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(path), url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    failed = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    return Answer(
        rate=float(_find(r"Requests/sec:\s+([\d.]+)", said)),
        p50=_parse_milliseconds(_find(r"\n\s+50%\s+(\S+)", said)),
        p99=_parse_milliseconds(_find(r"\n\s+99%\s+(\S+)", said)),
        bad=(int(bad[1]) if bad else 0) + (sum(map(int, failed.groups())) if failed else 0),
    )


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"bench: wrk said something unexpected:\n{text}")
    return found[1]


def _parse_milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
