"""A session of the pages, as a browser gets it: is its cookie safe? What do the figures of the first page say?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http.cookies import Morsel, SimpleCookie
from typing import NamedTuple

from house import postgres
from ops.dev import dev_credentials
from ops.verify.checks import Broken, Check, Skipped
from ops.verify.client import Client

LOOK = "Look at auth/sessions.py of the CRM."


class Person(NamedTuple):
    email: str
    password: str


def person(environ: Mapping[str, str], *, local: bool) -> Person:
    """Whoever may sign in: on this machine the one that `ops dev` keeps, elsewhere the one of the variables.

    Raises `Skipped`.
    """
    if local:
        path = postgres.data_folder(environ) / dev_credentials.FILE_NAME
        known: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        if known:
            email = next(reversed(known))
            return Person(email, known[email])
        raise Skipped(f"There is no {path.name} in the data folder, so nobody is known who may sign in.")
    email, password = environ.get("ADMIN_EMAIL", "").strip(), environ.get("ADMIN_PASSWORD", "")
    if not (email and password):
        raise Skipped("ADMIN_EMAIL and ADMIN_PASSWORD are not set here, so nobody signs in.")
    return Person(email, password)


class SignedIn:
    """Signs in when first asked, and out again at the end."""

    def __init__(self, client: Client, environ: Mapping[str, str]) -> None:
        self.client = client
        self.environ = environ
        self.url = client.target.crm_url
        self._cookie = ""

    def checks(self) -> list[Check]:
        return [Check("session cookie", "The cookie of a session cannot be read, lent or taken along", self.cookie)]

    async def cookie(self) -> str:
        try:
            given = await self._enter()
            faults = faulty(given, secure=self.url.startswith("https://"))
            if faults:
                raise Broken(f"The cookie {given.key} {faults[0]}", LOOK)
            return f"{given.key}: HttpOnly, SameSite={given['samesite']}{', Secure' if given['secure'] else ''}"
        finally:
            await self.leave()

    async def figures(self) -> dict[str, str]:
        """The figures of the first page: what they are called, and what they say."""
        if not self._cookie:
            await self._enter()
        page = (await self.client.get(f"{self.url}/", headers={"cookie": self._cookie})).text
        shown = re.findall(r'class="number-value">([^<]*)<.*?class="number-label"[^>]*>([^<]*)<', page, re.DOTALL)
        if not shown:
            raise Broken("The first page shows no figures", "Look at today/templates/today.html of the CRM.")
        return {label.strip(): value for value, label in shown}

    async def leave(self) -> None:
        """Ends the session, if there is one."""
        cookie, self._cookie = self._cookie, ""
        if cookie:
            headers = {"cookie": cookie, "origin": self.url}
            await self.client.ask("POST", f"{self.url}/sign-out", expect=303, headers=headers)

    async def _enter(self) -> Morsel[str]:
        who = person(self.environ, local=self.client.target.local)
        form = {"email": who.email, "password": who.password, "next": "/"}
        told = await self.client.ask(
            "POST", f"{self.url}/sign-in", expect=None, data=form, headers={"origin": self.url}
        )
        given = SimpleCookie(told.headers.get("set-cookie", ""))
        if told.status_code == 422:
            raise Skipped(f"{who.email} is not let in with the password known here; it was changed.")
        if told.status_code != 303 or not given:
            raise Broken(f"The right password is answered {told.status_code}, without a session", LOOK)
        morsel = next(iter(given.values()))
        self._cookie = f"{morsel.key}={morsel.value}"
        return morsel


def faulty(given: Morsel[str], *, secure: bool) -> list[str]:
    """What is wrong with the cookie of a session (OWASP ASVS 5.0, V3.3); `secure` where people come over https."""
    faults = []
    if not given["httponly"]:
        faults.append("can be read by scripts: it lacks HttpOnly")
    if given["samesite"].lower() not in ("lax", "strict"):
        faults.append("goes along with requests of other sites: it lacks SameSite=Lax")
    if given["domain"]:
        faults.append(f"is sent to every host of {given['domain']}: it has a Domain")
    if given["path"] != "/":
        faults.append(f"holds for {given['path'] or 'nowhere'}: its Path is not /")
    if secure and not given["secure"]:
        faults.append("goes over http as well: it lacks Secure")
    if secure and not given.key.startswith("__Host-"):
        faults.append("may be set by a neighboring host: its name does not begin with __Host-")
    return faults
