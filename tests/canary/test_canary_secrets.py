"""No secret variable can be forgotten, and no form of a canary is overlooked."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from canary.canary_secrets import PUBLIC, CanarySecrets, list_secret_fields, list_text_fields

from crm import config, terminal

DATABASE = "postgresql://postgres@/crm?host=/nowhere"


@pytest.fixture
def canary_secrets() -> CanarySecrets:
    return CanarySecrets(DATABASE, 25, 9000, 9)


def test_every_field_that_could_hold_a_secret_has_a_canary(canary_secrets: CanarySecrets):
    assert {"session_secret", "database_url", "sealing_keys"} <= list_secret_fields()
    assert {name.upper() for name in list_secret_fields()} <= set(canary_secrets.environment)
    assert list_text_fields() - list_secret_fields() == PUBLIC


def test_every_canary_reaches_the_configuration_and_its_log_knows_each(canary_secrets: CanarySecrets):
    loaded = config.load(canary_secrets.environment)
    held = [str(getattr(loaded, name)) for name in list_secret_fields()]
    known = "\n".join(terminal.secrets_of(loaded))
    for name in list_secret_fields():
        for canary in (text for key, text in canary_secrets.canaries.items() if key.split(" ")[0] == name.upper()):
            assert any(canary in value for value in held), name
            assert canary in known, f"The log does not scrub {name}."


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_a_canary_is_recognized_in_every_form(canary_secrets: CanarySecrets, before: str):
    for name, canary in canary_secrets.canaries.items():
        for text in (
            canary,
            json.dumps({"why": f"{before}{canary}"}),
            quote(f"{before}{canary}&", safe=""),
            f"{before}{canary}".encode().hex(),
            base64.b64encode(f"{before}{canary}:".encode()).decode(),
            base64.urlsafe_b64encode(f"{before}{canary}".encode()).decode(),
            canary[7:19],
        ):
            assert any(each.startswith(name) for each in canary_secrets.find_leaks(text.encode())), (name, text)
    assert canary_secrets.find_leaks(b"nothing of them") == []
