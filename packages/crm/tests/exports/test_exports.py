"""The export of all records, read by a program that knows nothing of the CRM."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta

import factories
import httpx
import pytest

from crm.kernel import clock
from crm.kernel.actor import SYSTEM, VISITOR
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.workspace import demo

URL = "/settings/data/export.zip"
Rows = list[dict[str, str]]


async def download(client: httpx.AsyncClient) -> dict[str, Rows]:
    """The files of the export, each as rows by column."""
    answer = await client.get(URL)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="crm-' in answer.headers["content-disposition"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
        }


async def test_all_records_are_in_it_and_refer_to_each_other(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    message = 'Two lines,\nand a "quote": ünïcode ✓'
    form = leads.NewLead(
        name="Grace Hopper", email="grace@navy.example", company="Navy", phone="+1 555 0100", message=message
    )
    async with clean.db.transaction() as conn:
        ada = await conn.fetchval("SELECT id FROM users")
        await leads.create(conn, form, by=VISITOR, channel="site")
        await conn.execute("UPDATE leads SET owner_id = $1, first_touch = $2", ada, {"path": "/blog/x"})
        await conn.execute(
            "INSERT INTO tasks (title, lead_id, assignee_id, due_on, created_at, updated_at)"
            " SELECT 'Call back', id, $1, '2026-12-01', now(), now() FROM leads",
            ada,
        )
        await conn.execute(
            "INSERT INTO emails (direction, state, message_id, sent_to, subject, body, at, received_at)"
            " VALUES ('in', 'attached', 'a@navy.example', '{ada@crm.test,bob@crm.test}', 'Hello', 'A line', now(),"
            " now())"
        )
        await conn.execute("UPDATE activities SET email_id = (SELECT id FROM emails)")
    files = await download(signed_in)
    assert {*files} == {
        "leads.csv",
        "contacts.csv",
        "companies.csv",
        "activities.csv",
        "tasks.csv",
        "emails.csv",
        "files.csv",
    }
    (lead,), (contact,), (company,) = files["leads.csv"], files["contacts.csv"], files["companies.csv"]
    assert (lead["message"], lead["phone"], lead["owner"]) == (message, "+1 555 0100", "ada@crm.test")
    assert lead["contact_id"] == contact["id"]
    assert contact["company_id"] == company["id"]
    assert json.loads(lead["first_touch"]) == {"path": "/blog/x"}
    assert files["activities.csv"][0]["lead_id"] == lead["id"]
    (task,), (email,) = files["tasks.csv"], files["emails.csv"]
    assert (task["title"], task["due_on"], task["assignee"]) == ("Call back", "2026-12-01", "ada@crm.test")
    assert (task["lead_id"], email["id"]) == (lead["id"], files["activities.csv"][0]["email_id"])
    assert email["sent_to"] == "ada@crm.test, bob@crm.test"
    assert lead["received_at"].endswith("+00:00")


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "@SUM(1)", "-2+3+cmd", "\tx"])
async def test_no_text_runs_as_a_formula(signed_in: httpx.AsyncClient, clean: AppContext, name: str) -> None:
    async with clean.db.transaction() as conn:
        await leads.create(conn, leads.NewLead(name="Eve", message=name), by=VISITOR, channel="site")
        await conn.execute("UPDATE leads SET name = $1", name)
    (lead,) = (await download(signed_in))["leads.csv"]
    assert lead["name"] == f"'{name}"


async def test_sample_data_is_left_out_and_the_rest_is_counted_in_the_audit_log(
    signed_in: httpx.AsyncClient, clean: AppContext
) -> None:
    async with clean.db.transaction() as conn:
        await demo.fill(conn, clean, SYSTEM)
    assert [rows for rows in (await download(signed_in)).values() if rows] == []
    async with clean.db.connection() as conn:
        action, after = await conn.fetchrow("SELECT action, after FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert action == "data.exported"
    assert after == {"leads": 0, "contacts": 0, "companies": 0, "activities": 0, "tasks": 0, "emails": 0, "files": 0}


async def test_many_records_fit(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    async with clean.db.transaction() as conn:
        await leads.create(conn, leads.NewLead(name="Grace Hopper"), by=VISITOR, channel="site")
        await conn.execute(
            "INSERT INTO contacts (name, email, phone, job_title, notes, created_at, updated_at)"
            " SELECT 'Contact ' || n, n || '@many.example', '', '', repeat('note ', 200), now(), now()"
            " FROM generate_series(1, 6000) AS n"
        )
    names = [contact["name"] for contact in (await download(signed_in))["contacts.csv"]]
    assert {f"Contact {number}" for number in (1, 3000, 6000)} <= {*names}
    assert len(names) >= 6000


async def test_only_owners_who_have_just_confirmed_download_it(signed_in_as, clean: AppContext) -> None:
    for role in ("viewer", "member"):
        assert (await (await signed_in_as(role)).get(URL)).status_code == 403
    owner = await signed_in_as("owner")
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE sessions SET confirmed_at = $1", clock.now() - timedelta(hours=1))
    asked = await owner.get(URL)
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/confirm?next=")
    confirmed = await owner.post("/confirm", data={"password": factories.PASSWORD, "next": URL})
    assert confirmed.headers["location"] == URL
