"""The team page: invite, change a role, disable with a handover, enable. And users in the API."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import due_jobs
import factories
import httpx
import pytest

from crm.accounts import auth, users
from crm.accounts.auth import User
from crm.accounts.permissions import Role
from crm.kernel import clock, mail
from crm.kernel.actor import VISITOR
from crm.kernel.app_context import AppContext
from crm.kernel.errors import ConflictError
from crm.records import leads, tasks

NEW = {"name": "Grace Hopper", "password": "seven calm lanterns drift"}


async def read(context: AppContext, query: str, *values: object) -> list[tuple[object, ...]]:
    async with context.db.connection() as conn:
        return [tuple(row) for row in await conn.fetch(query, *values)]


async def add(context: AppContext, name: str, role: Role = "member") -> User:
    async with context.db.transaction() as conn:
        return await factories.create_user(conn, name, role=role)


async def invite(owner: httpx.AsyncClient, email: str = "grace@crm.test", role: str = "member") -> str:
    """Invite, and return the path of the link on the page that follows."""
    answer = await owner.post("/settings/team", data={"email": email, "role": role})
    assert answer.status_code == 303, answer.text
    page = await owner.get(answer.headers["location"])
    link = re.search(r"http://crm\.test(/invitations/\d+/[0-9a-f]{64})", page.text)
    assert link
    return link.group(1)


async def audit_of(context: AppContext) -> list[object]:
    return [row[0] for row in await read(context, "SELECT action FROM audit_entries ORDER BY id")]


async def test_an_invitation_arrives_by_mail_and_creates_one_account(
    signed_in: httpx.AsyncClient, clean: AppContext
) -> None:
    link = await invite(signed_in, "Grace@CRM.test ", "viewer")
    await due_jobs.run(clean)
    ((recipient, body),) = await read(clean, "SELECT recipient, body FROM mails")
    assert recipient == "grace@crm.test"
    assert f"http://crm.test{link}\n" in str(body)
    assert "Ada Lovelace invites you" in str(body)
    signed_in.cookies.clear()
    assert "grace@crm.test" in (await signed_in.get(link)).text
    accepted = await signed_in.post(link, data=NEW)
    assert (accepted.status_code, accepted.headers["location"]) == (303, "/")
    assert "Grace Hopper" in (await signed_in.get("/profile")).text
    assert (await signed_in.get("/settings/team")).status_code == 403
    signed_in.cookies.clear()
    assert (await signed_in.post("/sign-in", data={"email": "grace@crm.test", **NEW})).status_code == 303
    assert {"user.invited", "user.created", "session.started"} <= {*await audit_of(clean)}


async def test_a_used_link_says_so_and_creates_nothing(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    link = await invite(signed_in)
    await signed_in.post(link, data=NEW)
    for again in (await signed_in.get(link), await signed_in.post(link, data=NEW)):
        assert again.status_code == 409
        assert "This invitation has been used." in again.text
    assert await read(clean, "SELECT count(*) FROM users") == [(2,)]


async def test_an_expired_link_says_so(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    link = await invite(signed_in)
    with clock.at(clock.now() + timedelta(days=8)):
        late = await signed_in.post(link, data=NEW)
    assert late.status_code == 409
    assert "This invitation has expired." in late.text
    assert await read(clean, "SELECT count(*) FROM users") == [(1,)]


async def test_a_wrong_or_foreign_link_says_so(signed_in: httpx.AsyncClient) -> None:
    link = await invite(signed_in)
    for wrong in (link[:-1] + ("0" if link[-1] != "0" else "1"), link.replace("/invitations/", "/invitations/9"),
                  "/invitations/1/é"):  # fmt: skip
        answer = await signed_in.get(wrong)
        assert answer.status_code == 404, wrong
        assert "incomplete" in answer.text


async def test_a_new_invitation_of_the_same_address_ends_the_old_one(
    signed_in: httpx.AsyncClient, clean: AppContext
) -> None:
    first = await invite(signed_in)
    with clock.at(clock.now() + timedelta(seconds=1)):
        (invitation,) = await read(clean, "SELECT id FROM invitations")
        answer = await signed_in.post(f"/settings/team/invitations/{invitation[0]}/resend")
    assert answer.status_code == 303
    assert "no longer valid" in (await signed_in.get(first)).text
    ((number,),) = await read(clean, "SELECT count(*) FROM invitations WHERE revoked_at IS NULL")
    assert number == 1


async def test_a_revoked_link_says_so(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    link = await invite(signed_in)
    ((invitation_id,),) = await read(clean, "SELECT id FROM invitations")
    await signed_in.post(f"/settings/team/invitations/{invitation_id}/revoke")
    assert (await signed_in.get(link)).status_code == 409
    assert (await signed_in.get(f"/settings/team/invitations/{invitation_id}")).status_code == 404


@pytest.mark.parametrize("email", ["", "no address", "ada@crm.test"])
async def test_an_invitation_needs_a_new_address(signed_in: httpx.AsyncClient, email: str) -> None:
    answer = await signed_in.post("/settings/team", data={"email": email, "role": "member"})
    assert answer.status_code == 422
    assert 'id="error-email"' in answer.text


async def test_a_weak_password_is_explained_and_the_name_is_kept(signed_in: httpx.AsyncClient) -> None:
    link = await invite(signed_in)
    answer = await signed_in.post(link, data={**NEW, "password": NEW["name"][:5]})
    assert answer.status_code == 422
    assert "Use at least 12 characters." in answer.text
    assert 'value="Grace Hopper"' in answer.text


async def test_the_list_of_sent_mail_does_not_show_the_link(clean: AppContext) -> None:
    async with clean.db.transaction() as conn:
        ada = await factories.create_user(conn)
        invitation = await users.invite(conn, clean, email="grace@crm.test", role="member", by=ada.actor)
        waiting = await conn.fetchval("SELECT payload FROM pgqueuer WHERE entrypoint = 'send_account_mail'")
    link = users.url_of(clean, invitation)
    assert link.rpartition("/")[2].encode() not in waiting
    assert mail.carrier(clean.config) == "outbox"


async def test_a_role_is_changed_and_counts_at_once(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    bob = await add(clean, "Bob Stone")
    answer = await signed_in.post(f"/settings/team/{bob.id}/role", data={"role": "viewer"})
    assert answer.status_code == 303
    assert await read(clean, "SELECT role FROM users WHERE id = $1", bob.id) == [("viewer",)]
    assert "user.role_changed" in await audit_of(clean)
    wrong = await signed_in.post(f"/settings/team/{bob.id}/role", data={"role": "king"})
    assert wrong.status_code == 422
    assert (await signed_in.post("/settings/team/999999/role", data={"role": "owner"})).status_code == 404


async def test_the_last_owner_is_neither_demoted_nor_disabled(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    ((ada,),) = await read(clean, "SELECT id FROM users")
    for path, form in (
        (f"/settings/team/{ada}/role", {"role": "member"}),
        (f"/settings/team/{ada}/disable", {"successor": ""}),
    ):
        answer = await signed_in.post(path, data=form)
        assert answer.status_code == 409
        assert "is the last owner" in answer.text
    assert await read(clean, "SELECT role, disabled_at FROM users") == [("owner", None)]


async def test_an_owner_does_not_disable_herself(conn, context) -> None:
    ada, bob = await factories.create_user(conn), await factories.create_user(conn, "Bob")
    with pytest.raises(ConflictError, match="cannot disable yourself"):
        await users.disable(conn, ada.id, by=ada.actor, details={})
    await users.disable(conn, bob.id, by=ada.actor, details={})


async def test_disabling_ends_everything_and_hands_the_open_leads_over(
    signed_in: httpx.AsyncClient, clean: AppContext
) -> None:
    bob, eve = await add(clean, "Bob Stone"), await add(clean, "Eve Hill")
    async with clean.db.transaction() as conn:
        cookie = await auth.sessions.start_session(conn, clean, bob, "Firefox on Linux")
        _, secret = await factories.create_api_key(conn, "leads:read", by=bob.actor)
        open_lead = await leads.create(conn, leads.NewLead(name="Open", owner_id=bob.id), by=VISITOR, channel="site")
        won = await leads.create(conn, leads.NewLead(name="Won", owner_id=bob.id), by=VISITOR, channel="site")
        await leads.move(conn, won, "won", bob.actor)
    program = {"authorization": f"Bearer {secret}"}
    assert (await signed_in.get("/api/v1/leads", headers=program)).status_code == 200
    assert "Hand 1 open lead over to" in (await signed_in.get(f"/settings/team/{bob.id}")).text
    answer = await signed_in.post(f"/settings/team/{bob.id}/disable", data={"successor": str(eve.id)})
    assert answer.status_code == 303, answer.text
    assert (await signed_in.get("/api/v1/leads", headers=program)).status_code == 401
    assert (await signed_in.get("/", headers={"cookie": f"session={cookie}"})).status_code == 303
    owners = await read(clean, "SELECT name, owner_id, version FROM leads ORDER BY name")
    assert owners == [("Open", eve.id, open_lead.version + 1), ("Won", bob.id, won.version + 1)]
    ((body,),) = await read(clean, "SELECT body FROM activities WHERE body LIKE '%handed%'")
    assert body == "Ada Lovelace handed it over from Bob Stone to Eve Hill."
    page = (await signed_in.get(f"/settings/team/{bob.id}")).text
    assert "1 open lead handed over to Eve Hill." in page
    ((after,),) = await read(clean, "SELECT after FROM audit_entries WHERE action = 'user.disabled'")
    assert after == {
        "api_keys_revoked": 1,
        "leads_handed_over": 1,
        "tasks_handed_over": 0,
        "handed_over_to": "eve@crm.test",
    }
    signed_in.cookies.clear()
    refused = await signed_in.post("/sign-in", data={"email": bob.email, "password": factories.PASSWORD})
    assert "This account is disabled." in refused.text
    wrong = await signed_in.post("/sign-in", data={"email": bob.email, "password": "not his password"})
    assert "Wrong e-mail or password." in wrong.text


async def test_tasks_without_leads_are_handed_over_too(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    bob, eve = await add(clean, "Bob Stone"), await add(clean, "Eve Hill")
    async with clean.db.transaction() as conn:
        await tasks.create(conn, tasks.NewTask(title="Call", assignee_id=bob.id), by=bob.actor)
    assert "Hand 1 open task over to" in (await signed_in.get(f"/settings/team/{bob.id}")).text
    await signed_in.post(f"/settings/team/{bob.id}/disable", data={"successor": str(eve.id)})
    assert await read(clean, "SELECT assignee_id FROM tasks") == [(eve.id,)]
    assert "1 open task handed over to Eve Hill." in (await signed_in.get(f"/settings/team/{bob.id}")).text


@pytest.mark.parametrize("has_successor", [True, False])
async def test_whoever_becomes_a_viewer_hands_leads_and_tasks_over(
    signed_in: httpx.AsyncClient, clean: AppContext, has_successor: bool
) -> None:
    bob, eve = await add(clean, "Bob Stone"), await add(clean, "Eve Hill")
    async with clean.db.transaction() as conn:
        await leads.create(
            conn, leads.NewLead(name="Open", owner_id=bob.id, next_action="Call"), by=VISITOR, channel="site"
        )
    await signed_in.post(f"/settings/team/{bob.id}/role", data={"role": "owner", "viewer_successor": str(eve.id)})
    assert await read(clean, "SELECT owner_id FROM leads") == [(bob.id,)]
    url = f"/settings/team/{bob.id}/role"
    assert (await signed_in.post(url, data={"role": "viewer", "viewer_successor": str(bob.id)})).status_code == 409
    await signed_in.post(url, data={"role": "viewer", "viewer_successor": str(eve.id) if has_successor else ""})
    viewer_successor = eve.id if has_successor else None
    assert await read(clean, "SELECT owner_id, assignee_id FROM leads, tasks") == [(viewer_successor, viewer_successor)]
    name = eve.name if has_successor else "nobody"
    page = (await signed_in.get(f"/settings/team/{bob.id}")).text
    assert f"1 open lead and 1 open task handed over to {name}." in page


async def test_leads_go_only_to_somebody_who_can_work_on_them(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    bob, reader = await add(clean, "Bob Stone"), await add(clean, "Rita Reader", "viewer")
    for successor in (reader.id, bob.id, 999_999):
        answer = await signed_in.post(f"/settings/team/{bob.id}/disable", data={"successor": str(successor)})
        assert answer.status_code == 409
        assert "Choose somebody who can work on leads." in answer.text
    wrong = await signed_in.post(f"/settings/team/{bob.id}/disable", data={"successor": "eve"})
    assert wrong.status_code == 422
    assert await read(clean, "SELECT count(*) FROM users WHERE disabled_at IS NOT NULL") == [(0,)]


async def test_a_disabled_person_can_be_enabled_again(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    bob = await add(clean, "Bob Stone")
    await signed_in.post(f"/settings/team/{bob.id}/disable", data={"successor": ""})
    assert (await signed_in.post(f"/settings/team/{bob.id}/disable", data={"successor": ""})).status_code == 409
    await signed_in.post(f"/settings/team/{bob.id}/enable")
    signed_in.cookies.clear()
    answer = await signed_in.post("/sign-in", data={"email": bob.email, "password": factories.PASSWORD})
    assert answer.headers["location"] == "/"
    assert {"user.disabled", "user.enabled"} <= {*await audit_of(clean)}


async def test_the_list_shows_roles_states_and_invitations(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    bob = await add(clean, "Bob Stone", "viewer")
    await invite(signed_in, "later@crm.test")
    await signed_in.post(f"/settings/team/{bob.id}/disable", data={"successor": ""})
    page = (await signed_in.get("/settings/team")).text
    for text in ("Bob Stone", "Viewer", "Disabled", "later@crm.test", "Invited", ">You<"):
        assert text in page, text
    with clock.at(clock.now() + timedelta(days=8)):
        assert "Expired" in (await signed_in.get("/settings/team")).text


async def test_the_list_shows_who_is_protected_by_more_than_a_password(
    signed_in: httpx.AsyncClient, clean: AppContext
) -> None:
    bob = await add(clean, "Bob Stone")
    for url in ("/settings/team", f"/settings/team/{bob.id}"):
        assert "Password only" in (await signed_in.get(url)).text
    async with clean.db.transaction() as conn:
        await conn.execute("UPDATE users SET totp_secret = 'x', totp_confirmed_at = now()")
        await conn.execute(
            "INSERT INTO passkeys (user_id, handle, credential_id, public_key, sign_count, name, created_at)"
            " SELECT $1, decode(repeat('00', 16), 'hex'), n::text::bytea, '', 0, 'x', now()"
            " FROM generate_series(1, 2) AS n",
            bob.id,
        )
        await conn.execute(
            "INSERT INTO identities (user_id, issuer, subject, email, created_at, used_at)"
            " VALUES ($1, 'https://id.example', 'bob', 'bob@crm.test', now(), now())",
            bob.id,
        )
    for url in ("/settings/team", f"/settings/team/{bob.id}"):
        assert "2 passkeys, Two-factor, Single sign-on" in (await signed_in.get(url)).text


async def test_programs_list_the_users(keyed: Callable[..., Awaitable[httpx.AsyncClient]], clean: AppContext) -> None:
    bob = await add(clean, "Bob Stone", "viewer")
    await add(clean, "Ada Lovelace", "owner")
    program = await keyed("users:read")
    listed = (await program.get("/api/v1/users")).json()
    assert [(each["name"], each["role"], each["active"]) for each in listed["data"]] == [
        ("Ada Lovelace", "owner", True), ("Bob Stone", "viewer", True),
    ]  # fmt: skip
    assert listed["data"][1] == {
        "id": bob.id, "name": "Bob Stone", "email": "bob@crm.test", "role": "viewer", "active": True,
        "created_at": listed["data"][1]["created_at"], "last_seen_at": None,
    }  # fmt: skip
    assert (await program.get("/api/v1/users?role=viewer&active=true")).json()["total"] == 1
    first = (await program.get("/api/v1/users?limit=1")).json()
    rest = (await program.get(f"/api/v1/users?limit=1&cursor={first['next_cursor']}")).json()
    assert [each["name"] for each in rest["data"]] == ["Bob Stone"]
    for wrong in ("role=king", "active=perhaps", "cursor=x", "limit=0", "unknown=1"):
        assert (await program.get(f"/api/v1/users?{wrong}")).status_code == 422, wrong
