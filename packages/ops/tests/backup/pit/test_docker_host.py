"""The server that `compose.yaml` starts lets the archive do all of its work, over the network and with a password."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from backup.keeping import run
from backup.pit.past import base, clock, receive, seen

from house import postgres
from house.postgres import locks
from house.postgres.account import run as run_as
from ops.backup.faults import Damaged, Trouble, Unreachable
from ops.backup.pit import deposit, origin, pushing

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "compose.yaml").exists())
WAIT_S = 60
PASSWORD = "a long sentence of tests"


@pytest.fixture(scope="module")
def served(open_place: Path) -> Iterator[str]:
    """Its address on loopback, set up as the official image does it: initdb, then the service's own arguments."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    here = open_place / "docker"
    here.mkdir()
    place = postgres.embedded(here / "server").place
    (here / "server").chmod(0o755)
    place.cluster.mkdir(mode=0o700)
    sockets = here / "sockets"
    sockets.mkdir()
    for folder in (place.cluster, sockets):
        if place.account:
            place.account.own(folder)
    (here / "password").write_text(PASSWORD)
    made = ["initdb", "--username=octatech", f"--pwfile={here / 'password'}", "--no-sync", "--wal-segsize=1"]
    done = run_as([str(place.programs / made[0]), *made[1:], f"--pgdata={place.cluster}"], place.account)
    assert done.returncode == 0, done.stderr
    server = compose["services"]["postgres"]
    [mounted] = server["configs"]
    hba = here / "pg_hba.conf"
    hba.write_text(compose["configs"][mounted["source"]]["content"])
    given = [word.replace(mounted["target"], str(hba)) for word in server["command"][1:]]
    assert f"--hba_file={hba}" in given
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given += ["--listen_addresses=127.0.0.1", f"--port={port}", f"--unix_socket_directories={sockets}", "--fsync=off"]
    control = [str(place.programs / "pg_ctl"), f"--pgdata={place.cluster}", "--wait", f"--log={place.cluster / 'log'}"]
    started = run_as([*control, "-o", shlex.join(given), "start"], place.account)
    assert started.returncode == 0, (place.cluster / "log").read_text()
    try:
        run(f"postgresql://octatech@/postgres?host={sockets}&port={port}", "CREATE DATABASE octatech")
        yield f"postgresql://octatech:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/octatech"
    finally:
        run_as([*control, "--mode=fast", "stop"], place.account)


def told(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_bases_and_wal_are_fetched_from_it_with_its_password_only(ring, served, folder):
    full = base(ring, folder, served)
    run(served, "CREATE TABLE leads AS SELECT i FROM generate_series(1, 100) AS i")
    receive(ring, folder, served)
    assert locks.until(lambda: told(served, "SELECT FROM pg_available_wal_summaries()"), WAIT_S)
    assert base(ring, folder, served).parent == full.name
    run(served, "DROP TABLE leads")
    then = clock(served)
    run(served, "CREATE TABLE later (i int)")
    receive(ring, folder, served)
    [window] = seen(ring, folder).windows
    assert window.since < then < window.until
    with pytest.raises(Unreachable, match="password authentication failed"):
        receive(ring, folder, served.replace("octatech:a", "octatech:b"))


def test_it_keeps_what_nobody_fetches_up_to_a_limit_and_hands_over_each_minute(served):
    found = dict(told(served, "SELECT name, current_setting(name) FROM pg_settings"))
    assert (found["wal_level"], found["summarize_wal"], found["archive_timeout"]) == ("replica", "on", "1min")
    assert found["max_slot_wal_keep_size"] == "2GB"


def test_a_server_with_tablespaces_of_its_own_is_refused_and_nothing_is_stored(ring, served, folder):
    here = f"{served}?options=-callow_in_place_tablespaces%3Don"
    run(here, "CREATE TABLESPACE other LOCATION ''")
    try:
        with pytest.raises(Trouble, match="tablespace"):
            base(ring, folder, served)
    finally:
        run(served, "DROP TABLESPACE other")
    assert folder.objects() == []


def test_a_file_of_another_system_is_refused(ring, served, story, folder):
    run(served, "CREATE TABLE other (i int)", "SELECT pg_switch_wal()")
    [(data,)] = told(served, "SHOW data_directory")
    other = min((Path(data) / "pg_wal").glob("0000000100*"))
    paper = pushing.push(ring.settings, folder, other, other.name)
    assert paper.system != story.full.system
    with pytest.raises(Damaged, match="of another system"):
        deposit.put(ring.settings, folder, other, name=other.name, system=story.full.system, suite=origin.suite(18))
