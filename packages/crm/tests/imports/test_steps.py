"""An import on its pages: upload, columns, check, run, result and undo."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Awaitable, Callable

import factories
import httpx
import pytest
from importing import CONTACTS, check, counts, import_file, list_guessed, read, run, text, upload

from crm.accounts import auth
from crm.accounts.permissions import Role
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import contacts, leads

SignInAs = Callable[[Role], Awaitable[httpx.AsyncClient]]


async def test_contacts_are_imported_step_by_step_and_undone(signed_in: httpx.AsyncClient, context: AppContext):
    uploaded = await upload(signed_in, CONTACTS)
    path = uploaded.headers["location"]
    page = (await signed_in.get(path)).text
    assert list_guessed(page) == ["name", "email", "phone", "company"]
    assert "ada@acme.example" in page
    assert "2 rows, read as UTF-8 with commas" in text(page)
    path = await check(signed_in, CONTACTS)
    page = (await signed_in.get(path)).text
    assert counts(page) == [2, 0, 0, 0]
    assert "Nothing has been written yet." in page
    assert await read(context, "SELECT 1 FROM contacts") == []
    await run(signed_in, path)
    assert await read(context, "SELECT contacts.name, email, companies.name FROM contacts LEFT JOIN companies"
                               " ON companies.id = company_id ORDER BY contacts.id") == [
        ("Ada Lovelace", "ada@acme.example", "Acme"), ("Grace Hopper", "grace@navy.example", None)
    ]  # fmt: skip
    page = (await signed_in.get(path)).text
    assert "2 contacts created, 0 updated." in text(page)
    ((ada,),) = await read(context, "SELECT id FROM contacts WHERE name = 'Ada Lovelace'")
    assert f'href="/contacts/{ada}"' in page
    await signed_in.post(f"{path}/undo")
    assert "2 contacts undone." in text((await signed_in.get(path)).text)
    assert await read(context, "SELECT name FROM contacts UNION ALL SELECT name FROM companies") == []
    assert (await signed_in.post(f"{path}/undo")).status_code == 409


async def test_known_contacts_are_left_or_updated_and_never_emptied(signed_in: httpx.AsyncClient, context: AppContext):
    await import_file(signed_in, "Name,E-mail,Phone,Job title\nAda,ada@acme.example,+49 30 1234567,Head\n")
    changed = "Name,E-mail,Phone,Job title\nAda,ADA@acme.example,,Chief\nGrace,grace@navy.example,,\n"
    assert counts((await signed_in.get(await check(signed_in, changed))).text) == [1, 0, 1, 0]
    path = await check(signed_in, changed, rule="update")
    assert counts((await signed_in.get(path)).text) == [1, 1, 0, 0]
    await run(signed_in, path)
    assert await read(context, "SELECT name, email, phone, job_title FROM contacts ORDER BY id") == [
        ("Ada", "ada@acme.example", "+49 30 1234567", "Chief"), ("Grace", "grace@navy.example", "", "")
    ]  # fmt: skip
    assert counts((await signed_in.get(await check(signed_in, changed, rule="update"))).text) == [0, 0, 2, 0]
    await signed_in.post(f"{path}/undo")
    assert await read(context, "SELECT name, job_title FROM contacts") == [("Ada", "Head")]


async def test_undo_names_and_leaves_what_somebody_has_changed_since(signed_in: httpx.AsyncClient, context: AppContext):
    await import_file(signed_in, "Name,E-mail,Phone,Job title\nAda,ada@acme.example,1234567,Head\n")
    path = await import_file(
        signed_in,
        "Name,E-mail,Phone,Job title\nAda,ada@acme.example,7654321,Chief\nGrace,g@navy.example,,\n",
        rule="update",
    )
    async with context.db.transaction() as conn:
        for name, form in (("Ada", {"job_title": "Queen"}), ("Grace", {"notes": "Called."})):
            contact_id = await conn.fetchval("SELECT id FROM contacts WHERE name = $1", name)
            contact = await contacts.lock(conn, contact_id)
            await contacts.change(conn, contact, contacts.ChangeContact(**form), by=SYSTEM)
    await signed_in.post(f"{path}/undo")
    page = text((await signed_in.get(path)).text)
    assert "2 contacts stayed, because somebody has changed them since." in page
    assert "Job title: Somebody has changed this since." in page
    assert await read(context, "SELECT name, phone, job_title, notes FROM contacts ORDER BY id") == [
        ("Ada", "1234567", "Queen", ""), ("Grace", "", "", "Called.")
    ]  # fmt: skip


async def test_leads_bring_contacts_and_companies_and_undo_takes_them_back(
    signed_in: httpx.AsyncClient, context: AppContext
):
    ((owner,),) = await read(context, "SELECT id FROM users")
    content = (
        "Name;E-Mail;Firma;Betrag;Currency;Phase;Owner;Received;Tags;Next step;Next step date\n"
        "Ada;ada@acme.example;Acme;1.250,50;eur;Qualified;ada@crm.test;20.11.2026 14:30;Shop, Hot;Call;01.12.2026\n"
        "Ada;ada@acme.example;Acme;€ 900;;Old stage;Somebody Gone;2026-11-21;;;\n"
    )
    answer = await upload(signed_in, content, "lead")
    path = answer.headers["location"].removesuffix("/columns")
    fields = list_guessed((await signed_in.get(f"{path}/columns")).text)
    assert fields == [
        "name", "email", "company", "value", "currency", "status", "owner_id", "received_at", "tags", "next_action",
        "next_action_on",
    ]  # fmt: skip
    answer = await signed_in.post(f"{path}/columns", data={f"column-{n}": field for n, field in enumerate(fields)})
    assert answer.headers["location"] == f"{path}/values"
    page = (await signed_in.get(f"{path}/values")).text
    assert "Somebody Gone" in page
    assert "Old stage" in page
    await signed_in.post(f"{path}/values", data={"owner_id-0": str(owner), "status-0": "contacted"})
    assert counts((await signed_in.get(path)).text) == [2, 0, 0, 0]
    await run(signed_in, path)
    assert await read(
        context,
        "SELECT name, value::float, currency, status, owner_id, next_action, next_action_on::text,"
        " received_at::date::text, cardinality(tag_ids) FROM leads ORDER BY id",
    ) == [
        ("Ada", 1250.5, "EUR", "qualified", owner, "Call", "2026-12-01", "2026-11-20", 2),
        ("Ada", 900.0, "EUR", "contacted", owner, "", None, "2026-11-20", 0),
    ]
    assert await read(context, "SELECT name FROM companies UNION ALL SELECT name FROM contacts") == [
        ("Acme",),
        ("Ada",),
    ]
    await signed_in.post(f"{path}/undo")
    assert "2 leads undone." in text((await signed_in.get(path)).text)
    assert await read(context, "SELECT name FROM leads UNION ALL SELECT name FROM contacts"
                               " UNION ALL SELECT name FROM companies") == []  # fmt: skip


async def test_leads_are_found_by_their_reference(signed_in: httpx.AsyncClient, context: AppContext):
    first = "Reference,Name,Value\nOLD-1,Ada,100\nOLD-2,Grace,200\n"
    await import_file(signed_in, first, "lead")
    path = await check(signed_in, "Reference,Name,Value\nOLD-1,Ada,150\nOLD-2,Grace,200\n", "lead", rule="update")
    assert counts((await signed_in.get(path)).text) == [0, 1, 1, 0]
    await run(signed_in, path)
    assert await read(context, "SELECT reference, value::int FROM leads ORDER BY id") == [
        ("OLD-1", 150),
        ("OLD-2", 200),
    ]


async def test_companies_are_found_by_domain_or_else_by_name(signed_in: httpx.AsyncClient, context: AppContext):
    await import_file(signed_in, "Name,Domain\nAcme,acme.example\nZenith,\n", "company")
    changed = "Name,Domain,Phone\nACME Inc,Acme.example,1234567\nzenith,zenith.example,\n"
    path = await check(signed_in, changed, "company", rule="update")
    assert counts((await signed_in.get(path)).text) == [0, 2, 0, 0]
    await run(signed_in, path)
    assert await read(context, "SELECT name, domain, phone FROM companies ORDER BY id") == [
        ("ACME Inc", "acme.example", "1234567"), ("zenith", "zenith.example", "")
    ]  # fmt: skip


async def test_nobody_is_notified_unless_the_import_says_so(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        await factories.create_webhook(conn, context, "http://127.0.0.1:8999", "contact.created")
    await import_file(signed_in, "Name,E-mail\nAda,ada@acme.example\n")
    assert await read(context, "SELECT kind FROM events") == []
    await import_file(signed_in, "Name,E-mail\nGrace,grace@navy.example\n", notify="1")
    assert await read(context, "SELECT kind FROM events") == [("contact.created",)]
    assert len(await read(context, "SELECT 1 FROM webhook_deliveries")) == 1


async def test_errors_name_row_column_and_what_to_do_and_can_be_mended_in_a_file(
    signed_in: httpx.AsyncClient, context: AppContext
):
    content = (
        "Name,E-mail,Phone\nAda,ada@acme.example,\n,no-name@acme.example,\nBad,not an address,\nLong,a@b.example,1,2\n"
        "Ada,Ada@acme.example,\n=HYPERLINK(1),x,\n"
    )
    path = await check(signed_in, content)
    page = (await signed_in.get(path)).text
    assert counts(page) == [1, 0, 0, 5]
    words = text(page)
    for message in (
        "Row 3 Name This field is required.", "Row 4 E-mail not an address",
        "This row has 4 cells, and the header has 3.",
        "Row 2 is about the same contact. Put both into one row.",
    ):  # fmt: skip
        assert message in words
    answer = await signed_in.get(f"{path}/errors.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["Name", "E-mail", "Phone", "Error"]
    assert rows[1] == ["", "no-name@acme.example", "", "Name: This field is required."]
    assert rows[-1][0] == "'=HYPERLINK(1)"
    await run(signed_in, path)
    assert await read(context, "SELECT name FROM contacts") == [("Ada",)]
    rows[1][0], rows[1][3] = "Noa", ""
    mended = io.StringIO(newline="")
    csv.writer(mended).writerows(rows[:2])
    await import_file(signed_in, mended.getvalue())
    assert await read(context, "SELECT name, email FROM contacts ORDER BY id DESC LIMIT 1") == [
        ("Noa", "no-name@acme.example")
    ]


async def test_a_tag_finds_all_records_of_a_file(signed_in: httpx.AsyncClient, context: AppContext):
    await import_file(signed_in, CONTACTS, tag="Fair 2026")
    assert await read(context, "SELECT count(*), tags.name FROM contacts JOIN tags ON tags.id = ANY(tag_ids)"
                               " GROUP BY tags.name") == [(2, "Fair 2026")]  # fmt: skip


async def test_first_and_last_names_become_one(signed_in: httpx.AsyncClient, context: AppContext):
    await import_file(signed_in, "First Name,Last Name,Email Address\nAda,Lovelace,ada@acme.example\n")
    assert await read(context, "SELECT name FROM contacts") == [("Ada Lovelace",)]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (["name", "name"], "“Name” already goes to Name. Choose one of them."),
        (["", ""], "Choose a field for at least one column."),
        (["name", "burn"], "Choose one of the fields."),
    ],
)
async def test_a_mapping_that_makes_no_sense_is_refused(signed_in: httpx.AsyncClient, mapping: list[str], message: str):
    path = (await upload(signed_in, "Name,Name\nAda,Lovelace\n")).headers["location"]
    page = (await signed_in.get(path)).text
    assert "Name (2)" in page
    answer = await signed_in.post(path, data={f"column-{n}": field for n, field in enumerate(mapping)})
    assert answer.status_code == 422
    assert message in text(answer.text)


async def test_a_file_that_was_not_started_is_deleted_and_a_started_one_is_not(
    signed_in: httpx.AsyncClient, context: AppContext
):
    path = await check(signed_in, CONTACTS)
    assert (await signed_in.post(f"{path}/delete")).status_code == 303
    assert (await signed_in.get(path)).status_code == 404
    assert await read(context, "SELECT 1 FROM import_rows") == []
    path = await import_file(signed_in, CONTACTS)
    assert (await signed_in.post(f"{path}/delete")).status_code == 409
    assert (await signed_in.post(f"{path}/columns", data={"column-0": "name"})).status_code == 409
    assert (await signed_in.post(f"{path}/values", data={"x": ""})).status_code == 409
    assert (await signed_in.post(f"{path}/run", data={"expected": "0"})).status_code == 409
    assert (await signed_in.get(f"{path}/columns")).headers["location"] == path


async def test_pages_of_missing_imports_are_not_found(signed_in: httpx.AsyncClient):
    for path in ("/imports/999", "/imports/999/columns", "/imports/999/values", "/imports/999/errors.csv",
                 "/imports/samples/cats.csv"):  # fmt: skip
        assert (await signed_in.get(path)).status_code == 404
    for step in ("run", "stop", "undo", "delete"):
        assert (await signed_in.post(f"/imports/999/{step}", data={"expected": "1"})).status_code == 404


async def test_members_import_and_viewers_do_not(signed_in_as: SignInAs):
    viewer = await signed_in_as("viewer")
    assert "/imports/new" not in (await viewer.get("/contacts")).text
    assert (await viewer.get("/imports")).status_code == 403
    assert (await upload(viewer, CONTACTS)).status_code == 403
    member = await signed_in_as("member")
    assert "/imports/new?records=contacts" in (await member.get("/contacts")).text
    path = await import_file(member, CONTACTS)
    assert path.removeprefix("/") in (await member.get("/imports")).text


@pytest.mark.parametrize("records", ["companies", "contacts", "leads"])
async def test_each_sample_file_can_be_imported_as_it_is(signed_in: httpx.AsyncClient, records: str):
    sample = await signed_in.get(f"/imports/samples/{records}.csv")
    assert sample.headers["content-type"].startswith("text/csv")
    noun = {"companies": "company", "contacts": "contact", "leads": "lead"}[records]
    path = await check(signed_in, sample.content, noun)
    assert counts((await signed_in.get(path)).text) == [2, 0, 0, 0]


async def test_the_audit_log_has_each_import_and_each_undo(signed_in: httpx.AsyncClient, context: AppContext):
    path = await import_file(signed_in, CONTACTS)
    await signed_in.post(f"{path}/undo")
    rows = await read(context, "SELECT action, after FROM audit_entries WHERE target_kind = 'import' ORDER BY id")
    assert rows == [("data.imported", {"records": "contact", "new": 2, "change": 0}), ("data.import_undone", {})]


async def test_an_owner_of_the_file_is_found_by_name(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.connection() as conn:
        (ada,) = await auth.list_users(conn)
    await import_file(signed_in, f"Name,Owner\nGrace,{ada.name.upper()}\n", "lead")
    async with context.db.connection() as conn:
        (lead,) = (await leads.RECORD.list_page(conn, leads.LeadFilter())).data
    assert lead.owner_id == ada.id


async def test_a_file_with_the_columns_of_an_earlier_one_begins_as_that_was_imported(signed_in: httpx.AsyncClient):
    file = "Who,Level,Note\nAda,hot,x\n"
    earlier = await import_file(
        signed_in, file, "lead", mapping=["name", "status", ""], rule="update", date_order="month",
        **{"status-0": "qualified"},
    )  # fmt: skip
    path = (await upload(signed_in, file.replace("Ada", "Eve"), "lead")).headers["location"]
    page = (await signed_in.get(path)).text
    assert list_guessed(page) == ["name", "status", ""]
    assert f'href="{earlier}"' in page
    assert re.search(r'<input[^>]*value="update"[^>]* checked', page)
    assert '<option value="month" selected' in page
    form = {"column-0": "name", "column-1": "status", "column-2": "", "rule": "new", "date_order": "day"}
    values = (await signed_in.post(path, data=form)).headers["location"]
    assert '<option value="qualified" selected' in (await signed_in.get(values)).text
    other = (await upload(signed_in, "Who,Level\nAda,hot\n", "lead")).headers["location"]
    assert list_guessed((await signed_in.get(other)).text) == ["", ""]
