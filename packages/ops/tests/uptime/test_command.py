"""The commands as people and supervisors run them: in processes of their own, against a house on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ops.uptime import command
from ops.uptime import store as stores
from ops.uptime.account import Outcome, Record
from ops.uptime.place import Watch
from ops.uptime.spans import DAY_MS, MINUTE_MS

OPS = Path(sys.executable).parent / "ops"
ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
PATIENCE_S = 30
LOCAL = Watch.LOCAL


class House:
    """Site and CRM on one port of loopback, and `ops uptime` told to watch them from a folder of its own."""

    def __init__(self, server: Any, folder: Path) -> None:
        self.folder = folder / "watch"
        facts = (ROOT / "site.toml").read_text()
        controls = f'controls = ["127.0.0.1:{server.port}"]'
        (folder / "site.toml").write_text(re.sub(r"controls = \[.*?\]", controls, facts))
        ports = {"SITE_PORT": str(server.port), "CRM_PORT": str(server.port)}
        places = {"DATA_DIR": str(folder), "SITE_FILE": str(folder / "site.toml")}
        self.environ = {**os.environ, **ports, **places, "UPTIME_ALERT_URLS": "", "UPTIME_PING_URL": ""}

    async def start(self, *arguments: str, **given: str) -> asyncio.subprocess.Process:
        piped = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            OPS, "uptime", *arguments, "--folder", self.folder, stdout=piped, stderr=piped, env=self.environ | given
        )

    async def run(self, *arguments: str, **given: str) -> tuple[int, str]:
        process = await self.start(*arguments, **given)
        said, complained = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert b"Traceback" not in complained, complained.decode()
        return process.returncode or 0, (said + complained).decode()

    def kept(self) -> int:
        with contextlib.closing(sqlite3.connect(self.folder / stores.FILE_NAME)) as db:
            return int(db.execute("SELECT count(*) FROM probes").fetchone()[0])


@pytest.fixture
async def house(server: Any, behaviors: Any, tmp_path: Path) -> AsyncIterator[House]:
    async def behave(reader: Any, writer: Any) -> None:
        health = b"/api/v1/health" in server.asked[-1]
        body = b'{"status":"ok","commit":"0123456789"}' if health else b"<p>well</p></html>"
        await behaviors["answering"](body)(reader, writer)

    server.behave = behave
    yield House(server, tmp_path)


async def test_a_bounded_run_records_every_target_and_the_report_tells_it(house: House):
    status, said = await house.run("run", "--target", "local", "--every", "1", "--rounds", "1")
    assert status == 0, said
    assert all(f"{name}: up" in said for name in ("Landing page", "Blog", "API", "CRM sign-in"))
    assert "API: runs commit 0123456" in said
    assert house.kept() == 4
    status, said = await house.run("report", "--target", "local", "--window", "30d", "--json")
    report = json.loads(said)
    assert (status, report["ok"], len(report["rows"])) == (0, True, 4)
    assert {row["good"] for row in report["rows"]} == {1}
    assert report["age_ms"] < PATIENCE_S * 1000


async def test_a_prober_killed_outright_loses_at_most_the_probe_it_was_at(house: House, server: Any):
    process = await house.start("run", "--target", "local", "--every", "1")
    await server.was_asked(8, PATIENCE_S)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert len(server.asked) >= 8
    # Each target was at one probe at most.
    assert len(server.asked) - 4 <= house.kept() <= len(server.asked)
    assert (await house.run("run", "--target", "local", "--every", "1", "--rounds", "1"))[0] == 0


async def test_one_folder_has_one_prober_and_a_stopped_one_ends_well(house: House, server: Any):
    process = await house.start("run", "--target", "local", "--every", "1")
    await server.was_asked(1, PATIENCE_S)
    status, said = await house.run("run", "--target", "local", "--rounds", "1")
    assert (status, "Another prober writes to" in said) == (2, True)
    process.terminate()
    _, complained = await process.communicate()
    assert (process.returncode, complained) == (0, b"")


async def test_an_outage_is_called_down_and_told_as_an_incident(house: House, server: Any, behaviors: Any):
    server.behave = behaviors["answering"](b"", "503 Unavailable")
    status, said = await house.run("run", "--target", "local", "--every", "1", "--rounds", "1", "--json")
    lines = [json.loads(line)["message"] for line in said.splitlines()]
    assert status == 0
    assert "Landing page: answers 503" in lines
    assert "API: answers 503 and no health document" in lines
    assert len(list((house.folder / "incidents").iterdir())) == 4


async def test_a_commit_that_is_not_the_expected_one_is_down(house: House):
    arguments = ("run", "--target", "local", "--every", "1", "--rounds", "1", "--expect-commit", "fedcba9876")
    assert "API: runs commit 0123456, not fedcba9" in (await house.run(*arguments))[1]


async def test_a_spent_budget_is_status_one(house: House):
    now = time.time_ns() // 1_000_000
    opened = stores.create(house.folder)
    # 44 minutes down, two days ago.
    for key in ("site", "blog", "api", "crm"):
        down = Record(now - 2 * DAY_MS, Outcome.DOWN if key == "crm" else Outcome.UP, 44 * MINUTE_MS)
        opened.keep(key, [down, Record(now - 1000, Outcome.UP, 45_000)])
    opened.close()
    status, said = await house.run("report", "--target", "local")
    assert (status, "Budget spent: CRM sign-in was down 44 min of the 43 min 12 s it may be." in said) == (1, True)
    status, said = await house.run("report", "--target", "local", "--window", "90d")
    assert (status, "Budget spent" in said) == (0, False)


async def test_the_page_is_made_from_the_folder_and_from_its_own_document(house: House, tmp_path: Path):
    own = {"SITE_FILE": str(ROOT / "site.toml")}
    first, one, other = tmp_path / "first", tmp_path / "one", tmp_path / "other"
    await house.run("run", "--target", "local", "--rounds", "1", "--page", str(first), **own)
    assert "Everything answers" in (first / "index.html").read_text()
    assert (await house.run("page", "--target", "local", "--out", str(one), **own))[0] == 0
    again = await house.run("page", "--from", str(one / "status.json"), "--out", str(other), **own)
    assert again[0] == 0
    assert (one / "index.html").read_bytes() == (other / "index.html").read_bytes()


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        (lambda told: command.report(told, LOCAL, None, "", as_json=False), "Nothing was recorded in"),
        (lambda told: command.report(told, LOCAL, None, "soon", as_json=False), "'soon' is no window"),
        (lambda told: command.page(told, LOCAL, None, Path("out"), Path("/dev/null")), "is no status document"),
        (lambda told: command.page(told, LOCAL, None, Path("out"), of_nothing(told)), "is no status document"),
        (
            lambda told: run(told | {"UPTIME_ALERT_URLS": "json://one nonsense"}),
            "Address 2 of UPTIME_ALERT_URLS is none",
        ),
        (lambda told: run(told | {"UPTIME_PING_URL": "http://10.0.0.1/ping"}), "UPTIME_PING_URL: 10.0.0.1 is not a"),
    ],
)
def test_expected_trouble_is_one_line_and_status_two(
    tried: Any, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    assert tried({"DATA_DIR": str(tmp_path)}) == 2
    told = capfd.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def of_nothing(told: dict[str, str]) -> Path:
    """A whole document, by somebody who watches nothing."""
    path = Path(told["DATA_DIR"], "status.json")
    lists = {"targets": [], "incidents": [], "maintenance": []}
    path.write_text(
        json.dumps({"made": "2026-11-21T00:00:00Z", "last_probe": None, "objective": 99.9, "every_s": 15} | lists)
    )
    return path


def run(told: dict[str, str]) -> int:
    return command.run(told, LOCAL, None, every_s=1, rounds=1, page=None, commit="", as_json=False)
