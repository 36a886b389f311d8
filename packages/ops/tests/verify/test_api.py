from __future__ import annotations

import msgspec
import pytest
from fake_production.edge import Request, Response
from verify.running_checks import at, change_json, find_failed, get_evidence, get_reason, run

from ops.verify.api import list_foreign_origins
from ops.verify.context import VerifyContext
from ops.verify.target import load_target

SITE = "https://octatech.xyz"
CORS = ("CORS allowed", "CORS refused", "CORS elsewhere")


def reflect(trusts):
    """A service that allows whatever origin `trusts` says yes to."""

    def alter(request: Request, response: Response) -> Response:
        origin = request.headers.get("origin", "")
        if request.path == "/api/leads" and trusts(origin):
            return response.with_header("access-control-allow-origin", origin)
        return response

    return alter


async def test_the_site_may_post_and_no_other(context):
    assert await find_failed(context, *CORS) == {}
    assert "8 origins" in await get_evidence(context, "CORS refused")


def test_foreign_origins_are_never_the_site_itself():
    for site in (SITE, "http://localhost:8080", "https://a.b.example:8443"):
        origins = list_foreign_origins(site)
        assert site not in origins
        assert len(set(origins)) == len(origins) >= 7


@pytest.mark.parametrize(
    "trusts",
    [
        bool,
        lambda origin: origin == "null" or origin == SITE,
        lambda origin: origin.startswith(SITE),
        lambda origin: origin.endswith("octatech.xyz"),
        lambda origin: origin.endswith(".octatech.xyz") or origin == SITE,
        lambda origin: origin.partition("://")[2] == "octatech.xyz",
        lambda origin: origin.removesuffix(":8443") == SITE,
        lambda origin: len(origin) == len(SITE) and origin.endswith("xyz") and origin.startswith("https://octatech"),
    ],
    ids=["any", "null", "prefix", "suffix", "subdomain", "scheme", "port", "dot"],
)
async def test_a_careless_comparison_fails(fake_production, context, trusts):
    fake_production.edge.alter = reflect(trusts)
    failed = await find_failed(context, *CORS)
    assert list(failed) == ["CORS refused"]
    assert failed["CORS refused"].hint == f"Set CORS_ORIGIN of the service to {SITE} and nothing else."


async def test_credentials_for_foreign_sites_fail(fake_production, context):
    fake_production.edge.alter = lambda request, response: (
        response.with_header("access-control-allow-credentials", "true")
        if request.headers.get("origin") == "null" and request.method == "POST"
        else response
    )
    assert list(await find_failed(context, *CORS)) == ["CORS refused"]


@pytest.mark.parametrize(
    ("method", "change", "detail"),
    [
        ("OPTIONS", lambda it: it.without_header("access-control-allow-origin"), f"{SITE} is refused (204)"),
        ("OPTIONS", lambda it: it.with_header("access-control-allow-headers", "content-type"), "idempotency-key"),
        ("OPTIONS", lambda it: it.with_header("access-control-allow-methods", "GET"), "allows no post"),
        ("POST", lambda it: it.without_header("access-control-allow-origin"), "cannot be read by the page"),
        ("POST", lambda it: it.without_header("vary"), "does not vary by origin"),
    ],
)
async def test_a_site_that_cannot_send_or_read_fails(fake_production, context, method, change, detail):
    fake_production.edge.alter = at("/api/leads", change, method)
    failed = await find_failed(context, *CORS)
    assert list(failed) == ["CORS allowed"]
    assert detail in failed["CORS allowed"].detail


async def test_records_that_pages_may_read_fail(fake_production, context):
    fake_production.edge.alter = at("/api/v1/leads", lambda it: it.with_header("access-control-allow-origin", "*"))
    failed = await find_failed(context, *CORS)
    assert list(failed) == ["CORS elsewhere"]
    assert "Only the form" in failed["CORS elsewhere"].hint


async def test_every_refusal_has_one_shape(context):
    assert await get_evidence(context, "problems") == "400, 401, 403, 404, 405, 413, 415, 422"


def drop(*names: str):
    """Drops these fields of a problem document."""
    return change_json(lambda body: {name: value for name, value in body.items() if name not in names})


