"""A real calendar program reads the feed from a real server: vdirsyncer, which copies calendars to files."""

from __future__ import annotations

import asyncio
import os
from datetime import date
from pathlib import Path

import factories
import httpx
import pytest
from crm_process import find_free_port, run_crm, wait_for
from icalendar import Calendar

from crm.kernel.app_context import AppContext
from crm.records import tasks
from crm.workspace.calendar_feed import queries

pytestmark = pytest.mark.calendar
CONFIG = """
[general]
status_path = "{folder}/status/"

[pair tasks]
a = "feed"
b = "files"
collections = null

[storage feed]
type = "http"
url = "{url}"

[storage files]
type = "filesystem"
path = "{folder}/tasks/"
fileext = ".ics"
"""


async def sync(folder: Path, url: str) -> tuple[int, str]:
    """Let vdirsyncer copy the feed. Returns its status and output."""
    config = folder / "config"
    config.write_text(CONFIG.format(folder=folder, url=url), encoding="utf-8")
    (folder / "tasks").mkdir(exist_ok=True)
    output = ""
    for word in ("discover", "sync"):
        process = await asyncio.create_subprocess_exec(
            os.environ["VDIRSYNCER"], "-c", str(config), word, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        )  # fmt: skip
        output += (await process.communicate())[0].decode()
        if process.returncode:
            return process.returncode, output
    return 0, output


async def is_live(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}/api/v1/live")).is_success


def read_titles(folder: Path) -> set[str]:
    files = [Calendar.from_ical(file.read_bytes()) for file in (folder / "tasks").glob("*.ics")]
    return {str(event["summary"]) for file in files for event in file.walk("VEVENT")}


async def test_a_calendar_program_copies_the_tasks_and_follows_their_changes(clean: AppContext, tmp_path: Path):
    token, port = "a-token-of-the-tests", find_free_port()
    async with clean.db.transaction() as conn:
        ada = await factories.create_user(conn)
        await queries.replace(conn, ada.id, clean.digest("calendar", token))
        added = [
            await tasks.create(
                conn, tasks.NewTask(title, due_on=date(2026, 12, 1), assignee_id=ada.id, **more), by=ada.actor
            )
            for title, more in (
                ("Call", {"due_time": "14:30", "note": "Über den Preis; bald\nZweite Zeile"}),
                ("Plan the week", {"due_time": "09:00", "recurrence": "FREQ=WEEKLY;UNTIL=20271231"}),
                ("Send invoices", {"recurrence": "FREQ=MONTHLY"}),
            )
        ]
    url = f"http://127.0.0.1:{port}/calendar/{token}.ics"
    async with run_crm(
        clean, tmp_path, "serve", PORT=str(port), HOST="127.0.0.1", CRM_BASE_URL=f"http://127.0.0.1:{port}"
    ):
        await wait_for(lambda: is_live(port))
        status, output = await sync(tmp_path, url)
        assert status == 0, output
        assert read_titles(tmp_path) == {"Call", "Plan the week", "Send invoices"}
        async with clean.db.transaction() as conn:
            await tasks.complete(conn, added[0], by=ada.actor)
            await tasks.create(conn, tasks.NewTask("Write", date(2026, 12, 2), assignee_id=ada.id), by=ada.actor)
        status, output = await sync(tmp_path, url)
        assert status == 0, output
        assert read_titles(tmp_path) == {"Write", "Plan the week", "Send invoices"}
        async with clean.db.transaction() as conn:
            await queries.revoke(conn, ada.id)
        status, output = await sync(tmp_path, url)
        assert status != 0
        assert "Not Found" in output
