"""One server with a past: a backup, rows, a harm at a known time. Tests change only copies of its archive."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pitr.origin import DATABASE, STANZA, Origin, back_up, run_server

from ops.backup.manifest import Contents
from ops.pitr.pgbackrest import find_server_user, run_pgbackrest

SHARED_MEMORY = Path("/dev/shm")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "past" in getattr(item, "fixturenames", ()):
            item.add_marker("pgbackrest")


class Past(NamedTuple):
    """`growth` and `harm` are times right before rows came and went, `end` is right after the last transaction.

    `rows` is what the harm found, and `harm_wal` the WAL file that has it.
    """

    origin: Origin
    growth: str
    harm: str
    rows: Contents
    harm_wal: str
    end: str

    @property
    def scratch(self) -> list[Path]:
        """Returns what drills have left."""
        return list((self.origin.folder / "scratch").glob("octatech-pitr-*"))


@pytest.fixture(scope="session")
def whole_past() -> Iterator[Past]:
    # In memory, where there is enough: pgBackRest waits for the disk at each file.
    roomy = SHARED_MEMORY.exists() and shutil.disk_usage(SHARED_MEMORY).free > 2**30
    folder = Path(tempfile.mkdtemp(prefix="octatech-pitr-test-", dir=SHARED_MEMORY if roomy else None))
    user = find_server_user()
    folder.chmod(0o755)
    for path in (folder, *(folder / name for name in ("data", "repository", "lock", "scratch"))):
        path.mkdir(mode=0o700, exist_ok=True)
        if user:
            user.own(path)
    origin = Origin(folder)
    with ExitStack() as life:
        with pytest.MonkeyPatch.context() as patch:
            use_repository(patch, origin)
            origin.create()
            life.enter_context(run_server(origin.data, folder))
            with origin.connect("postgres") as connection:
                connection.execute(f"CREATE DATABASE {DATABASE}")
            run_pgbackrest(STANZA, "stanza-create")
            origin.run_sql(
                "CREATE TABLE leads AS SELECT n AS id, 'Ada ' || n AS name FROM generate_series(1, 500) AS n"
            )
            back_up("full")
            growth = origin.run_sql("INSERT INTO leads SELECT n, 'Zoe ' || n FROM generate_series(501, 900) AS n")
            origin.archive_wal()
            rows = origin.read()
            harm = origin.run_sql("DELETE FROM leads WHERE id % 3 = 0")
            harm_wal = origin.archive_wal()
            origin.run_sql("CREATE TABLE later (id int)")
            end = origin.run_sql("SELECT 1")
            origin.archive_wal()
        yield Past(origin, growth, harm, rows, harm_wal, end)
    shutil.rmtree(folder)


@pytest.fixture
def past(whole_past: Past, monkeypatch: pytest.MonkeyPatch) -> Past:
    """The past of a server, with the variables of its repository."""
    use_repository(monkeypatch, whole_past.origin)
    return whole_past


def use_repository(patch: pytest.MonkeyPatch, origin: Origin) -> None:
    for name, value in origin.variables.items():
        patch.setenv(name, value)
    patch.setattr(tempfile, "tempdir", None)  # it remembers the folder of TMPDIR


@pytest.fixture
def archive_copy(past: Past, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the repository, which pgBackRest uses during the test."""
    copy = past.origin.folder / "copy"
    subprocess.run(["cp", "--archive", past.origin.repository, copy], check=True)
    monkeypatch.setenv("PGBACKREST_REPO1_PATH", str(copy))
    yield copy
    shutil.rmtree(copy)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """Calls a command and returns its status and what it prints: a document if there is one, else both streams."""

    def run(command: Callable[..., int], *arguments: Any, **options: Any) -> tuple[int, Any]:
        status = command(*arguments, **options)
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if options["as_json"] else printed.out + printed.err

    return run
