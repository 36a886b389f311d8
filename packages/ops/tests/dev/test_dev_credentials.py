from __future__ import annotations

from ops.dev.dev_credentials import FILE_NAME, load_credentials, store_credentials


def test_a_generated_password_stays_the_same(tmp_path):
    first = load_credentials(tmp_path, "", "", "admin@example.org")
    assert first.email == "admin@example.org"
    assert len(first.password) >= 16
    assert load_credentials(tmp_path, "", "", "admin@example.org") == first


def test_a_password_that_the_crm_accepted_is_there_at_the_next_start(tmp_path):
    load_credentials(tmp_path, "", "", "admin@example.org")
    chosen = load_credentials(tmp_path, "ada@example.org", "a sentence of mine", "admin@example.org")
    assert chosen == ("ada@example.org", "a sentence of mine", False)
    store_credentials(tmp_path, chosen)
    assert load_credentials(tmp_path, "", "", "admin@example.org") == chosen


def test_a_password_that_the_crm_did_not_accept_can_be_replaced(tmp_path):
    load_credentials(tmp_path, "ada@example.org", "weak", "admin@example.org")
    better = load_credentials(tmp_path, "ada@example.org", "a sentence of mine", "admin@example.org")
    assert better == ("ada@example.org", "a sentence of mine", False)


def test_each_user_keeps_their_own_password(tmp_path):
    first = load_credentials(tmp_path, "", "", "admin@example.org")
    store_credentials(tmp_path, load_credentials(tmp_path, "ada@example.org", "a sentence of mine", ""))
    assert load_credentials(tmp_path, "admin@example.org", "", "") == first


def test_another_password_for_a_known_user_is_ignored_and_marked_so(tmp_path):
    first = load_credentials(tmp_path, "", "", "admin@example.org")
    assert load_credentials(tmp_path, "", "another sentence", "admin@example.org") == first._replace(ignored=True)


def test_only_its_owner_may_read_it(tmp_path):
    load_credentials(tmp_path, "", "", "admin@example.org")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
