from __future__ import annotations

from ops.dev.signin import FILE_NAME, kept


def test_a_generated_password_stays_the_same(tmp_path):
    first = kept(tmp_path, "", "", "admin@example.org")
    assert first.email == "admin@example.org"
    assert len(first.password) >= 16
    assert kept(tmp_path, "", "", "admin@example.org") == first


def test_what_is_given_is_kept_and_shown_next_time(tmp_path):
    kept(tmp_path, "", "", "admin@example.org")
    given = kept(tmp_path, "ada@example.org", "a sentence of mine", "admin@example.org")
    assert given == ("ada@example.org", "a sentence of mine", False)
    assert kept(tmp_path, "", "", "admin@example.org") == given


def test_each_person_keeps_their_own_password(tmp_path):
    first = kept(tmp_path, "", "", "admin@example.org")
    kept(tmp_path, "ada@example.org", "a sentence of mine", "admin@example.org")
    assert kept(tmp_path, "admin@example.org", "", "") == first


def test_another_password_for_somebody_known_is_not_taken_and_that_is_told(tmp_path):
    first = kept(tmp_path, "", "", "admin@example.org")
    assert kept(tmp_path, "", "another sentence", "admin@example.org") == first._replace(ignored=True)


def test_only_its_owner_may_read_it(tmp_path):
    kept(tmp_path, "", "", "admin@example.org")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
