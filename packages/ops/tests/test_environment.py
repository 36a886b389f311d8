"""`.env.example` names every variable that the code reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from shared.object_stores import CLOUDS

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
# Such as environ["NAME"], environ.get("NAME"), read.text("NAME"), _port(environ, "NAME").
READ = re.compile(r"""(?:environ(?:\.get\(|\[|,\s)|read\.\w+\(|_first\(environ,)\s*((?:"[A-Z][A-Z0-9_]+"(?:,\s*)?)+)""")
# Set by the host that runs us, not by people.
SET_BY_HOST = {
    "COLUMNS",
    "PGBACKREST_PG1_USER",
    "RAILWAY_GIT_COMMIT_SHA",
    "COMMIT_SHA",
    "GITHUB_SHA",
    "GITHUB_STEP_SUMMARY",
    "NODE_ENV",
    "MAKELEVEL",
    "SOURCE_DATE_EPOCH",
}


def read_by_code() -> set[str]:
    names: set[str] = set()
    for source in ROOT.glob("packages/*/src/**/*.py"):
        for found in READ.findall(source.read_text(encoding="utf-8")):
            names |= set(re.findall(r"[A-Z][A-Z0-9_]+", found))
    return names - SET_BY_HOST


def read_example() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_variable_is_in_the_example():
    assert {"DATABASE_URL", "SITE_PORT", "SESSION_SECRET", "CORS_ORIGIN"} <= read_by_code()
    assert read_by_code() - set(read_example()) == set()


def test_the_example_names_no_variable_that_nobody_reads():
    scripts = {"CHROMIUM", "KNOTD", "VDIRSYNCER"}
    clouds = {name for cloud in CLOUDS.values() for names in cloud for name in names}
    assert set(read_example()) - read_by_code() - scripts - clouds == set()


def test_no_value_of_the_example_is_a_real_secret():
    secret = [value for name, value in read_example().items() if re.search("SECRET|PASSWORD|KEY", name)]
    assert secret
    assert all(value == "" or "-" in value for value in secret)
