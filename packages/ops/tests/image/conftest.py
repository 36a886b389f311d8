from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from image.dockerfile_runner import ROOT, Image

from shared import embedded_postgres


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="octatech-image-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def image(place: Path) -> Image:
    return Image(ROOT / "Dockerfile", place, COMMIT_SHA="0123abc")


@pytest.fixture
def database_url() -> Iterator[str]:
    with embedded_postgres.scratch() as cluster:
        yield cluster.dsn()
