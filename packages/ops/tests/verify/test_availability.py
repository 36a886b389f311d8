"""`availability`, read back from an uptime provider, and the monitors against what production serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from uptime.doubles import TOKEN, Double, UptimeRobot, serve
from verify.running_checks import find_failed, get_evidence, get_reason

from ops.uptime.monitors import list_monitors
from ops.uptime.providers import open_provider
from ops.verify.context import VerifyContext
from ops.verify.target import load_target

PRODUCTION = load_target("production", {})
API = f"[{PRODUCTION.facts.domains.site}] API"
NAME = "availability"


@pytest.fixture
def account() -> Iterator[Double]:
    """An account that has every monitor of the site."""
    double = UptimeRobot()
    with serve(double):
        provider = open_provider(double.environ(), print)
        for monitor in list_monitors(PRODUCTION.facts):
            provider.apply(provider.to_creation(monitor))
        yield double


def run(environ: Mapping[str, str]) -> VerifyContext:
    return VerifyContext(PRODUCTION, environ)


async def test_the_host_that_was_available_least_is_named(account: Double):
    account.measured[API] = (99.95, 1296, 1)
    evidence = await get_evidence(run(account.environ()), NAME)
    assert evidence == "API was available 99.950 % of the last 30 days, the others no less"


async def test_a_spent_error_budget_fails(account: Double):
    account.measured[API] = (99.89, 2640, 3)
    failed = (await find_failed(run(account.environ()), NAME))[NAME]
    assert failed.detail == "API was down for 44 min of 30 days; the error budget is 43 min 12 s"
    assert "ops uptime report" in failed.hint


async def test_what_was_not_measured_neither_passes_nor_fails(account: Double):
    account.rows[account.id_of(API)]["status"] = "PAUSED"
    assert "API is paused" in await get_reason(run(account.environ()), NAME)


async def test_a_token_that_is_refused_fails(account: Double):
    failed = (await find_failed(run({**account.environ(), "UPTIMEROBOT_API_KEY": "wrong"}), NAME))[NAME]
    assert "does not accept UPTIMEROBOT_API_KEY" in failed.detail


async def test_without_a_token_or_on_a_laptop_it_is_skipped(tmp_path):
    assert "set UPTIMEROBOT_API_KEY or BETTERSTACK_API_TOKEN" in await get_reason(run({}), NAME)
    local = VerifyContext(load_target("local", {"DATA_DIR": str(tmp_path)}), {"UPTIMEROBOT_API_KEY": TOKEN})
    assert "laptop" in await get_reason(local, NAME)


async def test_each_host_of_production_answers_as_its_monitor_expects(fake_production, context: VerifyContext):
    hosts = {monitor.label: monitor for monitor in list_monitors(fake_production.facts) if monitor.url}
    for monitor in hosts.values():
        answer = await context.get(monitor.url, expect=monitor.status)
        assert monitor.keyword in answer.text, monitor.label
    lost = await context.get(f"{fake_production.facts.url}/no-such-page", expect=404)
    assert hosts["Landing page"].keyword not in lost.text
