"""The scan and detect-secrets read the same lines: which secrets each misses, and which harmless lines each reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from detect_secrets import SecretsCollection
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.settings import get_settings, transient_settings
from secret_scan.corpus import HARMLESS_LINES, SECRET_LINES

from ops.secrets.matching import find_secrets

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
Finds = Callable[[Path], bool]


def scan(file: Path) -> bool:
    """Reports by content alone: what our scan knows by a file's name does not count here."""
    return any(find_secrets([file.read_bytes()]))


@pytest.fixture(scope="module")
def detect_secrets() -> Iterable[Finds]:
    """Every plugin and filter of detect-secrets as its own command uses them, but nothing is sent to a service."""
    plugins = [{"name": each.__name__} for each in get_mapping_from_secret_type_to_class().values()]
    names = (
        "is_indirect_reference", "is_likely_id_string", "is_lock_file", "is_not_alphanumeric_string",
        "is_potential_uuid", "is_prefixed_with_dollar_sign", "is_sequential_string", "is_swagger_file",
        "is_templated_secret",
    )  # fmt: skip
    filters = [{"path": f"detect_secrets.filters.heuristic.{name}"} for name in names]

    def find(file: Path) -> bool:
        secrets = SecretsCollection()
        secrets.scan_file(str(file))
        return bool(secrets)

    with transient_settings({"plugins_used": plugins, "filters_used": filters}):
        assert not any("verification" in path for path in get_settings().filters)
        yield find


def count(folder: Path, finds: Finds, lines: Iterable[tuple[str, str]]) -> list[str]:
    """Returns the lines in whose file something is found."""
    found = []
    for number, (name, line) in enumerate(lines):
        file = folder / str(number) / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{line}\n")
        if finds(file):
            found.append(line)
    return found


def test_the_scan_misses_nothing_and_raises_no_more_false_alarms(tmp_path: Path, detect_secrets: Finds):
    secrets = [line for _, line in SECRET_LINES]
    ours = count(tmp_path, scan, SECRET_LINES), count(tmp_path, scan, HARMLESS_LINES)
    theirs = count(tmp_path, detect_secrets, SECRET_LINES), count(tmp_path, detect_secrets, HARMLESS_LINES)
    assert [line for line in secrets if line not in ours[0]] == []
    assert ours[1] == []
    assert len(theirs[1]) >= len(ours[1])
    total, harmless = len(secrets), len(HARMLESS_LINES)
    document = (ROOT / "specs/secrets.md").read_text()
    for name, (found, alarms) in {"ops secrets scan": ours, "detect-secrets": theirs}.items():
        row = f"| {name} | {total - len(found)} of {total} | {len(alarms)} of {harmless} |"
        assert row in re.sub("`", "", document), row
