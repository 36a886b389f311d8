"""Files on the pages of records: added, listed, downloaded, renamed, deleted and brought back."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from conftest import ORIGIN, environment, serving

from crm.config import load
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.records.files import jobs
from crm.records.leads import Lead

SignInAs = Callable[..., Awaitable[httpx.AsyncClient]]
Upload = tuple[str, tuple[str, bytes, str]]
PDF = b"%PDF-1.7\n" + b"x" * 700_000
"""Larger than two parts."""

MULTIPART = "multipart/form-data; boundary=b"
FILE = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
FIELD = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n'
END = b"\r\n--b--\r\n"


def build(name: str, content: bytes = b"hello", kind: str = "application/octet-stream") -> Upload:
    return ("files", (name, content, kind))


async def add(client: httpx.AsyncClient, url: str, *uploads: Upload, **values: str) -> httpx.Response:
    return await client.post(f"{url}/files", files=list(uploads), data=values)


async def post_raw(client: httpx.AsyncClient, lead: Lead, content: bytes, kind: str = MULTIPART) -> httpx.Response:
    return await client.post(f"/leads/{lead.id}/files", content=content, headers={"content-type": kind})


async def read_names(context: AppContext) -> list[str]:
    async with context.db.connection() as conn:
        return [row["name"] for row in await conn.fetch("SELECT name FROM files ORDER BY id")]


async def count_contents(context: AppContext) -> int:
    async with context.db.connection() as conn:
        number: int = await conn.fetchval("SELECT count(*) FROM file_contents")
        return number


async def find_file(context: AppContext) -> int:
    async with context.db.connection() as conn:
        file_id: int = await conn.fetchval("SELECT max(id) FROM files")
        return file_id


async def undo_last(client: httpx.AsyncClient, context: AppContext) -> httpx.Response:
    async with context.db.connection() as conn:
        last = await conn.fetchval("SELECT max(id) FROM change_sets")
    return await client.post(f"/changes/{last}/undo")


async def collect(context: AppContext, **later: int) -> None:
    with clock.at(clock.now() + timedelta(**later)):
        await jobs.remove_unused(context, {})


async def test_files_are_added_listed_and_read_back(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    answer = await add(signed_in, f"/leads/{lead.id}", build("Offer.pdf", PDF), build("Übersicht “1”.txt"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/leads/{lead.id}#files")
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    for words in ("Offer.pdf", "Übersicht “1”.txt", "700.0 kB", "Added 2 files.",
                  "Ada Lovelace added the files Offer.pdf and Übersicht “1”.txt"):  # fmt: skip
        assert words in page
    ids = re.findall(r'href="/files/(\d+)/raw"', page)
    contents = [(await signed_in.get(f"/files/{file_id}/raw")).content for file_id in ids]
    assert contents == [b"hello", PDF]


async def test_no_browser_opens_a_file_in_our_name(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    await add(signed_in, f"/leads/{lead.id}", build("page.html", b"<script>alert(1)</script>", "text/html"))
    answer = await signed_in.get(f"/files/{await find_file(context)}/raw")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("noun", ["contacts", "companies"])
async def test_contacts_and_companies_have_files_too(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, noun: str
):
    record_id = lead.contact_id if noun == "contacts" else lead.company_id
    answer = await add(signed_in, f"/{noun}/{record_id}", build("Plan.txt"))
    assert answer.headers["location"] == f"/{noun}/{record_id}#files"
    assert "Plan.txt" in (await signed_in.get(f"/{noun}/{record_id}")).text


async def test_a_folder_in_the_name_is_left_out(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    await add(signed_in, f"/leads/{lead.id}", build("../../etc/passwd"), build("C:\\Users\\ada\\notes.txt"))
    assert await read_names(context) == ["passwd", "notes.txt"]


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (build("setup.exe"), "“setup.exe” is a program."),
        (build("photo.png", b"MZ\x90\x00\x03"), "“photo.png” is a program."),
        (build("report.pdf", b"\x7fELF\x02"), "“report.pdf” is a program."),
        (build("notes.txt", b"#!/bin/sh\nrm -rf /"), "“notes.txt” is a program."),
        (build("empty.txt", b""), "“empty.txt” is empty."),
        (build("..", b"x"), "Give the file a name."),
    ],
)
async def test_what_is_not_accepted_is_named_and_the_rest_is_added(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, upload: Upload, says: str
):
    answer = await add(signed_in, f"/leads/{lead.id}", upload, build("good.txt"))
    assert (answer.status_code, says in answer.text) == (422, True)
    assert await read_names(context) == ["good.txt"]
    assert await count_contents(context) == 1


async def test_a_file_that_is_too_large_gets_413_with_the_limit(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, database_url: str
):
    async with serving(load(environment(database_url, FILE_LIMIT_MB="1"))) as client:
        client.cookies.update(signed_in.cookies)
        large = build("film.mp4", b"x" * 1_000_001)
        answer = await add(client, f"/leads/{lead.id}", large, build("good.txt"))
        assert (answer.status_code, "“film.mp4” is larger than 1 MB" in answer.text) == (413, True)
        assert await read_names(context) == ["good.txt"]
        exact = await add(client, f"/leads/{lead.id}", build("fits.bin", b"x" * 1_000_000))
        assert exact.status_code == 303
    await collect(context, days=2)
    assert await count_contents(context) == 2


async def test_a_form_without_a_file_says_so(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    answer = await add(signed_in, f"/leads/{lead.id}", ("files", ("", b"", "application/octet-stream")))
    assert (answer.status_code, "Choose a file first." in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b"x", "multipart/form-data", 415),
        (b"nothing of the kind", MULTIPART, 400),
        (FILE + b"half", MULTIPART, 400),
        (FIELD + b"\xff" + END, MULTIPART, 400),
        (FIELD + b"x" * 300_000 + END, MULTIPART, 413),
        (b"--b\r\nX: " + b"x" * 20_000 + b"\r\n\r\nx" + END, MULTIPART, 400),
    ],
)
async def test_a_malformed_form_is_refused(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, content: bytes, kind: str, status: int
):
    answer = await post_raw(signed_in, lead, content, kind)
    assert answer.status_code == status
    assert await read_names(context) == []


async def test_too_many_files_at_once_are_refused(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    answer = await add(signed_in, f"/leads/{lead.id}", *(build(f"{number}.txt") for number in range(21)))
    assert (answer.status_code, "at most 20 files" in answer.text) == (413, True)
    assert await read_names(context) == []


async def test_a_form_that_is_sent_twice_adds_the_file_once(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead
):
    answers = [await add(signed_in, f"/leads/{lead.id}", build("once.txt"), once="x" * 20) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert await read_names(context) == ["once.txt"]
    other = await add(signed_in, f"/leads/{lead.id}", build("once.txt", b"other"), once="x" * 20)
    assert other.status_code == 303
    assert await read_names(context) == ["once.txt", "once.txt"]


async def test_a_record_that_is_missing_takes_no_file(signed_in: httpx.AsyncClient, context: AppContext):
    assert (await add(signed_in, "/leads/999999", build("a.txt"))).status_code == 404
    assert (await signed_in.get("/files/999999/raw")).status_code == 404
    assert await count_contents(context) == 0


async def test_a_viewer_reads_and_changes_nothing(
    signed_in: httpx.AsyncClient, signed_in_as: SignInAs, context: AppContext, lead: Lead
):
    await add(signed_in, f"/leads/{lead.id}", build("a.txt"))
    file_id = await find_file(context)
    viewer = await signed_in_as("viewer")
    page = (await viewer.get(f"/leads/{lead.id}")).text
    assert ("a.txt" in page, "multipart/form-data" in page) == (True, False)
    assert (await viewer.get(f"/files/{file_id}/raw")).content == b"hello"
    assert (await add(viewer, f"/leads/{lead.id}", build("b.txt"))).status_code == 403
    assert (await viewer.post(f"/files/{file_id}/delete")).status_code == 403


async def test_a_visitor_is_sent_to_the_sign_in_page(client: httpx.AsyncClient, lead: Lead):
    answer = await add(client, f"/leads/{lead.id}", build("a.txt"))
    assert (answer.status_code, "/sign-in/again" in answer.headers["location"]) == (307, True)
    shown = await client.post(
        answer.headers["location"], files=[build("a.txt")], headers={"referer": f"{ORIGIN}/leads/{lead.id}"}
    )
    assert "Your session has ended." in shown.text
    assert f'value="/leads/{lead.id}"' in shown.text


async def test_another_site_adds_nothing(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    answer = await signed_in.post(
        f"/leads/{lead.id}/files", files=[build("a.txt")], headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert await read_names(context) == []


async def test_deleting_is_undone_with_the_content(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    await add(signed_in, f"/leads/{lead.id}", build("Offer.pdf", PDF))
    file_id = await find_file(context)
    answer = await signed_in.post(f"/files/{file_id}/delete")
    assert answer.headers["location"] == f"/leads/{lead.id}#files"
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    assert "Ada Lovelace deleted the file Offer.pdf" in page
    assert (await signed_in.get(f"/files/{file_id}/raw")).status_code == 404
    # It can come back for 30 days, so its content stays.
    await collect(context, days=2)
    assert (await undo_last(signed_in, context)).headers["location"] == f"/leads/{lead.id}"
    assert (await signed_in.get(f"/files/{file_id}/raw")).content == PDF


async def test_adding_is_undone(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    await add(signed_in, f"/leads/{lead.id}", build("a.txt"), build("b.txt"))
    assert (await undo_last(signed_in, context)).status_code == 303
    assert await read_names(context) == []
    assert (await undo_last(signed_in, context)).status_code == 303
    assert await read_names(context) == ["a.txt", "b.txt"]


async def test_a_file_is_renamed_and_that_is_undone(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    await add(signed_in, f"/leads/{lead.id}", build("scan0001.pdf", PDF))
    each = f"/files/{await find_file(context)}"
    assert (await signed_in.post(f"{each}/rename", data={"name": "Contract.pdf"})).status_code == 303
    assert await read_names(context) == ["Contract.pdf"]
    for name in ("", "run.exe"):
        assert (await signed_in.post(f"{each}/rename", data={"name": name})).status_code == 422
    await undo_last(signed_in, context)
    assert await read_names(context) == ["scan0001.pdf"]


async def test_content_goes_once_nothing_can_bring_it_back(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead
):
    await add(signed_in, f"/leads/{lead.id}", build("a.txt"))
    await signed_in.post(f"/files/{await find_file(context)}/delete")
    async with context.db.transaction() as conn:
        await conn.execute("DELETE FROM change_sets")
    await collect(context, hours=1)
    assert await count_contents(context) == 1
    for _ in range(2):
        await collect(context, days=2)
    assert await count_contents(context) == 0


@pytest.mark.parametrize("noun", ["leads", "contacts", "companies"])
async def test_a_deleted_record_takes_its_files_along_and_brings_them_back(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, noun: str
):
    url = f"/{noun}/{ {'leads': lead.id, 'contacts': lead.contact_id, 'companies': lead.company_id}[noun] }"
    if noun != "leads":
        await signed_in.post(f"/leads/{lead.id}/delete")
    if noun == "companies":
        await signed_in.post(f"/contacts/{lead.contact_id}/delete")
    await add(signed_in, url, build("a.txt", PDF))
    file_id = await find_file(context)
    assert (await signed_in.post(f"{url}/delete")).status_code == 303
    assert (await signed_in.get(f"/files/{file_id}/raw")).status_code == 404
    await collect(context, days=2)
    assert (await signed_in.post(f"{url}/restore")).status_code == 303
    assert (await signed_in.get(f"/files/{file_id}/raw")).content == PDF


async def test_an_upload_that_breaks_off_leaves_nothing_for_long(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead
):
    answer = await post_raw(signed_in, lead, FILE + PDF)
    assert (answer.status_code, await read_names(context)) == (400, [])
    assert await count_contents(context) == 1
    await collect(context, days=2)
    assert await count_contents(context) == 0


async def test_permanent_deletion_deletes_the_content_at_once(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead
):
    await add(signed_in, f"/leads/{lead.id}", build("a.txt"), build("b.txt"))
    await signed_in.post(f"/files/{await find_file(context)}/delete")
    await signed_in.post(f"/leads/{lead.id}/delete")
    async with context.db.connection() as conn:
        entry: Any = await conn.fetchrow("SELECT id, name FROM trash")
    assert (await signed_in.post(f"/trash/{entry['id']}/forget", data={"name": entry["name"]})).status_code == 303
    assert await count_contents(context) == 0
