"""The landing page shows the people that `site.toml` names, and no section for them if it names nobody."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shared import site_config

from .conftest import REPOSITORY, build_site

TEAM = """
[[team]]
name = "Ada Lovelace"
role = "Engineer"
portrait = "/team/ada.jpg"
link = "https://ada.example/about"

[[team]]
name = "Grace Brewster Hopper"
role = "Compilers & <operations>"
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Our repository with these people in site.toml, and a copy of the landing page to add files to."""
    (tmp_path / "packages").mkdir()
    for package in ("blog", "shared"):
        (tmp_path / "packages" / package).symlink_to(REPOSITORY / "packages" / package)
    shutil.copytree(REPOSITORY / "packages/web", tmp_path / "packages/web")
    (tmp_path / "site.toml").write_text((REPOSITORY / "site.toml").read_text(encoding="utf-8") + TEAM)
    return tmp_path


def test_without_people_the_page_has_no_team(built_site: Path) -> None:
    assert site_config.load(REPOSITORY / "site.toml").team == ()
    assert 'id="team"' not in (built_site / "index.html").read_text(encoding="utf-8")


def test_the_people_of_site_toml_are_shown_with_portrait_role_and_link(repository: Path) -> None:
    portrait = repository / "packages/web/static/team/ada.jpg"
    portrait.parent.mkdir()
    portrait.write_bytes((REPOSITORY / "packages/shared/src/shared/design/icon-180.png").read_bytes())
    out = build_site(repository, repository / "out", repository / "cache", "--api", "http://127.0.0.1:9")
    html = (out / "index.html").read_text(encoding="utf-8")
    team = html.split('id="team"')[1].split("</section>")[0]
    assert re.findall(r"<h3>(.*?)</h3>", team) == [
        '<a href="https://ada.example/about">Ada Lovelace</a>', "Grace Brewster Hopper",
    ]  # fmt: skip
    assert '<img src="/team/ada.jpg" alt=""' in team
    assert ">GH</span>" in team
    assert "Compilers &amp; &lt;operations&gt;" in team
    assert (out / "team/ada.jpg").is_file()


def test_a_portrait_that_is_not_there_stops_the_build_and_says_where_to_put_it(repository: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failure:
        build_site(repository, repository / "out", repository / "cache", "--api", "http://127.0.0.1:9")
    assert failure.value.returncode == 1


@pytest.mark.parametrize(
    "line",
    [
        'portrait = "ada.jpg"',
        'portrait = "/../secret"',
        'link = "javascript:alert(1)"',
        'face = "/ada.jpg"',
        'name = ""',
    ],
)
def test_a_wrong_value_is_refused_with_its_key(tmp_path: Path, line: str) -> None:
    name = "" if line.startswith("name") else 'name = "Ada"\n'
    file = tmp_path / "site.toml"
    file.write_text((REPOSITORY / "site.toml").read_text(encoding="utf-8") + f"\n[[team]]\n{name}{line}\n")
    with pytest.raises(site_config.SiteConfigError, match="team"):
        site_config.load(file)
