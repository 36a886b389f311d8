from __future__ import annotations

from ops.dev.signin import FILE_NAME, kept


def test_a_generated_password_stays_the_same(tmp_path):
    first = kept(tmp_path, "", "", "admin@example.org")
    assert first.email == "admin@example.org"
    assert len(first.password) >= 16
    assert kept(tmp_path, "", "", "admin@example.org") == first


def test_what_is_given_wins_and_is_kept(tmp_path):
    kept(tmp_path, "", "", "admin@example.org")
    given = kept(tmp_path, "ada@example.org", "a sentence of mine", "admin@example.org")
    assert given == ("ada@example.org", "a sentence of mine")
    assert kept(tmp_path, "", "", "admin@example.org") == given


def test_only_its_owner_may_read_it(tmp_path):
    kept(tmp_path, "", "", "admin@example.org")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
