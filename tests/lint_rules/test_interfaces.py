"""The import contract `interfaces`, run by `lint-imports` as `scripts/lint` runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lint_rules.conftest import LINT_RULES, Repository

CONTRACT = """
[importlinter]
root_package = shop
contract_types =
    interfaces: lint_rules.interfaces.InterfaceContract

[importlinter:contract:interfaces]
name = A module is imported through its __init__
type = interfaces
areas =
    shop.records
exempt =
    shop.routes
"""


@pytest.fixture
def shop(repository: Repository) -> Repository:
    """A package with an area of two modules, and a list of routes."""
    repository.write(".importlinter", CONTRACT)
    for name in ("shop", "shop/records", "shop/records/leads", "shop/routes"):
        repository.write(f"{name}/__init__.py", "")
    repository.write("shop/records/leads/queries.py", "")
    repository.write("shop/records/leads/actions.py", "from shop.records.leads import queries\n")
    repository.write("shop/records/contacts/__init__.py", "from shop.records.contacts.actions import create\n")
    repository.write("shop/records/contacts/actions.py", "def create(): ...\n")
    return repository


def lint_imports(folder: Path) -> tuple[int, str]:
    environ = {**os.environ, "PYTHONPATH": f"{LINT_RULES.parent}:{folder}", "COLUMNS": "200"}
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    result = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def test_a_module_may_be_imported_through_its_init_and_use_what_is_inside_itself(shop: Repository):
    shop.write("shop/records/leads/pages.py", "from shop.records.contacts import create\n")
    status, output = lint_imports(shop.folder)
    assert status == 0, output


def test_the_lists_of_routes_may_import_what_is_inside(shop: Repository):
    shop.write("shop/routes/api.py", "from shop.records.contacts import actions\n")
    status, output = lint_imports(shop.folder)
    assert status == 0, output


@pytest.mark.parametrize("importer", ["shop.records.leads.pages", "shop.worker"])
def test_an_import_from_the_inside_of_another_module_is_found(shop: Repository, importer: str):
    shop.write(f"{importer.replace('.', '/')}.py", "from shop.records.contacts.actions import create\n")
    status, output = lint_imports(shop.folder)
    assert status == 1
    expected = f"{importer} imports shop.records.contacts.actions. Export what it needs from the module's __init__."
    assert expected in " ".join(output.split())
