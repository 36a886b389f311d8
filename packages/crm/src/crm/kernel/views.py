"""Pages: the templates of each module, the values every page shows, and formats of dates and money."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode
from zoneinfo import ZoneInfo

import jinja2
import msgspec
from markupsafe import Markup, escape
from starlette.responses import Response

from crm.kernel import clock
from crm.kernel.http import responses
from crm.kernel.http.request import Request
from crm.kernel.http.static_files import StaticFiles
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
            static=static_files.url, icon=self.icon, with_query=with_query, mark=Markup(design.svg("mark"))
        )
        self.env.filters.update(when=when, stamp=stamp, day=day, money=money, plural=plural, initials=initials)

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
    return request.scope.get("frame") or LayoutContext()


def page(
    request: Request,
    template: str,
    *,
    block: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    """A page, or only its `block` for an htmx request.

    The template gets `values`, `request`, `path`, `site`, `environment`, `now`, `toast` and the
    `LayoutContext` as `frame`.
    """
    toast = _read_toast(unquote(request.cookies.get(TOAST_COOKIE, "")))
    values |= {
        "request": request,
        "path": request.scope["path"],
        "frame": layout_context(request),
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
        response_headers["set-cookie"] = f"{TOAST_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    return responses.html(text, status, response_headers)


class Toast(msgspec.Struct, frozen=True):
    """A message shown once after a change. A POST to the URL `undo` reverts the change."""

    text: str
    undo: str = ""


def redirect_with_toast(location: str, toast: str = "", *, undo: str = "") -> Response:
    """Redirect to `location`, where `toast` is shown once, with an Undo button if `undo` is given."""
    if not toast:
        return responses.see_other(location)
    value = quote(f"{toast}\n{undo}" if undo else toast, safe="")
    cookie = f"{TOAST_COOKIE}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
    return responses.see_other(location, {"set-cookie": cookie})


def _read_toast(raw: str) -> Toast | None:
    if not raw:
        return None
    text, _, undo = raw.partition("\n")
    # The cookie comes from the browser, so only a path of our own is accepted.
    return Toast(text[:300], undo if re.fullmatch(r"/(?!/)[\w/-]{1,1500}", undo) else "")


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


def stamp(moment: datetime | None, zone: str = "UTC") -> str:
    """The full date and time, for a title or a record."""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M %Z}" if moment else ""


def when(moment: datetime | None, zone: str = "UTC") -> Markup:
    """A moment as `today 14:05`, `yesterday 09:10`, `3 Nov` or `3 Nov 2025`, with the full stamp as its title."""
    if moment is None:
        return Markup("")
    local, today = moment.astimezone(ZoneInfo(zone)), clock.today(zone)
    text = _relative(local.date(), today)
    if abs((today - local.date()).days) <= 1:
        text += f" {local:%H:%M}"
    return _time(moment.isoformat(timespec="seconds"), stamp(moment, zone), text)


def day(value: date | None, today: date | None = None) -> Markup:
    """A date as people write it. `today` is the date in the reader's time zone."""
    if value is None:
        return Markup("")
    return _time(value.isoformat(), f"{value:%a %-d %b %Y}", _relative(value, today or clock.now().date()))


def _relative(value: date, today: date) -> str:
    relative = {1: "yesterday", 0: "today", -1: "tomorrow"}.get((today - value).days)
    return relative or (f"{value:%-d %b}" if value.year == today.year else f"{value:%-d %b %Y}")


def _time(machine: str, title: str, text: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, title, text)


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency, without decimals if it is whole: `EUR 12,500`."""
    is_whole = amount == amount.to_integral_value()
    return f"{currency} {amount:,.0f}" if is_whole else f"{currency} {amount:,.2f}"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 lead`, `2 leads`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def initials(name: str) -> Markup:
    parts = [part for part in name.split() if part[0].isalnum()]
    return escape("".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper() or "?")
