"""How often both APIs are asked, and what happens when they want fewer questions."""

from __future__ import annotations

import pytest
from deploy.clock import SetClock
from deploy.script import moment
from deploy.world import World

from ops.deploy.pace import FIRST_S, SILENCE_S, SLOWEST_S, Pace
from ops.railway.limits import Limits


def test_an_hour_of_waiting_stays_within_the_smallest_plans(world: World):
    world.push().states = [(3, "WAITING"), (125, "QUEUED")]
    world.serve(world.old, api=None, site=150)
    assert world.watch(timeout=3600)[0] == 2
    assert 40 < len(world.railway.doors) < 100
    assert 20 < len(world.web.asked) < 60


def test_what_has_not_changed_is_not_sent_again(world: World):
    world.push().states = [(3, "WAITING"), (125, "QUEUED")]
    world.watch(timeout=600)
    assert world.web.unchanged > len(world.web.asked) / 2


def test_both_apis_are_left_alone_for_as_long_as_they_ask(world: World):
    world.push()
    world.railway.refuses, world.railway.headers = (30, 60), {"Retry-After": "60"}
    world.web.refuses_until, world.web.refusal = 100, {"Retry-After": "75"}
    status, _ = world.watch()
    assert status == 0
    assert "GitHub wants fewer questions" in world.told
    assert "Railway's limit of questions an hour is used up" in world.told
    assert [passed for passed, _, _ in world.web.asked if passed < 150] == [0, 75]
    refused = next(passed for passed in world.railway.doors if passed >= 30)
    assert not [passed for passed in world.railway.doors if refused < passed < refused + 60]


def test_railway_is_left_alone_until_the_moment_it_names(world: World):
    world.push()
    world.railway.headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": moment(180)}
    world.watch()
    assert not [passed for passed in world.railway.doors if 0 < passed < 180]
    assert [passed for passed in world.railway.doors if passed >= 180]


def test_a_limit_right_at_the_beginning_is_waited_for(world: World):
    world.push()
    world.railway.refuses, world.railway.headers = (0, 40), {"Retry-After": "50"}
    assert world.watch()[0] == 0
    assert world.clock.passed >= 50


def test_a_limit_of_an_hour_at_the_beginning_is_told(world: World):
    world.push()
    world.railway.refuses, world.railway.headers = (0, 4000), {"Retry-After": "3000"}
    status, told = world.watch()
    assert (status, told["error"]) == (4, "Railway's limit of questions an hour is used up. Ask again in 3000 s.")


def test_a_limit_in_the_middle_leaves_the_hosts_to_be_asked(world: World):
    world.push()
    world.railway.refuses, world.railway.headers = (20, 9000), {"Retry-After": "3000"}
    status, told = world.watch(timeout=500)
    assert "Railway's limit of questions an hour is used up" in world.told
    assert "the hosts decide" in world.told
    assert (status, {host["stand"] for host in told["hosts"]}) == (0, {"current"})


def test_a_wrong_token_is_told_at_once(world: World):
    world.environ["RAILWAY_TOKEN"] = "wrong"
    status, told = world.watch()
    assert (status, world.clock.rests) == (4, 0)
    assert told["error"].startswith("Railway refuses the token")


def test_an_api_that_is_being_mended_is_left_alone_for_as_long_as_it_asks(world: World):
    world.push()
    world.railway.status, world.railway.headers = 503, {"Retry-After": "40"}
    assert world.watch()[0] == 4
    assert world.railway.doors == [0, 40, 80, 120]


def test_an_api_that_is_away_is_asked_again_later(world: World):
    world.push()
    world.web.status = 502
    status, _ = world.watch()
    assert status == 0
    assert world.told.count("GitHub's API answered 502") == 1
    assert len(world.web.asked) < 12


@pytest.fixture
def pace(clock: SetClock) -> Pace:
    return Pace(clock, 100, clock.now() + 900)


def due_in(pace: Pace, clock: SetClock) -> float:
    return pace.due - clock.now()


def test_the_pause_grows_and_a_change_makes_it_short_again(pace: Pace, clock: SetClock):
    pauses = []
    for changed in (True, False, False, False, False, False, True):
        pace.answered(Limits(), changed=changed)
        pauses.append(due_in(pace, clock))
    assert pauses == [FIRST_S, 7.5, 11.25, 16.875, SLOWEST_S, SLOWEST_S, FIRST_S]


def test_few_questions_left_are_spread_over_what_is_left_of_the_window(pace: Pace, clock: SetClock):
    pace.answered(Limits(remaining=11, reset="600"), changed=True)
    assert due_in(pace, clock) == 100


def test_no_question_left_waits_for_the_window_to_end(pace: Pace, clock: SetClock):
    pace.answered(Limits(remaining=5, reset="600"), changed=True)
    assert due_in(pace, clock) == 600


def test_silence_makes_the_pause_longer_up_to_a_minute(pace: Pace, clock: SetClock):
    pauses = []
    for _ in range(5):
        pace.silent()
        pauses.append(due_in(pace, clock))
    assert pauses == [10, 20, 40, SILENCE_S, SILENCE_S]


def test_an_api_that_names_no_time_is_left_alone_for_a_minute(pace: Pace, clock: SetClock):
    pace.busy(Limits())
    assert due_in(pace, clock) == SILENCE_S
