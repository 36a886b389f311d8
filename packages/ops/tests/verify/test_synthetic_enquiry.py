from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
from fake_production.edge import Request, Response
from standardwebhooks import Webhook
from verify.running_checks import change_json, read_body

from ops.cli import SystemClock
from ops.verify.checks import Group, Result, State, run_checks
from ops.verify.command import list_checks
from ops.verify.context import VerifyContext
from ops.verify.enquiry import find_synthetic_key, sign
from ops.verify.target import load_target

API = "api.octatech.xyz"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes here").decode()
CHECKS = list_checks(local=False, only=[Group.ENQUIRY])


async def run(context: VerifyContext) -> dict[str, Result]:
    return {result.name: result for result in await run_checks(CHECKS, context) if result.group is Group.ENQUIRY}


async def find_failed(context: VerifyContext) -> Result:
    """Returns the one failed check; those after it are blocked, and yet everything is removed."""
    results = list((await run(context)).values())
    [failed] = [result for result in results if result.state is State.FAILED]
    assert "cannot be judged" not in failed.detail, failed.detail
    assert failed.hint, failed.detail
    assert failed is results[-1] or results[-1].state in (State.PASSED, State.SKIPPED)
    return failed


async def search(context: VerifyContext, noun: str) -> list:
    return (await context.api("GET", f"/{noun}", params={"q": context.mark})).json()["data"]


def change_responses(fake_production, path: str, change, method: str = "GET") -> None:
    """Changes JSON responses of URLs that begin so."""

    def alter(request: Request, response: Response) -> Response:
        matches = request.method == method and request.path.startswith(path) and response.body
        return change_json(change)(response) if matches else response

    fake_production.edge.alter = alter


def replace_api(fake_production, serve) -> None:
    """Puts something between the visitors and the service."""
    usual = fake_production.edge.hosts[API]
    fake_production.edge.hosts[API] = lambda request: serve(request, usual)


async def test_a_signed_enquiry_is_followed_from_the_live_form_until_nothing_is_left(context):
    results = await run(context)
    assert {result.state for result in results.values()} == {State.PASSED}, results
    details = {name: result.detail for name, result in results.items()}
    assert details["synthetic not counted"].startswith("the figures stay at 0 enquiries, – to first answer, 0 won")
    assert details["synthetic removed"] == "lead, contact and company"
    for noun in ("leads", "contacts", "companies"):
        assert await search(context, noun) == []


async def test_a_service_that_checks_no_signature_fails(fake_production, context):
    key = fake_production.service.environ["SYNTHETIC_KEY"]

    def sign_all(request: Request, serve) -> Response:
        if "x-synthetic" in request.headers:
            signature = sign(key, int(datetime.now(UTC).timestamp()), request.body)
            request = request._replace(headers={**request.headers, "x-synthetic": signature})
        return serve(request)

    replace_api(fake_production, sign_all)
    failed = await find_failed(context)
    assert (failed.name, failed.detail) == ("forged enquiry", "A signature of another key is answered 201, not 403")
    assert "intake/synthetic.py" in failed.hint
    assert await search(context, "leads") == []


async def test_a_key_that_the_service_does_not_share_fails(fake_production, environ):
    context = VerifyContext(fake_production.target, {**environ, "SYNTHETIC_KEY": "another key than the service has"})
    failed = await find_failed(context)
    assert (failed.name, failed.detail) == ("synthetic enquiry", "The service refuses our signature")
    assert "Give both one SYNTHETIC_KEY" in failed.hint


async def test_a_missing_form_fails(fake_production, context):
    fake_production.edge.alter = lambda request, response: (
        response.with_body(b"<title>Soon</title>") if request.url == "https://octatech.xyz/" else response
    )
    assert "has no form that posts" in (await find_failed(context)).detail


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"synthetic": False}, "is not marked"),
        ({"reference": "E-1"}, "is not marked"),
        ({"contact_id": None}, "no contact"),
    ],
)
async def test_a_lead_that_is_not_whole_fails(fake_production, context, change, detail):
    change_responses(
        fake_production, "/api/v1/leads/", lambda body: {**body, **change} if "synthetic" in body else body
    )
    failed = await find_failed(context)
    assert failed.name == "synthetic lead"
    assert detail in failed.detail


@pytest.mark.parametrize(("field", "name"), [("lead_id", "synthetic lead"), ("notified_at", "synthetic notification")])
async def test_an_enquiry_that_gets_stuck_fails(fake_production, context, field, name):
    class JumpingClock(SystemClock):
        hours = 0

        def now(self) -> float:
            return super().now() + 3600 * self.hours

    def forget(body: dict) -> dict:
        # The lead is there, so that everything can be removed; an hour passes, and the field is not reported.
        context.clock.hours += body["lead_id"] is not None
        return {**body, field: None} if body["lead_id"] else body

    context.clock = JumpingClock()
    change_responses(fake_production, "/api/v1/operations/synthetic/", forget)
    failed = await find_failed(context)
    assert failed.name == name
    assert f"has no {field} after 30 s" in failed.detail
    assert "Is a worker running?" in failed.hint


