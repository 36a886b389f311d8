"""The run of an import by the worker: in batches, twice, two at once, after a crash, over conflicts."""

from __future__ import annotations

import asyncio
import io
import zipfile
from datetime import timedelta

import due_jobs
import httpx
import pytest
from importing import CONTACTS, check, counts, import_file, read, run, text

from crm.kernel import clock
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import change_sets, contacts, leads, stages, tags, trash
from crm.workspace import erasure, imports
from crm.workspace.imports import actions, models

LARGE = models.AT_ONCE + 50


def many(number: int, domain: str = "many.example") -> str:
    return "Name,E-mail,Company\n" + "".join(f"P{n},p{n}@{domain},C{n % 7}\n" for n in range(number))


async def work(context: AppContext, path: str) -> None:
    await imports.run(context, {"id": int(path.rpartition("/")[2])})


async def test_a_large_import_is_a_job_that_is_safe_to_run_twice_and_at_once(
    signed_in: httpx.AsyncClient, context: AppContext
):
    path = await check(signed_in, many(LARGE))
    page = (await signed_in.get(path)).text
    assert f"Checking: 0 of {LARGE} rows" in text(page)
    assert 'hx-trigger="load delay:1s"' in page
    await due_jobs.run(context)
    assert counts((await signed_in.get(path)).text) == [LARGE, 0, 0, 0]
    await run(signed_in, path)
    assert f"Importing: 0 of {LARGE} rows" in text((await signed_in.get(path)).text)
    fragment = (await signed_in.get(path, headers={"hx-request": "true"})).text
    assert fragment.strip().startswith("<div")
    await asyncio.gather(*(work(context, path) for _ in range(3)))
    await work(context, path)
    assert await read(context, "SELECT count(*), count(DISTINCT email) FROM contacts") == [(LARGE, LARGE)]
    assert await read(context, "SELECT count(*) FROM companies") == [(7,)]
    assert await read(context, "SELECT count(*) FROM activities WHERE kind = 'system'") == [(LARGE,)]
    await signed_in.post(f"{path}/undo")
    await asyncio.gather(*(work(context, path) for _ in range(2)))
    assert await read(context, "SELECT name FROM contacts UNION ALL SELECT name FROM companies") == []


async def test_after_a_crash_in_the_middle_the_rest_is_done_and_nothing_twice(
    signed_in: httpx.AsyncClient, context: AppContext
):
    path = await check(signed_in, many(LARGE))
    await work(context, path)
    await run(signed_in, path)
    await actions.run_next_rows(context, int(path.rpartition("/")[2]))
    ((done,),) = await read(context, "SELECT count(*) FROM contacts")
    assert done == actions.BATCH["running"]
    # Another batch dies before it commits.
    with pytest.raises(RuntimeError):
        async with context.db.transaction() as conn:
            imported = await actions.get(conn, int(path.rpartition("/")[2]))
            rows = await imports.queries.list_rows(conn, imported.id, ["new"], 20)
            await imports.writing.write_rows(conn, imported, rows, by=SYSTEM)
            raise RuntimeError
    await due_jobs.run(context)
    assert await read(context, "SELECT count(*), count(DISTINCT email) FROM contacts") == [(LARGE, LARGE)]
    assert f"{LARGE} contacts created" in text((await signed_in.get(path)).text)


async def test_two_imports_of_the_same_people_at_once_create_each_once(
    signed_in: httpx.AsyncClient, context: AppContext
):
    paths = [await check(signed_in, many(LARGE)) for _ in range(2)]
    await asyncio.gather(*(work(context, path) for path in paths))
    for path in paths:
        await run(signed_in, path)
    await asyncio.gather(*(work(context, path) for path in paths))
    assert await read(context, "SELECT count(*), count(DISTINCT email) FROM contacts") == [(LARGE, LARGE)]
    found = await read(context, "SELECT state, count(*)::int FROM import_rows GROUP BY state ORDER BY state")
    assert found == [("created", LARGE), ("same", LARGE)]


