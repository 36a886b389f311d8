"""Forms that were sent after their session had ended. The sign-in page keeps them, to be sent afterwards."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import Response

from crm.kernel import views
from crm.kernel.errors import BadRequestError
from crm.kernel.http.forms import FORM_TYPE, content_type, read_form
from crm.kernel.http.request import KB, Request

MAX_KEPT = 160 * KB
"""Larger forms are not kept, since they would not fit into the sign-in form."""
_LABELS = {"body": "Text", "kind": "Type", "email": "E-mail"}


async def read(request: Request, to: str) -> dict[str, str]:
    """The form of this request, as hidden values of the sign-in form. `next` is the page it came from."""
    referer = urlsplit(request.headers.get("referer", ""))
    is_own = referer.netloc == request.headers.get("host", "")
    came_from = safe_target(referer.path + (f"?{referer.query}" if referer.query else "")) if is_own else "/"
    target = safe_target(to)
    # Files are chosen again: their content is not read for somebody who is not signed in.
    pairs = await read_form(request) if content_type(request) == FORM_TYPE else []
    body = urlencode(pairs).encode()
    # Passwords are typed again, and a sign-out needs no session.
    is_kept = target not in ("/", "/sign-out") and "password" not in target and 0 < len(body) <= MAX_KEPT
    return {"next": came_from, "to": target, "kept": base64.urlsafe_b64encode(body).decode() if is_kept else ""}


def continuation_of(values: dict[str, str]) -> dict[str, str]:
    """The hidden values of a form that say what follows. `next` is one of our own pages."""
    return {
        "next": safe_target(values.get("next", "/")), "to": values.get("to", ""), "kept": values.get("kept", "")
    }  # fmt: skip


def render(request: Request, values: dict[str, str]) -> Response:
    """The page after signing in: what was typed, and a button that sends it. Raises `BadRequestError`."""
    try:
        pairs = parse_qsl(base64.urlsafe_b64decode(values["kept"]).decode(), keep_blank_values=True, max_num_fields=200)
    except (ValueError, binascii.Error) as error:
        raise BadRequestError("The form that was kept cannot be read. Go back and send it again.") from error
    typed = [
        (_LABELS.get(name, name.replace("_", " ").capitalize()), text)
        for name, text in pairs
        if text and _is_typed(name)
    ]
    return views.page(
        request, "auth/send_again.html", to=safe_target(values["to"]), next=values["next"],
        pairs=pairs, typed=typed,
    )  # fmt: skip


def _is_typed(name: str) -> bool:
    return "." not in name and not name.endswith("_id") and name not in ("version", "once", "back", "was", "action")


def safe_target(target: str) -> str:
    """`target` if it is a path of our own pages, else `/`. Prevents redirects to other sites."""
    plain = target.isprintable() and "\\" not in target and not target.startswith("//")
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    if (
        not plain
        or not target.startswith("/")
        or parts.scheme
        or parts.netloc
        or parts.path.startswith(("/sign-in", "/confirm"))
    ):
        return "/"
    return target
