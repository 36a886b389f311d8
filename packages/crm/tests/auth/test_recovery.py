"""Lost passwords: the link by mail, what it does, and when it does nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import due_jobs
import factories
import httpx
import pytest

from crm.accounts import auth
from crm.accounts.auth import User
from crm.kernel import clock
from crm.kernel.app_context import AppContext

NEW = {"password": "seven calm lanterns drift"}


@pytest.fixture
async def ada(clean: AppContext) -> User:
    async with clean.db.transaction() as connection:
        return await factories.create_user(connection)


async def mails(context: AppContext) -> list[str]:
    await due_jobs.run(context)
    async with context.db.connection() as connection:
        return [row["body"] for row in await connection.fetch("SELECT body FROM mails ORDER BY id")]


async def ask(client: httpx.AsyncClient, context: AppContext, email: str = "ada@crm.test") -> str:
    """Ask for a link, and return its path; empty if no mail was sent."""
    answer = await client.post("/forgot-password", data={"email": email})
    assert answer.status_code == 200
    assert "is on its way" in answer.text
    found = re.findall(r"http://crm\.test(/reset-password/\S+)", "\n".join(await mails(context)))
    return found[-1] if found else ""


async def test_a_link_sets_a_new_password_once_and_ends_every_session(
    client: httpx.AsyncClient, ada: User, clean: AppContext
) -> None:
    async with clean.db.transaction() as connection:
        await auth.sessions.start_session(connection, clean, ada, "Firefox on Linux")
    link = await ask(client, clean)
    assert ada.email in (await client.get(link)).text
    answer = await client.post(link, data=NEW)
    assert answer.headers["location"] == "/sign-in?reset=true"
    async with clean.db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM sessions") == 0
        actions = [row[0] for row in await connection.fetch("SELECT action FROM audit_entries ORDER BY id")]
    assert actions == ["password.link_sent", "password.reset"]
    assert "was changed" in (await mails(clean))[-1]
    old = await client.post("/sign-in", data={"email": ada.email, "password": factories.PASSWORD})
    assert old.status_code == 422
    assert (await client.post("/sign-in", data={"email": ada.email, **NEW})).status_code == 303
    for again in (await client.get(link), await client.post(link, data=NEW)):
        assert again.status_code == 404
        assert "has been used, has expired" in again.text


async def test_nobody_learns_whether_an_address_exists(client: httpx.AsyncClient, ada: User, clean: AppContext) -> None:
    known = await client.post("/forgot-password", data={"email": ada.email})
    unknown = await client.post("/forgot-password", data={"email": "bob@crm.test"})
    assert known.text.replace(ada.email, "…") == unknown.text.replace("bob@crm.test", "…")
    assert len(await mails(clean)) == 1


async def test_a_disabled_account_gets_no_link(client: httpx.AsyncClient, ada: User, clean: AppContext) -> None:
    link = await ask(client, clean)
    async with clean.db.transaction() as connection:
        await connection.execute("UPDATE users SET disabled_at = now()")
    assert (await client.post(link, data=NEW)).status_code == 404
    assert await ask(client, clean) == link


async def test_a_link_ends_after_an_hour(client: httpx.AsyncClient, ada: User, clean: AppContext) -> None:
    link = await ask(client, clean)
    with clock.at(clock.now() + timedelta(minutes=61)):
        assert (await client.post(link, data=NEW)).status_code == 404


async def test_a_changed_link_does_nothing(client: httpx.AsyncClient, ada: User, clean: AppContext) -> None:
    link = await ask(client, clean)
    path, _, token = link.rpartition("/")
    until, _, signature = token.partition("-")
    for wrong in (
        f"{path}/{int(until) + 9}-{signature}", f"{path}/{token}0", f"{path}/x", f"{path}/-", f"{path}/é",
        f"/reset-password/{ada.id + 1}/{token}", f"/reset-password/{'9' * 18}/{token}",
    ):  # fmt: skip
        assert (await client.post(wrong, data=NEW)).status_code == 404, wrong


async def test_a_weak_password_and_a_wrong_form_are_explained(
    client: httpx.AsyncClient, ada: User, clean: AppContext
) -> None:
    link = await ask(client, clean)
    for form in ({"password": "short"}, {"password": ""}, {"other": "x"}):
        answer = await client.post(link, data=form)
        assert answer.status_code == 422
        assert 'id="error-password"' in answer.text
    assert (await client.post("/forgot-password", data={"email": ""})).status_code == 422


async def test_asking_is_limited(client: httpx.AsyncClient, ada: User, clean: AppContext) -> None:
    answers = [await client.post("/forgot-password", data={"email": ada.email}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "Too many attempts." in answers[-1].text
    assert len(await mails(clean)) == 5


async def test_the_queue_does_not_hold_the_link(client: httpx.AsyncClient, ada: User, clean: AppContext) -> None:
    async with clean.db.transaction() as connection:
        await auth.recovery.send_link(clean, {"email": ada.email, "client_ip": ""})
        waiting = await connection.fetchval("SELECT string_agg(convert_from(payload, 'UTF8'), '') FROM pgqueuer")
    assert "reset-password" not in waiting
