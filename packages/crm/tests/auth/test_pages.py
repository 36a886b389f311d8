"""The profile: name, theme, password, sessions."""

from __future__ import annotations

import factories
import httpx

from crm.accounts import auth
from crm.kernel.app_context import AppContext


async def another(context: AppContext, device: str = "Safari on an iPhone") -> str:
    async with context.db.transaction() as connection:
        (ada,) = await auth.list_users(connection)
        return await auth.sessions.start_session(connection, context, ada, device)


async def opens(client: httpx.AsyncClient, token: str) -> bool:
    return (await client.get("/profile", headers={"cookie": f"session={token}"})).status_code == 200


async def test_a_person_chooses_name_and_theme(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.post("/profile", data={"name": "Countess Lovelace", "theme": "dark"})
    assert answer.headers["location"] == "/profile"
    page = (await signed_in.get("/profile")).text
    assert 'value="Countess Lovelace"' in page
    assert 'data-theme="dark"' in page
    assert "Profile saved." in page
    assert "Profile saved." not in (await signed_in.get("/profile")).text


async def test_a_wrong_profile_comes_back_with_what_was_typed(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.post("/profile", data={"name": "x" * 121, "theme": "dark"})
    assert answer.status_code == 422
    assert "x" * 121 in answer.text
    assert "too long. Use at most 120." in answer.text
    assert 'aria-describedby="hint-name error-name" aria-invalid="true"' in answer.text


async def test_another_password_ends_every_other_session(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    elsewhere = await another(clean)
    answer = await signed_in.post(
        "/profile/password", data={"current": factories.PASSWORD, "new": "nine patient herons"}
    )
    assert answer.status_code == 303
    assert "1 other session ended" in (await signed_in.get("/profile")).text
    assert not await opens(signed_in, elsewhere)
    old = await signed_in.post("/sign-in", data={"email": "ada@crm.test", "password": factories.PASSWORD})
    new = await signed_in.post("/sign-in", data={"email": "ada@crm.test", "password": "nine patient herons"})
    assert (old.status_code, new.status_code) == (422, 303)


async def test_without_the_password_of_now_nothing_changes(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    elsewhere = await another(clean)
    answer = await signed_in.post("/profile/password", data={"current": "a wrong guess", "new": "password1234"})
    assert answer.status_code == 422
    assert "Wrong current password." in answer.text
    assert "very common password" in answer.text
    assert "a wrong guess" not in answer.text
    assert await opens(signed_in, elsewhere)


async def test_sessions_are_listed_by_device_and_one_can_be_ended(
    signed_in: httpx.AsyncClient, clean: AppContext
) -> None:
    elsewhere = await another(clean, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1")
    page = (await signed_in.get("/profile")).text
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    async with clean.db.connection() as connection:
        number = await connection.fetchval("SELECT max(id) FROM sessions")
    assert (await signed_in.post(f"/profile/sessions/{number}/end")).status_code == 303
    assert not await opens(signed_in, elsewhere)
    assert (await signed_in.get("/profile")).status_code == 200


async def test_all_other_sessions_can_be_ended_at_once(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    others = [await another(clean), await another(clean)]
    await signed_in.post("/profile/sessions/end-others")
    assert "2 other sessions ended." in (await signed_in.get("/profile")).text
    assert not any([await opens(signed_in, token) for token in others])


async def test_nobody_ends_the_session_of_another(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    async with clean.db.transaction() as connection:
        grace = await factories.create_user(connection, "Grace Hopper")
        token = await auth.sessions.start_session(connection, clean, grace, "Her own")
        number = await connection.fetchval("SELECT max(id) FROM sessions")
    assert (await signed_in.post(f"/profile/sessions/{number}/end")).status_code == 404
    assert await opens(signed_in, token)


async def test_a_name_is_shown_as_written_and_never_as_markup(signed_in: httpx.AsyncClient) -> None:
    await signed_in.post("/profile", data={"name": "<img src=x onerror=alert(1)>", "theme": "system"})
    page = (await signed_in.get("/profile")).text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
