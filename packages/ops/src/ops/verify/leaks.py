"""Secrets where strangers or too many people look: in answers of every kind, and in the log.

Searched for are the values of the secret variables of this process, what this machine keeps for its own house, what
the walk itself sent as a key, and shapes that no answer has reason to hold.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, urlsplit

from house import keys, postgres
from ops.dev import dev_credentials
from ops.secrets.shapes import SHAPES
from ops.verify import logs
from ops.verify.checks import Broken, Check
from ops.verify.client import Client
from ops.verify.problems import refusals

SHORTEST = 12
"""Characters; what is shorter may be found by chance."""
NAMED = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|(?:^|_)KEYS?$|^DATABASE_URL$|^REDIS_URL$|^SMTP_URL$|_DSN$")
OPEN = frozenset({"BACKUP_VERIFY_KEYS"})
"""Named like secrets, and public."""
ADDRESS = re.compile(r"\b[a-z][a-z0-9+]{2,20}://[^\s:/@\"'<>*]*:[^\s@/\"'<>*]{4,}@")
"""A password in an address, whatever host it is for: what is closed to strangers may not be to everybody."""
INSIDE = re.compile(r"Traceback \(most recent call last\)|/site-packages/|\basyncpg\.|\bSELECT .{1,80} FROM ")
"""In an answer this is as bad; in a log it may be."""


class Leaks:
    """The log is looked at after the answers, since what the walk sent must not be in it either."""

    def __init__(self, client: Client, environ: Mapping[str, str]) -> None:
        self.client = client
        self.environ = environ
        self.sent = f"oct_{secrets.token_urlsafe(32)}"
        self.known = {**known(environ, local=client.target.local), "the key that was tried": self.sent}

    def checks(self) -> list[Check]:
        return [
            Check("answers keep secrets", "No answer, and no refusal, holds a secret", self.answers),
            Check("log keeps secrets", "No line of the log holds a secret", self.log, always=True),
        ]

    async def answers(self) -> str:
        answers = [await self.client.ask(method, url, None, **how) for method, url, how in self._requests()]
        for answer in answers:
            text = "\n".join((*(f"{name}: {value}" for name, value in answer.headers.items()), answer.text))
            told = f"{answer.request.method} {answer.request.url.copy_with(query=None)} ({answer.status_code})"
            leaked = found(text, self.known)
            if leaked:
                raise Broken(f"{told} holds {leaked}", "Close the hole first, then change the secret: docs/runbooks/.")
            if inside := INSIDE.search(answer.text):
                raise Broken(f"{told} tells of the inside: {inside[0][:60]!r}", "Look at kernel/http/trouble.py.")
        return f"{len(answers)} answers, {len(self.known)} values, {len(SHAPES)} shapes"

    async def log(self) -> str:
        lines = await logs.lines(self.client.target, self.environ)
        for line in lines:
            if leaked := found(line.text, self.known):
                where = f"{line.source}, line {line.number},"
                raise Broken(f"{where} holds {leaked}", "Change the secret, and look at kernel/log.py of the CRM.")
        return f"{len(lines)} lines of {', '.join(dict.fromkeys(line.source for line in lines))}"

    def _requests(self) -> Iterable[tuple[str, str, dict[str, object]]]:
        target = self.client.target
        carried = {"authorization": f"Bearer {self.sent}", "cookie": f"session={self.sent}"}
        for refusal in refusals(target.site_url):
            yield refusal.method, target.api_url + refusal.path, dict(refusal.how)
        for path in ("/api/v1/leads", "/api/v1/me", "/api/v1/leads/99999999999999999999", "/api/v1/leads?limit=x"):
            yield "GET", target.api_url + path, {"headers": carried}
        for path in ("/no-such-page", "/leads/1", "/sign-in?next=//evil.example", "/api/docs", "/static/no-such-file"):
            yield "GET", target.crm_url + path, {"headers": {"cookie": carried["cookie"]}}
        yield "POST", f"{target.crm_url}/sign-in", {"data": {"email": "nobody"}, "headers": {"origin": target.crm_url}}
        yield "POST", f"{target.crm_url}/sign-in", {"data": {}, "headers": {"origin": "https://evil.example"}}
        yield "GET", f"{target.api_url}/api/v1/health", {}
        yield "GET", f"{target.api_url}/api/v1/openapi.json", {}
        yield "GET", f"{target.site_url}/no-such-page", {}


def known(environ: Mapping[str, str], *, local: bool) -> dict[str, str]:
    """Secrets by what they are called."""
    values = {name: value.strip() for name, value in environ.items() if NAMED.search(name) and name not in OPEN}
    if local:
        values |= _kept(postgres.data_folder(environ))
    return {name: value for name, value in values.items() if len(value) >= SHORTEST}


def _kept(folder: Path) -> dict[str, str]:
    values = {name: (folder / name).read_text().strip() for name in keys.FILE_NAMES if (folder / name).exists()}
    people = folder / dev_credentials.FILE_NAME
    if people.exists():
        values |= {f"the password of {email}": word for email, word in json.loads(people.read_text("utf-8")).items()}
    return values


def found(text: str, secret: Mapping[str, str]) -> str:
    """What of it is in the text, by name and never by value; empty where nothing is."""
    for name, value in secret.items():
        if any(form in text for form in forms(value)):
            return name
    if ADDRESS.search(text):
        return "a password in an address"
    data = text.encode("utf-8", "replace")
    for shape in SHAPES:
        if any(mark in data for mark in shape.marks):
            for match in shape.pattern.finditer(data):
                if shape.real(match["secret"] if "secret" in shape.pattern.groupindex else match[0]):
                    return shape.what
    return ""


def forms(value: str) -> set[str]:
    """The ways in which a value may be written."""
    written = {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    written.add(base64.b64encode(value.encode()).decode())
    password = urlsplit(value).password if "://" in value else None
    if password and len(unquote(password)) >= SHORTEST:
        written |= {password, unquote(password)}
    return written
