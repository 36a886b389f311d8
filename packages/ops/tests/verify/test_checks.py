from __future__ import annotations

import asyncio

import pytest
from fake_production.system import FakeProduction
from verify.running_checks import run_group

from ops.verify.checks import (
    Check,
    CheckFailedError,
    CheckSkippedError,
    Group,
    Result,
    State,
    check,
    run_checks,
)  # fmt: skip
from ops.verify.command import list_checks
from ops.verify.context import VerifyContext
from ops.verify.target import load_target


@check(Group.SITE, "passes", "")
async def passes(context: VerifyContext) -> str:
    return "as promised"


@check(Group.SITE, "fails", "")
async def fails(context: VerifyContext) -> str:
    raise CheckFailedError("It is gone", "Look behind the sofa.")


@check(Group.SITE, "skips", "")
async def skips(context: VerifyContext) -> str:
    raise CheckSkippedError("A laptop has no such thing.")


@check(Group.SITE, "stumbles", "")
async def stumbles(context: VerifyContext) -> str:
    return {}["commit"]


def after(name: str, needs: list[Check], **more) -> Check:
    return Check(Group.SITE, name, "", passes.run, needs, **more)


@pytest.fixture
async def local(tmp_path):
    async with VerifyContext(load_target("local", {"DATA_DIR": str(tmp_path)}), {}) as context:
        yield context


async def get_states(context: VerifyContext, *checks: Check) -> dict[str, str]:
    return {result.name: result.state for result in await run_checks(checks, context)}


async def test_a_check_after_a_failed_one_is_blocked_and_a_cleanup_is_not(local):
    second = after("second", [fails])
    checks = (fails, second, after("third", [second]), after("cleanup", [], after=[fails]))
    expected = {"fails": "failed", "second": "blocked", "third": "blocked", "cleanup": "passed"}
    assert await get_states(local, *checks) == expected


async def test_a_skipped_check_passes_its_reason_on(local):
    first, second = await run_checks([skips, after("second", [skips])], local)
    assert (first.state, second.state) == (State.SKIPPED, State.SKIPPED)
    assert first.detail == second.detail == "A laptop has no such thing."


async def test_an_answer_that_makes_a_check_stumble_fails_that_check_alone(local):
    first, second = await run_checks([stumbles, passes], local)
    assert (first.state, second.state) == (State.FAILED, State.PASSED)
    assert "KeyError: 'commit'" in first.detail


async def test_a_check_that_is_not_for_laptops_is_skipped_there(local):
    [result] = await run_checks([Check(Group.DNS, "names", "", fails.run, skip_local="No names.")], local)
    assert (result.state, result.detail) == (State.SKIPPED, "No names.")


async def test_what_measures_time_waits_until_nothing_else_runs(local):
    order: list[str] = []

    def note(name: str, *, exclusive: bool = False) -> Check:
        async def run(context: VerifyContext) -> str:
            order.append(f"{name} begins")
            for _ in range(3):
                await asyncio.sleep(0)
            order.append(f"{name} ends")
            return ""

        return Check(Group.SPEED, name, "", run, exclusive=exclusive)

    checks = [note("first", exclusive=True), note("second", exclusive=True), note("a"), note("b")]
    results = await run_checks(checks, local)
    assert order[:2] == ["a begins", "b begins"]
    assert order[4:] == ["first begins", "first ends", "second begins", "second ends"]
    assert [result.name for result in results] == ["first", "second", "a", "b"]


async def test_progress_names_what_runs_and_counts_what_ended(local):
    seen: list[tuple[list[str], int]] = []

    def watch(running, results: list[Result]) -> None:
        seen.append(([check.name for check in running], len(results)))

    await run_checks([passes, after("second", [passes])], local, watch)
    assert seen == [(["passes"], 0), ([], 1), (["second"], 1), ([], 2)]


def test_only_some_groups_run_with_what_they_need():
    everything = list_checks(local=False)
    names = [check.name for check in list_checks(local=False, only=[Group.HEADERS])]
    assert names == [
        "public site",
        "grade of the site",
        "grade of the blog's host",
        "grade of the CRM",
        "grade of the API",
        "service",
    ]
    assert {check.group for check in list_checks(local=False, only=[Group.TLS])} == {Group.TLS}
    assert list_checks(local=False, only=list(Group)) == everything


def test_ordinary_enquiries_are_for_laptops_only():
    names = {check.name for check in list_checks(local=False)}
    assert {check.name for check in list_checks(local=True)} - names >= {"plain enquiry", "lead"}


async def test_a_service_that_is_away_is_named_once(fake_production: FakeProduction):
    fake_production.edge.hosts.pop(fake_production.facts.domains.api)
    fake_production.edge.hosts.pop(fake_production.facts.domains.crm)
    results = await run_group(VerifyContext(fake_production.target, {}), Group.SERVICE)
    assert results.pop("service").state is State.FAILED
    assert {result.state for result in results.values()} == {State.BLOCKED}
