"""The page for a form that could not be accepted. It keeps every field, says what to do, and can be sent again."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from starlette.responses import Response

from crm.accounts import form_choices
from crm.inbound.intake.forms import EXTRA_LIMIT, MAX_EXTRAS, TYPED
from crm.inbound.intake.process import describe_error
from crm.kernel import log, views
from crm.kernel.errors import AppError, PayloadTooLargeError, ValidationError
from crm.kernel.http import headers
from crm.kernel.http.request import Request
from crm.values import mailto_url
from shared.enquiry_form import BY_NAME, FIELDS

MAX_MAILTO = 1800
"""Some mail programs reject longer URLs (in escaped characters)."""
_log = log.get("intake")


class Message(msgspec.Struct, frozen=True):
    title: str
    lead: str


_KEPT_TEXT = "Nothing is lost: what you wrote is below."
_MESSAGES = {
    400: Message("We could not read your enquiry", "Please check what you wrote and send it again."),
    403: Message(
        "Please send it from here",
        f"The form you used is not on one of our pages. {_KEPT_TEXT} Check it and send it from here.",
    ),
    413: Message("Your enquiry is too long", "Go back, shorten it and send it again, or write to us by e-mail."),
    422: Message("Please check your enquiry", f"{_KEPT_TEXT} Correct the marked fields and send it again."),
    429: Message("Please wait a moment", _KEPT_TEXT),
    503: Message(
        "We cannot take your enquiry right now", f"{_KEPT_TEXT} Send it again in a minute, or send it by e-mail."
    ),
}
_UNEXPECTED = Message(
    "Something went wrong on our side", f"{_KEPT_TEXT} Send it again in a minute, or send it by e-mail."
)


async def render(request: Request, error: Exception) -> Response:
    """Render the form with its values, the errors beside their fields, and a link to send it by e-mail instead."""
    status, error_headers = _describe(error)
    values = await _read_values(request)
    errors = {f.field: f.message for f in error.errors} if isinstance(error, ValidationError) else {}
    config = request.app_context.config
    detail = error.detail if isinstance(error, AppError) and status in (400, 413, 429) else ""
    # The form may redirect to the thank-you page, which is on another origin.
    policy = headers.PAGE_POLICY.replace("form-action 'self'", f"form-action 'self' {_origin(config.site_url)}")
    return views.page(
        request,
        "intake/form_error.html",
        status=status,
        headers={**error_headers, "content-security-policy": policy},
        message=_MESSAGES.get(status, _UNEXPECTED),
        detail=detail or errors.pop("", ""),
        fields=FIELDS,
        options=_list_options,
        labels={field.name: field.label for field in FIELDS},
        values=values,
        errors=errors,
        hidden=_read_hidden_fields(values),
        by_mail=status not in (400, 403, 422),
        mail=_build_mailto(config.site.organization.email, values),
        site_url=config.site_url,
    )


def _list_options(field: str, value: str) -> list[tuple[str, str]]:
    known = form_choices.current()
    return known.list_options(field, value if known.knows(field, value) else "", note="")


def _describe(error: Exception) -> tuple[int, dict[str, str]]:
    if isinstance(error, AppError):
        return error.status, error.headers
    _log.error("enquiry_refused", error=describe_error(error))
    return 500, {}


async def _read_values(request: Request) -> dict[str, str]:
    """Read the submitted values as far as possible."""
    try:
        body = await request.body()
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    except PayloadTooLargeError:
        return {}


def _read_hidden_fields(values: dict[str, str]) -> dict[str, str]:
    """The hidden fields of the page, to send again. `sent_at` is left out, because it changes."""
    names = [name for name in values if name not in TYPED and name != "sent_at"]
    return {name: values[name][:EXTRA_LIMIT] for name in names[:MAX_EXTRAS]}


def _build_mailto(email: str, values: dict[str, Any]) -> str:
    """A `mailto:` link that holds the enquiry (RFC 6068)."""
    lines = [
        f"{BY_NAME[name].label}: {form_choices.label_of(name, values[name])}"
        for name in TYPED
        if name != "message" and values.get(name)
    ]
    text = "\r\n".join([*lines, "", values.get("message", "").replace("\r\n", "\n").replace("\n", "\r\n")]).strip()
    note = ""
    while len(link := mailto_url(email, subject="Enquiry", body=text + note)) > MAX_MAILTO:
        # Cut between characters, never inside an escape or a multi-byte letter.
        note = "\r\n[Please copy the rest from the page.]"
        text = text[: len(text) * MAX_MAILTO // (len(link) + 1)]
    return link


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
