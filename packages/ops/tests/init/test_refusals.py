"""Every fault is told at once, with the option to blame and what to do instead."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from init.conftest import FJORDLIGHT, ROOT, House

from house.look import contrast, tokens
from ops.init import colors, judging
from ops.init.command import Manner
from ops.init.faults import Refused

OPS = Path(sys.executable).parent / "ops"


def told(house: House, capfd: pytest.CaptureFixture[str], facts: dict[str, str], **wished: object) -> dict[str, str]:
    """What is said of each option."""
    before = house.files()
    assert house.init(facts, manner=Manner(yes=True, as_json=True), **wished) == 1
    assert house.files() == before
    found = json.loads(capfd.readouterr().out)
    assert (found["applied"], found["changes"]) == (False, [])
    return {fault["flag"]: fault["what"] for fault in found["faults"]}


def test_all_that_is_wrong_is_told_at_once(house: House, capfd: pytest.CaptureFixture[str]):
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
    said = told(house, capfd, wrong, accent="#ffd400", colors=["nothing=#fff"])
    assert "Write fjordlight.example." in said["--domain"]
    assert "Did you mean Europe/Oslo?" in said["--time-zone"]
    assert "path" in said["--blog-placement"] and "subdomain" in said["--blog-placement"]
    assert "or write none" in said["--booking"].lower()
    assert set(said) == {
        "--name", "--domain", "--email", "--time-zone", "--currency", "--language", "--repository",
        "--blog-placement", "--booking", "--color",
    }  # fmt: skip


def test_another_house_must_say_whose_repository_it_is(house: House, capfd: pytest.CaptureFixture[str]):
    said = told(house, capfd, {key: FJORDLIGHT[key] for key in ("organization.name", "domains.site")})
    assert house.site.repository.owner in said["--repository"]
    assert "OWNER/NAME" in said["--repository"]


def test_a_fact_that_still_names_the_house_before_is_asked_for(house: House, capfd: pytest.CaptureFixture[str]):
    assert house.init({"organization.tagline": f"{house.site.organization.name.upper()} mends"}) == 0
    capfd.readouterr()
    assert "names the house before" in told(house, capfd, FJORDLIGHT)["--tagline"]


def test_two_hosts_cannot_have_one_name(house: House, capfd: pytest.CaptureFixture[str]):
    said = told(house, capfd, {**FJORDLIGHT, "domains.crm": "api.fjordlight.example"})
    assert "api.fjordlight.example is domains.api already" in said["--crm-domain"]


@pytest.mark.parametrize(
    "name",
    ["", "localhost", "fjord light.example", "-a.example", "a..example", "example.1", "http://example.org",
     "Example.org",      f"{'a' * 64}.example", ".".join(["abcdefghi"] * 26), "fjørdlight.example", "example.org."],
)  # fmt: skip
def test_what_is_no_domain_is_refused(name: str):
    assert judging.domain(name)


@pytest.mark.parametrize("name", ["fjordlight.example", "xn--fjrdlight-m8a.example", "a-b.co.uk", "1.example"])
def test_what_is_a_domain_is_taken(name: str):
    assert judging.domain(name) == ""


def test_a_domain_in_letters_of_its_own_is_offered_as_the_dns_knows_it():
    assert "Write xn--fjrdlight-m8a.example." in judging.domain("fjørdlight.example")


@pytest.mark.parametrize("name", ["a--b", "-a", "a-", "a_b", "a" * 40, "", "a/b"])
def test_what_is_no_account_of_github_is_refused(name: str):
    assert judging.owner(name)
    assert judging.owner("Sunniva-1") == ""


@pytest.mark.parametrize("accent", ["#7fb3ff", "#ffd400", "#22c55e", "#ff00ff", "#ffffff", "oklch(0.8 0.1 30)"])
def test_a_color_that_cannot_be_read_is_refused_with_one_that_can(accent: str):
    now = tokens.read()
    with pytest.raises(Refused, match=r"\d\.\d\d:1 on paper, needed 4\.5:1") as refused:
        colors.chosen(now, accent, [])
    better = re.findall(r"#[0-9a-f]{6}", refused.value.faults[0].what)[-1]
    new = colors.chosen(now, better, [])
    assert all(tokens.broken(new[theme]) == [] for theme in tokens.THEMES)


def test_the_nearest_shade_is_the_nearest():
    now = tokens.read()["light"] | {"accent": colors.parsed("#7fb3ff")}
    found = colors.nearest(now, "accent")
    assert found
    lightness, *rest = (float(part) for part in found[6:-1].split())
    a_little_lighter = {**now, "accent": f"oklch({lightness + 0.01:.4f} {rest[0]} {rest[1]})"}
    assert tokens.broken({**now, "accent": found}) == []
    assert tokens.broken(a_little_lighter) != []


def test_a_ratio_that_is_just_too_little_does_not_read_as_enough():
    sunk = contrast.parse(tokens.read()["light"]["sunk"])
    shades = (f"oklch({number / 10_000} 0 0)" for number in range(3000, 7000))
    faint = next(shade for shade in shades if contrast.ratio(contrast.parse(shade), sunk) < 4.5)
    with pytest.raises(Refused, match=r"4\.49:1 on sunk, needed 4\.5:1"):
        colors.chosen(tokens.read(), None, [f"soft={faint}"])


def test_one_color_of_one_theme_can_be_chosen_and_the_mark_wears_it(house: House):
    before = house.files()
    assert house.init(colors=["accent:dark=oklch(0.75 0.12 160)", "ink=#1a1a1a"]) == 0
    sheet = tokens.read(house.text("packages/house/src/house/look/tokens.css"))
    assert sheet["dark"]["accent"] == "oklch(0.7500 0.1200 160.00)"
    assert sheet["light"]["accent"] == tokens.read()["light"]["accent"]
    assert "#1a1a1a" in house.text("packages/house/src/house/look/favicon.svg")
    assert (
        house.files()["packages/house/src/house/look/icon-180.png"]
        != before["packages/house/src/house/look/icon-180.png"]
    )


def test_outside_a_clone_it_says_where_to_run_it(tmp_path: Path):
    (tmp_path / "site.toml").write_bytes((ROOT / "site.toml").read_bytes())
    ran = subprocess.run([OPS, "init", "--yes"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "Run this inside a clone" in ran.stderr
    assert "Traceback" not in ran.stderr
