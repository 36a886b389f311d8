"""Checks that no secret stands in an answer of any kind, nor in the log.

They search for the values of the secret variables of this process, for what this machine keeps for a local target, for
the key that the check itself sends, and for shapes that no answer has reason to hold.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, quote_plus, unquote, urlsplit

from ops.cli import OpsError, format_count
from ops.deploy.context import Options, open_context
from ops.dev import dev_credentials
from ops.secrets.matching import find_secrets
from ops.verify.api import FOREIGN, PROBLEM_HINT, list_bad_requests
from ops.verify.checks import CheckSkippedError, require, skip_unless
from ops.verify.context import VerifyContext
from ops.verify.exposure import exposure_check
from shared import embedded_postgres, local_secrets

SHORTEST = 12  # characters; what is shorter may be found by chance
NAMED = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|(?:^|_)KEYS?$|^DATABASE_URL$|^REDIS_URL$|^SMTP_URL$|_DSN$")
OPEN = frozenset({"BACKUP_VERIFY_KEYS"})  # named like secrets, and public
PASSWORD_IN_URL = re.compile(r"\b[a-z][a-z0-9+]{2,20}://[^\s:/@\"'<>*]*:[^\s@/\"'<>*]{4,}@")
# In an answer this is as bad; in a log it is allowed.
INTERNALS = re.compile(r"Traceback \(most recent call last\)|/site-packages/|\basyncpg\.|\bSELECT .{1,80} FROM ")
RAILWAY_LINES = 1000


@exposure_check("answers keep secrets", "No answer, and no refusal, holds a secret")
async def check_answers(context: VerifyContext) -> str:
    secrets = list_secrets(context)
    requests = _list_requests(context)
    for method, url, options in requests:
        response = await context.ask(method, url, None, **options)
        answer = f"{method} {response.request.url.copy_with(query=None)} ({response.status_code})"
        leaked = find_secret("\n".join((*map(": ".join, response.headers.items()), response.text)), secrets)
        require(not leaked, f"{answer} holds {leaked}", "Close the hole first, then change the secret: docs/runbooks/.")
        internals = INTERNALS.findall(response.text)
        require(not internals, f"{answer} shows internals: {internals[:1]}", PROBLEM_HINT)
    return f"{len(requests)} answers, {len(secrets)} values"


@exposure_check("log keeps secrets", "No line of the log holds a secret", after=(check_answers,))
async def check_log(context: VerifyContext) -> str:
    """Runs after the answers, since what they were asked with must not be in the log either."""
    logs, secrets = await asyncio.to_thread(read_logs, context), list_secrets(context)
    hint = "Change the secret, and look at kernel/log.py of the CRM."
    for source, lines in logs.items():
        for number, line in enumerate(lines, 1):
            leaked = find_secret(line, secrets)
            require(not leaked, f"{source}, line {number}, holds {leaked}", hint)
    return f"{format_count(sum(map(len, logs.values())), 'line')} of {', '.join(logs)}"


def _list_requests(context: VerifyContext) -> Sequence[tuple[str, str, Mapping[str, object]]]:
    api, crm, site = context.target.api_url, context.target.crm_url, context.target.site_url
    cookie, key = {"cookie": f"session={context.unknown_key}"}, {"authorization": f"Bearer {context.unknown_key}"}
    records = ("leads", "me", "leads/99999999999999999999", "leads?limit=x")
    pages = ("/no-such-page", "/leads/1", "/sign-in?next=//evil.example", "/api/docs", "/static/no-such-file")
    plain = (f"{api}/api/v1/health", f"{api}/api/v1/openapi.json", f"{site}/no-such-page")
    users = (("nobody", crm), ("", FOREIGN))
    return [
        *((each.method, api + each.path, each.options) for each in list_bad_requests(site)),
        *(("GET", f"{api}/api/v1/{path}", {"headers": {**key, **cookie}}) for path in records),
        *(("GET", crm + path, {"headers": cookie}) for path in pages),
        *(
            ("POST", f"{crm}/sign-in", {"data": {"email": each}, "headers": {"origin": origin}})
            for each, origin in users
        ),
        *(("GET", url, {}) for url in plain),
    ]


def list_secrets(context: VerifyContext) -> dict[str, str]:
    """Returns secrets by what they are called."""
    environ = context.environ
    values = {name: value.strip() for name, value in environ.items() if NAMED.search(name) and name not in OPEN}
    if context.target.local:
        folder = embedded_postgres.data_folder(environ)
        values |= {
            name: (folder / name).read_text().strip() for name in local_secrets.FILE_NAMES if (folder / name).exists()
        }
        users = folder / dev_credentials.FILE_NAME
        known = json.loads(users.read_text("utf-8")) if users.exists() else {}
        values |= {f"the password of {email}": password for email, password in known.items()}
    values["the key that was tried"] = context.unknown_key
    return {name: value for name, value in values.items() if len(value) >= SHORTEST}


def find_secret(text: str, secrets: Mapping[str, str]) -> str:
    """Returns what of them is in the text, by name and never by value; empty where nothing is."""
    for name, value in secrets.items():
        if any(form in text for form in _list_forms(value)):
            return name
    if PASSWORD_IN_URL.search(text):
        return "a password in an address"
    return next((match.what for match in find_secrets([text.encode("utf-8", "replace")])), "")


def _list_forms(value: str) -> set[str]:
    """Returns the ways in which a value may be written."""
    forms = {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    forms.add(base64.b64encode(value.encode()).decode())
    password = unquote(urlsplit(value).password or "") if "://" in value else ""
    return forms | ({password, quote(password, safe="")} if len(password) >= SHORTEST else set())


def read_logs(context: VerifyContext) -> Mapping[str, Sequence[str]]:
    """Returns lines by source: the data folder for a local target, else Railway. Raises `CheckSkippedError`."""
    if context.target.local:
        folder = embedded_postgres.data_folder(context.environ) / "logs"
        logs = {path.name: path.read_text("utf-8", "replace").splitlines() for path in sorted(folder.glob("*.log"))}
        skip_unless(logs, f"There is no log in {folder}.")
        return logs
    skip_unless(not context.target.is_on_this_machine, "The log of a rehearsal is kept by whoever started it.")
    token = context.environ.get("RAILWAY_TOKEN", "").strip()
    skip_unless(token, "RAILWAY_TOKEN is not set, so Railway does not give the log.")
    try:
        return _read_railway(context.environ)
    except OpsError as error:
        raise CheckSkippedError(f"Railway does not give the log: {error}") from error


def _read_railway(environ: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    with open_context(Options(environ)) as context:
        serving = context.railway and context.railway.find_serving()
        if not context.railway or not serving:
            raise OpsError("no release is serving.")
        lines = context.railway.fetch_log(serving, "deployment", RAILWAY_LINES)
        return {f"Railway ({serving.commit[:7]})": [line.message for line in lines]}
