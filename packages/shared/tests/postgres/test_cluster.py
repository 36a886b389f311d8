from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import asyncpg
import psycopg
import pytest

from shared.embedded_postgres import FOR_TESTS, CannotStartError, Cluster, locks, open_cluster

USER = """
import sys
from pathlib import Path
from shared.embedded_postgres import FOR_TESTS, open_cluster
cluster = open_cluster(Path(sys.argv[1]), FOR_TESTS)
cluster.start()
print("started", flush=True)
sys.stdin.read()
"""


def another_program(folder: Path) -> subprocess.Popen[str]:
    program = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "started\n"
    return program


def end(program: subprocess.Popen[str], how: signal.Signals = signal.SIGKILL) -> None:
    program.send_signal(how)
    program.communicate(timeout=60)


def postmaster(cluster: Cluster) -> int:
    return int((cluster.place.cluster / "postmaster.pid").read_text().splitlines()[0])


def test_a_new_folder_gets_a_database_that_sorts_and_folds_unicode(cluster, ask):
    assert ask(cluster, "SELECT current_database(), lower('ÉÄ'), current_setting('data_checksums')") == "octatech|éä|on"


async def test_the_address_works_for_both_drivers(cluster):
    connection = await asyncpg.connect(cluster.dsn())
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()
    with psycopg.connect(cluster.dsn()) as other:
        assert other.execute("SELECT 2").fetchone() == (2,)


def test_it_listens_on_no_network_address(cluster, ask):
    assert ask(cluster, "SHOW listen_addresses") == ""


def test_data_is_there_at_the_second_start(folder, ask):
    with open_cluster(folder) as first:
        ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert not first.running
    with open_cluster(folder) as second:
        assert ask(second, "SELECT answer FROM kept") == "42"


def test_data_survives_a_killed_server(cluster, ask):
    ask(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
    cluster.halt(signal.SIGKILL)
    assert not cluster.running
    cluster.start()
    assert ask(cluster, "SELECT answer FROM kept") == "42"


def test_a_note_left_by_a_killed_server_whose_number_another_program_has_is_no_hindrance(cluster):
    cluster.halt(signal.SIGKILL)
    note = cluster.place.cluster / "postmaster.pid"
    note.write_text("\n".join([str(os.getpid()), *note.read_text().splitlines()[1:]]))
    cluster.start()
    assert cluster.running


def test_a_start_that_was_cut_off_is_begun_anew(folder, ask):
    (folder / "postgres" / "half-made").mkdir(parents=True)
    (folder / "postgres" / "half-made" / "PG_VERSION").write_text("18\n")
    with open_cluster(folder, FOR_TESTS) as cluster:
        assert ask(cluster, "SELECT 1") == "1"


def test_two_starters_at_once_give_one_server(folder):
    clusters = [open_cluster(folder, FOR_TESTS) for _ in range(2)]
    threads = [threading.Thread(target=cluster.start) for cluster in clusters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clusters[0].running
    assert postmaster(clusters[0]) == postmaster(clusters[1])
    clusters[0].stop()
    assert clusters[1].running
    clusters[1].stop()
    assert not clusters[1].running


def test_the_starter_may_leave_while_another_program_uses_the_server(folder):
    starter = another_program(folder)
    with open_cluster(folder, FOR_TESTS) as cluster:
        served_by = postmaster(cluster)
        end(starter)
        assert cluster.running
        assert postmaster(cluster) == served_by


def test_the_server_stops_when_its_last_user_is_killed(folder):
    user = another_program(folder)
    cluster = open_cluster(folder)
    assert cluster.running
    end(user)
    assert locks.wait_for(lambda: not locks.is_locked(cluster.place.home / "server.lock"), 60)
    assert "database system is shut down" in cluster.place.log.read_text()


def test_the_server_stops_cleanly_when_its_guard_is_killed(cluster):
    status = Path(f"/proc/{postmaster(cluster)}/status").read_text()
    guard = int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))
    os.kill(guard, signal.SIGKILL)
    assert locks.wait_for(lambda: not locks.is_locked(cluster.place.home / "server.lock"), 60)
    assert "database system is shut down" in cluster.place.log.read_text()


@pytest.mark.parametrize("name", ["with spaces & signs", "l" * 120, "Ünïcode, 'quoted'"])
def test_any_folder_name_will_do(folder, ask, name):
    with open_cluster(folder / name, FOR_TESTS) as cluster:
        assert ask(cluster, "SELECT 1") == "1"
    if folder not in cluster.place.sockets.parents:
        cluster.place.sockets.rmdir()


def test_a_server_that_somebody_else_started_is_left_alone(folder):
    with open_cluster(folder, FOR_TESTS) as cluster:
        pass
    note = cluster.place.cluster / "postmaster.pid"
    with subprocess.Popen(["/bin/sleep", "600"], cwd=cluster.place.cluster) as stranger:
        note.write_text(f"{stranger.pid}\n")
        with pytest.raises(CannotStartError, match=f"Process {stranger.pid} already serves"):
            cluster.start()
        stranger.kill()
    assert note.exists()


def test_a_setting_the_server_refuses_is_named_in_one_line(folder):
    with pytest.raises(CannotStartError, match="shared_buffers") as error:
        open_cluster(folder, {"shared_buffers": "plenty"}).start()
    assert "\n" not in str(error.value)


def test_databases_are_made_copied_and_removed(cluster, ask):
    cluster.create_database("original")
    cluster.create_database("copy", template="original")
    with pytest.raises(CannotStartError, match='"copy" already exists'):
        cluster.create_database("copy")
    cluster.drop_database("copy")
    assert (
        ask(cluster, "SELECT string_agg(datname, ' ') FROM pg_database WHERE datname IN ('original', 'copy')")
        == "original"
    )


def test_a_database_name_cannot_carry_sql(cluster):
    with pytest.raises(ValueError, match="no database name"):
        cluster.create_database('x"; DROP DATABASE octatech; --')