@pytest.mark.parametrize(
    ("status", "change", "detail"),
    [
        (400, lambda it: it._replace(status=500), "answers 500, not 400"),
        (401, lambda it: it.without_header("www-authenticate"), "how to authenticate"),
        (403, drop("request_id"), "does not name its request"),
        (403, lambda it: it.with_header("x-request-id", "another"), "does not name its request"),
        (404, lambda it: it.with_header("content-type", "text/html"), "comes as text/html"),
        (404, lambda it: it.with_body(b"[]"), "holds no JSON object"),
        (404, drop("title"), "no title and status"),
        (405, lambda it: it.without_header("allow"), "what is possible"),
        (413, lambda it: it._replace(status=200), "answers 200, not 413"),
        (415, lambda it: it.with_body(b""), "holds no JSON object"),
        (422, drop("errors"), "names no invalid field"),
    ],
)
async def test_a_refusal_of_another_shape_fails(fake_production, context, status, change, detail):
    fake_production.edge.alter = lambda _, response: change(response) if response.status == status else response
    failed = await find_failed(context, "problems")
    assert detail in failed["problems"].detail
    assert "exception handlers" in failed["problems"].hint


# All visitors of the fake production come from one address, which may try fifty passwords an hour. Few tests try any.


async def test_rates_are_stated_and_kept(context):
    assert "a minute" in await get_evidence(context, "rate headers")
    assert await get_evidence(context, "rate limit") == "429 at try 6, for 60 s"


@pytest.mark.parametrize("name", ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"])
async def test_an_answer_without_its_rate_fails(fake_production, context, name):
    fake_production.edge.alter = at("/api/v1/me", lambda it: it.without_header(name))
    assert name in (await find_failed(context, "rate headers"))["rate headers"].detail


async def test_requests_that_are_free_fail(fake_production, context):
    fake_production.edge.alter = at("/api/v1/me", lambda it: it.with_header("ratelimit-remaining", "3000"))
    failed = (await find_failed(context, "rate headers"))["rate headers"]
    assert "does not go down" in failed.detail
    assert "REDIS_URL" in failed.hint


async def test_a_sign_in_that_never_refuses_fails_within_a_few_tries(fake_production, context):
    tries: list[Request] = []

    def judge_all(request: Request) -> Response:
        tries.append(request)
        return Response(422, [("content-length", "0")])

    fake_production.edge.hosts["crm.octatech.xyz"] = judge_all
    failed = await find_failed(context, "rate headers", "rate limit")
    assert list(failed) == ["rate limit"]
    assert "auth/throttle.py" in failed["rate limit"].hint
    assert len(tries) == 12


async def test_a_refusal_that_does_not_say_how_long_fails(fake_production, context):
    fake_production.edge.alter = at("/sign-in", lambda it: it.without_header("retry-after"))
    assert "Retry-After" in (await find_failed(context, "rate limit"))["rate limit"].detail


async def test_production_is_never_asked_until_it_refuses(fake_production):
    live = msgspec.structs.replace(fake_production.target, connect={})
    assert not live.is_on_this_machine
    assert "not asked until it refuses" in await get_reason(VerifyContext(live, {}), "rate limit")


@pytest.mark.parametrize("there", ["octatech.up.railway.app:443", "203.0.113.7:443", "[2001:db8::1]:443"])
def test_a_target_that_is_not_all_on_this_machine_is_not_either(fake_production, there):
    connect = {**fake_production.target.connect, "api.octatech.xyz:443": there}
    assert fake_production.target.is_on_this_machine
    assert not msgspec.structs.replace(fake_production.target, connect=connect).is_on_this_machine


def test_the_local_target_is_on_this_machine(tmp_path):
    assert load_target("local", {"DATA_DIR": str(tmp_path)}).is_on_this_machine


async def test_the_service_of_the_fake_production_passes_every_check(context):
    names = ("health", "database", "headers", "API description", "authentication")
    assert {result.state for result in (await run(context, *names)).values()} == {"passed"}


@pytest.mark.parametrize(
    ("alter", "name", "detail"),
    [
        (at("/api/v1/health", lambda it: it._replace(status=503)), "health", "health answers 503"),
        (
            at("/api/v1/health", change_json(lambda body: {**body, "worker": {"state": "down"}})),
            "database",
            "worker is down",
        ),
        (at("/sign-in", lambda it: it.without_header("x-frame-options")), "headers", "sends no x-frame-options"),
        (at("/api/v1/live", lambda it: it.without_header("x-content-type-options")), "headers", "with nosniff"),
        (at("/api/v1/openapi.json", lambda it: it._replace(status=404)), "API description", "answers 404, not 200"),
        (at("/api/v1/contacts", lambda it: it._replace(status=200)), "authentication", "answers 200, not 401"),
        (at("/leads", lambda it: it.with_header("location", "/today")), "authentication", "leads strangers to /today"),
    ],
)
async def test_exactly_the_check_that_watches_it_fails(fake_production, context, alter, name, detail):
    fake_production.edge.alter = alter
    failed = await find_failed(context, "health", "database", "headers", "API description", "authentication")
    assert list(failed) == [name]
    assert detail in failed[name].detail
