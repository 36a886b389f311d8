"""A file of another system becomes contacts, step by step, on a phone and without scripts, and is taken back."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect
from site_client import OpenPage, RunningSystem
from wait_for import wait_for

pytestmark = pytest.mark.browser

ROWS = "\n".join(f"Person {n};person{n}@many.example;+49 30 55{1000 + n};Firm {n % 5}" for n in range(300))
FILE = f"Full Name;E-Mail Address;Phone Number;Firma\n{ROWS}\nNobody;not an address;;\n"


@pytest.mark.parametrize("script", [True, False])
async def test_a_file_is_imported_and_taken_back(system: RunningSystem, office: OpenPage, script: bool):
    page = await office(width=390, java_script_enabled=script)
    await page.goto(f"{system.crm_url}/imports/new?records=contacts")
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": FILE.encode("cp1252")}
    await page.get_by_label("File", exact=True).set_input_files(files=[file])  # type: ignore[list-item]
    await page.get_by_role("button", name="Upload").press("Enter")
    await expect(page.get_by_label("Field of Firma")).to_have_value("company")
    await page.get_by_label("Tag for all records of this file").fill("Fair")
    await page.get_by_role("button", name="Check the rows").press("Enter")
    await _wait_until(page, "Ready to import.", script=script)
    await expect(page.get_by_text("Enter an e-mail address")).to_be_visible()
    await page.get_by_role("button", name="Import 300 contacts").press("Enter")
    await _wait_until(page, "300 contacts created, 0 updated.", script=script)
    assert await system.sql.fetchval("SELECT count(*) FROM contacts WHERE cardinality(tag_ids) = 1") == 300
    await page.get_by_role("button", name="Undo the import").press("Enter")
    await _wait_until(page, "300 contacts undone.", script=script)
    assert await system.sql.fetchval("SELECT count(*) FROM contacts") == 0


async def _wait_until(page: Page, words: str, *, script: bool) -> None:
    """Wait until the worker is done. Without a script, the person looks again."""

    async def is_done() -> bool:
        if not script and await page.get_by_role("link", name="Look again").count():
            await page.get_by_role("link", name="Look again").click()
        return bool(await page.get_by_text(words).count())

    await wait_for(is_done, words)
