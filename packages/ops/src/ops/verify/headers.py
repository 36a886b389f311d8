"""Checks of headers, graded for each host against what that host can reach."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urljoin, urlsplit

from ops.verify.checks import Check, CheckFailedError, Group, check, require
from ops.verify.context import VerifyContext
from ops.verify.observatory import HSTS, Seen, grade
from ops.verify.public_site import Page, site_answers
from ops.verify.service import service_answers

STRANGER = "https://stranger.example"
MOST_HOPS = 5
# What GitHub Pages sends no headers for, and what the page can do nothing about.
COSTS_OF_PAGES = (HSTS, "sniffing", "x-frame-options")
PAGES_HINT = "Pages sends no headers of ours, so the page must state it: look at packages/web/partials/layout.html."
SERVICE_HINT = "Look at the CRM's headers, and at CRM_BASE_URL: only where it begins with https:// is HSTS sent."


def check_grade(host: str, url_field: str, path: str, *, static: bool) -> Check:
    """Returns the check of the host whose URL this field of the target holds."""
    best, needs = ("C", (site_answers,)) if static else ("A+", (service_answers,))
    promise = f"MDN's Observatory would give it {best}, the best that this host can reach"
    skip_local = "Grades are for hosts with TLS."

    @check(Group.HEADERS, f"grade of the {host}", promise, needs=needs, skip_local=skip_local)
    async def run(context: VerifyContext) -> str:
        url = getattr(context.target, url_field) + path
        letter, points, scores = grade(await _fetch(context, url))
        costs = sorted(scores[topic] for topic in scores if not (static and topic in COSTS_OF_PAGES))
        reasons = "; ".join(f"{score.reason} ({score.points})" for score in costs if score.points < 0)
        detail = f"{url} gets {letter} ({points}) where it could get {best}: {reasons}"
        require(not reasons, detail, PAGES_HINT if static else SERVICE_HINT)
        return f"{letter} ({points})"

    return run


site_grade = check_grade("site", "site_url", "/", static=True)
blog_grade = check_grade("blog's host", "blog_host_url", "/", static=True)
crm_grade = check_grade("CRM", "crm_url", "/sign-in", static=False)
api_grade = check_grade("API", "api_url", "/api/v1/live", static=False)


async def _fetch(context: VerifyContext, url: str) -> Seen:
    response = await context.get(url, headers={"origin": STRANGER})
    page = Page(url, response.text if "html" in response.headers.get("content-type", "") else "")
    headers = {name.lower(): value for name, value in response.headers.items()}
    hops = await _follow(context, f"http://{urlsplit(url).netloc}/")
    return Seen(url, headers, response.headers.get_list("set-cookie"), page, hops)


async def _follow(context: VerifyContext, url: str) -> list[str]:
    """Returns the URLs that a visitor passes who begins without TLS; none where no server listens there."""
    hops = [url]
    with suppress(CheckFailedError):
        while (response := await context.get(hops[-1], expect=None)).is_redirect and len(hops) <= MOST_HOPS:
            hops.append(urljoin(hops[-1], response.headers["location"]))
        return hops
    return hops[1:] and hops
