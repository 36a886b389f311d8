"""A sign-in from a new browser is told by mail."""

from __future__ import annotations

import due_jobs
import factories
import httpx
import pytest

from crm.accounts.auth import User
from crm.kernel.app_context import AppContext

FIREFOX = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}


@pytest.fixture
async def ada(clean: AppContext) -> User:
    async with clean.db.transaction() as connection:
        return await factories.create_user(connection)


async def sign_in(client: httpx.AsyncClient, ada: User) -> None:
    form = {"email": ada.email, "password": factories.PASSWORD}
    assert (await client.post("/sign-in", data=form, headers=FIREFOX)).status_code == 303


async def read_mails(context: AppContext) -> list[tuple[str, str]]:
    await due_jobs.run(context)
    async with context.db.connection() as connection:
        return [tuple(row) for row in await connection.fetch("SELECT recipient, body FROM mails")]


async def test_only_a_new_browser_is_news(client: httpx.AsyncClient, ada: User, clean: AppContext) -> None:
    await sign_in(client, ada)
    device = client.cookies["device"]
    client.cookies.delete("session")
    await sign_in(client, ada)
    assert client.cookies["device"] == device
    assert await read_mails(clean) == []
    client.cookies.clear()
    await sign_in(client, ada)
    ((recipient, body),) = await read_mails(clean)
    assert recipient == ada.email
    assert "Browser: Firefox on Linux" in body
    assert "http://crm.test/profile" in body


async def test_the_browser_of_somebody_else_is_new(client: httpx.AsyncClient, ada: User, clean: AppContext) -> None:
    await sign_in(client, ada)
    async with clean.db.transaction() as connection:
        bob = await factories.create_user(connection, "Bob")
    await sign_in(client, bob)
    client.cookies.clear()
    await sign_in(client, bob)
    assert [recipient for recipient, _ in await read_mails(clean)] == [bob.email]


async def test_the_table_of_browsers_holds_only_hashes(client: httpx.AsyncClient, ada: User, clean: AppContext) -> None:
    await sign_in(client, ada)
    async with clean.db.connection() as connection:
        stored = await connection.fetchval("SELECT token_hash FROM known_devices")
    assert stored == clean.digest("device", client.cookies["device"])
