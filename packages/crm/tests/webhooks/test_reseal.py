"""`crm reseal`: after it, the first key opens everything and the older ones can go."""

from __future__ import annotations

import os
import subprocess
import sys

import factories
import pytest
from conftest import environment
from cryptography.fernet import Fernet

from crm.config import load
from crm.kernel.app_context import AppContext
from crm.kernel.security.encryption import DecryptionError, SecretBox

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def reseal(database_url: str, keys: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment(database_url, SEALING_KEYS=keys)}
    return subprocess.run(
        [sys.executable, "-m", "crm", "reseal"], env=env, capture_output=True, text=True, timeout=60, check=False
    )


async def read_sealed(context: AppContext) -> list[bytes]:
    async with context.db.connection() as conn:
        rows = await conn.fetch("SELECT sealed_secret FROM webhooks UNION ALL SELECT sealed_url FROM channels")
    return [row[0] for row in rows]


def seal(database_url: str, keys: str) -> SecretBox:
    return SecretBox.of(
        load(environment(database_url, SEALING_KEYS=keys, SESSION_SECRET="another secret, as long as it must be"))
    )


async def test_after_it_the_new_key_alone_opens_all_there_is(clean: AppContext, database_url: str):
    async with clean.db.transaction() as conn:
        webhook, _ = await factories.create_webhook(conn, clean, "https://hooks.example/in", "*")
        await factories.create_channel(conn, clean)
    before = [clean.seal.open(each) for each in await read_sealed(clean)]
    assert reseal(database_url, f"{OLD},{NEW}").stdout == "Encrypted 2 secrets with the first key.\n"
    assert [seal(database_url, OLD).open(each) for each in await read_sealed(clean)] == before
    for _ in range(2):
        assert reseal(database_url, f"{NEW},{OLD}").returncode == 0
    assert [seal(database_url, NEW).open(each) for each in await read_sealed(clean)] == before
    with pytest.raises(DecryptionError):
        seal(database_url, OLD).open((await read_sealed(clean))[0])
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT version FROM webhooks WHERE id = $1", webhook.id) == webhook.version


async def test_where_a_key_is_missing_nothing_is_changed(clean: AppContext, database_url: str):
    async with clean.db.transaction() as conn:
        await factories.create_webhook(conn, clean, "https://hooks.example/one", "*")
        await factories.create_webhook(conn, clean, "https://hooks.example/two", "*", name="Two")
        foreign = Fernet(Fernet.generate_key()).encrypt(b"lost")
        await conn.execute("UPDATE webhooks SET sealed_secret = $1 WHERE name = 'Two'", foreign)
    before = await read_sealed(clean)
    done = reseal(database_url, NEW)
    assert done.returncode == 1
    assert "SEALING_KEYS" in done.stderr
    assert await read_sealed(clean) == before


def test_with_nothing_stored_it_says_so(clean: AppContext, database_url: str):
    assert reseal(database_url, NEW).stdout == "Encrypted 0 secrets with the first key.\n"
