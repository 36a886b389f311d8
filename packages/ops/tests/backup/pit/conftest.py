from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup.keeping import Program, Ring
from backup.pit.past import Gone, Story, back_to, serving, told

from house.postgres import Cluster


@pytest.fixture(scope="session")
def open_place() -> Iterator[Path]:
    """A temporary folder that the server's own user may enter, for all tests of the past."""
    made = Path(tempfile.mkdtemp(prefix="octatech-pit-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def origin(open_place: Path) -> Iterator[Cluster]:
    with serving(open_place / "origin") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def story(ring: Ring, origin: Cluster, open_place: Path) -> Story:
    return told(ring, origin.dsn(), open_place / "store")


@pytest.fixture(scope="session")
def before_harm(ring: Ring, story: Story, open_place: Path) -> Gone:
    """The story's database as it was before the harm, in a folder of its own. Its server is stopped."""
    return back_to(ring, story.store, story.good_at, open_place / "before-harm")


@pytest.fixture
def new(open_folder: Path) -> Path:
    """A folder that is not there yet, where a server may live."""
    return open_folder / "new"


@pytest.fixture
def ops(ring: Ring, tmp_path: Path, story: Story) -> Program:
    """`ops backup …` with the store of the story."""
    program = Program(ring, tmp_path, story.url)
    program.given["BACKUP_STORE"] = str(story.folder)
    return program
