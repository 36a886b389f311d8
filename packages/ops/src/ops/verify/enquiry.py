"""What checks of enquiries share: the form as the landing page has it now, signatures, and a webhook endpoint.

An enquiry is signed as synthetic by `X-Synthetic: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>." and the body>`.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

from crm.event_names import EventName
from ops.verify.checks import CheckFailedError, Group, check, require
from ops.verify.context import VerifyContext
from ops.verify.public_site import Form, Page, site_answers
from ops.verify.service import service_answers
from shared import embedded_postgres, enquiry_form, local_secrets

SYNTHETIC_VARIABLE = "SYNTHETIC_KEY"
SIGNATURE_VALID_S = 300  # seconds before and after its time for which the service accepts a signature
CREATED, SYNTHETIC = EventName.LEAD_CREATED, EventName.LEAD_SYNTHETIC
# What an enquiry creates, and the field of its lead with the id of each.
RECORDS = {"leads": "id", "contacts": "contact_id", "companies": "company_id"}

enquiry_check = partial(check, Group.ENQUIRY, needs=(site_answers, service_answers))


async def load_form(context: VerifyContext) -> Form:
    """Raises `CheckFailedError` where it is missing, lacks a field, or posts elsewhere."""
    url, action = f"{context.target.site_url}/", f"{context.target.api_url}/api/leads"
    found = [each for each in Page(url, (await context.get(url)).text).forms if each.method == "post"]
    require(found, f"{url} has no form that posts", "Look at packages/web.")
    missing = sorted({*enquiry_form.BY_NAME, enquiry_form.HONEYPOT} - set(found[0].fields))
    require(not missing, f"The form lacks {', '.join(missing)}", "shared.enquiry_form lists its fields.")
    hint = f"Build the site again; it should post to {action}."
    require(found[0].action == action, f"The form posts to {found[0].action}", hint)
    return found[0]


async def fill_form(context: VerifyContext, kind: str) -> dict[str, str]:
    """Returns the form as a visitor leaves it: what the page presets, and what a person types."""
    return {
        **(await context.once(load_form)).fields,
        "name": f"Verification, {kind}",
        "email": f"{kind}@{context.mark}.example",
        "company": f"Verification {context.mark}",
        "message": f"This is `ops verify` trying the form ({kind}). It removes itself.",
    }


async def send_form(context: VerifyContext, expect: int | None, *, headers: Any = (), **options: Any) -> httpx.Response:
    headers = {"origin": context.target.site_url, "accept": "application/json", **dict(headers)}
    action = (await context.once(load_form)).action
    return await context.ask("POST", action, expect, headers=headers, **options)


def find_synthetic_key(context: VerifyContext) -> str:
    """Returns what enquiries are signed with; for a local target, what `ops dev` keeps. Empty where there is none."""
    if not context.target.local:
        return context.environ.get(SYNTHETIC_VARIABLE, "").strip()
    path = embedded_postgres.data_folder(context.environ) / local_secrets.SYNTHETIC_KEY
    return path.read_text("ascii").strip() if path.exists() else ""


def sign(key: str, time_s: int, body: bytes) -> str:
    """Returns the value of X-Synthetic for these bytes."""
    return f"t={time_s},v1={hmac.new(key.encode(), f'{time_s}.'.encode() + body, 'sha256').hexdigest()}"


class WebhookEndpoint(ThreadingHTTPServer):
    """Keeps the messages that it receives. `path` and `secret` are what the CRM gives it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/verify"
        self.path = self.secret = ""
        self.messages: list[tuple[dict[str, str], bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    server: WebhookEndpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.messages.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name is the library's
        """Checks report what arrives."""


async def expect_webhook(context: VerifyContext, endpoint: WebhookEndpoint, reference: str) -> dict[str, Any]:
    """Returns the first message about an enquiry, its signature checked as a customer's program does it."""

    async def ask() -> tuple[dict[str, str], bytes] | None:
        return next((each for each in endpoint.messages if reference.encode() in each[1]), None)

    headers, body = await context.poll(ask) or ({}, b"")
    timeout = f"{context.arrival_timeout_s:.0f} s"
    require(body, f"No webhook about {reference} came within {timeout}", "Is a worker running?")
    try:
        return dict(Webhook(endpoint.secret).verify(body, headers))
    except WebhookVerificationError as error:
        hint = "Look at webhooks/signing.py of the CRM."
        raise CheckFailedError(f"The signature of {reference} is wrong: {error}", hint) from error


@contextmanager
def listen() -> Iterator[WebhookEndpoint]:
    """Runs an endpoint on a free port of 127.0.0.1 for the length of a block."""
    with WebhookEndpoint() as endpoint:
        threading.Thread(target=partial(endpoint.serve_forever, poll_interval=0.05), daemon=True).start()
        yield endpoint
        endpoint.shutdown()


async def open_webhook(context: VerifyContext) -> WebhookEndpoint:
    """Registers an endpoint for the events of enquiries until the end of the run."""
    endpoint = context.cleanup.enter_context(listen())
    wanted = {"name": context.mark, "url": endpoint.url, "events": [CREATED, SYNTHETIC]}
    webhook = (await context.api("POST", "/webhooks", 201, json=wanted)).json()
    endpoint.path, endpoint.secret = f"/webhooks/{webhook['id']}", webhook["secret"]
    context.remove_at_end("webhook", context.api, "DELETE", endpoint.path, 204)
    return endpoint
