"""What rotate-secrets.md says of SEALING_KEYS and SESSION_SECRET is so."""

from __future__ import annotations

import base64
import os
import secrets

import pytest

from crm import config
from crm.kernel.security.encryption import DecryptionError, SecretBox


def key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def seal(*keys: str, session_secret: str) -> SecretBox:
    given = {"SESSION_SECRET": session_secret, "SEALING_KEYS": ",".join(keys)}
    return SecretBox.of(config.load(given, database_url="postgresql://octatech@localhost/octatech"))


def test_two_deployments_leave_no_moment_in_which_a_release_cannot_open_what_the_other_sealed():
    session_secret, old, new = secrets.token_urlsafe(48), key(), key()
    before, between, after = (seal(*keys, session_secret=session_secret) for keys in ((old,), (old, new), (new, old)))
    assert between.open(before.seal("a")) == before.open(between.seal("a")) == "a"
    assert after.open(between.seal("b")) == between.open(after.seal("b")) == "b"
    with pytest.raises(DecryptionError):
        before.open(after.seal("c"))


def test_the_old_key_is_needed_until_everything_is_written_anew():
    session_secret, old, new = secrets.token_urlsafe(48), key(), key()
    sealed = seal(old, session_secret=session_secret).seal("whsec")
    alone = seal(new, session_secret=session_secret)
    with pytest.raises(DecryptionError, match="SEALING_KEYS"):
        alone.open(sealed)
    assert alone.open(seal(new, old, session_secret=session_secret).seal("whsec")) == "whsec"


def test_another_session_secret_opens_what_keys_sealed_and_not_what_it_sealed_itself():
    before, after, own = secrets.token_urlsafe(48), secrets.token_urlsafe(48), key()
    assert seal(own, session_secret=after).open(seal(own, session_secret=before).seal("a")) == "a"
    with pytest.raises(DecryptionError):
        seal(own, session_secret=after).open(seal(session_secret=before).seal("a"))
