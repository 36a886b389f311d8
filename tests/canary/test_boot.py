"""A process that cannot do what it should says why, and not with whose secret."""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from urllib.parse import quote

from canary.conftest import LeakFixture

AT_ONCE = 3
LIVE = {"APP_ENV": "production", "CRM_BASE_URL": "https://crm.octatech.example", "WEBHOOKS_ALLOW_LOOPBACK": "0"}


class Start(NamedTuple):
    """A command, the variables it is given, and what it says of them."""

    words: tuple[str, ...]
    given: dict[str, str]
    says: tuple[str, ...]


def list_starts(leak_fixture: LeakFixture) -> list[Start]:
    new = leak_fixture.canary_secrets.new
    away = "postgresql://crm:{}@127.0.0.1:1/crm".format
    wrong = {
        "APP_ENV": "live",
        "PORT": "many",
        # A password with a character that ends it early: what follows is taken for a host or a port.
        "DATABASE_URL": away(f"{new('at')}@{new('rest')}"),
        "SEALING_KEYS": new("no key", 30),
        "SYNTHETIC_KEY": new("short key", 20),
        "METRICS_TOKEN": new("short token", 20),
        "SENTRY_DSN": f"https://{new('no project', 30)}@sentry.example",
        "HEARTBEAT_URL": f"ping/{new('no ping', 30)}",
        "REDIS_URL": f"reddis://:{new('no redis')}@here:6379",
        "SMTP_URL": f"mail.example:{new('no mail')}",
    }
    weak = {
        "SESSION_SECRET": new("short", 20),
        "ADMIN_PASSWORD": new("weak", 11),
        "DATABASE_URL": away(f"{new('slash')}/x"),
    }
    return [
        Start(("serve",), wrong, tuple(wrong)),
        Start(("worker",), {**LIVE, **weak}, tuple(weak)),
        Start(("serve",), {"PORT": str(leak_fixture.providers["http"].port)}, ("is not available",)),
        Start(("migrate",), {"MIGRATION_DATABASE_URL": away(new("option")) + "?pasword=x"}, ("DATABASE_URL",)),
        Start(
            ("migrate",), {"MIGRATION_DATABASE_URL": away(quote(new("quoted") + "/@:", safe=""))},
            ("cannot be reached",),
        ),
        Start(("seed",), {"DATABASE_URL": away(new("away"))}, ("cannot be reached",)),
        Start(("seed",), {"ADMIN_EMAIL": "zoe@crm.example", "ADMIN_PASSWORD": new("too short", 10)}, ("password",)),
    ]  # fmt: skip


async def test_whatever_keeps_a_process_from_its_work_no_secret_leaks(leak_fixture: LeakFixture):
    every, wrong = list_starts(leak_fixture), []
    for first in range(0, len(every), AT_ONCE):
        wrong += await asyncio.gather(*(_find_error(leak_fixture, each) for each in every[first : first + AT_ONCE]))
    assert leak_fixture.find_leaks() == []
    assert [each for each in wrong if each] == []


async def _find_error(leak_fixture: LeakFixture, start: Start) -> str:
    """What is wrong with the end it came to; empty where nothing is."""
    status, said = await leak_fixture.run_to_end(*start.words, **start.given)
    unsaid = [word for word in start.says if word not in said]
    if status != 1 or unsaid or "Traceback" in said:
        return f"{start.words} {start.says}: status {status}, does not say {unsaid}: {said[-500:]}"
    return ""
