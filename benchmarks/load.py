"""Load by wrk, and what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

CONNECTIONS = 32
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))


class Answer(NamedTuple):
    """Requests a second, latencies in milliseconds, and how many answers were no success."""

    rate: float
    p50: float
    p99: float
    bad: int


def need(*programs: str) -> None:
    """Install Debian's packages of these programs where that is allowed; say what to do where it is not."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-y", "-qq", *missing], check=False, stdout=subprocess.DEVNULL)
    for name in missing:
        if not shutil.which(name):
            raise SystemExit(f"bench: {name} is missing. Install it (Debian: apt-get install {name}) and run again.")


def load(url: str, script: str, seconds: int = SECONDS) -> Answer:
    """One thread, 32 connections, for `seconds`; `script` is Lua that makes the requests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.lua"
        path.write_text(script)
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(path), url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    failed = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    return Answer(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
        p50=_milliseconds(_found(r"\n\s+50%\s+(\S+)", said)),
        p99=_milliseconds(_found(r"\n\s+99%\s+(\S+)", said)),
        bad=(int(bad[1]) if bad else 0) + (sum(map(int, failed.groups())) if failed else 0),
    )


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"bench: wrk said something unexpected:\n{text}")
    return found[1]


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
