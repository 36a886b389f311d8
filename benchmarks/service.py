"""What the service weighs and how soon it is well: memory idle, under load and fed 100 MB; boot; pages."""

from __future__ import annotations

import gzip
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import lead_database
from api import write_script
from load import run_load

from crm.event_names import EventName

MB = 1024 * 1024
BOOTS = 5
PAGES = 40
EMAIL, PASSWORD = "bench@octatech.example", "measured in one quiet run"


def measure_memory() -> list[str]:
    """Resident memory of the one process that serves and works, in MB."""
    with lead_database.fill(10_000) as url:
        key = lead_database.create_key(url)
        with lead_database.run_crm(url) as server:
            time.sleep(5)
            idle = _read_rss(server.pid)
            _run_load(server.url, write_script("list", "crm", key, 10_000, ""))
            _run_load(server.url, write_script("create", "crm", key, 10_000, ""))
            loaded = _read_peak(server.pid)
        env = {"ADMIN_EMAIL": EMAIL, "ADMIN_PASSWORD": PASSWORD}
        lead_database.seed(lead_database.build_environment(url, **env))
        with lead_database.run_crm(url, **env) as server:
            _use_pages(server.url)
            lived = _read_peak(server.pid)
        with lead_database.run_crm(url) as server:
            refused = _send_large_body(server.url)
            fed = _read_peak(server.pid)
    return [
        "| Memory of `crm serve`, worker inside | MB | hold |",
        "|---|---:|---:|",
        f"| idle, 5 s after boot | {idle:.0f} | 150 |",
        f"| peak under load (list, then create, 32 connections) | {loaded:.0f} | 300 |",
        f"| peak of a day: a sign-in, each kind of page, a new channel | {lived:.0f} | 300 |",
        f"| peak while fed a 100 MB post (answered {refused}) | {fed:.0f} | 300 |",
    ]


def measure_boot() -> list[str]:
    """From the start of the process to the first healthy answer, migrations done before."""
    with lead_database.fill(100) as url:
        took = []
        for _ in range(BOOTS):
            started = time.perf_counter()
            with lead_database.run_crm(url):
                took.append(time.perf_counter() - started)
    return [
        f"Boot to healthy: median {statistics.median(took):.2f} s of {BOOTS} "
        f"({min(took):.2f} to {max(took):.2f}); hold ≤ 2 s."
    ]


def measure_pages() -> list[str]:
    """Server time and weight of the CRM's pages, and weight of the landing page."""
    with lead_database.fill(10_000) as url:
        env = lead_database.build_environment(url, ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD)
        subprocess.run([str(lead_database.BIN / "crm"), "seed"], env=env, check=True, stdout=subprocess.DEVNULL)
        with (
            lead_database.run_crm(url) as server,
            httpx.Client(base_url=server.url, headers={"origin": server.url}) as client,
        ):
            client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
            rows = [
                _measure_page(client, path)
                for path in ("/", "/leads", "/leads?q=harbor", "/leads/77", "/contacts", "/inbox")
            ]
            parts = _read_parts_size(client)
    return [
        "| CRM page, 10,000 leads | median ms, client side | HTML gzip KB |",
        "|---|---:|---:|",
        *rows,
        "",
        f"Script and style of a CRM page: {parts / 1000:.1f} KB gzip; hold ≤ 45 KB, server time < 50 ms.",
        "",
        *_measure_landing_page(),
    ]


def _run_load(url: str, requests: str) -> None:
    bad = run_load(url, requests, 10).bad
    if bad:
        raise SystemExit(f"bench: {bad} requests under load were no success.")


def _use_pages(url: str) -> None:
    """Sign in, open the pages and add a channel of notifications."""
    with httpx.Client(base_url=url, headers={"origin": url}, timeout=30) as client:
        client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
        for path in ("/", "/inbox", "/leads", "/leads/77", "/contacts", "/companies", "/operations", "/api/docs"):
            if client.get(path).status_code != 200:
                raise SystemExit(f"bench: {path} was not shown.")
        # Nothing is sent to it. Reading its address loads the library that would.
        channel = {
            "name": "bench",
            "target": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
            "events": EventName.LEAD_CREATED,
        }
        if client.post("/settings/notifications", data=channel).status_code != 303:
            raise SystemExit("bench: the channel was not made.")


def _measure_page(client: httpx.Client, path: str) -> str:
    took = []
    for _ in range(PAGES):
        started = time.perf_counter()
        answer = client.get(path)
        took.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"bench: {path} gave {answer.status_code}.")
    return f"| `{path}` | {statistics.median(took):.1f} | {len(gzip.compress(answer.content)) / 1000:.1f} |"


def _read_parts_size(client: httpx.Client) -> int:
    text = client.get("/leads").text
    return sum(
        len(gzip.compress(client.get(found).content))
        for found in set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', text))
    )


def _measure_landing_page() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "site"
        command = [str(lead_database.BIN / "blog"), "site", "--out", str(out), "--cache", str(Path(folder) / "cache")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        text = (out / "index.html").read_text()
        named = set(re.findall(r'(?:src="|href="|url\("?|import\(")(/assets/[^"#)]+)', text))
        scripts = [(out / name.lstrip("/")).read_text() for name in named if name.endswith(".js")]
        named |= {f"/assets/{name}" for script in scripts for name in re.findall(r'from "\./([^"]+)"', script)}
        weights = {"index.html": len(gzip.compress(text.encode()))}
        for name in sorted(named):
            content = (out / name.lstrip("/").partition("?")[0]).read_bytes()
            packed = name.endswith((".woff2", ".png", ".ico", ".webp", ".avif", ".jpg"))
            weights[name] = len(content) if packed else len(gzip.compress(content))
    listed = ", ".join(f"{name} {weight / 1000:.1f}" for name, weight in weights.items())
    return [f"Landing page, everything it names, gzip: {sum(weights.values()) / 1000:.1f} KB ({listed}); hold ≤ 60 KB."]


def _send_large_body(url: str) -> int:
    """Post 100 MB to the public form in small pieces."""

    def pieces() -> Iterator[bytes]:
        for _ in range(100 * 16):
            yield b"x" * (MB // 16)

    try:
        return httpx.post(
            f"{url}/api/leads", content=pieces(), headers={"content-type": "application/json"}, timeout=60
        ).status_code
    except httpx.HTTPError:
        return 413  # The server answers and hangs up before all is sent; a client that still sends sees a reset.


def _read_status(pid: int, name: str) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", text)[1]) / 1024  # type: ignore[index]


def _read_rss(pid: int) -> float:
    return _read_status(pid, "VmRSS")


def _read_peak(pid: int) -> float:
    return _read_status(pid, "VmHWM")
