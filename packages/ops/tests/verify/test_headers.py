"""A header that is lost costs its host the grade it can reach, and only that host."""

from __future__ import annotations

import re

import pytest
from fake_production.edge import Response
from verify.running_checks import find_only_failure

from ops.verify.checks import Group

SITE, BLOG = "octatech.xyz", "blog.octatech.xyz"
API, CRM = "api.octatech.xyz", "crm.octatech.xyz"


def drop(host: str, header: str):
    return lambda request, response: response.without_header(header) if request.host == host else response


def send(host: str, header: str, value: str):
    return lambda request, response: response.with_header(header, value) if request.host == host else response


def without_policy(host: str):
    def alter(request, response: Response) -> Response:
        if request.host != host or request.scheme == "http":
            return response
        return (
            response.with_body(b"<title>A page</title>")
            if "html" in dict(response.headers)["content-type"]
            else response
        )

    return alter


BREAKAGES = {
    "site without a policy": (without_policy(SITE), "grade of the site", "no content policy (-25)", "layout.html"),
    "blog without a policy": (without_policy(BLOG), "grade of the blog's host", "no content policy (-25)", "the page"),
    "CRM without HSTS": (drop(CRM, "strict-transport-security"), "grade of the CRM", "no strict-tr", "CRM_BASE_URL"),
    "CRM that can be framed": (
        lambda request, response: send(CRM, "content-security-policy", "default-src 'self'")(
            request, drop(CRM, "x-frame-options")(request, response)
        ),
        "grade of the CRM",
        "other sites may frame it (-20)",
        "the CRM's headers",
    ),
    "API with a short HSTS": (
        send(API, "strict-transport-security", "max-age=86400"),
        "grade of the API",
        "strict-transport-security lasts 1 days (-10)",
        "the CRM's headers",
    ),
    "API that gives itself away": (
        lambda request, response: send(API, "access-control-allow-credentials", "true")(
            request, send(API, "access-control-allow-origin", "https://stranger.example")(request, response)
        ),
        "grade of the API",
        "a stranger may use a visitor's session (-50)",
        "the CRM's headers",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("alter", "name", "detail", "hint"), BREAKAGES.values(), ids=BREAKAGES)
async def test_exactly_that_hosts_grade_fails_and_names_what_costs_it(fake_production, alter, name, detail, hint):
    fake_production.edge.alter = alter
    failed = await find_only_failure(fake_production, Group.HEADERS)
    assert failed.name == name
    assert detail in failed.detail
    assert hint in failed.hint
    assert re.search(r" gets (A|B|C|D|F)[+-]? \(\d+\) where it could get (C|A\+): ", failed.detail)
