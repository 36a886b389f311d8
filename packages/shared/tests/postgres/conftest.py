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


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    with open_cluster(folder, FOR_TESTS) as running:
        yield running


@pytest.fixture
def ask() -> Ask:
    def answer(cluster: Cluster, sql: str) -> str:
        psql = [cluster.programs / "psql", "-XAtq", cluster.dsn(), "-c", sql]
        return subprocess.run(psql, check=True, capture_output=True, text=True).stdout.strip()

    return answer
