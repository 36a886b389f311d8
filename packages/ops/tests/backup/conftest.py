"""What the tests of backups stand on: a real PostgreSQL, real programs, a folder or a bucket on loopback."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from backup.bucket import Bucket, listening
from backup.keeping import OPS, Program, Ring, back_up, make_ring, run

from crm import migrate
from house import postgres
from ops.backup import store
from ops.backup.manifest import Manifest
from ops.backup.store import Store


@pytest.fixture(scope="session")
def ring() -> Ring:
    return make_ring()


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    with postgres.scratch() as running:
        yield running


@pytest.fixture
def empty(cluster: postgres.Cluster) -> Iterator[Callable[[], str]]:
    """`empty()` gives the address of a fresh database, which is gone after the test."""
    names = []

    def made() -> str:
        names.append(f"t_{secrets.token_hex(5)}")
        cluster.create_database(names[-1])
        return cluster.dsn(names[-1])

    yield made
    run(cluster.dsn("postgres"), *(f"DROP DATABASE {name} WITH (FORCE)" for name in names))


@pytest.fixture(scope="session")
def pumps(cluster: postgres.Cluster) -> str:
    """A database of one table with three rows. It is only read."""
    cluster.create_database("pumps")
    fill(cluster.dsn("pumps"))
    return cluster.dsn("pumps")


@pytest.fixture
def small(empty: Callable[[], str]) -> str:
    """The same, to be changed."""
    url = empty()
    fill(url)
    return url


def fill(url: str) -> None:
    run(
        url,
        "CREATE TABLE pumps (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, created_at timestamptz)",
        "INSERT INTO pumps (name, created_at) VALUES ('Ada', '2026-01-01Z'), ('Zoe', '2026-02-01Z'), (NULL, NULL)",
    )


@pytest.fixture(scope="session")
def large(cluster: postgres.Cluster) -> str:
    """A database whose archive has several parts. It is only read."""
    cluster.create_database("large")
    noise = "SELECT i, gen_random_uuid() AS a, gen_random_uuid() AS b FROM generate_series(1, 260000) i"
    run(cluster.dsn("large"), f"CREATE TABLE noise AS {noise}")
    return cluster.dsn("large")


@pytest.fixture(scope="session")
def crm_database(cluster: postgres.Cluster) -> str:
    """The CRM with its demo data."""
    cluster.create_database("crm_for_backup")
    url = cluster.dsn("crm_for_backup")
    migrate.migrate(url)
    environ = {"DATABASE_URL": url, "ADMIN_EMAIL": "ada@crm.example", "ADMIN_PASSWORD": "a long sentence of tests"}
    subprocess.run(
        [OPS.with_name("crm"), "seed", "--demo"], env={**os.environ, **environ}, check=True, capture_output=True
    )
    return url


@pytest.fixture(scope="session")
def large_backup(ring: Ring, large: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A folder with a backup of it, to be copied."""
    place = tmp_path_factory.mktemp("large") / "store"
    place.mkdir()
    return place, back_up(ring, store.opened(str(place), {}), large)


@pytest.fixture
def folder(tmp_path: Path) -> Store:
    place = tmp_path / "store"
    place.mkdir(exist_ok=True)
    return store.opened(str(place), {})


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with listening() as made:
        yield made


@pytest.fixture
def cloud(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    return store.opened(bucket.environment["BACKUP_STORE"], os.environ, retries=2)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that the server's own user may enter."""
    made = Path(tempfile.mkdtemp(prefix="octatech-backup-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def ops(ring: Ring, tmp_path: Path, pumps: str) -> Program:
    return Program(ring, tmp_path, pumps)
