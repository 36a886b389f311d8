"""Checks of what strangers must not find: histories, dumps, tools, echoed requests, and an unsafe session.

The session of the pages serves other checks too, for the figures that the first page shows.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from functools import partial
from http.cookies import Morsel, SimpleCookie

import httpx

from ops.dev import dev_credentials
from ops.verify.checks import Check, Group, check, require, skip_unless
from ops.verify.context import VerifyContext
from ops.verify.service import service_answers
from shared import embedded_postgres

FORGOTTEN = (
    "/.git/HEAD", "/.git/config", "/.env", "/.env.production", "/.railway/railway.py", "/.DS_Store", "/site.toml",
    "/pyproject.toml", "/Dockerfile", "/compose.yaml", "/backup.sql", "/dump.sql", "/id_rsa",
)  # fmt: skip
TOOLS = (
    "/docs", "/redoc", "/swagger.json", "/openapi.json", "/schema", "/schema/openapi.json", "/metrics", "/debug",
    "/admin", "/server-status", "/actuator/env", "/phpinfo.php", "/console",
)  # fmt: skip
CLOSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)
CANARY = "a-word-to-be-echoed"

FIGURES = re.compile(r'class="number-value">([^<]*)<.*?class="number-label"[^>]*>([^<]*)<', re.DOTALL)
SESSION_HINT = "Look at auth/sessions.py of the CRM."

exposure_check = partial(check, Group.LEAKS, needs=(service_answers,))


def check_closed(name: str, promise: str, paths: Sequence[str], hint: str) -> Check:
    """Returns a check that no host serves one of the paths."""

    @exposure_check(name, promise)
    async def run(context: VerifyContext) -> str:
        urls = [host + path for host in _list_hosts(context) for path in paths]
        statuses = await asyncio.gather(*map(context.get_status, urls))
        for url, status in zip(urls, statuses, strict=True):
            require(status in CLOSED, f"{url} answers {status}", hint)
        return f"{len(urls)} addresses"

    return run


FILES_HINT = "Remove it from what is published or built into the image."
TOOLS_HINT = "Close it, or ask for a key there (METRICS_TOKEN for /metrics)."
files = check_closed("forgotten files", "No history, settings or dump is served", FORGOTTEN, FILES_HINT)
tools = check_closed("tools", "No tool is open to strangers", TOOLS, TOOLS_HINT)


@exposure_check("TRACE", "No host echoes a request with its cookies")
async def check_trace(context: VerifyContext) -> str:
    for host in _list_hosts(context):
        response = await context.ask("TRACE", f"{host}/", expect=None, headers={"x-verify": CANARY})
        echoed = response.is_success or CANARY in response.text
        require(not echoed, f"{host} answers TRACE with {response.status_code}", "Refuse it, with 405.")
    return ", ".join(_list_hosts(context))


def _list_hosts(context: VerifyContext) -> list[str]:
    return list(dict.fromkeys((context.target.site_url, context.target.crm_url, context.target.api_url)))


@exposure_check("session cookie", "The cookie of a session cannot be read, lent or taken along")
async def check_session_cookie(context: VerifyContext) -> str:
    cookie = await context.once(sign_in)
    flaw = find_flaw(cookie, secure=context.target.crm_url.startswith("https://"))
    require(not flaw, f"The cookie {cookie.key} {flaw}", SESSION_HINT)
    return f"{cookie.key}: HttpOnly, SameSite={cookie['samesite']}{', Secure' if cookie['secure'] else ''}"


def find_flaw(cookie: Morsel[str], *, secure: bool) -> str:
    """Returns what is wrong with a session cookie (OWASP ASVS 5.0, V3.3); `secure` where people use https."""
    same_site, prefixed = cookie["samesite"].lower() in ("lax", "strict"), cookie.key.startswith("__Host-")
    flaws = (
        (not cookie["httponly"], "can be read by scripts: it lacks HttpOnly"),
        (not same_site, "goes along with requests of other sites: it lacks SameSite=Lax"),
        (cookie["domain"], f"is sent to every host of {cookie['domain']}: it has a Domain"),
        (cookie["path"] != "/", f"holds for {cookie['path'] or 'nowhere'}: its Path is not /"),
        (secure and not cookie["secure"], "goes over http as well: it lacks Secure"),
        (secure and not prefixed, "may be set by a neighboring host: its name does not begin with __Host-"),
    )
    return next((flaw for holds, flaw in flaws if holds), "")


async def sign_in(context: VerifyContext) -> Morsel[str]:
    """Returns the cookie of a session that ends with the run. Raises `CheckSkippedError` where no user is known."""
    email, password = find_user(context)
    url, headers = context.target.crm_url, {"origin": context.target.crm_url}
    form = {"email": email, "password": password, "next": "/"}
    response = await context.ask("POST", f"{url}/sign-in", None, data=form, headers=headers)
    skip_unless(response.status_code != 422, f"{email} cannot sign in with the password known here; it was changed.")
    cookies = [cookie for line in response.headers.get_list("set-cookie") for cookie in SimpleCookie(line).values()]
    session = next((cookie for cookie in cookies if cookie.key.endswith("session")), None)
    detail = f"The right password is answered {response.status_code}, without a session"
    require(response.status_code == 303 and session, detail, SESSION_HINT)
    assert session is not None
    headers = {**headers, "cookie": _format(session)}
    context.remove_at_end("session", context.ask, "POST", f"{url}/sign-out", 303, headers=headers)
    return session


async def read_figures(context: VerifyContext) -> dict[str, str]:
    """Returns the figures of the first page by their labels."""
    headers = {"cookie": _format(await context.once(sign_in))}
    page = (await context.get(f"{context.target.crm_url}/", headers=headers)).text
    figures = {label.strip(): value for value, label in FIGURES.findall(page)}
    require(figures, "The first page shows no figures", "Look at today/templates/today.html of the CRM.")
    return figures


def find_user(context: VerifyContext) -> tuple[str, str]:
    """Returns the e-mail and password that `ops dev` keeps for a local target, else those of the variables."""
    user = context.environ.get("ADMIN_EMAIL", "").strip(), context.environ.get("ADMIN_PASSWORD", "")
    source = "ADMIN_EMAIL or ADMIN_PASSWORD"
    if context.target.local:
        path = embedded_postgres.data_folder(context.environ) / dev_credentials.FILE_NAME
        known: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        user, source = [("", ""), *known.items()][-1], str(path)
    skip_unless(all(user), f"No user is known here: {source} is missing.")
    return user


def _format(cookie: Morsel[str]) -> str:
    return f"{cookie.key}={cookie.value}"
