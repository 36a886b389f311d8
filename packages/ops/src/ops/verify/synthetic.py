"""A signed enquiry through the live form, followed to lead and notification, counted by nobody, and removed.

`X-Synthetic: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>." and the body>` tells the service that it is a trial, so that
it may be made where real visitors write: no report, no channel of the owner and no ordinary receiver hears of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import httpx

from house import keys, postgres
from ops.verify import live_form
from ops.verify.access import Key
from ops.verify.checks import Broken, Check, Skipped
from ops.verify.client import Client
from ops.verify.page import Form
from ops.verify.receiver import Receiver, WebhookVerificationError
from ops.verify.signedin import SignedIn
from ops.verify.target import Target

VARIABLE = "SYNTHETIC_KEY"
EVENT = "lead.synthetic"
ARRIVES_S = 30.0
STEP_S = 0.1
VALID_S = 300
PARTS = (("leads", "id"), ("contacts", "contact_id"), ("companies", "company_id"))
"""What a lead is made of, and by what name it is told; the lead first, since it holds on to the others."""
LOG = "Look at the service's log."


def shared_key(environ: Mapping[str, str], target: Target) -> str:
    """What enquiries are signed with; on this machine, what `ops dev` keeps. Empty where there is none."""
    if target.local:
        kept = postgres.data_folder(environ) / keys.SYNTHETIC_KEY
        return kept.read_text("ascii").strip() if kept.exists() else ""
    return environ.get(VARIABLE, "").strip()


def signature(key: str, moment: int, body: bytes) -> str:
    """The value of X-Synthetic for these bytes."""
    mark = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mark}"


class Synthetic:
    """Each check builds on the ones before it; the last clears away whatever there is, and opens `over`."""

    def __init__(
        self, client: Client, key: Key, receiver: Receiver, *, page: SignedIn, secret: str, over: asyncio.Event
    ) -> None:
        self.client, self.key, self.receiver = client, key, receiver
        self.page, self.secret, self.over = page, secret, over
        self.api = f"{client.target.api_url}/api/v1"
        self.mark = key.name.replace("verify", "synthetic")
        self.form = Form("", "")
        self.figures: dict[str, str] = {}
        self.webhook = self.reference = ""
        self.lead: dict[str, Any] = {}

    def checks(self) -> list[Check]:
        return [
            Check("forged trial", "A trial enquiry with a wrong signature is refused", self.refuses),
            Check("trial enquiry", "A signed enquiry is taken through the live form", self.sends),
            Check("trial lead", "It becomes a lead with contact and company, marked as a trial", self.finds),
            Check("trial notified", "The notification of it goes out", self.notified),
            Check("trial not counted", "No figure and no ordinary receiver knows of it", self.uncounted),
            Check("trial removed", "Nothing of it is left", self.removes, always=True),
        ]

    async def refuses(self) -> str:
        self._secret()
        self.form = await live_form.found(self.client)
        body, now = self._body(), int(time.time())
        wrong = {
            "of another key": signature("another key", now, body),
            "of other words": signature(self.secret, now, body + b" "),
            "of yesterday": signature(self.secret, now - VALID_S - 60, body),
            "of nobody": "t=0,v1=",
        }
        for whose, told in wrong.items():
            answer = await self._post(body, told)
            if answer.is_success:
                self.reference = answer.json().get("reference", "")
            if answer.status_code != httpx.codes.FORBIDDEN:
                raise Broken(f"A signature {whose} is answered {answer.status_code}, not 403", "Look at crm/intake.")
        return f"{len(wrong)} kinds, 403 each"

    async def sends(self) -> str:
        self._secret()
        await self._listen()
        if self.client.target.local:
            self.figures = await self._shown()
        body = self._body()
        answer = await self._post(body, signature(self.secret, int(time.time()), body))
        if answer.status_code == httpx.codes.FORBIDDEN:
            raise Broken("The service refuses our signature", f"Give both the same {VARIABLE}, and look at the clocks.")
        if answer.status_code != httpx.codes.CREATED:
            raise Broken(f"A signed enquiry is answered {answer.status_code}, not 201", LOG)
        self.reference = str(answer.json()["reference"])
        return self.reference

    async def finds(self) -> str:
        self._secret()
        told = await self._until("lead_id", "Is a worker running?")
        self.lead = (await self._ask("GET", f"/leads/{told['lead_id']}")).json()
        if self.lead["reference"] != self.reference or not self.lead.get("synthetic"):
            raise Broken(f"Lead {told['lead_id']} is not marked as the trial {self.reference}", LOG)
        if not self.lead["contact_id"] or not self.lead["company_id"]:
            raise Broken(f"Lead {told['lead_id']} has no contact or no company", LOG)
        return f"lead {told['lead_id']}"

    async def notified(self) -> str:
        self._secret()
        told = await self._until("notified_at", "Is a worker running? Look at the queue under Operations.")
        return f"at {told['notified_at']}"

    async def uncounted(self) -> str:
        self._secret()
        told = []
        if self.webhook:
            try:
                heard = await self.receiver.wait_for(self.reference, ARRIVES_S)
            except WebhookVerificationError as fault:
                raise Broken(f"The signature of {self.reference} is wrong: {fault}") from fault
            sent = (await self._ask("GET", f"{self.webhook}/deliveries")).json()["data"]
            events = {each["event"] for each in sent} | {heard["type"] if heard else ""}
            if events != {EVENT}:
                named = ", ".join(sorted(events - {""})) or "nothing"
                raise Broken(f"A receiver of every event was told {named}, not {EVENT} alone", "Look at crm/reactions.")
            told.append(f"webhooks heard {EVENT} alone")
        if self.figures:
            after = await self._shown()
            if after != self.figures:
                raise Broken(f"The first page said {self.figures}, and now {after}", "Look at today/queries.py.")
            told.append(f"the figures stand at {', '.join(f'{value} {name}' for name, value in after.items())}")
        listed = (await self._ask("GET", "/leads", params={"q": self.mark})).json()["data"]
        if any(not each.get("synthetic") for each in listed):
            raise Broken("The list of leads gives it as an ordinary one", "Look at leads/queries.py.")
        return "; ".join(told) or "marked wherever it is listed"

    async def removes(self) -> str:
        try:
            return await self._removed()
        finally:
            self.over.set()
            await self.page.leave()

    async def _removed(self) -> str:
        if self.webhook:
            await self._ask("DELETE", self.webhook, None)
        if not self.reference:
            self._secret()
            return "nothing was made"
        lead = self.lead or await self._late()
        parts = [(room, lead.get(name)) for room, name in PARTS]
        for room, number in parts:
            if number:
                await self._ask("DELETE", f"/{room}/{number}", None)
        left = [
            f"{room}/{number}"
            for room, number in parts
            if number and (await self._ask("GET", f"/{room}/{number}", None)).status_code != httpx.codes.NOT_FOUND
        ]
        if left:
            raise Broken(f"{', '.join(left)} cannot be removed", LOG)
        return "lead, contact and company"

    async def _late(self) -> dict[str, Any]:
        """The lead of a walk that broke before it looked at it."""
        told = (await self._ask("GET", f"/operations/synthetic/{self.reference}", None)).json()
        number = told.get("lead_id")
        return dict((await self._ask("GET", f"/leads/{number}")).json()) if number else {}

    def _secret(self) -> None:
        if not self.secret:
            raise Skipped(f"{VARIABLE} is not set here, so no enquiry can be signed.")

    async def _listen(self) -> None:
        """Only on this machine can the service reach us."""
        if self.client.target.local:
            wanted = {"name": self.mark, "url": self.receiver.url, "events": ["lead.created", EVENT]}
            made = (await self._ask("POST", "/webhooks", 201, json=wanted)).json()
            self.webhook, self.receiver.secret = f"/webhooks/{made['id']}", made["secret"]

    async def _shown(self) -> dict[str, str]:
        try:
            return await self.page.figures()
        except Skipped:
            return {}

    async def _until(self, wanted: str, advice: str) -> dict[str, Any]:
        deadline = time.monotonic() + ARRIVES_S
        while True:
            told = dict((await self._ask("GET", f"/operations/synthetic/{self.reference}")).json())
            if told[wanted]:
                return told
            if time.monotonic() > deadline:
                raise Broken(f"{self.reference} has no {wanted} after {ARRIVES_S:.0f} s", advice)
            await asyncio.sleep(STEP_S)

    def _body(self) -> bytes:
        """The form as a visitor leaves it: what the page presets, and what a person types."""
        typed = {
            "name": "Verification, signed",
            "email": f"trial@{self.mark}.example",
            "company": f"Verification {self.mark}",
            "message": "This is `ops verify` trying the live form. It removes itself.",
        }
        return json.dumps({**self.form.fields, **typed}).encode()

    async def _post(self, body: bytes, signed: str) -> httpx.Response:
        headers = {
            "origin": self.client.target.site_url,
            "accept": "application/json",
            "content-type": "application/json",
            "idempotency-key": str(uuid.uuid4()),
            "x-synthetic": signed,
        }
        return await self.client.ask("POST", self.form.action, None, content=body, headers=headers)

    async def _ask(self, method: str, path: str, expect: int | None = 200, **how: Any) -> httpx.Response:
        headers: Mapping[str, str] = {**await self.key.headers(), "if-match": "*"}
        return await self.client.ask(method, f"{self.api}{path}", expect, headers=headers, **how)
