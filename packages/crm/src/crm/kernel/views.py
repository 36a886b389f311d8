"""Pages: templates by room, the values every page shows, and words for dates and money."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
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
from house import look

ROOMS = Path(__file__).resolve().parent.parent
TOAST_COOKIE = "toast"


def _find(name: str) -> tuple[str, str, Any] | None:
    """`leads/list.html` lies in crm/leads/templates, `shell.html` in crm/kernel/templates."""
    room, _, rest = name.rpartition("/")
    path = ROOMS / (room or "kernel") / "templates" / rest
    if not path.is_file():
        return None
    stamp = path.stat().st_mtime
    return path.read_text(encoding="utf-8"), str(path), lambda: path.is_file() and path.stat().st_mtime == stamp


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What the shell shows around every signed-in page; the auth room fills it for each request."""

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
            static=static_files.url, icon=self.icon, with_query=with_query, mark=Markup(look.svg("mark"))
        )
        self.env.filters.update(when=when, stamp=stamp, day=day, money=money, plural=plural, initials=initials)

    def icon(self, name: str, title: str = "") -> Markup:
        return Markup(look.icon(name, title, sprite=self._static_files.url("icons.svg")))

    def text(self, template: str, block: str = "", /, **values: Any) -> str:
        """A template, or one block of it, as text. The macros of `macros.html` are there without an import, since a
        block on its own would not see what the top of its file imports."""
        found = self.env.get_template(template)
        values = {**vars(self.env.get_template("macros.html").module), **values}
        if not block:
            return found.render(values)
        context = found.new_context(values)
        return "".join(found.blocks[block](context))


def views_of(request: Request) -> Views:
    return request.app.state.views  # type: ignore[no-any-return]


def frame_of(request: Request) -> Frame:
    """What the shell shows around this request's page; bare where nobody has signed in."""
    return request.scope.get("frame") or Frame()


def page(
    request: Request,
    template: str,
    *,
    block: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    """A page; for an htmx request only its `block`, when one is named. Same address, so caches are told apart.

    The template gets `values` and `request`, `path`, `frame` (see `Frame`), `site`, `now`, `toast`.
    """
    views = views_of(request)
    frame = frame_of(request)
    toast = _read_toast(unquote(request.cookies.get(TOAST_COOKIE, "")))
    values |= {
        "request": request,
        "path": request.scope["path"],
        "frame": frame,
        "site": request.house.config.site,
        "environment": request.house.config.environment,
        "now": clock.now(),
        "toast": toast,
    }
    fragment = bool(block) and request.swaps
    text = views.text(template, block if fragment else "", **values)
    sent = {"vary": "hx-request", **(headers or {})}
    if toast and fragment:
        # A fragment has no place for it, so the script of the page around it shows it. A header is ASCII.
        sent["hx-trigger"] = json.dumps({"toast": msgspec.structs.asdict(toast)})
    if toast:
        sent["set-cookie"] = f"{TOAST_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    return responses.html(text, status, sent)


class Toast(msgspec.Struct, frozen=True):
    """What is said once after something was done; `undo` is the address a POST to which takes it back."""

    text: str
    undo: str = ""


def go(location: str, toast: str = "", *, undo: str = "") -> Response:
    """Done: go to `location`, where `toast` is shown once, with a button that posts to `undo` if that is given."""
    headers = {}
    if toast:
        value = quote(f"{toast}\n{undo}" if undo else toast, safe="")
        headers["set-cookie"] = f"{TOAST_COOKIE}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
    return responses.see_other(location, headers)


def _read_toast(raw: str) -> Toast | None:
    if not raw:
        return None
    text, _, undo = raw.partition("\n")
    # The cookie comes from the browser, so it may only point into our own pages.
    return Toast(text[:300], undo if re.fullmatch(r"/(?!/)[\w/-]{1,1500}", undo) else "")


def with_query(request: Request, **changes: Any) -> str:
    """This page's address with some of its query changed; None removes. The cursor never survives a change."""
    kept = {name: value for name, value in request.asked if name != "cursor" and name not in changes}
    kept |= {name: str(value) for name, value in changes.items() if value not in (None, "")}
    path: str = request.scope["path"]
    return path + (f"?{urlencode(kept)}" if kept else "")


def tidy_address(request: Request) -> dict[str, str]:
    """A header for htmx: the address of a list without the fields that were left empty."""
    if not request.swaps:
        return {}
    kept = urlencode([(name, value) for name, value in request.asked if value and name != "cursor"])
    return {"hx-replace-url": request.scope["path"] + (f"?{kept}" if kept else "")}


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def stamp(moment: datetime | None, zone: str = "UTC") -> str:
    """The full date and time, for a title or a record."""
    return f"{_local(moment, zone):%a %-d %b %Y, %H:%M %Z}" if moment else ""


def when(moment: datetime | None, zone: str = "UTC") -> Markup:
    """A moment as people say it: `today 14:05`, `yesterday 09:10`, `3 Nov`, `3 Nov 2025`; the full stamp on hover."""
    if moment is None:
        return Markup("")
    local, here = _local(moment, zone), _local(clock.now(), zone)
    gap = (here.date() - local.date()).days
    if gap == 0:
        said = f"today {local:%H:%M}"
    elif gap == 1:
        said = f"yesterday {local:%H:%M}"
    elif gap == -1:
        said = f"tomorrow {local:%H:%M}"
    elif local.year == here.year:
        said = f"{local:%-d %b}"
    else:
        said = f"{local:%-d %b %Y}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), stamp(moment, zone), said
    )


def day(value: date | None, today: date | None = None) -> Markup:
    """A date as people say it; `today` is the reader's own."""
    if value is None:
        return Markup("")
    here = today or clock.now().date()
    near = {here - timedelta(1): "yesterday", here: "today", here + timedelta(1): "tomorrow"}
    said = near.get(value) or (f"{value:%-d %b}" if value.year == here.year else f"{value:%-d %b %Y}")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), f"{value:%a %-d %b %Y}", said)


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency, whole when it is whole: `EUR 12,500`."""
    whole = amount == amount.to_integral_value()
    return f"{currency} {amount:,.0f}" if whole else f"{currency} {amount:,.2f}"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 lead`, `2 leads`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def initials(name: str) -> Markup:
    parts = [part for part in name.split() if part[0].isalnum()]
    return escape("".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper() or "?")
