"""How a provider is asked: pages, limits, refusals, and answers that are none."""

from __future__ import annotations

from typing import Any

import pytest
from uptime.doubles import TOKEN, Double

from ops.cli import OpsError, UnreachableError, UsageError
from ops.uptime import provider as providers_base
from ops.uptime.monitors import list_monitors
from ops.uptime.provider import MAX_WAIT_S, Provider
from ops.uptime.providers import open_provider
from shared.site_config import SiteConfig


class SetClock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def provider(double: Double, clock: SetClock, notes: list[str]) -> Provider:
    opened = open_provider(double.environ(), notes.append)
    return type(opened)(double.url, TOKEN, notes.append, clock)


def test_the_provider_is_the_one_whose_token_is_set(double: Double):
    assert open_provider(double.environ(), print).name in ("UptimeRobot", "Better Stack")


@pytest.mark.parametrize("environ", [{}, {"UPTIMEROBOT_API_KEY": "a", "BETTERSTACK_API_TOKEN": "b"}])
def test_without_a_token_or_with_both_nothing_is_asked(environ: dict[str, str]):
    with pytest.raises(UsageError, match=r"UPTIMEROBOT_API_KEY.*BETTERSTACK_API_TOKEN"):
        open_provider(environ, print)


@pytest.mark.parametrize("token", ["schlüssel", "two\nlines", "two words", "tab\there"])
@pytest.mark.parametrize("variable", ["UPTIMEROBOT_API_KEY", "BETTERSTACK_API_TOKEN"])
def test_what_cannot_be_a_token_is_named_and_not_shown(variable: str, token: str):
    with pytest.raises(UsageError, match="no token") as caught:
        open_provider({variable: token}, print)
    assert token not in str(caught.value)


@pytest.mark.parametrize("url", ["not-a-url", "http://[", "ftp://uptime.example", "http://uptime.example:port"])
def test_what_cannot_be_a_url_gets_a_clear_error(url: str, monkeypatch):
    monkeypatch.setattr(providers_base, "require_network", lambda: None)
    with pytest.raises(UnreachableError, match="no answer at"):
        open_provider({"UPTIMEROBOT_API_KEY": TOKEN, "UPTIMEROBOT_API_URL": url}, print).list_existing()


def test_all_pages_are_read_and_the_token_goes_to_one_host(provider: Provider, double: Double):
    for number in range(8):
        double.add(friendlyName=f"Monitor {number}")
    assert [each.name for each in provider.list_existing()] == [f"Monitor {number}" for number in range(8)]
    assert double.requests.count("GET /monitors") == 3


def test_a_limit_is_waited_for_as_long_as_the_provider_asks(provider: Provider, double: Double, clock, notes):
    double.refusals = [(429, {"Retry-After": "7"}, {"message": "Too many"}), (429, {}, None)]
    assert provider.list_existing() == []
    assert clock.slept == [7, 10]
    assert "waiting 7 s" in notes[0]


def test_a_limit_that_lasts_ends_the_command(provider: Provider, double: Double, clock):
    double.refusals = [(429, {"Retry-After": "50"}, None)] * 4
    with pytest.raises(OpsError, match=r"takes no more requests now \(429\). Try again in 50 s"):
        provider.list_existing()
    assert sum(clock.slept) <= MAX_WAIT_S


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "does not accept"), (402, "The plan at"), (403, "read-only"), (500, "answers 500 to GET")],
)
def test_a_refusal_says_what_to_do_in_our_words_and_theirs(provider: Provider, double: Double, status: int, words: str):
    double.refusals = [(status, {}, {"message": f"No: {TOKEN}", "code": "no"})]
    with pytest.raises(OpsError, match=words) as caught:
        provider.list_existing()
    assert '"message": "No: …"' in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("content", [b"<html>", {"monitors": []}, {"data": [{}], "nextLink": None}, [], None])
def test_an_answer_of_another_shape_gets_a_clear_error(provider: Provider, double: Double, content: Any):
    double.refusals = [(200, {}, content)]
    with pytest.raises(UnreachableError, match="answers otherwise than documented"):
        provider.list_existing()


def test_links_that_go_round_end(provider: Provider, double: Double):
    again = {"next": "https://elsewhere.example/?page=2"}
    page = {"data": [], "nextLink": "https://elsewhere.example/?cursor=1", "pagination": again}
    double.refusals = [(200, {}, page)] * 4
    assert provider.list_existing() == []


def test_what_is_gone_already_counts_as_deleted(provider: Provider, double: Double, facts: SiteConfig):
    provider.apply(provider.to_creation(list_monitors(facts)[0]))
    ident = double.id_of("[octatech.xyz] Landing page")
    gone = providers_base.Change(action="delete", kind="monitors", name="[octatech.xyz] Landing page", id=ident)
    provider.apply(gone)
    provider.apply(gone)
    assert double.rows == {}


def test_a_provider_that_is_away_is_named(provider: Provider, double: Double, monkeypatch):
    monkeypatch.setattr(providers_base, "require_network", lambda: None)
    away = type(provider)("http://127.0.0.1:9", TOKEN, print, SetClock())
    with pytest.raises(UnreachableError, match=r"no answer at http://127.0.0.1:9 \(ConnectError\)"):
        away.list_existing()
