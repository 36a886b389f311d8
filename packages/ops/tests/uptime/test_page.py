"""The status page says what is so, how old that is, and runs nothing that it does not name."""

from __future__ import annotations

import functools
import gzip
import hashlib
import html
import http.server
import os
import re
import shutil
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import async_playwright

from house import site as sites
from ops.uptime import maintenance, page, reading, spans, targets, windows
from ops.uptime import store as stores
from ops.uptime.account import Outcome, Record
from ops.uptime.incidents import Incidents
from ops.uptime.ledger import Ledger
from ops.uptime.spans import DAY_MS, HOUR_MS, MINUTE_MS
from ops.uptime.status import Status

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
SITE = sites.load(ROOT / "site.toml")
EVERY = 5 * MINUTE_MS
NOTE = 'A disk was full. <script>alert("x")</script>'


class Told:
    """A folder in which 20 days were recorded, until `now`; the API was down twice, the second time until now."""

    def __init__(self, folder: Path, start: int) -> None:
        self.folder, self.now = folder, start + 20 * DAY_MS + HOUR_MS
        self.store = stores.create(folder)
        self.outages = [(start + 10 * DAY_MS, start + 10 * DAY_MS + 20 * MINUTE_MS), (self.now - HOUR_MS, self.now)]
        for target in targets.production(SITE):
            self.keep(target.key, start, self.outages if target.key == "api" else [])
        incidents = Incidents(self.store, folder)
        ledger = Ledger(self.store, (), self.now)
        for outcome, at in ((Outcome.DOWN, self.outages[0][0]), (Outcome.UP, self.outages[0][1])):
            incidents.note("api", self.seen(at, outcome), [], ledger)
        incidents.note("api", self.seen(self.outages[1][0], Outcome.DOWN), [], ledger)
        first = sorted((folder / "incidents").iterdir())[0]
        first.write_text(first.read_text() + f"\n{NOTE}\n")
        begins, ends = (windows.stamp(self.now + hours * HOUR_MS) for hours in (30, 31))
        plan = f'[[window]]\nbegins = {begins}\nends = {ends}\ntargets = ["crm"]\nwhat = "A newer database"\n'
        (folder / maintenance.FILE_NAME).write_text(plan)

    def keep(self, key: str, start: int, down: list[tuple[int, int]]) -> None:
        records = [
            Record(at, Outcome.DOWN if any(a <= at < b for a, b in down) else Outcome.UP, 2 * EVERY, 100)
            for at in range(start, self.now, EVERY)
        ]
        self.store.keep(key, records, "answers 503")

    @staticmethod
    def seen(at: int, outcome: Outcome) -> Any:
        from ops.uptime.probe import Attempt
        from ops.uptime.verdict import Verdict

        return Verdict(at, outcome, Attempt(), retried=False, reason="answers 503")

    def status(self, later: int = 0) -> Status:
        return reading.status(self.store, self.folder, targets.production(SITE), SITE, self.now + later)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, simulation: Any) -> Iterator[Told]:
    made = Told(tmp_path_factory.mktemp("told"), simulation.start)
    yield made
    made.store.close()


def drawn(status: Status) -> str:
    return page.html(status, SITE, ROOT)


def words(markup: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)))


def test_the_page_tells_state_budget_incidents_and_its_own_age(told: Told):
    text = words(drawn(told.status()))
    for said in (
        "API is down",
        "Last probe 21 Nov 2026, 00:55:00 UTC",
        "This page was made 21 Nov 2026, 01:00:00 UTC",
        "API answers 503.",
        "11 Nov 2026, 00:00 to 00:20 UTC · down 20 min",
        "21 Nov 2026, 00:00 to now · down 1 h",
        "overspent by 36 min 48 s",
        "Maintenance: A newer database. 22 Nov 2026, 07:00 to 08:00 UTC.",
        "100 ms",
        "Aug 2026",
    ):
        assert said in text


def test_each_target_has_a_bar_for_each_of_ninety_days(told: Told):
    found = drawn(told.status())
    assert len(re.findall(r'<rect class="\w+" x=', found)) == 4 * 90
    assert found.count("<title>11 Nov 2026: down 20 min</title>") == 1
    assert found.count("not watched</title>") == 4 * 69
    assert 'aria-label="90 days: 21 watched, 2 with downtime"' in found


