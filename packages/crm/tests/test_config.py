"""The configuration from outside: refused where it is weak or cannot be read, and never repeated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crm import config

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
LIVE = {
    "APP_ENV": "production",
    "DATABASE_URL": "postgresql://crm:a%2Fb@db.example:5432/crm",
    "CRM_BASE_URL": "https://crm.octatech.example",
    "SESSION_SECRET": "of the tests, and long enough for any system",
    "ADMIN_PASSWORD": "eight quiet strokes at noon",
}


def errors(**changed: str) -> list[str]:
    try:
        config.load({**LIVE, **changed})
    except config.ConfigError as bad:
        return bad.errors
    return []


def example(name: str) -> str:
    found = re.search(rf"^{name}=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_production_starts_with_what_is_strong():
    assert errors() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_SECRET", ""),
        ("SESSION_SECRET", "thirty-one characters, not more"),
        ("SESSION_SECRET", example("SESSION_SECRET")),
        ("ADMIN_PASSWORD", "changeme"),
        ("ADMIN_PASSWORD", "Set securely"),
        ("ADMIN_PASSWORD", "eleven char"),
        ("ADMIN_PASSWORD", example("ADMIN_PASSWORD")),
        ("CRM_BASE_URL", "http://crm.octatech.example"),
        ("WEBHOOKS_ALLOW_LOOPBACK", "1"),
    ],
)
def test_production_does_not_start_with_what_is_weak_or_an_example(name: str, value: str):
    (message,) = errors(**{name: value})
    assert message.startswith(name)
    assert errors(**{name: value, "APP_ENV": "development"}) == []


def test_the_environment_may_be_named_as_node_names_it():
    environ = {name: value for name, value in LIVE.items() if name != "APP_ENV"}
    assert config.load({**environ, "NODE_ENV": "production"}).production
    assert not config.load(environ).production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://crm:hunter/two@db.example:5432/crm"),
        ("DATABASE_URL", "postgresql://crm:hunter@two@db.example/crm"),
        ("DATABASE_URL", "mysql://crm:hunter2@db.example/crm"),
        ("SEALING_KEYS", "hunter-two-is-no-key"),
        ("REDIS_URL", "db.example:hunter"),
        ("SMTP_URL", "smtp://ada:hunter#2@mail.example"),
        ("SENTRY_DSN", "https://hunter.example"),
        ("HEARTBEAT_URL", "hunter/two"),
        ("HEARTBEAT_URL", "tidy_jobs=https://hc.example/1 empty_trash=hunter"),
        ("METRICS_TOKEN", "hunter two"),
        ("MAIL_INBOUND_SECRET", "whsec_hunter"),
        ("RESEND_WEBHOOK_SECRET", "hunter" * 8),
    ],
)
def test_a_secret_that_cannot_be_read_is_named_and_not_repeated(name: str, value: str):
    (message,) = errors(**{name: value})
    assert message.startswith(name)
    assert "hunter" not in message


def test_the_address_of_received_mail_is_a_plain_one():
    assert config.load({**LIVE, "MAIL_INBOUND": "crm@in.example.org"}).mail_inbound == "crm@in.example.org"
    (message,) = errors(MAIL_INBOUND="crm+all@in.example.org")
    assert message.startswith("MAIL_INBOUND is 'crm+all@in.example.org'. Give one address without +")
