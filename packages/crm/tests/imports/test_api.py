"""Imports in the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import due_jobs
import httpx
import pytest
from importing import CONTACTS, read

from crm.kernel.app_context import AppContext
from crm.workspace.imports import models

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
URL = "/api/v1/imports"


async def test_programs_import_a_file_and_undo_it(keyed: Keyed, context: AppContext):
    program = await keyed("imports:read", "imports:write")
    body = {"records": "contacts", "file": CONTACTS + "Bob,not an address,,\n"}
    created = await program.post(URL, json=body, headers={"idempotency-key": "a-key-of-this-test"})
    assert created.status_code == 201, created.text
    imported = created.json()
    assert (imported["state"], imported["total"], imported["created"], imported["wrong"]) == ("done", 3, 2, 1)
    again = await program.post(URL, json=body, headers={"idempotency-key": "a-key-of-this-test"})
    assert again.json()["id"] == imported["id"]
    path = created.headers["location"]
    assert (await program.get(path)).json() == imported
    (row,) = (await program.get(f"{path}/errors")).json()["data"]
    assert (row["number"], row["errors"][0]["column"]) == (4, "E-mail")
    undone = (await program.post(f"{path}/undo")).json()
    assert (undone["state"], undone["undone"]) == ("undone", 2)
    assert await read(context, "SELECT 1 FROM contacts") == []
    assert (await program.post(f"{path}/undo")).status_code == 409
    assert (await program.post(f"{path}/run")).status_code == 409


async def test_a_file_is_checked_first_and_mapped_by_its_headings(keyed: Keyed, context: AppContext):
    program = await keyed("imports:read", "imports:write")
    body = {
        "records": "leads", "file": "Who,Level,Note\nAda,hot,x\nEve,cold,y\n", "run": False, "tag": "Old CRM",
        "mapping": {"Who": "name", "Level": "status"}, "values": {"status": {"hot": "qualified", "cold": "no-such"}},
    }  # fmt: skip
    checked = (await program.post(URL, json=body)).json()
    assert (checked["state"], checked["new"]) == ("checked", 2)
    done = (await program.post(f"{URL}/{checked['id']}/run")).json()
    assert (done["state"], done["created"]) == ("done", 2)
    assert await read(context, "SELECT name, status, message FROM leads ORDER BY id") == [
        ("Ada", "qualified", ""), ("Eve", "new", "")
    ]  # fmt: skip


async def test_a_large_file_is_imported_by_a_job(keyed: Keyed, context: AppContext):
    program = await keyed("imports:read", "imports:write")
    number = models.AT_ONCE + 1
    file = "Name\n" + "".join(f"C{n}\n" for n in range(number))
    created = await program.post(URL, json={"records": "companies", "file": file})
    assert (created.status_code, created.json()["state"]) == (201, "checking")
    await due_jobs.run(context)
    imported = (await program.get(created.headers["location"])).json()
    assert (imported["state"], imported["created"]) == ("done", number)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"records": "cats", "file": CONTACTS}, {"records": "contacts", "file": ""},
        {"records": "contacts", "file": "Name\n"}, {"records": "contacts", "file": "Name,Nickname\n\"A"},
        {"records": "contacts", "file": CONTACTS, "mapping": {"Nobody": "name"}},
        {"records": "contacts", "file": CONTACTS, "mapping": {"Name": "burn"}},
        {"records": "contacts", "file": CONTACTS, "mapping": {}},
        {"records": "contacts", "file": CONTACTS, "rule": "burn"},
    ],
)  # fmt: skip
async def test_a_request_that_makes_no_sense_is_refused(keyed: Keyed, context: AppContext, body: dict[str, object]):
    program = await keyed("imports:write")
    assert (await program.post(URL, json=body)).status_code == 422
    assert await read(context, "SELECT 1 FROM imports") == []


async def test_other_keys_are_refused_and_missing_imports_are_not_found(keyed: Keyed):
    reader = await keyed("imports:read", "contacts:write")
    assert (await reader.post(URL, json={"records": "contacts", "file": CONTACTS})).status_code == 403
    for path in (f"{URL}/999", f"{URL}/999/errors"):
        assert (await reader.get(path)).status_code == 404
    writer = await keyed("imports:write")
    for step in ("run", "undo"):
        assert (await writer.post(f"{URL}/999/{step}")).status_code == 404
    assert (await writer.get(f"{URL}/999")).status_code == 403