def test_what_nobody_watches_is_called_unknown(told: Told):
    status = told.status(HOUR_MS)
    assert {each.state for each in status.targets} == {"unknown"}
    text = words(drawn(status))
    assert "The present state is not known" in text
    assert "Everything answers" not in text


def test_days_and_windows_add_up_to_the_millisecond(told: Told):
    status = told.status()
    for each in status.targets:
        for row in (each.budget, each.quarter, *each.months):
            assert row.up_ms + row.down_ms + row.unknown_ms + row.maintenance_ms == row.window_ms
            assert row.budget_left_ms + row.down_ms == row.budget_ms
        of_days = [day.up_ms + day.down_ms + day.unknown_ms + day.maintenance_ms for day in each.days]
        assert of_days == [DAY_MS] * 89 + [told.now % DAY_MS]
        assert sum(day.down_ms for day in each.days) == each.quarter.down_ms


def test_a_page_drawn_from_its_document_is_the_same(told: Told, tmp_path: Path):
    page.write(told.status(), SITE, ROOT, tmp_path)
    again = msgspec.json.decode((tmp_path / "status.json").read_bytes(), type=Status)
    assert drawn(again) == (tmp_path / "index.html").read_text()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["index.html", "status.json"]


def test_the_page_is_light_and_names_all_it_runs(told: Told):
    found = drawn(told.status())
    assert len(gzip.compress(found.encode(), 9)) <= 20 * 1024
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', found)[1])  # type: ignore[index]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    inline = re.findall(r"<(?:script|style)\b[^>]*>(.*?)</(?:script|style)>", found, re.DOTALL)
    assert len(inline) >= 2
    for each in inline:
        assert b64encode(hashlib.sha256(each.encode()).digest()).decode() in policy
    assert "style=" not in found
    assert not re.search(r"\son\w+=", found)


def test_what_people_write_into_an_incident_is_text(told: Told):
    found = drawn(told.status())
    assert "<script>alert" not in found
    assert NOTE in html.unescape(found)


def test_a_day_is_told_by_height_as_well_as_by_color(told: Told):
    heights = dict(re.findall(r'<rect class="(\w+)" x="\d+" y="\d+" width="4" height="(\d+)"', drawn(told.status())))
    assert {"good", "bad", "none"} <= set(heights)
    assert len(set(heights.values())) == len(heights)


def test_without_the_frame_of_the_site_it_is_said_where_it_was_sought(told: Told, tmp_path: Path):
    with pytest.raises(page.NoFrame, match="Run this from a checkout"):
        page.html(told.status(), SITE, tmp_path)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address(told: Told, tmp_path: Path) -> Iterator[str]:
    page.write(told.status(), SITE, ROOT, tmp_path / "status")
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/status/"
        server.shutdown()


@pytest.mark.browser
async def test_in_a_browser_the_page_tells_its_age_and_fits_a_phone(told: Told, address: str):
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    troubles: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            context = await browser.new_context(viewport={"width": 375, "height": 800}, color_scheme=scheme)
            tab = await context.new_page()
            tab.on("pageerror", lambda fault: troubles.append(str(fault)))
            tab.on("console", lambda line: troubles.append(line.text) if "Content Security" in line.text else None)
            await tab.clock.set_fixed_time(windows.moment(told.now + 10 * spans.MINUTE_MS))
            await tab.goto(address)
            assert await tab.locator(".lead").inner_text() == "Last probe 21 Nov 2026, 00:55:00 UTC, 15 minutes ago."
            assert not await tab.locator("#stale").is_visible()
            await tab.clock.set_fixed_time(windows.moment(told.now + 5 * HOUR_MS))
            await tab.reload()
            assert "silent for 5 hours" in await tab.locator("#stale").inner_text()
            assert await tab.evaluate("document.documentElement.scrollWidth") == 375
        without = await browser.new_context(java_script_enabled=False)
        tab = await without.new_page()
        await tab.goto(address)
        assert await tab.locator(".lead").inner_text() == "Last probe 21 Nov 2026, 00:55:00 UTC."
        await browser.close()
    assert troubles == []