async def test_what_changed_between_check_and_run_is_planned_again(signed_in: httpx.AsyncClient, context: AppContext):
    await import_file(signed_in, "Name,E-mail,Notes\nAda,ada@acme.example,\nEve,eve@acme.example,\n")
    path = await check(
        signed_in,
        "Name,E-mail,Notes\nAda,ada@acme.example,a\nEve,eve@acme.example,e\nNew,new@acme.example,\n",
        rule="update",
    )
    async with context.db.transaction() as conn:
        ada = await contacts.find_by_key(conn, "ada@acme.example")
        assert ada is not None
        await contacts.change(conn, ada, contacts.ChangeContact(notes="a", phone="1234567"), by=SYSTEM)
        await conn.execute("DELETE FROM contacts WHERE name = 'Eve'")
        await contacts.PAGES.record.create(
            conn, contacts.PAGES.record.new(name="Newer", email="new@acme.example"), by=SYSTEM
        )
    await run(signed_in, path)
    assert await read(context, "SELECT name, notes, phone FROM contacts ORDER BY name") == [
        ("Ada", "a", "1234567"), ("Eve", "e", ""), ("New", "", "")
    ]  # fmt: skip
    assert "1 contact created, 1 updated. 1 row needed no change." in text((await signed_in.get(path)).text)


async def test_a_row_that_the_rules_refuse_at_last_is_left_out_and_the_rest_is_done(
    signed_in: httpx.AsyncClient, context: AppContext
):
    async with context.db.transaction() as conn:
        await stages.create(conn, stages.NewStage(name="Waiting"), by=SYSTEM)
    path = await check(signed_in, "Name,Status\nAda,Waiting\nEve,new\n", "lead")
    assert counts((await signed_in.get(path)).text) == [2, 0, 0, 0]
    async with context.db.transaction() as conn:
        await conn.execute("UPDATE stages SET deleted_at = now() WHERE name = 'Waiting'")
    await run(signed_in, path)
    assert await read(context, "SELECT name FROM leads") == [("Eve",)]
    page = text((await signed_in.get(path)).text)
    assert "1 lead created, 0 updated. 1 row left out." in page
    assert "Row 2 Status Waiting This is none of the choices any more." in page


async def test_a_stopped_import_keeps_what_it_has_done_and_gives_the_rest_back(
    signed_in: httpx.AsyncClient, context: AppContext
):
    path = await check(signed_in, many(LARGE))
    await work(context, path)
    await run(signed_in, path)
    await actions.run_next_rows(context, int(path.rpartition("/")[2]))
    assert (await signed_in.post(f"{path}/stop")).status_code == 303
    await work(context, path)
    done = actions.BATCH["running"]
    assert f"{done} contacts created, 0 updated. {LARGE - done} rows left out." in text(
        (await signed_in.get(path)).text
    )
    rows = (await signed_in.get(f"{path}/errors.csv")).text.splitlines()
    assert len(rows) == LARGE - done + 1
    assert "The import was stopped before this row." in rows[1]
    assert (await signed_in.post(f"{path}/stop")).status_code == 409


async def test_another_check_in_between_starts_nothing_by_mistake(signed_in: httpx.AsyncClient, context: AppContext):
    path = await check(signed_in, CONTACTS)
    answer = await signed_in.post(f"{path}/run", data={"expected": "7"})
    assert answer.headers["location"] == path
    assert "The check has changed." in (await signed_in.get(path)).text
    assert await read(context, "SELECT 1 FROM contacts") == []


