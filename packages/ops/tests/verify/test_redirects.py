"""Each redirect that gets lost is told by exactly one check."""

from __future__ import annotations

import pytest
from lookalike.edge import Answer
from lookalike.hosts import moved
from verify.walking import the_broken_one

from ops.verify.checks import Group

NOTHING = Answer(404, [("content-length", "0")])
TAKEN = Answer(201, [("content-length", "0")])


def no_tls(asked, answer):
    return NOTHING if (asked.scheme, asked.host) == ("http", "crm.octatech.xyz") else answer


def path_lost(asked, answer):
    return moved(f"https://{asked.host}/") if asked.scheme == "http" and asked.method == "GET" else answer


def for_now_only(asked, answer):
    return answer._replace(status=302) if asked.scheme == "http" and asked.method == "GET" else answer


def posting(asked, answer):
    return TAKEN if (asked.scheme, asked.method) == ("http", "POST") else answer


def led_astray(asked, answer):
    return moved("http://elsewhere.example/") if (asked.scheme, asked.method) == ("http", "POST") else answer


def www_is_a_site_of_its_own(asked, answer):
    return Answer(200, [("content-length", "0")]) if asked.url.startswith("https://www.") else answer


def www_forgets_the_path(asked, answer):
    return moved("https://octatech.xyz/") if asked.url.startswith("https://www.") else answer


def blog_is_gone(asked, answer):
    return NOTHING if asked.url.startswith("https://blog.") else answer


def posts_are_gone(asked, answer):
    return NOTHING if asked.url.startswith("https://blog.") and asked.path != "/" else answer


BREAKAGES = (
    (no_tls, "http to https", "crm.octatech.xyz/privacy.html?from=verify answers 404", "It should lead to https://crm."),
    (path_lost, "http to https", "leads to https://octatech.xyz/", "Enforce HTTPS"),
    (for_now_only, "http to https", "leads to https://octatech.xyz/privacy.html", "Enforce HTTPS"),
    (posting, "posting without TLS", "answers 201", "Railway's edge"),
    (led_astray, "posting without TLS", "leads to http://elsewhere.example/", "Railway's edge"),
    (www_is_a_site_of_its_own, "www", "answers 200, not to https://octatech.xyz/privacy.html", "Settings, Pages"),
    (www_forgets_the_path, "www", "leads to https://octatech.xyz/, not to", "Settings, Pages"),
    (blog_is_gone, "blog's host", "https://blog.octatech.xyz/ answers 404", "deploy-blog"),
    (posts_are_gone, "blog's host", "answers 404 and leads nowhere, not to https://octatech.xyz/blog/", "deploy-blog"),
)  # fmt: skip


@pytest.mark.parametrize(("alter", "name", "said", "fix"), BREAKAGES, ids=lambda given: getattr(given, "__name__", ""))
async def test_exactly_the_check_that_watches_it_is_red(lookalike, alter, name, said, fix):
    lookalike.edge.alter = alter
    broken = await the_broken_one(lookalike, Group.REDIRECTS)
    assert broken.name == name
    assert said in broken.detail
    assert fix in broken.hint
