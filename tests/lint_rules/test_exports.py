"""`scripts/lint_rules/exports.py` finds the exports of CRM modules that nothing outside the module uses."""

from __future__ import annotations

import pytest
from lint_rules.conftest import Repository

CONTACTS = "packages/crm/src/crm/records/contacts"
UNUSED = (1, ["crm.records.contacts.create: nothing outside the module uses it, so do not export it"])


@pytest.fixture
def contacts(repository: Repository) -> Repository:
    """A module that exports `create` and uses it itself."""
    repository.write(
        f"{CONTACTS}/__init__.py", 'from crm.records.contacts.actions import create\n\n__all__ = ["create"]\n'
    )
    repository.write(f"{CONTACTS}/actions.py", "def create(): ...\n")
    repository.write(f"{CONTACTS}/pages.py", "from crm.records import contacts\n\ncontacts.create()\n")
    return repository


def test_what_only_the_module_itself_and_tests_use_is_found(contacts: Repository):
    contacts.write("packages/crm/tests/test_it.py", "from crm.records.contacts import create\n")
    contacts.write("packages/crm/src/crm/records/leads.py", "from crm.records import contacts\n\ncontacts.change()\n")
    assert contacts.run("exports") == UNUSED


def test_the_same_name_of_another_module_does_not_count(contacts: Repository):
    contacts.write(
        "packages/crm/src/crm/records/leads.py", "from crm.records import leads as contacts\ncontacts.create()"
    )
    assert contacts.run("exports") == UNUSED


@pytest.mark.parametrize(
    "code",
    [
        "from crm.records.contacts import create\n",
        "from crm.records.contacts import create as create_contact\n",
        "from crm.records import contacts\n\ncontacts.create()\n",
        "from crm.records import contacts as people\n\npeople.create()\n",
        "import crm.records.contacts as people\n\npeople.create()\n",
    ],
)
@pytest.mark.parametrize("file", ["packages/crm/src/crm/routes/api.py", "packages/ops/src/ops/verify.py"])
def test_any_use_outside_the_module_counts(contacts: Repository, file: str, code: str):
    contacts.write(file, code)
    assert contacts.run("exports") == (0, [])
