"""What cannot be done is refused before anything is made, with what to do."""

from __future__ import annotations

import os

import pytest
from backup.http_sink import run_http_sink
from pitr.origin import STANZA

from ops.pitr import command
from ops.pitr.pgbackrest import PgBackRestError, find_missing_wal, read_archive, run_pgbackrest

FUTURE = "2999-03-01T14:03:19Z"


@pytest.mark.parametrize(
    ("to", "status", "words"),
    [
        ("yesterday", 2, "'yesterday' is not a time"),
        ("2026-03-01T14:03:19", 2, "has no time zone. Add Z"),
        ("2001-03-01T14:03:19Z", 1, "2001-03-01T14:03:19Z cannot be reached. Reachable: 2"),
        (FUTURE, 1, f"{FUTURE} cannot be reached. Reachable: 2"),
    ],
)
def test_a_time_that_cannot_be_reached_is_refused_with_those_that_can(past, run, to, status, words):
    into = past.origin.folder / "never"
    assert run(command.run_restore, STANZA, to, into, yes=True, as_json=True)[0] == status
    ended, said = run(command.run_drill, os.environ, STANZA, to, as_json=False)
    assert (ended, words in said) == (status, True)
    assert not into.exists()
    assert past.scratch == []


def test_a_folder_with_files_is_refused_and_left_alone(past, run):
    into = past.origin.folder / "scratch"
    (into / "letter").write_text("Dear Ada")
    status, said = run(command.run_restore, STANZA, "latest", into, yes=True, as_json=False)
    assert (status, f"{into} is not empty" in said) == (1, True)
    assert (into / "letter").read_text() == "Dear Ada"
    (into / "letter").unlink()


def test_the_folder_of_a_running_server_is_refused(past, run):
    status, said = run(command.run_restore, STANZA, "latest", past.origin.data, yes=True, as_json=False)
    assert (status, "has a running server" in said) == (1, True)
    assert past.origin.read()


def test_nothing_is_restored_without_a_yes(past, run):
    into = past.origin.folder / "never"
    status, said = run(command.run_restore, STANZA, "latest", into, yes=False, as_json=False)
    assert (status, "Pass --yes" in said, into.exists()) == (1, True, False)


@pytest.mark.parametrize(
    ("name", "value", "status", "words"),
    [
        ("PGBACKREST_REPO1_CIPHER_PASS", "another-one", 1, "Is PGBACKREST_REPO1_CIPHER_PASS the passphrase"),
        ("PGBACKREST_REPO1_CIPHER_PASS", None, 2, "requires option: repo1-cipher-pass"),
        ("PGBACKREST_REPO1_PATH", "/nowhere", 1, "cannot be read: missing stanza path"),
        ("PGBACKREST_REPO1_TYPE", "s3", 2, "requires option: repo1-s3-bucket"),
        ("PATH", "/nowhere", 2, "pgbackrest is not installed here"),
    ],
)
def test_a_wrong_setting_is_named(past, run, monkeypatch, name, value, status, words):
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    ended, said = run(command.run_drill, os.environ, STANZA, "latest", as_json=False)
    assert (ended, words in said) == (status, True), said


def test_whatever_a_wrong_passphrase_makes_of_a_file_it_is_asked_about(past, monkeypatch):
    """A file decrypts to nonsense, or by chance not at all: one time in six for a file as short as this."""
    monkeypatch.setenv("PGBACKREST_REPO1_PATH", str(past.origin.folder / "scratch" / "empty"))
    run_pgbackrest(STANZA, "stanza-create")
    errors: set[str] = set()
    for number in range(200):
        monkeypatch.setenv("PGBACKREST_REPO1_CIPHER_PASS", f"words-{number}")
        with pytest.raises(PgBackRestError, match="Is PGBACKREST_REPO1_CIPHER_PASS the passphrase") as raised:
            read_archive(STANZA)
        errors |= {error for error in ("FormatError", "CryptoError") if error in str(raised.value)}
        if len(errors) == 2:
            break
    assert errors == {"FormatError", "CryptoError"}


def test_a_repository_that_does_not_answer_ends_with_5(past, run, monkeypatch):
    settings = {"TYPE": "s3", "S3_BUCKET": "b", "S3_ENDPOINT": "[::1]:9", "S3_REGION": "r", "S3_URI_STYLE": "path"}
    for name, value in {**settings, "S3_KEY": "key", "S3_KEY_SECRET": "secret"}.items():
        monkeypatch.setenv(f"PGBACKREST_REPO1_{name}", value)
    monkeypatch.setenv("PGBACKREST_IO_TIMEOUT", "0.1")
    status, said = run(command.show_status, os.environ, STANZA, as_json=False)
    assert (status, "ConnectError" in said) == (5, True), said


def test_an_unknown_stanza_is_named(past, run):
    status, document = run(command.show_status, os.environ, "another", as_json=True)
    assert status == 1
    assert "The stanza another cannot be read" in document["error"]
    assert "stanza-create" in document["error"]


def test_nothing_of_the_rows_can_be_read_in_the_repository(past):
    files = [path.read_bytes() for path in past.origin.repository.rglob("*") if path.is_file()]
    assert len(files) > 900
    assert not any(b"Ada 1" in content or b"leads" in content for content in files)


def test_the_status_shows_what_can_be_reached_and_that_archiving_works(past, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, said = run(command.show_status, os.environ, STANZA, as_json=False)
    archive = read_archive(STANZA)
    assert status == 0
    assert archive.window in said
    assert archive.backups[0].label in said
    assert "Archiving is current and complete." in said
    assert max(map(len, said.splitlines())) <= 80


def test_the_status_warns_of_a_hole_and_of_a_server_that_does_not_archive(past, run, archive_copy, monkeypatch):
    next(archive_copy.rglob(f"{past.harm_wal}-*")).unlink()
    monkeypatch.setenv("PGBACKREST_PG1_SOCKET_PATH", "/nowhere")
    status, document = run(command.show_status, os.environ, STANZA, as_json=True)
    assert (status, document["archive"]["missing_wal"]) == (1, [past.harm_wal])
    [away, hole] = document["problems"]
    assert "Archiving is not current" in away
    assert "1 WAL file missing" in hole


def test_the_watch_hears_of_drills_and_of_the_status(past, run):
    with run_http_sink(200) as watch:
        environ = {**os.environ, "HEARTBEAT_URL": watch.url, "WEBHOOKS_ALLOW_LOOPBACK": "1"}
        run(command.run_drill, environ, STANZA, "yesterday", as_json=False)
        run(command.show_status, environ, STANZA, as_json=False)
    assert {"/pitr_drill/2", "/pitr_status/0"} <= set(watch.paths)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["1 00 02", "1 00 03", "1 00 04"], []),
        (["1 00 02", "1 00 04"], ["1 00 03"]),
        (["1 00 03"], ["1 00 02"]),
        (["1 00 02", "1 00 FE", "1 01 00"], ["1 00 FF"]),
        (["1 00 01", "1 00 02", "1 00 03", "2 00 03", "2 00 05"], ["2 00 04"]),
    ],
)
def test_a_hole_is_what_lacks_after_the_first_file_on_each_timeline(names, missing):
    def write(name: str) -> str:
        return "{:0>8}{:0>8}{:0>8}".format(*name.split())

    names = [*names, *(f"1 00 {n:02X}" for n in range(3, 0xFE))] if "1 00 FE" in names else names
    assert find_missing_wal(set(map(write, names)), write("1 00 02")) == list(map(write, missing))