async def test_the_own_export_is_read_back_and_finds_everything_unchanged(
    signed_in: httpx.AsyncClient, context: AppContext
):
    async with context.db.transaction() as conn:
        tag = await tags.create(conn, tags.NewTag(name="Hot"))
        user = await conn.fetchval("SELECT id FROM users")
        form = leads.NewLead(
            name="'=Grace", email="grace@navy.example", company="Navy", phone="+1 555-010-0100", value=1250.5,
            message='- a list,\n"quoted"', owner_id=user,
            first_touch=leads.Touch(path="/blog/x"), next_action="Call", title="=SUM(1)",
        )  # fmt: skip
        lead = await leads.create(conn, form, by=SYSTEM)
        await leads.change(conn, lead, leads.ChangeLead(tag_ids=[tag.id]), by=SYSTEM)
        contact = await contacts.find_by_key(conn, "grace@navy.example")
        assert contact is not None
        await contacts.change(conn, contact, contacts.ChangeContact(tag_ids=[tag.id], notes="-1"), by=SYSTEM)
    archive = zipfile.ZipFile(io.BytesIO((await signed_in.get("/settings/data/export.zip")).content))
    for noun, name in (("company", "companies"), ("contact", "contacts"), ("lead", "leads")):
        path = await check(signed_in, archive.read(f"{name}.csv"), noun, rule="update")
        assert counts((await signed_in.get(path)).text) == [0, 0, 1, 0], name
    before = await read(context, "SELECT name, title, message, value, phone, reference, first_touch FROM leads")
    async with context.db.transaction() as conn:
        for table in ("leads", "contacts", "companies"):
            await conn.execute(f"DELETE FROM {table}")
    for noun, name in (("company", "companies"), ("contact", "contacts"), ("lead", "leads")):
        await import_file(signed_in, archive.read(f"{name}.csv"), noun)
    assert await read(context, "SELECT name, title, message, value, phone, reference, first_touch FROM leads") == before
    assert await read(
        context,
        "SELECT companies.name, person.notes, cardinality(person.tag_ids)"
        " FROM contacts AS person JOIN companies ON companies.id = company_id",
    ) == [("Navy", "-1", 1)]


async def test_after_thirty_days_nothing_is_kept_and_an_unused_file_goes_sooner(
    signed_in: httpx.AsyncClient, context: AppContext
):
    done = await import_file(signed_in, CONTACTS)
    unused = await check(signed_in, "Name\nEve\n")
    assert await read(context, "SELECT cells FROM import_rows WHERE state = 'created'") == [([],), ([],)]
    async with context.db.transaction() as conn:
        await conn.execute("UPDATE imports SET created_at = $1", clock.now() - models.UNUSED_KEPT - timedelta(hours=1))
    await imports.delete_old(context, {})
    assert (await signed_in.get(unused)).status_code == 404
    assert (await signed_in.get(done)).status_code == 200
    async with context.db.transaction() as conn:
        await conn.execute(
            "UPDATE imports SET created_at = $1", clock.now() - change_sets.UNDO_PERIOD - timedelta(hours=1)
        )
    await imports.delete_old(context, {})
    assert await read(context, "SELECT 1 FROM import_rows") == []


async def test_who_is_deleted_permanently_is_in_no_imported_file_any_more(
    signed_in: httpx.AsyncClient, context: AppContext
):
    await import_file(signed_in, CONTACTS)
    await check(
        signed_in, "Name,E-mail,Notes\nA. L.,ADA@acme.example,\nGrace,grace@navy.example,Knows Ada Lovelace\nBob,,\n"
    )
    async with context.db.transaction() as conn:
        ada = await contacts.find_by_key(conn, "ada@acme.example")
        assert ada is not None
        await contacts.PAGES.record.delete(conn, ada, by=SYSTEM)
        ((entry,),) = await conn.fetch("SELECT id FROM trash WHERE kind = 'contact'")
        await erasure.actions.delete_permanently(conn, entry, "Ada Lovelace")
    names = await read(context, "SELECT name, cells ->> 0 FROM import_rows ORDER BY import_id, number")
    assert names == [("Grace Hopper", None), ("Bob", "Bob")]
    assert trash.RETENTION <= change_sets.UNDO_PERIOD
