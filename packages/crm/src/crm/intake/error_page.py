"""When a plain form cannot be taken: a real page that keeps every word, says what to do, and can be sent from again."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec
from starlette.responses import Response

from crm.intake.forms import EXTRA_LIMIT, EXTRAS, TYPED
from crm.intake.process import sentence
from crm.kernel import log, views
from crm.kernel.errors import AppError, PayloadTooLargeError, ValidationError
from crm.kernel.http import headers
from crm.kernel.http.request import Request
from shared.enquiry_form import BY_NAME, FIELDS, Field, label_of

LONGEST_MAIL = 1800
"""Some mail programs refuse longer addresses (in characters, escaped)."""
_log = log.get("intake")


class Words(msgspec.Struct, frozen=True):
    title: str
    lead: str


_KEPT = "Nothing is lost: what you wrote is below."
_WORDS = {
    400: Words("We could not read your enquiry", "Please check what you wrote and send it again."),
    403: Words(
        "Please send it from here",
        f"The form you used is not on one of our pages. {_KEPT} Check it and send it from here.",
    ),
    413: Words("Your enquiry is too long", "Go back, shorten it and send it again, or write to us by e-mail."),
    422: Words("Please check your enquiry", f"{_KEPT} Mend the marked fields and send it again."),
    429: Words("Please wait a moment", _KEPT),
    503: Words("We cannot take your enquiry right now", f"{_KEPT} Send it again in a minute, or send it by e-mail."),
}
_FAULT = Words("Something went wrong on our side", f"{_KEPT} Send it again in a minute, or send it by e-mail.")


async def page(request: Request, fault: Exception) -> Response:
    """The form again, filled in, with what is wrong beside its fields and a way to send it by e-mail instead."""
    status, sent_headers = _standing(fault)
    values = await _read_values(request)
    faults = {f.field: f.message for f in fault.faults} if isinstance(fault, ValidationError) else {}
    config = request.app_context.config
    detail = fault.detail if isinstance(fault, AppError) and status in (400, 429) else ""
    # The answer to a sent form may lead to the site's page of thanks, which is elsewhere.
    policy = headers.PAGE_POLICY.replace("form-action 'self'", f"form-action 'self' {_origin(config.site_url)}")
    return views.page(
        request,
        "intake/form_error.html",
        status=status,
        headers={**sent_headers, "content-security-policy": policy},
        words=_WORDS.get(status, _FAULT),
        detail=detail or faults.pop("", ""),
        fields=FIELDS,
        options=_options,
        labels={field.name: field.label for field in FIELDS},
        values=values,
        faults=faults,
        hidden=_hidden(values),
        by_mail=status not in (400, 403, 422),
        mail=_mail(config.site.organization.email, values),
        site_url=config.site_url,
    )


def _options(field: Field) -> list[tuple[str, str]]:
    return [(choice.value, choice.label) for choice in field.choices]


def _standing(fault: Exception) -> tuple[int, dict[str, str]]:
    if isinstance(fault, AppError):
        return fault.status, fault.headers
    _log.error("enquiry_refused", fault=sentence(fault))
    return 500, {}


async def _read_values(request: Request) -> dict[str, str]:
    """What was typed, as far as it can be read."""
    try:
        body = await request.body()
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    except PayloadTooLargeError:
        return {}


def _hidden(values: dict[str, str]) -> dict[str, str]:
    """What the page added, to be sent along again; the time of sending will be another."""
    names = [name for name in values if name not in TYPED and name != "sent_at"]
    return {name: values[name][:EXTRA_LIMIT] for name in names[:EXTRAS]}


def _mail(address: str, values: dict[str, Any]) -> str:
    """A `mailto:` link that holds the enquiry (RFC 6068)."""
    lines = [
        f"{BY_NAME[name].label}: {label_of(name, values[name])}"
        for name in TYPED
        if name != "message" and values.get(name)
    ]
    text = "\r\n".join([*lines, "", values.get("message", "").replace("\r\n", "\n").replace("\n", "\r\n")]).strip()
    escaped = quote(text)
    if len(escaped) > LONGEST_MAIL:
        note = quote("\r\n[Please copy the rest from the page.]")
        # Cut between characters, never inside an escape or a multi-byte letter.
        while len(escaped) + len(note) > LONGEST_MAIL:
            text = text[: len(text) * LONGEST_MAIL // (len(escaped) + len(note) + 1)]
            escaped = quote(text)
        escaped += note
    return f"mailto:{address}?subject={quote('Enquiry')}&body={escaped}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
