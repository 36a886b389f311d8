"""Files of a lead: chosen or dropped, downloaded, deleted and brought back, with a script and without."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect
from site_client import OpenPage, RunningSystem, create_lead

pytestmark = pytest.mark.browser

OFFER: FilePayload = {"name": "Offer.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7" + b"x" * 600_000}
DROP = """
    (names) => {
        const held = new DataTransfer();
        for (const name of names) held.items.add(new File(["some text"], name));
        const area = document.querySelector("[data-drop]");
        for (const name of ["dragenter", "dragover", "drop"]) {
            area.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: held }));
        }
    }
"""


@pytest.mark.parametrize("script", [True, False])
async def test_a_file_is_added_downloaded_deleted_and_brought_back(
    system: RunningSystem, office: OpenPage, script: bool
):
    lead = await create_lead(system)
    page = await office(java_script_enabled=script)
    await page.goto(f"{system.crm_url}/leads/{lead}")
    section = page.get_by_role("region", name="Files")
    await section.get_by_text("Add files").click()
    await section.get_by_label("Files").set_input_files(OFFER)
    if not script:
        await section.get_by_role("button", name="Upload").click()
    link = section.get_by_role("link", name="Offer.pdf")
    async with page.expect_download() as started:
        await link.click()
    download = await started.value
    assert download.suggested_filename == "Offer.pdf"
    assert await asyncio.to_thread(Path(await download.path()).read_bytes) == OFFER["buffer"]
    await section.locator(".menu summary").click()
    await section.get_by_role("button", name="Delete").click()
    await expect(link).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(link).to_be_visible()
    assert await system.sql.fetchval("SELECT count(*) FROM files WHERE lead_id = $1", lead) == 1


@pytest.mark.parametrize("script", [True, False])
async def test_a_file_is_attached_to_an_e_mail_and_undo_keeps_it(system: RunningSystem, office: OpenPage, script: bool):
    lead = await create_lead(system)
    page = await office(java_script_enabled=script)
    await page.goto(f"{system.crm_url}/emails/new?lead_id={lead}")
    await page.get_by_label("Text").fill("The offer is attached.")
    await page.get_by_label("Files to attach").set_input_files(OFFER)
    if not script:
        # Send without Attach says what is missing.
        await page.get_by_role("button", name="Send", exact=True).click()
        await expect(page.get_by_role("alert")).to_contain_text("Offer.pdf is not uploaded yet.")
        await page.get_by_label("Files to attach").set_input_files(OFFER)
        await page.get_by_role("button", name="Attach", exact=True).click()
    attached = page.get_by_role("checkbox", name="Offer.pdf (600.0 kB)")
    await expect(attached).to_be_checked()
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_label("Text")).to_have_value("The offer is attached.")
    await expect(attached).to_be_checked()


async def test_dropped_files_are_added_and_a_program_is_named(system: RunningSystem, office: OpenPage):
    lead = await create_lead(system)
    page = await office()
    await page.goto(f"{system.crm_url}/leads/{lead}")
    await page.evaluate(DROP, ["notes.txt", "setup.exe"])
    section = page.get_by_role("region", name="Files")
    await expect(section.get_by_role("alert")).to_contain_text("“setup.exe” is a program.")
    await expect(section.get_by_role("link", name="notes.txt")).to_be_visible()
