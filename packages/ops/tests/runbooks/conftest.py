from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from runbooks import papers
from runbooks.newcomer import Newcomer

PLAYED = [page for page in papers.pages() if papers.rehearsal(page)]


@pytest.fixture(scope="module")
def newcomers() -> Iterator[dict[str, Newcomer]]:
    """One for each page that has something for a laptop, all of them at work at once."""
    folder = Path(tempfile.mkdtemp(prefix="octatech-runbooks-"))
    folder.chmod(0o755)
    working: dict[str, Newcomer] = {}
    try:
        for page in PLAYED:
            own = folder / page
            own.mkdir(mode=0o755)
            working[page] = Newcomer(page, own)
        yield working
    finally:
        for newcomer in working.values():
            newcomer.process.terminate()
            newcomer.process.wait(20)
        shutil.rmtree(folder)
