"""`scripts/lint_rules/names.py` finds retired words and functions that are named by a participle."""

from __future__ import annotations

import pytest
from lint_rules.conftest import Repository


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("told = 1\n", "told"),
        ("def f(house): ...\n", "house"),
        ("class EditClash: ...\n", "clash"),
        ("OUR_PATIENCE = 1\n", "patience"),
        ("import postbox as box\n", "postbox"),
        ("f(trouble=1)\n", "trouble"),
        ("async def test_it_is_told(): ...\n", "told"),
    ],
)
def test_a_retired_word_is_found_in_every_kind_of_name(repository: Repository, code: str, word: str):
    repository.write("tests/test_it.py", f'"""A test."""\n{code}')
    status, findings = repository.run("names")
    assert status == 1
    assert len(findings) == 1
    assert findings[0].startswith("tests/test_it.py:2: ")
    assert findings[0].endswith(f" instead of {word}")


def test_a_retired_word_is_found_in_the_name_of_a_file_or_folder(repository: Repository):
    repository.write("tests/fleet/conftest.py", "")
    repository.write("pages/trouble.html", "")
    _, findings = repository.run("names")
    assert [finding.partition(": ")[0] for finding in findings] == ["pages/trouble.html:1", "tests/fleet/conftest.py:1"]


@pytest.mark.parametrize("name", ["made", "_typed", "told", "sent", "_processed", "refused"])
def test_a_function_named_by_a_participle_is_found(repository: Repository, name: str):
    repository.write("a.py", f"class A:\n    async def {name}(self): ...\n")
    status, findings = repository.run("names")
    assert (status, findings[-1]) == (1, f"a.py:2: {name}: name the function by a verb")


@pytest.mark.parametrize(
    "code",
    [
        "@property\ndef signed(self): ...\n",
        "@pytest.fixture(scope='session')\ndef proven(): ...\n",
        "@contextmanager\ndef frozen(): ...\n@contextlib.asynccontextmanager\nasync def closed(): ...\n",
        "def feed(): ...\ndef embed(): ...\ndef read(): ...\n",
        "def is_processed(): ...\ndef list_stored(): ...\n",
        "stored = sent = 1\n",
        "message = 'A house is told of trouble.'  # told\n",
    ],
)
def test_values_verbs_texts_and_comments_are_no_findings(repository: Repository, code: str):
    repository.write("a.py", code)
    assert repository.run("names") == (0, [])


def test_names_of_a_template_are_checked_and_its_text_is_not(repository: Repository):
    repository.write("a.html", "{% set told = 1 %}\n{%- macro listed(x) %}{% endmacro %}\n<p>The house is told.</p>\n")
    assert repository.run("names") == (
        1,
        [
            "a.html:1: told: write message, output, result or report instead of told",
            "a.html:2: listed: name the macro by a noun or a verb",
        ],
    )


def test_migrations_and_ignored_files_keep_their_names(repository: Repository):
    repository.write("crm/migrations/versions/a.py", "told = 1\n")
    repository.write(".gitignore", "/build\n")
    repository.write("build/a.py", "told = 1\n")
    assert repository.run("names") == (0, [])
