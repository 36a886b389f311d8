"""Values that were stored before a rule get their normal form by a job, and nothing that was typed is lost."""

from __future__ import annotations

from typing import Any

import pytest

from crm.kernel.app_context import AppContext
from crm.records import contacts
from crm.workspace.normal_forms import actions, normalize_stored
from crm.workspace.search.actions import search

OLD = """
INSERT INTO companies (name, domain, website, phone, created_at, updated_at) VALUES
    ('Acme', 'acme.example', 'acme.example/shop', '+49 (0)30 123-4567', '2020-01-01', '2020-01-01'),
    ('Upper', 'www.upper.example.', '', 'ring the bell', '2020-01-01', '2020-01-01'),
    ('Twin', 'acme.example.', '', '', '2020-01-01', '2020-01-01');
INSERT INTO contacts (name, email, email_key, phone, created_at, updated_at) VALUES
    ('Ada', 'mailto:Ada@ACME.example', 'mailto:ada@acme.example', '0049 30 1234567', '2020-01-01', '2020-01-01'),
    ('Bob', 'bob@acme.example', 'bob@acme.example', '-', '2020-01-01', '2020-01-01'),
    ('Bob Twin', 'Bob <bob@acme.example>', 'bob <bob@acme.example>', '', '2020-01-01', '2020-01-01'),
    ('Eve', '', NULL, '', '2020-01-01', '2020-01-01');
INSERT INTO leads (reference, name, email, phone, message, channel, received_at, status_at, created_at, updated_at)
    VALUES ('E-1', 'Ada', 'ada@ACME.example', '+49 (0)30/1234567', 'Hi', 'site',
            '2020-01-01', '2020-01-01', '2020-01-01', '2020-01-01');
"""


@pytest.fixture
async def old(clean: AppContext) -> AppContext:
    async with clean.db.transaction() as conn:
        await conn.execute(OLD)
    return clean


async def read(context: AppContext, table: str, *columns: str) -> dict[str, tuple[Any, ...]]:
    async with context.db.connection() as conn:
        rows = await conn.fetch(f"SELECT name, {', '.join(columns)} FROM {table} ORDER BY id")
    return {row["name"]: tuple(row)[1:] for row in rows}


async def test_stored_values_get_their_normal_form_and_what_conflicts_or_has_none_stays(old: AppContext):
    await normalize_stored(old, {})
    companies = await read(old, "companies", "domain", "website", "phone")
    assert companies["Acme"] == ("acme.example", "https://acme.example/shop", "+49 30 1234567")
    assert companies["Upper"] == ("www.upper.example", "", "ring the bell")
    assert companies["Twin"] == ("acme.example.", "", "")
    people = await read(old, "contacts", "email", "email_key", "phone")
    assert people["Ada"] == ("Ada@acme.example", "ada@acme.example", "+49 30 1234567")
    assert people["Bob"] == ("bob@acme.example", "bob@acme.example", "-")
    assert people["Bob Twin"] == ("Bob <bob@acme.example>", "bob <bob@acme.example>", "")
    assert await read(old, "leads", "email", "phone") == {"Ada": ("ada@acme.example", "+49 30 1234567")}
    async with old.db.connection() as conn:
        rows = await conn.fetch("SELECT kind, changed, remaining, is_finished FROM normal_form_progress ORDER BY kind")
        assert [tuple(row) for row in rows] == [
            ("companies", 2, 2, True), ("contacts", 1, 2, True), ("leads", 1, 0, True),
        ]  # fmt: skip
        assert await contacts.find_by_key(conn, "ada@acme.example")
        assert (await search(conn, "1234567", kinds=("contacts",), limit=5)).groups


async def test_what_was_typed_stays_in_the_timeline_and_nothing_looks_like_work(old: AppContext):
    await normalize_stored(old, {})
    async with old.db.connection() as conn:
        bodies = await conn.fetch("SELECT body FROM activities WHERE lead_id IS NOT NULL")
        assert [row["body"] for row in bodies] == [
            "The system wrote the e-mail from “ada@ACME.example” to “ada@acme.example” and the phone from "
            "“+49 (0)30/1234567” to “+49 30 1234567”, the usual form."
        ]
        assert await conn.fetchval("SELECT count(*) FROM leads WHERE updated_at > '2020-01-02'") == 0
        assert await conn.fetchval("SELECT count(*) FROM events") == 0


async def test_a_second_run_changes_nothing_and_batches_go_on_where_the_last_one_ended(old: AppContext):
    for _ in range(9):
        async with old.db.transaction() as conn:
            await actions.normalize_batch(conn, "contacts", 1)
    first = await read(old, "contacts", "email", "phone", "version")
    await normalize_stored(old, {})
    await normalize_stored(old, {})
    assert await read(old, "contacts", "email", "phone", "version") == first
    assert first["Ada"] == ("Ada@acme.example", "+49 30 1234567", 2)
    async with old.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM activities WHERE contact_id IS NOT NULL") == 1


async def test_an_interrupted_batch_is_done_again_and_new_rules_begin_anew(
    old: AppContext, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(RuntimeError):
        async with old.db.transaction() as conn:
            await actions.normalize_batch(conn, "leads", 10)
            raise RuntimeError("The worker was killed.")
    await normalize_stored(old, {})
    assert (await read(old, "leads", "phone"))["Ada"] == ("+49 30 1234567",)
    async with old.db.transaction() as conn:
        await conn.execute("UPDATE leads SET phone = '0049 30 1234567'")
    await normalize_stored(old, {})
    assert (await read(old, "leads", "phone"))["Ada"] == ("0049 30 1234567",)
    monkeypatch.setattr(actions, "RULES", actions.RULES + 1)
    await normalize_stored(old, {})
    assert (await read(old, "leads", "phone"))["Ada"] == ("+49 30 1234567",)
