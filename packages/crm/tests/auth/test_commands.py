"""`crm user create` and `crm apikey create`, run as commands."""

from __future__ import annotations

import os
import subprocess
import sys

import factories
import httpx
from conftest import environment

from crm.kernel.app_context import AppContext


def crm(database_url: str, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment(database_url)}
    command = [sys.executable, "-m", "crm", *words]
    return subprocess.run(command, input=typed, env=env, capture_output=True, text=True, timeout=60, check=False)


async def test_a_person_made_by_command_can_sign_in(client: httpx.AsyncClient, database_url: str) -> None:
    words = ("user", "create", "--email", "grace@navy.example", "--name", "Grace Hopper")
    made = crm(database_url, *words, typed="nine patient herons\n")
    assert made.returncode == 0, made.stderr
    assert "nine patient herons" not in made.stdout
    answer = await client.post("/sign-in", data={"email": "grace@navy.example", "password": "nine patient herons"})
    assert answer.status_code == 303
    again = crm(database_url, *words, typed="nine patient herons\n")
    assert again.returncode == 1
    assert "already exists" in again.stderr


async def test_a_link_made_by_command_lets_somebody_in_who_is_locked_out(
    client: httpx.AsyncClient, clean: AppContext, database_url: str
) -> None:
    async with clean.db.transaction() as connection:
        await factories.create_user(connection)
    printed = crm(database_url, "user", "reset", "--email", "Ada@crm.test")
    assert printed.returncode == 0, printed.stderr
    link = printed.stdout.strip().removeprefix("http://crm.test")
    answer = await client.post(link, data={"password": "nine patient herons"})
    assert answer.headers["location"] == "/sign-in?reset=true"
    unknown = crm(database_url, "user", "reset", "--email", "nobody@crm.test")
    assert (unknown.returncode, "No user has the e-mail nobody@crm.test." in unknown.stderr) == (1, True)


async def test_a_key_made_by_command_stands_alone_on_stdout_and_works(
    client: httpx.AsyncClient, clean: AppContext, database_url: str
) -> None:
    made = crm(database_url, "apikey", "create", "--name", "Bench", "--scopes", "leads:read, leads:write")
    assert made.returncode == 0, made.stderr
    answer = await client.get("/api/v1/me", headers={"authorization": f"Bearer {made.stdout.strip()}"})
    assert answer.json()["scopes"] == ["leads:read", "leads:write"]


def test_all_errors_are_on_stderr_with_status_1(database_url: str) -> None:
    person = crm(database_url, "user", "create", "--email", "grace", "--name", "", typed="short\n")
    assert person.returncode == 1
    assert len(person.stderr.splitlines()) == 3
    key = crm(database_url, "apikey", "create", "--name", "Bench", "--scopes", "leads:fly")
    assert (key.returncode, key.stdout) == (1, "")
    assert "Unknown scope: leads:fly" in key.stderr


async def test_a_forgotten_password_is_replaced_by_command_and_old_sessions_end(
    signed_in: httpx.AsyncClient, database_url: str
) -> None:
    done = crm(database_url, "user", "password", "--email", "Ada@crm.test", typed="seven calm otters swim\n")
    assert done.returncode == 0, done.stderr
    assert (await signed_in.get("/profile")).status_code == 303
    answer = await signed_in.post("/sign-in", data={"email": "ada@crm.test", "password": "seven calm otters swim"})
    assert answer.status_code == 303
    nobody = crm(database_url, "user", "password", "--email", "nobody@crm.test", typed="seven calm otters swim\n")
    assert nobody.returncode == 1
    assert "No user has the e-mail" in nobody.stderr


async def test_a_key_revoked_by_command_is_refused(client: httpx.AsyncClient, database_url: str) -> None:
    secret = crm(database_url, "apikey", "create", "--name", "Bench", "--scopes", "leads:read").stdout.strip()
    done = crm(database_url, "apikey", "revoke", "--name", "Bench")
    assert done.returncode == 0, done.stderr
    assert (await client.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"})).status_code == 401
    assert crm(database_url, "apikey", "revoke", "--name", "Bench").returncode == 1


def test_a_weak_first_password_ends_the_seed_with_a_sentence(database_url: str) -> None:
    env = {**os.environ, **environment(database_url, ADMIN_EMAIL="a@crm.test", ADMIN_PASSWORD="short")}
    done = subprocess.run(
        [sys.executable, "-m", "crm", "seed"], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "password" in done.stderr
    assert "Traceback" not in done.stderr
