"""Every variable, file, workflow and link that a runbook names exists, and each page answers what a page has to."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from runbooks import pages
from runbooks.pages import FOLDER, ROOT

from ops.backup.keys import write_key_folder
from ops.verify.leaks import NAMED, OPEN

VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
FILE = re.compile(
    r"(?:[\w.-]+/)*[\w.-]*\.(?:py|toml|ya?ml|json|md|txt|example)|(?:packages|specs|docs|scripts|\.github)/[\w./-]+"
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
RUNBOOKS = [page for page in pages.list_pages() if page != "README.md"]
SECTIONS = ["When", "Before", "Steps", "How to know it worked", "Going back"]
MADE = {"rehearsal.toml"}
"""What a step has us write."""
THEIRS = {"PKCS_12"}


@cache
def variables() -> set[str]:
    """Those of `.env.example`, and those that workflows, Docker and Railway give under the same roof."""
    kept = {line.partition("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line}
    others = [*(ROOT / ".github/workflows").glob("*.yml"), ROOT / "compose.yaml", ROOT / ".railway/railway.py"]
    return kept | {name for path in others for name in VARIABLE.findall(path.read_text())}


@pytest.fixture(scope="module")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("made") / "keys"
    write_key_folder(folder)
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("page", pages.list_pages())
def test_every_variable_exists(page: str):
    text = pages.read_page(page)
    made = set(re.findall(r"^\s*(?:export )?([A-Z][A-Z0-9_]+)=\$\(crm ", text, re.MULTILINE))
    assert set(VARIABLE.findall(text)) - variables() - made == set()


def test_each_secret_has_a_row_that_says_how_to_rotate_it():
    table = pages.read_page("rotate-secrets.md")
    lines = (ROOT / ".env.example").read_text().splitlines()
    kept = {line.partition("=")[0].lstrip("# ") for line in lines if "=" in line}
    secret = {name for name in kept if NAMED.search(name)} - OPEN
    secret |= {"HEARTBEAT_URL", "RESTORE_DATABASE_URL", "DRILL_DATABASE_URL"}
    secret |= {"BACKUP_IDENTITY", "AWS_SECRET_ACCESS_KEY", "BLOG_APP_PRIVATE_KEY", "POSTGRES_PASSWORD"}
    rows = {
        name for line in table.splitlines() if line.startswith("| `") for name in VARIABLE.findall(line.split("|")[1])
    }
    assert secret - rows == set()


@pytest.mark.parametrize("page", pages.list_pages())
def test_every_file_exists(page: str, key_files: set[str]):
    for code in pages.list_inline_code(page):
        if FILE.fullmatch(code) and code not in MADE and Path(code).name not in key_files:
            beside = [ROOT / code, FOLDER / code, ROOT / ".github/workflows" / code]
            assert any(path.exists() for path in beside), f"{page}: {code}"


def test_every_workflow_that_is_started_exists():
    started = {
        name for page in pages.list_pages() for name in re.findall(r"gh workflow run (\S+)", pages.read_page(page))
    }
    assert started
    assert [name for name in started if not (ROOT / ".github/workflows" / name).is_file()] == []


@pytest.mark.parametrize("page", pages.list_pages())
def test_every_link_within_the_repository_leads_somewhere(page: str):
    for link in LINK.findall(pages.read_prose(page)):
        if not link.startswith("https://"):
            path, _, heading = link.partition("#")
            target = (FOLDER / path) if path else FOLDER / page
            assert target.exists(), f"{page}: {link}"
            assert not heading or heading in _headings(target), f"{page}: {link}"


def test_the_index_names_every_page():
    listed = [link for link in LINK.findall(pages.read_prose("README.md")) if "/" not in link]
    assert sorted(listed) == RUNBOOKS


@pytest.mark.parametrize("page", RUNBOOKS)
def test_every_page_has_its_five_sections(page: str):
    headings = [line[3:].partition(":")[0] for line in pages.read_page(page).splitlines() if line.startswith("## ")]
    assert [name for name in dict.fromkeys(headings) if name in SECTIONS] == SECTIONS


@pytest.mark.parametrize("page", RUNBOOKS)
def test_steps_are_numbered_without_a_gap(page: str):
    for part in re.split(r"^## ", pages.read_page(page), flags=re.MULTILINE)[1:]:
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", part, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1)), part.partition("\n")[0]


def _headings(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
