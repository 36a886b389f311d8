"""`site.toml` says whether the system is live; nothing is assumed to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared import site_config

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())


def write(folder: Path, system: str) -> Path:
    facts = (ROOT / "site.toml").read_text().partition("[system]")
    file = folder / "site.toml"
    file.write_text(f"{facts[0]}{system}\n[pages]{facts[2].partition('[pages]')[2]}")
    return file


@pytest.mark.parametrize(
    ("system", "live"),
    [("[system]\nlive = true", True), ("[system]\nlive = false", False), ("[system]", False), ("", False)],
)
def test_a_system_is_live_only_where_site_toml_says_so(tmp_path: Path, system: str, live: bool):
    assert site_config.load(write(tmp_path, system)).system.live is live


@pytest.mark.parametrize("system", ['[system]\nlive = "yes"', "[system]\nalive = true"])
def test_a_mistyped_switch_is_refused_with_its_key(tmp_path: Path, system: str):
    with pytest.raises(site_config.SiteConfigError, match="system"):
        site_config.load(write(tmp_path, system))
