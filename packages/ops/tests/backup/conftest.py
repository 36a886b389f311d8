"""Fixtures for backups: real PostgreSQL servers, keys, a folder, and a bucket on loopback."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from backup.backup_helpers import (
    OPS,
    BackupCommand,
    BackupKeys,
    create_keys,
    create_pumps,
    execute,
    find_older_postgres,
    make_backup,
)
from backup.fake_s3 import FakeBucket, run_fake_s3

from crm import migrate
from ops.backup.manifest import Manifest
from ops.backup.store import Store, open_store
from shared import embedded_postgres


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are broken only where a test sets COLUMNS, which a test runner may have set."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session")
def keys() -> BackupKeys:
    return create_keys()


@pytest.fixture(scope="session")
def cluster() -> Iterator[embedded_postgres.Cluster]:
    with embedded_postgres.scratch() as running:
        yield running


@pytest.fixture(scope="session")
def older_cluster() -> Iterator[embedded_postgres.Cluster]:
    """A server of an older major version. Before 17 it knows no `transaction_timeout`."""
    with embedded_postgres.scratch(programs=find_older_postgres()) as running:
        yield running


@pytest.fixture
def create_database(cluster: embedded_postgres.Cluster) -> Iterator[Callable[[], str]]:
    """Returns the URL of a new database, which is deleted after the test."""
    names = []

    def create() -> str:
        names.append(f"t_{secrets.token_hex(5)}")
        cluster.create_database(names[-1])
        return cluster.dsn(names[-1])

    yield create
    execute(cluster.dsn("postgres"), *(f"DROP DATABASE {name} WITH (FORCE)" for name in names))


@pytest.fixture(scope="session")
def pumps(cluster: embedded_postgres.Cluster) -> str:
    """A small database that is only read: a table of three rows beside the CRM's revision."""
    cluster.create_database("pumps")
    create_pumps(cluster.dsn("pumps"))
    return cluster.dsn("pumps")


@pytest.fixture
def own_pumps(create_database: Callable[[], str]) -> str:
    """The same, for a test that changes it."""
    url = create_database()
    create_pumps(url)
    return url


@pytest.fixture(scope="session")
def large(cluster: embedded_postgres.Cluster) -> str:
    """A database whose archive has several parts. It is only read."""
    cluster.create_database("large")
    create_pumps(cluster.dsn("large"))
    noise = "SELECT i, gen_random_uuid() AS a, gen_random_uuid() AS b FROM generate_series(1, 260000) i"
    execute(cluster.dsn("large"), f"CREATE TABLE noise AS {noise}")
    return cluster.dsn("large")


@pytest.fixture(scope="session")
def crm_database(cluster: embedded_postgres.Cluster) -> str:
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
def large_backup(keys: BackupKeys, large: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A folder with a backup of the large database, for tests that copy it."""
    folder = tmp_path_factory.mktemp("large")
    return folder, make_backup(keys, open_store(str(folder), {}), large)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store in a folder, the one that `ops` uses too."""
    folder = tmp_path / "store"
    folder.mkdir(exist_ok=True)
    return open_store(str(folder), {})


@pytest.fixture
def bucket() -> Iterator[FakeBucket]:
    with run_fake_s3() as running:
        yield running


@pytest.fixture
def s3_store(bucket: FakeBucket) -> Store:
    return open_store(bucket.environment["BACKUP_STORE"], bucket.environment, retries=2)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that the server's own user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="octatech-backup-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ops(keys: BackupKeys, tmp_path: Path, pumps: str) -> BackupCommand:
    return BackupCommand(keys, tmp_path / "store", pumps)
