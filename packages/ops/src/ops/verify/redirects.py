"""Checks of redirects: from http to https, from `www` to the site, from the blog's own host to where the blog is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from urllib.parse import urljoin, urlsplit

import httpx

from ops.verify.checks import Group, check, require, skip_unless
from ops.verify.context import VerifyContext
from ops.verify.public_site import Page, site_answers

PATH = "/privacy.html?from=verify"
PERMANENT = (301, 308)
ENFORCE = "Tick `Enforce HTTPS`: GitHub, Settings, Pages."
RAILWAY = "Railway's edge does this by itself; look for a proxy or a rule in front of it."
WWW = "GitHub: Settings, Pages, the custom domain must be the one without www; both need their records."
POSTS = 3

redirect_check = partial(check, Group.REDIRECTS, skip_local="A laptop has one host, without TLS.")


@redirect_check("http to https", "Visitors without TLS are redirected to the same path with TLS")
async def check_https(context: VerifyContext) -> str:
    target = context.target
    pages = dict.fromkeys((target.site_url, target.www_url, target.blog_host_url), ENFORCE)
    hosts = {**pages, **dict.fromkeys((target.api_url, target.crm_url), RAILWAY)}
    for url, hint in hosts.items():
        goals = (url + PATH, target.site_url + PATH) if url == target.www_url else (url + PATH,)
        await _require_redirect(context, url.replace("https://", "http://") + PATH, goals, hint)
    return f"{len(hosts)} hosts"


@redirect_check("posting without TLS", "Nothing that is sent without TLS is accepted")
async def check_plain_post(context: VerifyContext) -> str:
    url = f"http://{urlsplit(context.target.api_url).netloc}/api/leads"
    response = await context.ask("POST", url, None, json={})
    # A 301 turns the POST of most clients into a GET, which is no enquiry.
    refused = response.status_code >= 400 and response.status_code not in (401, 422)
    secure = _find_goal(response).startswith("https://")
    require(refused or secure, f"POST {url} {_describe(response)}: it takes what comes without TLS", RAILWAY)
    return _describe(response)


@redirect_check("www", "www redirects to the same path of the site")
async def check_www(context: VerifyContext) -> str:
    goal = context.target.site_url + PATH
    await _require_redirect(context, context.target.www_url + PATH, (goal,), WWW)
    return goal


@redirect_check("blog's host", "The blog's own host leads to the blog", needs=(site_answers,))
async def check_blog_host(context: VerifyContext) -> str:
    target = context.target
    skip_unless(target.facts.blog.placement != "subdomain", "The blog lives on its own host.")
    hint = f"Run the workflow deploy-blog again; it fills {target.facts.pages.blog_repository}."
    archive = await context.get(f"{target.blog_url}/")
    is_post = re.compile(rf"{re.escape(target.blog_url)}/[^/?]+/").fullmatch
    posts = sorted(filter(is_post, Page(str(archive.url), archive.text).links))
    for goal in (f"{target.blog_url}/", *posts[:POSTS]):
        url = target.blog_host_url + goal.removeprefix(target.blog_url)
        response = await context.get(url, expect=None)
        led = (_find_goal(response) or Page(url, response.text).refresh) == goal
        require(led, f"{url} {_describe(response)}, not to {goal}", hint)
    return f"{target.blog_host_url} to {target.blog_url}/"


async def _require_redirect(context: VerifyContext, url: str, goals: Sequence[str], hint: str) -> None:
    response = await context.get(url, expect=None)
    led = response.status_code in PERMANENT and _find_goal(response) in goals
    require(led, f"{url} {_describe(response)}, not to {goals[0]}", hint)


def _find_goal(response: httpx.Response) -> str:
    """Returns where a redirect leads, as a whole URL; empty where it is none."""
    return urljoin(str(response.request.url), response.headers["location"]) if response.is_redirect else ""


def _describe(response: httpx.Response) -> str:
    goal = _find_goal(response)
    return f"leads to {goal}" if goal else f"answers {response.status_code} and leads nowhere"
