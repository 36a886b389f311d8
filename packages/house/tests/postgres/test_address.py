from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from house.postgres import borrowed, data_folder, database_url, embedded, locks, scratch
from house.postgres.place import copied


def test_a_named_server_is_used_and_no_other_is_started(tmp_path):
    environ = {"DATABASE_URL": "postgresql://elsewhere/db", "DATA_DIR": str(tmp_path / "unused")}
    assert database_url(environ) == "postgresql://elsewhere/db"
    with borrowed(environ) as address:
        assert address == "postgresql://elsewhere/db"
    assert not (tmp_path / "unused").exists()


def test_a_borrowed_server_runs_for_the_block_only(folder):
    with borrowed({"DATA_DIR": str(folder)}) as address:
        assert address == embedded(folder).dsn()
        assert embedded(folder).running
    assert not embedded(folder).running


def test_borrowing_does_not_stop_a_server_that_others_use(folder):
    with embedded(folder) as theirs:
        with borrowed({"DATA_DIR": str(folder)}):
            pass
        assert theirs.running


def test_a_program_that_asked_for_the_address_has_its_server_to_its_end(folder):
    program = (
        "import os; from pathlib import Path; from house.postgres import database_url, embedded;"
        "database_url(); database_url(); print(embedded(Path(os.environ['DATA_DIR'])).running)"
    )
    environ = {"DATA_DIR": str(folder)}
    said = subprocess.run([sys.executable, "-c", program], check=True, env=environ, capture_output=True, text=True)
    assert said.stdout == "True\n"
    assert locks.until(lambda: not locks.held(folder / "postgres" / "server.lock"), 20)


def test_the_usual_data_folder_is_beside_the_facts(tmp_path, monkeypatch):
    (tmp_path / "site.toml").touch()
    (tmp_path / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "down")
    assert data_folder({}) == tmp_path / ".data"
    assert data_folder({"DATA_DIR": "mine"}) == tmp_path / "deep" / "down" / "mine"


def test_a_scratch_cluster_leaves_nothing():
    with scratch() as cluster:
        assert cluster.running
    assert not cluster.place.home.exists()


def test_a_folder_closed_to_other_users_serves_and_keeps_data_all_the_same(folder, ask):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    try:
        with embedded(closed / "data") as first:
            ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
        with embedded(closed / "data") as second:
            assert ask(second, "SELECT answer FROM kept") == "42"
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        if Path(folder) not in first.place.home.parents:
            shutil.rmtree(first.place.home)


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATA_DIR"])
def test_an_empty_variable_counts_as_unset(folder, monkeypatch, name):
    monkeypatch.chdir(folder)
    (folder / "site.toml").touch()
    with borrowed({name: ""}) as address:
        assert str(folder / ".data") in address


def test_a_copy_of_the_programs_works_on_its_own(folder):
    package = embedded(folder).programs.parent.parent
    programs = copied(package, folder / "programs")
    assert folder in programs.parents
    said = subprocess.run([programs / "psql", "--version"], check=True, capture_output=True, text=True)
    assert said.stdout.startswith("psql (PostgreSQL) 18")
    assert copied(package, folder / "programs") == programs
