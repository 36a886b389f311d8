"""Pages: the templates of each module, and the values and filters that every page has."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import jinja2
import msgspec
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from crm.kernel import change_set, clock
from crm.kernel.http import responses
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import Request
from crm.kernel.http.static_files import StaticFiles
from crm.kernel.security.tokens import new_token
from crm.values import formats, links
from shared import design

FOLDERS = {path.parent.name: path for path in Path(__file__).resolve().parent.parent.glob("**/templates")}
"""The templates of each module, by the module's name."""

TOAST_COOKIE = "toast"


def _find(name: str) -> tuple[str, str, Any] | None:
    """`leads/list.html` is in the templates of the module leads, `layout.html` in those of the kernel."""
    module, _, rest = name.rpartition("/")
    path = FOLDERS.get(module or "kernel", Path()) / rest
    if not path.is_file():
        return None
    stamp = path.stat().st_mtime
    return path.read_text(encoding="utf-8"), str(path), lambda: path.is_file() and path.stat().st_mtime == stamp


class LayoutContext(msgspec.Struct, frozen=True, kw_only=True):
    """What the layout shows around every page. `crm.workspace.layout` sets it for each signed-in request."""

    person: Any = None
    theme: str = "system"
    inbox_count: int = 0
    sample_leads: int = 0
    pinned: Sequence[Mapping[str, Any]] = ()
    problems: tuple[str, ...] = ()
    time_zone: str = "UTC"
    organization: str = ""


class Views:
    """Renders templates. One for each process."""

    def __init__(self, static_files: StaticFiles, *, reload: bool) -> None:
        self._static_files = static_files
        self.env = jinja2.Environment(
            loader=jinja2.FunctionLoader(_find),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=reload,
        )
        self.env.globals.update(
            static=static_files.url,
            icon=self.icon,
            with_query=with_query,
            new_token=new_token,
            mark=Markup(design.svg("mark")),
        )
        self.env.filters.update(
            when=_when, day=_day, stamp=formats.stamp, money=formats.format_money, totals=formats.format_totals,
            plural=plural, initials=formats.initials, mailto=links.mailto_url, tel=links.phone_url,
        )  # fmt: skip

    def icon(self, name: str, title: str = "") -> Markup:
        return Markup(design.icon(name, title, sprite=self._static_files.url("icons.svg")))

    def text(self, template: str, block: str = "", /, **values: Any) -> str:
        """A template, or one block of it, as text. `macros.html` is included, since a block does not see imports."""
        source = self.env.get_template(template)
        values = {**vars(self.env.get_template("macros.html").module), **values}
        if not block:
            return source.render(values)
        context = source.new_context(values)
        return "".join(source.blocks[block](context))


def layout_context(request: Request) -> LayoutContext:
    return request.scope.get("layout") or LayoutContext()


def page(
    request: Request,
    template: str,
    *,
    block: str = "",
    status: int | None = None,
    headers: dict[str, str] | None = None,
    draft: Draft[Any] | None = None,
    **values: Any,
) -> Response:
    """A page, or only its `block` for an htmx request. A `draft` gives it the status, `values` and `errors`.

    The template gets `values`, `request`, `path`, `site`, `environment`, `now`, `toast` and the
    `LayoutContext` as `layout`.
    """
    toast = _read_toast(request)
    if draft is not None:
        status = status or draft.status
        values = {"values": draft.values, "errors": draft.errors, **values}
    values |= {
        "request": request,
        "path": request.scope["path"],
        "layout": layout_context(request),
        "site": request.app_context.config.site,
        "environment": request.app_context.config.environment,
        "now": clock.now(),
        "toast": toast,
    }
    fragment = bool(block) and request.swaps
    text = request.app.state.views.text(template, block if fragment else "", **values)
    response_headers = {"vary": "hx-request", **(headers or {})}
    if toast and fragment:
        # A fragment has no place for the toast, so the script shows it. JSON keeps the header ASCII.
        response_headers["hx-trigger"] = json.dumps({"toast": msgspec.structs.asdict(toast)})
    if toast:
        response_headers["set-cookie"] = _toast_cookie(request, "", 0)
    return responses.html(text, status or 200, response_headers)


class Toast(msgspec.Struct, frozen=True):
    """A message shown once after a change. A POST to the URL `undo` reverts the change."""

    text: str
    undo: str = ""


class ToastRedirect(RedirectResponse):
    """A redirect with the toast in a cookie. It is signed for the signed-in user when the response is sent."""

    def __init__(self, location: str, toast: Toast) -> None:
        super().__init__(location, 303)
        self._toast = toast

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the redirect with its cookie. Only now it is known whether the transaction of a change was committed."""
        request = Request(scope)
        undo = self._toast.undo or change_set.undo_url()
        if text := self._toast.text or ("Saved." if undo else ""):
            value = quote(f"{text}\n{undo}" if undo else text, safe="")
            self.headers["set-cookie"] = _toast_cookie(request, f"{_sign_toast(request, value)}.{value}", 60)
        await super().__call__(scope, receive, send)


def redirect_with_toast(location: str, toast: str = "", *, undo: str = "") -> Response:
    """Redirect to `location`, where `toast` is shown once, with an Undo button for what the request has changed.

    `undo` is the URL of another way to undo it.
    """
    return ToastRedirect(location, Toast(toast, undo))


def _read_toast(request: Request) -> Toast | None:
    """The toast of the request's cookie, if this service wrote it for this session."""
    signature, _, value = request.cookies.get(_toast_name(request), "").partition(".")
    if not hmac.compare_digest(signature.encode(), _sign_toast(request, value).encode()):
        return None
    text, _, undo = unquote(value).partition("\n")
    return Toast(text, undo)


def _sign_toast(request: Request, value: str) -> str:
    person = layout_context(request).person
    return request.app_context.digest("toast", str(person.id if person else ""), value).hex()


def _toast_name(request: Request) -> str:
    return f"__Host-{TOAST_COOKIE}" if request.app_context.config.secure else TOAST_COOKIE


def _toast_cookie(request: Request, value: str, age: int) -> str:
    secure = "; Secure" if request.app_context.config.secure else ""
    return f"{_toast_name(request)}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def with_query(request: Request, **changes: Any) -> str:
    """This page's URL with a changed query, without the cursor; None removes a parameter."""
    query = [(name, value) for name, value in request.asked if name != "cursor" and name not in changes]
    query += [(name, str(value)) for name, value in changes.items() if value not in (None, "")]
    path: str = request.scope["path"]
    return path + (f"?{urlencode(query)}" if query else "")


def clean_url(request: Request) -> dict[str, str]:
    """The header that makes htmx show the URL of a list without empty parameters."""
    if not request.swaps:
        return {}
    query = urlencode([(name, value) for name, value in request.asked if value and name != "cursor"])
    return {"hx-replace-url": request.scope["path"] + (f"?{query}" if query else "")}


plural = formats.plural


def _when(moment: datetime | str | None, zone: str = "UTC") -> Markup:
    return formats.when(moment, zone, clock.now())


@jinja2.pass_context
def _day(context: jinja2.runtime.Context, value: date | None, today: date | None = None) -> Markup:
    """A day, told from today in the time zone of the organization."""
    return formats.day(value, today or clock.today(context["layout"].time_zone))
