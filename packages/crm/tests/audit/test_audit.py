"""Who did what, when and from where is written down, and stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import factories
import httpx
import pytest
from conftest import environment, serving

from crm import config
from crm.accounts import audit
from crm.accounts.audit import AuditAction
from crm.accounts.audit.actions import MAX_REFUSALS_PER_CLIENT
from crm.accounts.settings import jobs as settings_jobs
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]


async def read(context: AppContext, *columns: str) -> list[tuple[Any, ...]]:
    async with context.db.connection() as conn:
        rows = await conn.fetch(f"SELECT {', '.join(columns)} FROM audit_entries ORDER BY id")
    return [tuple(row) for row in rows]


async def test_sign_ins_are_recorded_by_account_and_address(database_url: str, clean: AppContext):
    async with clean.db.transaction() as conn:
        ada = await factories.create_user(conn)
    behind_proxy = config.load(environment(database_url, TRUSTED_PROXIES="1"))
    async with serving(behind_proxy) as client:
        client.headers["x-forwarded-for"] = "198.51.100.7"
        for email, password in (
            ("ada@crm.test", "wrong"), ("nobody@crm.test", "wrong"), ("my secret password", "wrong"),
            ("ada@crm.test", factories.PASSWORD),
        ):  # fmt: skip
            await client.post("/sign-in", data={"email": email, "password": password})
        await client.post("/sign-out")
    assert await read(clean, "action", "actor_kind", "actor_name", "target_id", "client_ip") == [
        ("session.failed", "visitor", "ada@crm.test", ada.id, "198.51.100.7"),
        ("session.failed", "visitor", "nobody@crm.test", None, "198.51.100.7"),
        ("session.failed", "visitor", "Not an e-mail address", None, "198.51.100.7"),
        ("session.started", "person", "Ada Lovelace", ada.id, "198.51.100.7"),
        ("session.signed_out", "person", "Ada Lovelace", ada.id, "198.51.100.7"),
    ]


async def test_blocked_sign_ins_are_recorded_up_to_a_limit(client: httpx.AsyncClient, clean: AppContext):
    for number in range(MAX_REFUSALS_PER_CLIENT + 5):
        await client.post("/sign-in", data={"email": "ada@crm.test", "password": f"guess {number}"})
    entries = await read(clean, "action")
    assert len(entries) == MAX_REFUSALS_PER_CLIENT
    assert {action for (action,) in entries} == {"session.failed", "session.blocked"}


async def test_passwords_users_and_sessions_are_recorded_without_secrets(
    signed_in: httpx.AsyncClient, clean: AppContext
):
    new = "seven quiet otters swim"
    await signed_in.post("/profile", data={"name": "Ada Byron", "theme": "dark"})
    await signed_in.post("/profile/password", data={"current": "wrong", "new": new})
    await signed_in.post("/profile/password", data={"current": factories.PASSWORD, "new": new})
    await signed_in.post("/profile/sessions/end-others")
    entries = await read(clean, "action", "before", "after", "target_name")
    assert [entry[0] for entry in entries] == [
        "user.changed", "password.check_failed", "password.changed", "session.ended",
    ]  # fmt: skip
    assert entries[0][1:3] == ({"name": "Ada Lovelace"}, {"name": "Ada Byron"})
    assert new not in str(entries) and factories.PASSWORD not in str(entries)


async def test_keys_webhooks_channels_and_settings_are_recorded(signed_in: httpx.AsyncClient, clean: AppContext):
    await signed_in.post("/settings/keys", data={"name": "Report", "scopes": ["leads:read"], "expires": "90"})
    hook = {"name": "Books", "url": "https://hooks.example.org/a/secret/path", "events": ["lead.created"]}
    await signed_in.post("/settings/webhooks", data=hook)
    async with clean.db.connection() as conn:
        hook_id = await conn.fetchval("SELECT id FROM webhooks")
        key_id = await conn.fetchval("SELECT id FROM api_keys")
    await signed_in.post(f"/settings/keys/{key_id}/revoke", data={"name": "Report"})
    path = f"/settings/webhooks/{hook_id}"
    await signed_in.post(f"{path}/edit", data={**hook, "events": ["contact.created"], "version": "1"})
    for verb in ("pause", "resume", "rotate"):
        await signed_in.post(f"{path}/{verb}")
    await signed_in.post(f"{path}/delete", data={"name": "Books"})
    channel = {"name": "Chat", "target": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "events": "lead.created"}
    await signed_in.post("/settings/notifications", data=channel)
    async with clean.db.connection() as conn:
        channel_id = await conn.fetchval("SELECT id FROM channels")
    path = f"/settings/notifications/{channel_id}"
    await signed_in.post(f"{path}/off")
    await signed_in.post(f"{path}/delete", data={"name": "Chat"})
    form = {"organization_name": "Octatech", "time_zone": "Europe/Bucharest", "currency": "USD"}
    await signed_in.post("/settings", data=form)
    days = {"quarantine_days": "90", "delivery_days": "30", "audit_days": "400"}
    await signed_in.post("/settings/data", data=days)
    entries = await read(clean, "action", "before", "after")
    assert [entry[0] for entry in entries] == [
        "api_key.created", "webhook.created", "api_key.revoked", "webhook.changed", "webhook.changed",
        "webhook.changed", "webhook.secret_rotated", "webhook.deleted", "channel.created", "channel.changed",
        "channel.deleted", "settings.changed", "settings.changed",
    ]  # fmt: skip
    assert entries[3][1:] == ({"events": ["lead.created"]}, {"events": ["contact.created"]})
    assert entries[-2][1:] == ({"currency": "EUR"}, {"currency": "USD"})
    assert entries[-1][1:] == ({"audit_days": 365}, {"audit_days": 400})
    assert "secret/path" not in str(entries) and "JHMHI8qBe7bk2ZwO5U711o" not in str(entries)


async def test_what_a_program_changes_names_its_key(keyed: Keyed, clean: AppContext):
    program = await keyed("webhooks:write", "leads:read")
    hook = {"name": "Books", "url": "https://hooks.example.org/crm", "events": ["lead.created"]}
    added = await program.post("/api/v1/webhooks", json=hook)
    await program.delete(added.headers["location"], headers={"if-match": "*"})
    entries = [entry for entry in await read(clean, "action", "actor_kind", "actor_name") if entry[1] == "key"]
    assert entries == [("webhook.created", "key", "A program"), ("webhook.deleted", "key", "A program")]


async def test_refused_origins_are_recorded(signed_in: httpx.AsyncClient, clean: AppContext):
    evil = {"origin": "https://evil.example"}
    await signed_in.post("/profile", data={}, headers=evil)
    await signed_in.post("/sign-in", data={}, headers=evil)
    await signed_in.post("/api/leads", json={}, headers=evil)
    await signed_in.post("/api/leads", data={"name": "x"}, headers=evil)
    assert await read(clean, "action", "target_name") == [
        ("origin.refused", "https://evil.example to /profile"),
        ("origin.refused", "https://evil.example to /sign-in"),
        ("origin.refused", "https://evil.example to /api/leads"),
        ("origin.refused", "https://evil.example to /api/leads"),
    ]


async def test_deleting_for_good_is_recorded_without_the_name(signed_in: httpx.AsyncClient, clean: AppContext):
    company = await signed_in.post("/companies", data={"name": "Navy", "website": "", "domain": "", "notes": ""})
    await signed_in.post(company.headers["location"] + "/delete")
    async with clean.db.connection() as conn:
        entry_id = await conn.fetchval("SELECT id FROM trash")
    await signed_in.post(f"/trash/{entry_id}/forget", data={"name": "Navy"})
    entries = await read(clean, "action", "target_kind", "target_id", "target_name")
    assert entries == [("record.deleted", "company", int(company.headers["location"].rpartition("/")[2]), "")]


async def test_an_entry_is_committed_with_its_change_or_not_at_all(clean: AppContext):
    with pytest.raises(ZeroDivisionError):
        async with clean.db.transaction() as conn:
            await audit.record_audit(conn, AuditAction.SETTINGS_CHANGED, by=SYSTEM)
            raise ZeroDivisionError
    assert await read(clean, "id") == []


async def record(conn: Connection, days_ago: int, **changes: Any) -> None:
    with clock.at(clock.now() - timedelta(days=days_ago)):
        by = Actor(changes.get("kind", "person"), 7, "Ada").at("198.51.100.7")
        await audit.record_audit(conn, AuditAction.USER_CHANGED, by=by, target=audit.Target("user", 7, "ada@crm.test"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET action = 'user.created'", "UPDATE audit_entries SET actor_name = 'Eve'",
        "UPDATE audit_entries SET at = at - interval '1 year'", "UPDATE audit_entries SET after = '{\"a\": 1}'",
        "UPDATE audit_entries SET client_ip = '192.0.2.1'", "UPDATE audit_entries SET actor_id = NULL",
        "DELETE FROM audit_entries", "TRUNCATE audit_entries", "TRUNCATE audit_entries CASCADE",
    ],
)  # fmt: skip
async def test_no_statement_changes_or_deletes_an_entry(conn: Connection, statement: str):
    await record(conn, 0)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed"):
        async with conn.transaction():
            await conn.execute(statement)
    assert await conn.fetchval("SELECT count(*) FROM audit_entries") == 1


async def test_entries_are_deleted_when_their_time_is_over_and_those_of_visitors_earlier(clean: AppContext):
    async with clean.db.transaction() as conn:
        for days in (1, 100, 364, 366):
            await record(conn, days)
        for days in (1, 89, 91):
            await record(conn, days, kind="visitor")
    await settings_jobs.delete_old_audit_entries(clean, {})
    assert [kind for (kind,) in await read(clean, "actor_kind")] == ["person"] * 3 + ["visitor"] * 2


async def test_an_erased_person_leaves_what_they_did_without_their_name(conn: Connection):
    await record(conn, 0)
    await conn.execute("UPDATE audit_entries SET actor_name = '', target_name = '', client_ip = '' WHERE actor_id = 7")
    row = await conn.fetchrow("SELECT actor_id, actor_name, target_name, client_ip, action FROM audit_entries")
    assert tuple(row) == (7, "", "", "", "user.changed")


async def test_the_page_lists_and_filters(signed_in: httpx.AsyncClient, clean: AppContext):
    async with clean.db.transaction() as conn:
        await record(conn, 40)
        await record(conn, 1)
        await audit.record_audit(conn, AuditAction.SETTINGS_CHANGED, by=SYSTEM, before={"currency": "EUR"},
                                 after={"currency": "USD"})  # fmt: skip
    page = (await signed_in.get("/settings/audit")).text
    assert page.count('<tr id="entry-') == 3
    assert "Currency: EUR → USD" in page
    since = (clock.now() - timedelta(days=5)).date().isoformat()
    for query, number in (
        ("action=settings.changed", 1), ("actor=Ada", 2), (f"since={since}", 2), (f"until={since}", 1),
        ("client_ip=198.51.100.7", 2), ("client_ip=nowhere", 0), ("action=nothing", 0), ("actor=", 3),
    ):  # fmt: skip
        assert (await signed_in.get(f"/settings/audit?{query}")).text.count('<tr id="entry-') == number, query


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-13-01", f"actor={'x' * 400}", "until=9999-12-31"])
async def test_a_wrong_filter_of_the_page_is_named(signed_in: httpx.AsyncClient, query: str):
    answer = await signed_in.get(f"/settings/audit?{query}")
    assert answer.status_code == 422
    assert "Please check the field" in answer.text


async def test_the_api_lists_filters_and_pages(keyed: Keyed, clean: AppContext):
    async with clean.db.transaction() as conn:
        for days in range(5):
            await record(conn, days)
    program = await keyed("audit:read")
    page = (await program.get("/api/v1/audit?limit=2&target_kind=user&target_id=7")).json()
    assert (page["total"], len(page["data"])) == (5, 2)
    assert page["data"][0] | {"id": 0, "at": ""} == {
        "id": 0, "at": "", "action": "user.changed", "actor_kind": "person", "actor_id": 7, "actor_name": "Ada",
        "client_ip": "198.51.100.7", "target_kind": "user", "target_id": 7, "target_name": "ada@crm.test",
        "before": {}, "after": {},
    }  # fmt: skip
    rest = (await program.get(f"/api/v1/audit?target_kind=user&cursor={page['next_cursor']}")).json()
    assert len(rest["data"]) == 3
    kinds = {entry["action"] for entry in (await program.get("/api/v1/audit?action=api_key.created")).json()["data"]}
    assert kinds == {"api_key.created"}


@pytest.mark.parametrize(
    "query", ["action=nothing", "since=yesterday", "since=2026-01-01T00:00:00", "limit=0", "cursor=x", "who=ada",
              "target_id=0", f"target_id={'9' * 30}"],
)  # fmt: skip
async def test_a_wrong_filter_of_the_api_is_named(keyed: Keyed, query: str):
    answer = await (await keyed("audit:read")).get(f"/api/v1/audit?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_the_log_needs_a_scope_of_its_own_and_offers_no_writing(keyed: Keyed):
    assert (await (await keyed("operations:read", "webhooks:read")).get("/api/v1/audit")).status_code == 403
    program = await keyed("audit:read")
    for method in ("POST", "PATCH", "DELETE"):
        assert (await program.request(method, "/api/v1/audit")).status_code == 405


async def test_no_event_holds_the_address_of_who_caused_it(signed_in: httpx.AsyncClient, clean: AppContext):
    await signed_in.post("/leads", data={"name": "Grace", "email": "grace@navy.example"})
    await signed_in.post("/leads/1/status", data={"status": "contacted"})
    async with clean.db.connection() as conn:
        payloads = [row["payload"] for row in await conn.fetch("SELECT payload FROM events")]
    assert payloads
    assert all(set(payload["by"]) == {"kind", "id", "name"} for payload in payloads)
