"""Checks of the CRM service as strangers meet it: its health, its commit, whom it lets in, what its answers forbid."""

from __future__ import annotations

import asyncio
from functools import partial

from ops.verify.checks import Group, check, require, skip_unless
from ops.verify.context import LOG, VerifyContext

CSP = {"content-security-policy": "frame-ancestors 'none'"}
EVERYWHERE = {**CSP, "x-content-type-options": "nosniff", "referrer-policy": ""}
PAGES = {**EVERYWHERE, "x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin"}
HEADERS_HINT = "Look at the headers that the CRM adds to every response."
SHORT = 7


@check(Group.SERVICE, "service", "A server answers where the CRM should be")
async def service_answers(context: VerifyContext) -> str:
    await context.get(f"{context.target.crm_url}/api/v1/live")
    return context.target.crm_url


service_check = partial(check, Group.SERVICE, needs=(service_answers,))


@service_check("health", "The service reports that it is healthy")
async def check_health(context: VerifyContext) -> str:
    response = await context.get(f"{context.target.crm_url}/api/v1/health", expect=None)
    require(response.is_success, f"health answers {response.status_code}: {response.text[:200]}", LOG)
    health = response.json()
    return f"version {health['version']}, commit {health['commit'][:SHORT] or 'unknown'}"


@service_check("database", "Database, schema and worker are in order")
async def check_database(context: VerifyContext) -> str:
    health = (await context.get(f"{context.target.crm_url}/api/v1/health", expect=None)).json()
    for part in ("database", "migrations", "worker"):
        state = health[part]["state"]
        require(state == "ok", f"{part} is {state}. {health[part].get('detail', '')}".strip(), LOG)
    return "database, migrations and worker ok"


@service_check("headers", "Answers cannot be framed, sniffed or scripted")
async def check_headers(context: VerifyContext) -> str:
    for path, wanted in (("/sign-in", PAGES), ("/api/v1/live", EVERYWHERE)):
        headers = (await context.get(context.target.crm_url + path)).headers
        for name, value in wanted.items():
            sent = headers.get(name) and value in headers[name]
            require(sent, f"{path} sends no {name} with {value or 'a value'}", HEADERS_HINT)
        inline = "unsafe-inline" in headers["content-security-policy"]
        require(not inline, f"{path} allows inline code", HEADERS_HINT)
    return ", ".join(PAGES)


@service_check("API description", "The API describes itself")
async def check_description(context: VerifyContext) -> str:
    description = (await context.get(f"{context.target.crm_url}/api/v1/openapi.json")).json()
    await context.get(f"{context.target.crm_url}/api/docs")
    return f"OpenAPI {description['openapi']}, {len(description['paths'])} paths"


@service_check("authentication", "Without a key or a session nobody gets in")
async def check_authentication(context: VerifyContext) -> str:
    for path in ("leads", "contacts", "companies", "webhooks", "me"):
        await context.get(f"{context.target.crm_url}/api/v1/{path}", expect=401)
    location = (await context.get(f"{context.target.crm_url}/leads", expect=303)).headers["location"]
    require("/sign-in" in location, f"/leads leads strangers to {location}", "It should lead to /sign-in.")
    return "401 for programs, sign-in for people"


@service_check("service commit", "The service runs the newest commit that touches its paths")
async def check_service_commit(context: VerifyContext) -> str:
    return await _check_commit(context, "api", f"{context.target.api_url}/api/v1/health", "the deployment on Railway")


@service_check("site commit", "The site was built from the newest commit that touches its paths")
async def check_site_commit(context: VerifyContext) -> str:
    return await _check_commit(context, "site", f"{context.target.site_url}/build.json", "the run of deploy-web.yml")


async def _check_commit(context: VerifyContext, host: str, url: str, cause: str) -> str:
    skip_unless(context.commit, "No commit is expected; name one with --commit.")
    # A service that is not healthy reports its commit too.
    served = str((await context.get(url, expect=None)).json().get("commit") or "")
    expected = await asyncio.to_thread(context.targets.newest_commit_for, host, context.commit)
    current = bool(served) and await asyncio.to_thread(context.targets.is_current, host, served, context.commit)
    detail = f"{url} is of {served[:SHORT] or 'no commit'}, which lacks {expected[:SHORT]}"
    require(current, detail, f"Look at {cause}; `ops deploy watch`.")
    return f"{served[:SHORT]}, which has {expected[:SHORT]}" if served != expected else served[:SHORT]
