from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.embedded_postgres import FOR_TESTS, Cluster, open_cluster

Ask = Callable[[Cluster, str], str]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that every user can reach; pytest's own is closed to all but its owner."""
    root = Path(tempfile.mkdtemp(prefix="octatech-test-"))
    root.chmod(0o755)
    yield root
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder with a cluster that nobody uses and every test may copy."""
    root = Path(tempfile.mkdtemp(prefix="octatech-test-"))
    root.chmod(0o755)
    with open_cluster(root, FOR_TESTS):
        pass
    yield root
    shutil.rmtree(root)


@pytest.fixture
def cluster(folder: Path, made: Path) -> Iterator[Cluster]:
    """Making a cluster takes longer than most tests; those that ask for `folder` make their own."""
    subprocess.run(["cp", "-a", made / "postgres", folder], check=True)
    with open_cluster(folder, FOR_TESTS) as running:
        yield running


@pytest.fixture
def ask() -> Ask:
    def answer(cluster: Cluster, sql: str) -> str:
        psql = [cluster.programs / "psql", "-XAtq", cluster.dsn(), "-c", sql]
        return subprocess.run(psql, check=True, capture_output=True, text=True).stdout.strip()

    return answer
