"""Grades are those of MDN's HTTP Observatory: the totals here are what its own scorer gave for such answers."""

from __future__ import annotations

import pytest

from ops.verify.observatory import Seen, grade
from ops.verify.public_site import Page

URL = "https://crm.example/"
HOPS = ("http://crm.example/", URL)
STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'"
HSTS = {"strict-transport-security": "max-age=63072000; includeSubDomains"}
ALL = {
    **HSTS,
    "content-security-policy": STRICT,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
}
API = {
    **HSTS,
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
STATED = """<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'self'">
<meta name="referrer" content="strict-origin-when-cross-origin">"""


def see(headers, html="", cookies=(), hops=HOPS) -> Seen:
    return Seen(URL, headers, cookies, Page(URL, html), hops)


def get_points(seen: Seen, topic: str) -> int:
    scores = grade(seen)[2]
    return scores[topic].points if topic in scores else 0


@pytest.mark.parametrize(
    ("answer", "letter", "score"),
    [
        (see({}), "D", 30),
        (see({}, STATED), "C", 55),
        (see(HSTS, STATED), "B", 75),
        (see(ALL), "A+", 150),
        (see(API), "A+", 120),
    ],
    ids=["Pages", "Pages with what a page can state", "the same with HSTS", "a service", "an API"],
)
def test_what_a_host_can_reach(answer, letter, score):
    found, points, _ = grade(answer)
    assert (found, points) == (letter, score)


@pytest.mark.parametrize(
    ("change", "points", "topic"),
    [
        ({"x-content-type-options": "sniff"}, -5, "sniffing"),
        ({"strict-transport-security": "max-age=86400"}, -10, "strict-transport-security"),
        ({"strict-transport-security": "includeSubDomains"}, -20, "strict-transport-security"),
        ({"referrer-policy": "unsafe-url"}, -5, "referrer-policy"),
        ({"referrer-policy": "no-referrer, unsafe-url"}, -5, "referrer-policy"),
        ({"content-security-policy": "default-src 'self'"}, -20, "x-frame-options"),
        ({"cross-origin-opener-policy": "same-planet"}, -5, "cross-origin-opener-policy"),
        (
            {"access-control-allow-origin": "https://stranger.example", "access-control-allow-credentials": "true"},
            -50,
            "sharing",
        ),
    ],
)
def test_each_header_costs_what_it_costs(change, points, topic):
    scores = grade(see({**ALL, **change}))[2]
    assert {topic: score.points for topic, score in scores.items() if score.points < 0} == {topic: points}


@pytest.mark.parametrize(
    ("hops", "points"),
    [
        ((), 0),
        (("http://crm.example/",), -20),
        (("http://crm.example/", "http://crm.example/in"), -20),
        (("http://crm.example/", "http://www.crm.example/", URL), -10),
        (("http://crm.example/", "https://elsewhere.example/"), -5),
    ],
)
def test_the_way_from_http_counts(hops, points):
    assert get_points(see(ALL, hops=hops), "redirection") == points


@pytest.mark.parametrize(
    ("cookie", "headers", "points"),
    [
        ("__Host-session=a; Secure; HttpOnly; SameSite=Lax", ALL, 5),
        ("session=a; Secure; HttpOnly", ALL, 0),
        ("session=a; Secure; SameSite=Lax", ALL, -30),
        ("session=a; HttpOnly; SameSite=Lax", ALL, -10),
        ("session=a; HttpOnly; SameSite=Lax", {}, -40),
        ("theme=dark; SameSite=Lax", {}, -20),
        ("theme=dark; SameSite=Lax", ALL, -5),
        ("theme=dark; Secure; SameSite", ALL, -20),
    ],
)
def test_cookies_count_by_what_they_hold_and_how_they_travel(cookie, headers, points):
    assert get_points(see(headers, cookies=[cookie]), "cookies") == points


@pytest.mark.parametrize(
    ("script", "points"),
    [
        ('<script src="/a.js"></script>', 0),
        ('<script src="https://static.crm.example/a.js"></script>', 0),
        ('<script src="/a.js" integrity="sha256-x"></script>', 5),
        ('<script src="https://cdn.example.net/a.js" integrity="sha256-x"></script>', 5),
        ('<script src="https://cdn.example.net/a.js"></script>', -5),
        ('<script src="http://cdn.example.net/a.js" integrity="sha256-x"></script>', -20),
        ('<script src="//cdn.example.net/a.js"></script>', -50),
    ],
)
def test_scripts_of_others_must_be_held_to_their_digest(script, points):
    assert get_points(see(ALL, script), "subresource-integrity") == points


@pytest.mark.parametrize(
    ("policy", "points"),
    [
        ("", -25),
        ("default-src 'none'", 10),
        ("default-src 'self'", 5),
        ("default-src 'self'; style-src 'unsafe-inline'", 0),
        ("default-src 'none'; script-src 'sha256-abc' 'unsafe-inline'", 10),
        ("default-src 'none'; script-src 'nonce-abc' 'strict-dynamic' https:", 10),
        ("img-src 'self'", -20),
        ("default-src 'none'; script-src 'unsafe-inline'", -20),
        ("default-src 'none'; script-src data:", -20),
        ("default-src 'none'; object-src https:", -20),
        ("default-src 'none'; connect-src http://api.example", -20),
        ("default-src 'none'; img-src http://pictures.example", -10),
        ("default-src 'self'; script-src 'self' 'unsafe-eval'", -10),
        ("script-src 'none'; script-src 'unsafe-inline'; default-src 'none'", 10),
    ],
)
def test_a_policy_is_worth_what_it_forbids(policy, points):
    headers = {**ALL, "content-security-policy": policy}
    assert get_points(see(headers), "content-security-policy") == points


def test_extra_points_count_only_for_hosts_that_do_well_without():
    without_framing = {name: value for name, value in ALL.items() if name != "content-security-policy"}
    assert grade(see(without_framing))[1] == 100 - 25 - 20
