"""Each redirect that is lost fails exactly one check."""

from __future__ import annotations

import pytest
from fake_production.edge import Response
from fake_production.hosts import redirect
from verify.running_checks import find_only_failure

from ops.verify.checks import Group

NOTHING = Response(404, [("content-length", "0")])
TAKEN = Response(201, [("content-length", "0")])


def no_tls(request, response):
    return NOTHING if (request.scheme, request.host) == ("http", "crm.octatech.xyz") else response


def path_lost(request, response):
    return redirect(f"https://{request.host}/") if request.scheme == "http" and request.method == "GET" else response


def for_now_only(request, response):
    return response._replace(status=302) if request.scheme == "http" and request.method == "GET" else response


def posting(request, response):
    return TAKEN if (request.scheme, request.method) == ("http", "POST") else response


def led_astray(request, response):
    return redirect("http://elsewhere.example/") if (request.scheme, request.method) == ("http", "POST") else response


def www_is_a_site_of_its_own(request, response):
    return Response(200, [("content-length", "0")]) if request.url.startswith("https://www.") else response


def www_forgets_the_path(request, response):
    return redirect("https://octatech.xyz/") if request.url.startswith("https://www.") else response


def blog_is_gone(request, response):
    return NOTHING if request.url.startswith("https://blog.") else response


def posts_are_gone(request, response):
    return NOTHING if request.url.startswith("https://blog.") and request.path != "/" else response


BREAKAGES = (
    (no_tls, "http to https", "crm.octatech.xyz/privacy.html?from=verify answers 404", "Railway's edge"),
    (path_lost, "http to https", "leads to https://octatech.xyz/", "Enforce HTTPS"),
    (for_now_only, "http to https", "leads to https://octatech.xyz/privacy.html", "Enforce HTTPS"),
    (posting, "posting without TLS", "answers 201", "Railway's edge"),
    (led_astray, "posting without TLS", "leads to http://elsewhere.example/", "Railway's edge"),
    (www_is_a_site_of_its_own, "www", "and leads nowhere, not to https://octatech.xyz/privacy.html", "Settings, Pages"),
    (www_forgets_the_path, "www", "leads to https://octatech.xyz/, not to", "Settings, Pages"),
    (blog_is_gone, "blog's host", "https://blog.octatech.xyz/ answers 404", "deploy-blog"),
    (posts_are_gone, "blog's host", "answers 404 and leads nowhere, not to https://octatech.xyz/blog/", "deploy-blog"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("alter", "name", "detail", "hint"), BREAKAGES, ids=lambda value: getattr(value, "__name__", "")
)
async def test_exactly_the_check_that_watches_it_fails(fake_production, alter, name, detail, hint):
    fake_production.edge.alter = alter
    failed = await find_only_failure(fake_production, Group.REDIRECTS)
    assert failed.name == name
    assert detail in failed.detail
    assert hint in failed.hint
