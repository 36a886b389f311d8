from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.embedded_postgres import borrow_database, data_folder, database_url, locks, open_cluster, scratch
from shared.embedded_postgres.paths import copy_programs


def test_a_named_server_is_used_and_no_other_is_started(tmp_path):
    environ = {"DATABASE_URL": "postgresql://elsewhere/db", "DATA_DIR": str(tmp_path / "unused")}
    assert database_url(environ) == "postgresql://elsewhere/db"
    with borrow_database(environ) as address:
        assert address == "postgresql://elsewhere/db"
    assert not (tmp_path / "unused").exists()


def test_a_borrowed_server_runs_for_the_block_only(folder):
    with borrow_database({"DATA_DIR": str(folder)}) as address:
        assert address == open_cluster(folder).dsn()
        assert open_cluster(folder).running
    assert not open_cluster(folder).running


def test_borrowing_does_not_stop_a_server_that_others_use(folder):
    with open_cluster(folder) as theirs:
        with borrow_database({"DATA_DIR": str(folder)}):
            pass
        assert theirs.running


def test_a_program_that_asked_for_the_address_has_its_server_to_its_end(folder):
    program = (
        "import os; from pathlib import Path; from shared.embedded_postgres import database_url, open_cluster;"
        "database_url(); database_url(); print(open_cluster(Path(os.environ['DATA_DIR'])).running)"
    )
    environ = {"DATA_DIR": str(folder)}
    said = subprocess.run([sys.executable, "-c", program], check=True, env=environ, capture_output=True, text=True)
    assert said.stdout == "True\n"
    assert locks.wait_for(lambda: not locks.is_locked(folder / "postgres" / "server.lock"), 60)


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
        with open_cluster(closed / "data") as first:
            ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
        with open_cluster(closed / "data") as second:
            assert ask(second, "SELECT answer FROM kept") == "42"
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        if Path(folder) not in first.place.home.parents:
            shutil.rmtree(first.place.home)


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATA_DIR"])
def test_an_empty_variable_counts_as_unset(folder, monkeypatch, name):
    monkeypatch.chdir(folder)
    (folder / "site.toml").touch()
    with borrow_database({name: ""}) as address:
        assert str(folder / ".data") in address


def test_a_copy_of_the_programs_works_on_its_own(folder):
    package = open_cluster(folder).programs.parent.parent
    programs = copy_programs(package, folder / "programs")
    assert folder in programs.parents
    said = subprocess.run([programs / "psql", "--version"], check=True, capture_output=True, text=True)
    assert said.stdout.startswith("psql (PostgreSQL) 18")
    assert copy_programs(package, folder / "programs") == programs