async def test_a_figure_that_counts_it_fails(fake_production, context):
    sent = []

    def count(request: Request, response: Response) -> Response:
        if request.path == "/api/leads" and response.status == 201:
            sent.append(request)
        if request.path != "/" or request.host == "octatech.xyz" or not sent:
            return response
        return response.with_body(read_body(response).replace(b'"number-value">0<', b'"number-value">1<', 1))

    fake_production.edge.alter = count
    failed = await find_failed(context)
    assert failed.name == "synthetic not counted"
    assert "'enquiries': '0'" in failed.detail
    assert "today/queries.py" in failed.hint


async def test_a_list_that_shows_it_fails(fake_production, context):
    change_responses(fake_production, "/api/v1/leads?", lambda body: {**body, "data": [{"id": 1}, *body["data"]]})
    failed = await find_failed(context)
    assert (failed.name, failed.detail) == ("synthetic not counted", "The list of leads shows it")


async def test_what_stays_behind_fails(fake_production, context):
    broken = Response(500, [("content-length", "0")])
    replace_api(fake_production, lambda request, serve: broken if request.method == "DELETE" else serve(request))
    failed = await find_failed(context)
    assert failed.name == "synthetic removed"
    assert "cannot be removed (500)" in failed.detail
    assert "by hand" in failed.hint


@pytest.mark.parametrize("missing", ["SYNTHETIC_KEY", "CRM_API_KEY"])
async def test_without_one_of_the_keys_nothing_is_sent(fake_production, environ, missing):
    context = VerifyContext(fake_production.target, {**environ, missing: ""})
    methods = []
    fake_production.edge.alter = lambda request, response: (methods.append(request.method), response)[1]
    results = await run(context)
    assert {result.state for result in results.values()} == {State.SKIPPED}
    assert missing in results["forged enquiry"].detail
    assert set(methods) == {"GET"}  # those of the preconditions


@pytest.fixture
async def local(context: VerifyContext, tmp_path) -> VerifyContext:
    """The fake production as a local target, with its own API key and a known synthetic key."""
    await context.key_headers()
    (tmp_path / "synthetic-key").write_text(context.environ["SYNTHETIC_KEY"])
    context.environ = {"DATA_DIR": str(tmp_path)}
    context.target = msgspec.structs.replace(context.target, local=True)
    return context


def send_webhooks(fake_production, *events: str) -> None:
    """Lets the service send these events about each enquiry to the endpoint of the run."""

    def deliver(reference: str) -> None:
        for number, event in enumerate(events):
            body, now = json.dumps({"type": event, "data": {"reference": reference}}), datetime.now(UTC)
            headers = {
                "webhook-id": f"msg_{number}",
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Webhook(SECRET).sign(f"msg_{number}", now, body),
            }
            httpx.post(urls[0], content=body, headers=headers, trust_env=False)

    urls: list[str] = []

    def serve(request: Request, usual) -> Response:
        body: object = {"data": [{"event": event} for event in events]}
        if request.path.startswith("/api/v1/webhooks"):
            if request.method == "POST":
                urls.append(json.loads(request.body)["url"])
                body = {"id": 7, "secret": SECRET}
            status = {"POST": 201, "GET": 200, "DELETE": 204}[request.method]
            response = Response(status, [("content-type", "application/json")])
            return response if status == 204 else response.with_body(json.dumps(body).encode())
        response = usual(request)
        if request.path == "/api/leads" and response.status == 201:
            deliver(json.loads(response.body)["reference"])
        return response

    replace_api(fake_production, serve)


async def test_on_this_machine_a_webhook_learns_of_the_synthetic_event_alone(fake_production, local):
    send_webhooks(fake_production, "lead.synthetic")
    results = await run(local)
    assert {result.state for result in results.values()} == {State.PASSED}, results
    assert results["synthetic not counted"].detail == "webhooks received lead.synthetic alone"


async def test_a_webhook_that_learns_of_an_ordinary_lead_fails(fake_production, local):
    send_webhooks(fake_production, "lead.created", "lead.synthetic")
    failed = await find_failed(local)
    assert failed.name == "synthetic not counted"
    assert "received lead.created, lead.synthetic, not lead.synthetic alone" in failed.detail
    assert "reactions.py" in failed.hint


def test_for_a_local_target_the_key_is_the_one_of_its_data_folder(tmp_path, fake_production):
    environ = {"DATA_DIR": str(tmp_path), "SYNTHETIC_KEY": "remote"}
    local = VerifyContext(load_target("local", environ), environ)
    assert find_synthetic_key(local) == ""
    (tmp_path / "synthetic-key").write_text("at-home\n")
    assert find_synthetic_key(local) == "at-home"
    assert find_synthetic_key(VerifyContext(fake_production.target, environ)) == "remote"
