"""How often both APIs are asked, and what happens when they allow no more requests."""

from __future__ import annotations

from itertools import pairwise

from deploy.fake_release import FakeRelease


def test_an_hour_of_waiting_stays_within_the_smallest_plans(release: FakeRelease):
    release.push().states = [(3, "QUEUED")]
    release.serve(release.old, api=None, site=100)
    assert release.watch(timeout=3600)[0] == 2
    assert 40 < len(release.railway.requests) < 100
    assert 20 < len(release.web.requests) < 60


def test_the_first_minutes_are_followed_closely(release: FakeRelease):
    release.push().states = [(3, "QUEUED")]
    release.watch(timeout=300)
    requests = release.railway.requests
    assert max(later - earlier for earlier, later in pairwise(requests)) <= 30


def test_what_has_not_changed_is_not_sent_again(release: FakeRelease):
    release.push().states = [(3, "QUEUED")]
    release.watch(timeout=600)
    assert release.web.unchanged > len(release.web.requests) / 2


def test_both_apis_are_left_alone_for_as_long_as_they_ask(release: FakeRelease):
    release.push()
    release.railway.refuses, release.railway.headers = (30, 60), {"Retry-After": "60"}
    release.web.refuses_until, release.web.refusal = 100, {"Retry-After": "75"}
    assert release.watch()[0] == 0
    assert "GitHub's rate limit is reached" in release.stderr
    assert "Railway's limit of questions an hour is used up" in release.stderr
    assert [elapsed for elapsed, _, _ in release.web.requests if elapsed < 150] == [0, 75]
    refused = next(elapsed for elapsed in release.railway.requests if elapsed >= 30)
    assert [elapsed for elapsed in release.railway.requests if refused < elapsed < refused + 60] == []


def test_a_limit_at_the_start_is_waited_for(release: FakeRelease):
    release.push()
    release.railway.refuses, release.railway.headers = (0, 40), {"Retry-After": "50"}
    assert release.watch()[0] == 0
    assert [elapsed for elapsed in release.railway.requests if elapsed < 50] == [0]
    assert len(release.railway.requests) > 3


def test_a_limit_that_outlasts_the_watch_leaves_the_hosts_to_decide(release: FakeRelease):
    release.push()
    release.railway.refuses, release.railway.headers = (20, 9000), {"Retry-After": "3000"}
    status, document = release.watch(timeout=500)
    assert "Railway's limit of questions an hour is used up" in release.stderr
    assert (status, {host["state"] for host in document["hosts"]}) == (0, {"current"})


def test_a_wrong_token_ends_the_watch_at_once(release: FakeRelease):
    release.environ["RAILWAY_TOKEN"] = "wrong"
    status, document = release.watch()
    assert (status, release.clock.sleeps) == (4, 0)
    assert document["error"].startswith("Railway refuses the token")


def test_an_api_that_is_away_is_asked_again_later(release: FakeRelease):
    release.push()
    release.web.status = 502
    assert release.watch()[0] == 0
    assert release.stderr.count("GitHub's API answered 502") == 1
    assert len(release.web.requests) < 20
