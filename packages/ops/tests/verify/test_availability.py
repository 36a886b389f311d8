"""`availability`, read back from an uptime provider, and the monitors against what production serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from lookalike.standing import LookAlike
from uptime.doubles import TOKEN, Double, UptimeRobot, serve
from verify.asking import evidence, red, skipped

from ops.uptime.monitors import list_monitors
from ops.uptime.providers import open_provider
from ops.verify import target
from ops.verify.availability import Availability
from ops.verify.checks import Check
from ops.verify.client import Client

PRODUCTION = target.named(target.PRODUCTION, {})
API = f"[{PRODUCTION.facts.domains.site}] API"


@pytest.fixture
def account() -> Iterator[Double]:
    """An account that has every monitor of the site."""
    double = UptimeRobot()
    with serve(double):
        provider = open_provider(double.environ(), print)
        for monitor in list_monitors(PRODUCTION.facts):
            provider.apply(provider.to_creation(monitor))
        yield double


def checks(environ: Mapping[str, str]) -> list[Check]:
    return Availability(PRODUCTION, environ).checks()


async def test_the_host_that_was_available_least_is_named(account: Double):
    account.measured[API] = (99.95, 1296, 1)
    said = await evidence(checks(account.environ())[0])
    assert said == "API was available 99.950 % of the last 30 days, the others no less"


async def test_a_spent_error_budget_is_red(account: Double):
    account.measured[API] = (99.89, 2640, 3)
    said = (await red(checks(account.environ())))["availability"]
    assert said.said == "API was down for 44 min of 30 days; the error budget is 43 min 12 s"
    assert "ops uptime report" in said.hint


async def test_what_was_not_measured_is_neither_green_nor_red(account: Double):
    account.rows[account.id_of(API)]["status"] = "PAUSED"
    assert "API is paused" in await skipped(checks(account.environ())[0])


async def test_a_token_that_is_refused_is_red(account: Double):
    environ = {**account.environ(), "UPTIMEROBOT_API_KEY": "wrong"}
    assert "does not accept UPTIMEROBOT_API_KEY" in (await red(checks(environ)))["availability"].said


async def test_without_a_token_or_on_a_laptop_it_is_skipped(tmp_path):
    assert "set UPTIMEROBOT_API_KEY or BETTERSTACK_API_TOKEN" in await skipped(checks({})[0])
    laptop = target.named("local", {"DATA_DIR": str(tmp_path)})
    [check] = Availability(laptop, {"UPTIMEROBOT_API_KEY": TOKEN}).checks()
    assert "laptop" in await skipped(check)


async def test_each_host_of_production_answers_as_its_monitor_expects(lookalike: LookAlike, client: Client):
    hosts = {monitor.label: monitor for monitor in list_monitors(lookalike.facts) if monitor.url}
    for monitor in hosts.values():
        answer = await client.get(monitor.url, expect=monitor.status)
        assert monitor.keyword in answer.text, monitor.label
    lost = await client.get(f"{lookalike.facts.url}/no-such-page", expect=404)
    assert hosts["Landing page"].keyword not in lost.text
