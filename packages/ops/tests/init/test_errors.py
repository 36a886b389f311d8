"""Every error is reported at once, with its option and what to do instead."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from init.conftest import FJORDLIGHT, ROOT, Project

from ops.init import colors, validation
from ops.init.command import Mode
from ops.init.errors import InvalidOptionsError
from shared.design import contrast, tokens

OPS = Path(sys.executable).parent / "ops"


def list_errors(
    project: Project, capfd: pytest.CaptureFixture[str], facts: dict[str, str], **wished: object
) -> dict[str, str]:
    """Returns the error message of each option."""
    before = project.files()
    assert project.init(facts, mode=Mode(yes=True, as_json=True), **wished) == 1
    assert project.files() == before
    lines = json.loads(capfd.readouterr().out)["error"].splitlines()
    return {option: message for option, _, message in (line.partition(": ") for line in lines)}


def test_all_errors_are_reported_at_once(project: Project, capfd: pytest.CaptureFixture[str]):
    wrong = {
        "organization.name": " ",
        "domains.site": "https://Fjordlight.example/",
        "organization.email": "hello at fjordlight",
        "organization.time_zone": "Oslo",
        "organization.currency": "kroner",
        "organization.language": "norsk",
        "repository.owner": "-sunniva-",
        "blog.placement": "below",
        "links.booking": "cal.com/fjordlight",
    }
    said = list_errors(project, capfd, wrong, accent="#ffd400", colors=["nothing=#fff"])
    assert "Write fjordlight.example." in said["--domain"]
    assert "Did you mean Europe/Oslo?" in said["--time-zone"]
    assert "path" in said["--blog-placement"] and "subdomain" in said["--blog-placement"]
    assert "or write none" in said["--booking"].lower()
    assert set(said) == {
        "--name", "--domain", "--email", "--time-zone", "--currency", "--language", "--repository",
        "--blog-placement", "--booking", "--color",
    }  # fmt: skip


def test_a_new_owner_must_give_their_repository(project: Project, capfd: pytest.CaptureFixture[str]):
    said = list_errors(project, capfd, {key: FJORDLIGHT[key] for key in ("organization.name", "domains.site")})
    assert project.site.repository.owner in said["--repository"]
    assert "OWNER/NAME" in said["--repository"]


def test_a_fact_that_still_names_the_previous_owner_is_asked_for(project: Project, capfd: pytest.CaptureFixture[str]):
    assert project.init({"organization.tagline": f"{project.site.organization.name.upper()} mends"}) == 0
    capfd.readouterr()
    assert "names the previous owner" in list_errors(project, capfd, FJORDLIGHT)["--tagline"]


def test_two_hosts_cannot_have_the_same_name(project: Project, capfd: pytest.CaptureFixture[str]):
    said = list_errors(project, capfd, {**FJORDLIGHT, "domains.crm": "api.fjordlight.example"})
    assert "api.fjordlight.example is domains.api already" in said["--crm-domain"]


@pytest.mark.parametrize(
    "name",
    ["", "localhost", "fjord light.example", "-a.example", "a..example", "example.1", "http://example.org",
     "Example.org",      f"{'a' * 64}.example", ".".join(["abcdefghi"] * 26), "fjørdlight.example", "example.org."],
)  # fmt: skip
def test_an_invalid_domain_is_refused(name: str):
    assert validation.check_domain(name)


@pytest.mark.parametrize("name", ["fjordlight.example", "xn--fjrdlight-m8a.example", "a-b.co.uk", "1.example"])
def test_a_valid_domain_is_accepted(name: str):
    assert validation.check_domain(name) == ""


def test_an_international_domain_is_proposed_in_its_ascii_form():
    assert "Write xn--fjrdlight-m8a.example." in validation.check_domain("fjørdlight.example")


@pytest.mark.parametrize("name", ["a--b", "-a", "a-", "a_b", "a" * 40, "", "a/b"])
def test_an_invalid_github_account_is_refused(name: str):
    assert validation.check_owner(name)
    assert validation.check_owner("Sunniva-1") == ""


@pytest.mark.parametrize("accent", ["#7fb3ff", "#ffd400", "#22c55e", "#ff00ff", "#ffffff", "oklch(0.8 0.1 30)"])
def test_an_unreadable_color_is_refused_with_a_readable_one(accent: str):
    now = tokens.read()
    with pytest.raises(InvalidOptionsError, match=r"\d\.\d\d:1 on paper, needed 4\.5:1") as refused:
        colors.choose_colors(now, accent, [])
    better = re.findall(r"#[0-9a-f]{6}", refused.value.errors[0].message)[-1]
    new = colors.choose_colors(now, better, [])
    assert all(tokens.broken(new[theme]) == [] for theme in tokens.THEMES)


def test_the_nearest_shade_is_the_nearest():
    now = tokens.read()["light"] | {"accent": colors.parse_color("#7fb3ff")}
    found = colors.find_nearest(now, "accent")
    assert found
    lightness, *rest = (float(part) for part in found[6:-1].split())
    a_little_lighter = {**now, "accent": f"oklch({lightness + 0.01:.4f} {rest[0]} {rest[1]})"}
    assert tokens.broken({**now, "accent": found}) == []
    assert tokens.broken(a_little_lighter) != []


def test_a_ratio_that_is_just_too_low_does_not_read_as_enough():
    sunk = contrast.parse(tokens.read()["light"]["sunk"])
    shades = (f"oklch({number / 10_000} 0 0)" for number in range(3000, 7000))
    faint = next(shade for shade in shades if contrast.ratio(contrast.parse(shade), sunk) < 4.5)
    with pytest.raises(InvalidOptionsError, match=r"4\.49:1 on sunk, needed 4\.5:1"):
        colors.choose_colors(tokens.read(), None, [f"soft={faint}"])


def test_one_color_of_one_theme_can_be_chosen_and_the_logo_has_it(project: Project):
    before = project.files()
    assert project.init(colors=["accent:dark=oklch(0.75 0.12 160)", "ink=#1a1a1a"]) == 0
    sheet = tokens.read(project.text("packages/shared/src/shared/design/tokens.css"))
    assert sheet["dark"]["accent"] == "oklch(0.7500 0.1200 160.00)"
    assert sheet["light"]["accent"] == tokens.read()["light"]["accent"]
    assert "#1a1a1a" in project.text("packages/shared/src/shared/design/favicon.svg")
    assert (
        project.files()["packages/shared/src/shared/design/icon-180.png"]
        != before["packages/shared/src/shared/design/icon-180.png"]
    )


def test_outside_a_clone_it_says_where_to_run_it(tmp_path: Path):
    (tmp_path / "site.toml").write_bytes((ROOT / "site.toml").read_bytes())
    ran = subprocess.run([OPS, "init", "--yes"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "Run this inside a clone" in ran.stderr
    assert "Traceback" not in ran.stderr
