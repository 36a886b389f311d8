from __future__ import annotations

from pathlib import Path

import pytest

from house import site
from ops.verify import target
from ops.verify.target import BadTarget


def write(folder: Path, text: str) -> str:
    (folder / "rehearsal.toml").write_text(text, "utf-8")
    return str(folder / "rehearsal.toml")


def test_production_is_what_site_toml_says():
    facts = site.load()
    house = target.named("production", {})
    assert (house.site_url, house.api_url) == (facts.url, facts.api_url)
    assert house.www_url == f"https://{facts.domains.www}"
    assert not house.local


def test_the_house_of_this_machine_is_found_by_its_ports(tmp_path):
    house = target.named("local", {"SITE_PORT": "1", "CRM_PORT": "2", "DATA_DIR": str(tmp_path)})
    assert (house.site_url, house.crm_url) == ("http://localhost:1", "http://localhost:2")
    assert house.local


def test_a_file_states_only_what_differs_from_production(tmp_path):
    house = target.named(
        write(
            tmp_path,
            """
            resolver = "127.0.0.1:5353"
            ca_file = "authority.pem"
            [connect]
            "octatech.xyz:443" = "127.0.0.1:8443"
            "*:80" = "127.0.0.1:8080"
            [urls]
            api = "https://api.staging.example/"
            [limits]
            memory_mb = 512
            """,
        ),
        {},
    )
    assert house.name == "rehearsal"
    assert house.ca_file == tmp_path / "authority.pem"
    assert house.limits.memory_mb == 512
    assert house.api_url == "https://api.staging.example"
    assert house.crm_url == target.named("production", {}).crm_url
    assert house.reached("octatech.xyz", 443) == ("127.0.0.1", 8443)
    assert house.reached("anything.example", 80) == ("127.0.0.1", 8080)
    assert house.reached("anything.example", 443) == ("anything.example", 443)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("resolver = 53", "resolver"),
        ("nameserver = '9.9.9.9'", "nameserver"),
        ("[connect]\n'*:80' = '127.0.0.1'", "such as 127.0.0.1:8443"),
        ("not toml", "rehearsal.toml"),
    ],
)
def test_a_file_that_states_what_cannot_be_is_refused_in_one_line(tmp_path, text, said):
    with pytest.raises(BadTarget, match=said):
        target.named(write(tmp_path, text), {})


def test_a_target_that_is_not_there_is_told_with_the_choice(tmp_path):
    with pytest.raises(BadTarget, match="Name `local`, `production`, or a file"):
        target.named(str(tmp_path / "staging.toml"), {})
