from __future__ import annotations

import asyncio
import io
import json

from rich.console import Console

from ops.verify import report
from ops.verify.checks import Broken, Check, Door, Group, Lane, Skipped, State, alone, walk
from ops.verify.command import walked
from ops.verify.plan import Plan


async def kept() -> str:
    return "as promised"


async def broken() -> str:
    raise Broken("It is gone", "Look behind the sofa.")


async def skipped() -> str:
    raise Skipped("a laptop has no such thing")


async def stumbles() -> str:
    return {}["commit"]


def lane(*checks: Check) -> Lane:
    return Lane(Group.SITE, checks)


def states(results: list) -> list[State]:
    return [result.state for result in results]


async def test_what_follows_a_broken_check_is_not_reached_but_clearing_away_is():
    found = await walk(
        lane(
            Check("one", "", kept),
            Check("two", "", broken),
            Check("three", "", kept),
            Check("four", "", kept, always=True),
        )
    )
    assert states(found) == [State.KEPT, State.BROKEN, State.NOT_REACHED, State.KEPT]


async def test_what_cannot_be_asked_says_why_and_is_no_fault():
    found = await walk(lane(Check("one", "", skipped), Check("two", "", kept)))
    assert states(found) == [State.SKIPPED, State.KEPT]
    assert found[0].detail == "a laptop has no such thing"
    assert report.of("local", found, 1).ok
    assert not report.of("local", found[:1], 1).ok


async def test_an_answer_that_makes_a_check_stumble_breaks_that_check_alone():
    found = await walk(lane(Check("one", "", stumbles)))
    assert states(found) == [State.BROKEN]
    assert "KeyError: 'commit'" in found[0].detail


async def test_a_closed_door_is_told_once_and_what_needs_no_door_is_asked_all_the_same():
    plan = Plan(
        {
            Door.SITE: (Group.SITE, Check("public site", "", broken)),
            Door.SERVICE: (Group.SERVICE, Check("service", "", kept)),
        },
        [
            *alone(Group.SITE, [Check("pages", "", kept), Check("links", "", kept)], [Door.SITE]),
            *alone(Group.SERVICE, [Check("health", "", kept)], [Door.SERVICE]),
            *alone(Group.DNS, [Check("addresses", "", kept)]),
        ],
    )
    told = {result.name: result.state for result in await walked(plan)}
    assert told == {
        "public site": State.BROKEN,
        "service": State.KEPT,
        "pages": State.NOT_REACHED,
        "links": State.NOT_REACHED,
        "health": State.KEPT,
        "addresses": State.KEPT,
    }


def test_only_some_groups_can_be_asked_with_the_doors_that_they_need():
    plan = Plan(
        {
            Door.SITE: (Group.SITE, Check("public site", "", kept)),
            Door.SERVICE: (Group.SERVICE, Check("service", "", kept)),
        },
        [
            *alone(Group.ENQUIRY, [Check("form", "", kept)], [Door.SERVICE]),
            *alone(Group.DNS, [Check("addresses", "", kept)]),
        ],
    )
    assert [lane.group for lane in plan.only([Group.ENQUIRY]).lanes] == [Group.ENQUIRY]
    assert set(plan.only([Group.ENQUIRY]).doors) == {Door.SERVICE}
    assert not plan.only([Group.DNS]).doors
    assert plan.only([]) == plan


async def test_what_measures_time_waits_until_nothing_else_is_asked():
    order = []

    def noting(name: str) -> Check:
        async def run() -> str:
            order.append(f"{name} begins")
            for _ in range(3):
                await asyncio.sleep(0)
            order.append(f"{name} ends")
            return ""

        return Check(name, "", run)

    quiet = [Lane(Group.SPEED, [noting(name)], quiet=True) for name in ("first", "second")]
    found = await walked(Plan({}, [*quiet, *alone(Group.SITE, [noting("a"), noting("b")])]))
    assert order[:2] == ["a begins", "b begins"]
    assert order[4:] == ["first begins", "first ends", "second begins", "second ends"]
    assert [result.name for result in report.of("local", found, 1).checks] == ["a", "b", "first", "second"]


async def test_what_is_not_asked_for_one_reason_is_one_line():
    out = Console(record=True, width=100, file=io.StringIO())
    checks = [Check("one", "", skipped), Check("two", "", skipped), Check("three", "", kept)]
    report.tell(report.of("local", await walk(lane(*checks)), 1), out)
    said = out.export_text()
    assert "2 checks  skipped: a laptop has no such thing" in said
    assert "Verified: 1 checks, 2 skipped, in 1.0 s." in said


async def test_a_report_is_well_only_when_every_promise_is_kept():
    good, bad = await walk(lane(Check("one", "", kept))), await walk(lane(Check("two", "", broken)))
    assert report.of("local", good, 1).ok
    assert not report.of("local", good + bad, 1).ok
    assert not report.of("local", [], 1).ok


async def test_the_broken_hop_is_named_with_what_to_do():
    out = Console(record=True, width=100, soft_wrap=True, file=io.StringIO())
    found = await walk(lane(Check("delivery", "", broken), Check("next", "", kept)))
    report.tell(report.of("local", found, 1), out)
    said = out.export_text()
    assert "Broken: delivery. It is gone. Look behind the sofa." in said
    assert "not reached" in said
    assert "Verified" not in said


async def test_programs_get_one_document():
    found = await walk(lane(Check("one", "All is well", kept)))
    told = json.loads(report.document(report.of("local", found, 0.5)))
    assert told["ok"] is True
    assert told["seconds"] == 0.5
    [check] = told["checks"]
    assert {key: check[key] for key in ("group", "name", "promise", "state", "detail")} == {
        "group": "site",
        "name": "one",
        "promise": "All is well",
        "state": "kept",
        "detail": "as promised",
    }
