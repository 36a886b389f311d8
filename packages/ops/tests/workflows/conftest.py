from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from workflows.surroundings import Runner

from house import postgres


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    folder = Path(tempfile.mkdtemp(prefix="octatech-runner-"))
    folder.chmod(0o755)
    with postgres.scratch() as cluster:
        yield Runner(folder, cluster.dsn())
    shutil.rmtree(folder)
