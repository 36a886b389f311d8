"""A header that gets lost costs its host the grade it can reach, and only that host."""

from __future__ import annotations

import re

import pytest
from lookalike.edge import Answer
from verify.walking import the_broken_one

from ops.verify.checks import Group

SITE, BLOG = "octatech.xyz", "blog.octatech.xyz"
API, CRM = "api.octatech.xyz", "crm.octatech.xyz"


def losing(host: str, header: str):
    return lambda asked, answer: answer.without(header) if asked.host == host else answer


def saying(host: str, header: str, value: str):
    return lambda asked, answer: answer.having(header, value) if asked.host == host else answer


def without_policy(host: str):
    def alter(asked, answer: Answer) -> Answer:
        if asked.host != host or asked.scheme == "http":
            return answer
        return answer.saying(b"<title>A page</title>") if "html" in dict(answer.headers)["content-type"] else answer

    return alter


BREAKAGES = {
    "site without a policy": (without_policy(SITE), "grade of the site", "no content policy (-25)", "shell.html"),
    "blog without a policy": (without_policy(BLOG), "grade of the blog's host", "no content policy (-25)", "the page"),
    "CRM without HSTS": (losing(CRM, "strict-transport-security"), "grade of the CRM", "no strict-tr", "CRM_BASE_URL"),
    "CRM that can be framed": (
        lambda asked, answer: saying(CRM, "content-security-policy", "default-src 'self'")(
            asked, losing(CRM, "x-frame-options")(asked, answer)
        ),
        "grade of the CRM",
        "other sites may frame it (-20)",
        "headers.py",
    ),
    "API with a short HSTS": (
        saying(API, "strict-transport-security", "max-age=86400"),
        "grade of the API",
        "strict-transport-security lasts 1 days (-10)",
        "headers.py",
    ),
    "API that gives itself away": (
        lambda asked, answer: saying(API, "access-control-allow-credentials", "true")(
            asked, saying(API, "access-control-allow-origin", "https://stranger.example")(asked, answer)
        ),
        "grade of the API",
        "may use a visitor's session (-50)",
        "headers.py",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("alter", "name", "said", "fix"), BREAKAGES.values(), ids=BREAKAGES)
async def test_exactly_that_hosts_grade_is_red_and_names_what_costs_it(lookalike, alter, name, said, fix):
    lookalike.edge.alter = alter
    broken = await the_broken_one(lookalike, Group.HEADERS)
    assert broken.name == name
    assert said in broken.detail
    assert fix in broken.hint
    assert re.search(r" gets (A|B|C|D|F)[+-]? \(\d+\) where it could get (C|A\+): ", broken.detail)
