from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from runbooks import pages
from runbooks.runbook_runner import RunbookRunner

PLAYED = [page for page in pages.list_pages() if pages.list_laptop_blocks(page)]


@pytest.fixture(scope="module")
def runners() -> Iterator[dict[str, RunbookRunner]]:
    """One for each page that has something for a laptop, all of them at work at once."""
    folder = Path(tempfile.mkdtemp(prefix="octatech-runbooks-"))
    folder.chmod(0o755)
    working: dict[str, RunbookRunner] = {}
    try:
        for page in PLAYED:
            own = folder / page
            own.mkdir(mode=0o755)
            working[page] = RunbookRunner(page, own)
        yield working
    finally:
        for runner in working.values():
            runner.process.terminate()
            runner.process.wait(60)
        shutil.rmtree(folder)
