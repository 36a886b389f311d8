from __future__ import annotations

from pathlib import Path

import pytest

from ops.cli import UsageError
from ops.cli.network import CONTROLS
from ops.verify.target import load_target
from shared import site_config


def write(folder: Path, text: str) -> str:
    (folder / "rehearsal.toml").write_text(text, "utf-8")
    return str(folder / "rehearsal.toml")


def test_production_is_what_site_toml_says():
    facts = site_config.load()
    target = load_target("production", {})
    assert (target.site_url, target.api_url) == (facts.url, facts.api_url)
    assert target.www_url == f"https://{facts.domains.www}"
    assert not target.local


def test_the_local_target_is_found_by_its_ports(tmp_path):
    target = load_target("local", {"SITE_PORT": "1", "CRM_PORT": "2", "DATA_DIR": str(tmp_path)})
    assert (target.site_url, target.crm_url) == ("http://localhost:1", "http://localhost:2")
    assert target.local


def test_a_file_states_only_what_differs_from_production(tmp_path):
    target = load_target(
        write(
            tmp_path,
            """
            resolver = "127.0.0.1:5353"
            ca_file = "authority.pem"
            controls = ["127.0.0.1:7"]
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
    assert target.name == "rehearsal"
    assert target.ca_file == tmp_path / "authority.pem"
    assert target.limits.memory_mb == 512
    assert target.controls == [("127.0.0.1", 7)]
    assert load_target("production", {}).controls == CONTROLS
    assert target.api_url == "https://api.staging.example"
    assert target.crm_url == load_target("production", {}).crm_url
    assert target.route("octatech.xyz", 443) == ("127.0.0.1", 8443)
    assert target.route("anything.example", 80) == ("127.0.0.1", 8080)
    assert target.route("anything.example", 443) == ("anything.example", 443)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("resolver = 53", "resolver"),
        ("nameserver = '9.9.9.9'", "nameserver"),
        ("[connect]\n'*:80' = '127.0.0.1'", "such as 127.0.0.1:8443"),
        ("controls = ['127.0.0.1']", "such as 127.0.0.1:8443"),
        ("[urls]\nshop = 'https://shop.example'", "shop"),
        ("not toml", "rehearsal.toml"),
    ],
)
def test_a_file_that_states_what_cannot_be_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(UsageError, match=message):
        load_target(write(tmp_path, text), {})


def test_a_target_that_is_not_there_is_refused_with_the_choice(tmp_path):
    with pytest.raises(UsageError, match="Name `local`, `production`, or a file"):
        load_target(str(tmp_path / "staging.toml"), {})
