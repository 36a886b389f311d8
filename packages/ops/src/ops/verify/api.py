"""Checks of the API's manners: which sites' pages may use it (CORS), how it refuses (RFC 9457), and its rate limits."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from ops.verify.checks import CheckFailedError, Group, check, require, skip_unless
from ops.verify.context import VerifyContext, read_object
from ops.verify.service import service_answers, service_check

FORM = "/api/leads"
ALLOW = "access-control-allow-origin"
FOREIGN = "https://evil.example"
CORS_HINT = "Look at the CORS rules of the CRM."
PROBLEM_TYPE = "application/problem+json"
PROBLEM_HINT = "Look at the exception handlers of the CRM."
TOO_LARGE = 65 * 1024  # Bytes; the form takes 64 KiB
MOST_TRIES = 12  # wrong passwords after which the service must have refused to judge another

limits_check = partial(check, Group.LIMITS, needs=(service_answers,))


def list_foreign_origins(site_url: str) -> list[str]:
    """Returns origins that are not `site_url`, each of which a known kind of careless comparison takes for it."""
    parts = urlsplit(site_url)
    scheme, host, port = parts.scheme, parts.hostname or "", f":{parts.port}" if parts.port else ""
    origins = [
        FOREIGN,
        "null",  # sandboxed frames and files
        f"{'http' if scheme == 'https' else 'https'}://{host}{port}",
        f"{site_url}.evil.example",  # compared by its beginning
        f"{scheme}://evil-{host}{port}",  # compared by its end
        f"{scheme}://evil.{host}{port}",
        f"{scheme}://{host}:{8443 if parts.port != 8443 else 8444}",
        f"{scheme}://{host.replace('.', 'x', 1)}{port}",  # the dot of a regular expression
    ]
    return [origin for origin in origins if origin != site_url]


@service_check("CORS allowed", "The public site may send enquiries and read the answers")
async def check_cors_allowed(context: VerifyContext) -> str:
    site = context.target.site_url
    preflight = await _send_preflight(context, site)
    require(preflight.headers.get(ALLOW) == site, f"{site} is refused ({preflight.status_code})", _origin_hint(context))
    for header, wanted in (("methods", "post"), ("headers", "content-type"), ("headers", "idempotency-key")):
        named = preflight.headers.get(f"access-control-allow-{header}", "").lower()
        require(wanted in named, f"The preflight allows no {wanted}", CORS_HINT)
    # An empty enquiry is refused for its fields, so none is stored.
    headers = (await _send_form(context, site, expect=422)).headers
    require(headers.get(ALLOW) == site, "The answer to the form cannot be read by the page", CORS_HINT)
    varies = "origin" in headers.get("vary", "").lower()
    require(varies, "The answer does not vary by origin, so a cache may mix them up", "Send Vary: Origin.")
    return site


@service_check("CORS refused", "No other site may, whatever it calls itself")
async def check_cors_refused(context: VerifyContext) -> str:
    origins = list_foreign_origins(context.target.site_url)
    for origin in origins:
        for kind, send in (("preflight", _send_preflight), ("enquiry", _send_form)):
            response = await send(context, origin)
            _require_closed(response, f"The {kind} of {origin} is allowed", _origin_hint(context))
            detail = f"The {kind} of {origin} is answered {response.status_code}, not 403"
            require(response.status_code == httpx.codes.FORBIDDEN, detail, _origin_hint(context))
    return f"{len(origins)} origins, such as {origins[0]}, {origins[1]} and {origins[3]}"


@service_check("CORS elsewhere", "No site at all may read records")
async def check_cors_records(context: VerifyContext) -> str:
    url = f"{context.target.api_url}/api/v1/leads"
    for origin in (context.target.site_url, FOREIGN):
        response = await context.get(url, expect=None, headers={"origin": origin})
        _require_closed(response, f"Pages of {origin} may read {url}", "Only the form is for other sites.")
    return "records are read with keys, by programs"


def _require_closed(response: httpx.Response, detail: str, hint: str) -> None:
    require(not {ALLOW, "access-control-allow-credentials"} & set(response.headers), detail, hint)


def _origin_hint(context: VerifyContext) -> str:
    return f"Set CORS_ORIGIN of the service to {context.target.site_url} and nothing else."


async def _send_preflight(context: VerifyContext, origin: str) -> httpx.Response:
    asked = {"method": "POST", "headers": "content-type,idempotency-key"}
    headers = {"origin": origin, **{f"access-control-request-{name}": value for name, value in asked.items()}}
    return await context.ask("OPTIONS", context.target.api_url + FORM, expect=None, headers=headers)


async def _send_form(context: VerifyContext, origin: str, expect: int | None = None) -> httpx.Response:
    headers = {"origin": origin, "accept": "application/json"}
    return await context.ask("POST", context.target.api_url + FORM, expect, json={}, headers=headers)


class BadRequest(NamedTuple):
    """A request that must be refused with `status`; `options` are for httpx."""

    status: int
    method: str
    path: str
    options: Mapping[str, Any] = {}


def list_bad_requests(site_url: str) -> list[BadRequest]:
    """Returns one for each error that a stranger can cause; none of them stores anything."""
    page = {"origin": site_url, "accept": "application/json"}
    json = {**page, "content-type": "application/json"}
    return [
        BadRequest(400, "POST", FORM, {"headers": json, "content": b'{"name": '}),
        BadRequest(401, "GET", "/api/v1/leads"),
        BadRequest(401, "GET", "/api/v1/leads/1", {"headers": {"authorization": "Bearer oct_of_nobody"}}),
        BadRequest(403, "POST", FORM, {"headers": {**json, "origin": FOREIGN}, "content": b"{}"}),
        BadRequest(404, "GET", "/api/v1/no-such-thing"),
        BadRequest(405, "DELETE", "/api/v1/health"),
        BadRequest(413, "POST", FORM, {"headers": json, "content": b" " * TOO_LARGE}),
        BadRequest(415, "POST", FORM, {"headers": {**page, "content-type": "text/plain"}, "content": b"hello"}),
        BadRequest(422, "POST", FORM, {"headers": json, "content": b"{}"}),
    ]


@service_check("problems", "Every error of the API has one shape and the right status")
async def check_problems(context: VerifyContext) -> str:
    requests = list_bad_requests(context.target.site_url)
    for request in requests:
        url = context.target.api_url + request.path
        response = await context.ask(request.method, url, expect=None, **request.options)
        flaw = next(_find_flaws(request.status, response), "")
        require(not flaw, f"{request.method} {request.path}: {flaw}", PROBLEM_HINT)
    return ", ".join(str(status) for status in sorted({request.status for request in requests}))


def _find_flaws(status: int, response: httpx.Response) -> Iterator[str]:
    """Yields what is wrong with the answer to a bad request, the worst first."""
    headers, problem = response.headers, read_object(response)
    kind = headers.get("content-type", "nothing").partition(";")[0]
    named = problem.get("request_id") and problem["request_id"] == headers.get("x-request-id")
    rules = (
        (response.status_code == status, f"answers {response.status_code}, not {status}"),
        (kind == PROBLEM_TYPE, f"{status} comes as {kind}, not as {PROBLEM_TYPE}"),
        (problem, f"{status} holds no JSON object"),
        (problem.get("title") and problem.get("status") == status, f"{status} has no title and status of its own"),
        (named, f"{status} does not name its request, so it cannot be found in the log"),
        (status != 422 or problem.get("errors"), "422 names no invalid field"),
        (status != 405 or headers.get("allow"), "405 does not say in Allow what is possible"),
        (status != 401 or headers.get("www-authenticate"), "401 does not say in WWW-Authenticate how to authenticate"),
    )
    yield from (flaw for holds, flaw in rules if not holds)


@limits_check("rate headers", "Every answer to a key says how often it may still ask")
async def check_rate_headers(context: VerifyContext) -> str:
    first, second = [_read_rate(await context.api("GET", "/me")) for _ in range(2)]
    counted = second["remaining"] < first["remaining"] or second["reset"] > first["reset"]
    require(counted, "Requests are free: ratelimit-remaining does not go down", "Is REDIS_URL reachable?")
    return f"{second['limit']} a minute, {second['remaining']} left"


def _read_rate(response: httpx.Response) -> dict[str, int]:
    values = {name: response.headers.get(f"ratelimit-{name}", "") for name in ("limit", "remaining", "reset")}
    missing = [f"ratelimit-{name}" for name, value in values.items() if not value.isdecimal()]
    require(not missing, f"The answer has no number in {', '.join(missing)}", "Look at the rate limits of the CRM.")
    return {name: int(value) for name, value in values.items()}


@limits_check("rate limit", f"Whoever tries passwords is made to wait within {MOST_TRIES} tries")
async def check_rate_limit(context: VerifyContext) -> str:
    reason = "The live service is not asked until it refuses; the tests do that with their own."
    skip_unless(context.target.is_on_this_machine, reason)
    # An address of its own, so that no other program of this machine has to wait.
    source = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.7"  # noqa: S311 any will do
    url = context.target.crm_url
    form = {"email": f"{secrets.token_hex(6)}@nobody.example", "password": secrets.token_hex(8), "next": "/"}
    async with VerifyContext(context.target, {}, source=source) as stranger:
        for count in range(1, MOST_TRIES + 1):
            response = await stranger.ask("POST", f"{url}/sign-in", expect=None, data=form, headers={"origin": url})
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                wait = response.headers.get("retry-after", "")
                named = wait.isdecimal() and int(wait)
                require(named, "429 does not say in Retry-After how long to wait", PROBLEM_HINT)
                return f"429 at try {count}, for {wait} s"
    raise CheckFailedError(f"{MOST_TRIES} wrong passwords in a row are all judged", "Look at auth/throttle.py.")
