"""The Gatus configuration, held against the keys and conditions that its README documents."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
import yaml

from ops.uptime.gatus import render_gatus
from ops.uptime.monitors import list_monitors
from shared.site_config import SiteConfig

ENDPOINT = {
    "enabled", "name", "group", "url", "method", "conditions", "interval", "graphql", "body", "headers", "dns", "ssh",
    "alerts", "maintenance-windows", "client", "ui", "extra-labels", "always-run", "store",
}  # fmt: skip
EXTERNAL = {"enabled", "name", "group", "token", "alerts", "heartbeat"}
DURATION = re.compile(r"\d+(s|m|h)")
CONDITION = re.compile(
    r"\[STATUS\] == \d{3}|\[RESPONSE_TIME\] < \d+|\[(CERTIFICATE|DOMAIN)_EXPIRATION\] > \d+h|\[BODY\] == pat\(\*.+\*\)"
)


def config_of(facts: SiteConfig, alert: str = "") -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(render_gatus(list_monitors(facts), alert))
    return config


def test_every_key_and_condition_is_documented(facts: SiteConfig):
    config = config_of(facts)
    assert set(config) == {"storage", "endpoints", "external-endpoints"}
    assert config["storage"] == {"type": "sqlite", "path": "/data/data.db"}
    for endpoint in config["endpoints"]:
        assert set(endpoint) <= ENDPOINT
        assert set(endpoint.get("client", {})) <= {"insecure", "ignore-redirect", "timeout"}
        assert DURATION.fullmatch(endpoint["interval"])
        assert all(CONDITION.fullmatch(condition) for condition in endpoint["conditions"])
    for job in config["external-endpoints"]:
        assert set(job) <= EXTERNAL
        assert DURATION.fullmatch(job["heartbeat"]["interval"])


def test_it_holds_the_same_monitors(facts: SiteConfig):
    config, monitors = config_of(facts), list_monitors(facts)
    urls = {each["name"]: each["url"] for each in config["endpoints"]}
    assert urls == {"Domain": facts.url + "/"} | {each.label: each.url for each in monitors if each.url}
    assert [each["name"] for each in config["external-endpoints"]] == [each.job for each in monitors if each.job]
    assert {each["token"] for each in config["external-endpoints"]} == {"${GATUS_TOKEN}"}


def test_a_page_has_to_be_right_quick_and_safe_for_a_while(facts: SiteConfig):
    landing = config_of(facts)["endpoints"][0]
    assert landing["conditions"] == [
        "[STATUS] == 200",
        "[RESPONSE_TIME] < 2000",
        '[BODY] == pat(*<link rel="canonical" href="https://octatech.xyz/">*)',
        "[CERTIFICATE_EXPIRATION] > 336h",
    ]


def test_the_domain_is_asked_about_as_rarely_as_gatus_wants(facts: SiteConfig):
    quick = msgspec.structs.replace(facts, uptime=msgspec.structs.replace(facts.uptime, interval_s=30))
    domain = [each for each in config_of(quick)["endpoints"] if "DOMAIN" in str(each["conditions"])]
    assert [each["interval"] for each in domain] == ["12h"]


def test_nothing_of_expiry_is_asked_where_it_is_left_out(facts: SiteConfig):
    never = msgspec.structs.replace(facts, uptime=msgspec.structs.replace(facts.uptime, expiry_days=0))
    assert "EXPIRATION" not in render_gatus(list_monitors(never))


def test_alerts_are_those_that_were_named(facts: SiteConfig):
    config = config_of(facts, "slack")
    alerts = [{"type": "slack", "send-on-resolved": True}]
    assert all(each["alerts"] == alerts for each in [*config["endpoints"], *config["external-endpoints"]])
    assert "alerts" not in config_of(facts)["endpoints"][0]


@pytest.mark.parametrize("alert", ["", "email"])
def test_it_is_printed_without_a_token(run, alert):
    output = run("export", "gatus", *(["--alert", alert] if alert else []))
    assert output.status == 0
    assert yaml.safe_load(output.out)["endpoints"][0]["url"] == "https://octatech.xyz/"
