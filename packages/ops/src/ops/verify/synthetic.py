"""A signed enquiry through the live form, followed to lead and notification, counted by nobody, and removed.

It may be made where real visitors write: no report, no channel of the owner and no ordinary receiver hears of it.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from typing import Any

import httpx

from ops.verify import live_form
from ops.verify.access import Key
from ops.verify.checks import Broken, Check, Skipped
from ops.verify.client import Client
from ops.verify.limits import may_be_pushed
from ops.verify.page import Form
from ops.verify.receiver import Receiver, WebhookVerificationError
from ops.verify.signature import VALID_S, VARIABLE, signature
from ops.verify.signedin import SignedIn

EVENT = "lead.synthetic"
ARRIVES_S = 30.0
STEP_S = 0.1
PARTS = (("leads", "id"), ("contacts", "contact_id"), ("companies", "company_id"))
"""What is made of an enquiry, and by what name its lead tells the number."""
LOG = "Look at the service's log."


class Synthetic:
    """Each check builds on the ones before it; the last clears away whatever there is, and opens `over`."""

    def __init__(
        self,
        client: Client,
        key: Key,
        receiver: Receiver,
        *,
        page: SignedIn,
        secret: str,
        over: asyncio.Event,
        patience_s: float = ARRIVES_S,
    ) -> None:
        self.client, self.key, self.receiver = client, key, receiver
        self.page, self.secret, self.over = page, secret, over
        self.patience_s = patience_s
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
        await self._ready()
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
                raise Broken(
                    f"A signature {whose} is answered {answer.status_code}, not 403",
                    "Look at intake/synthetic.py of the CRM.",
                )
        return f"{len(wrong)} kinds, 403 each"

    async def sends(self) -> str:
        await self._ready()
        await self._listen()
        if may_be_pushed(self.client.target):
            # Elsewhere a real visitor may write meanwhile.
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
        await self._ready()
        told = await self._until("lead_id", "Is a worker running?")
        self.lead = (await self._ask("GET", f"/leads/{told['lead_id']}")).json()
        if self.lead["reference"] != self.reference or not self.lead.get("synthetic"):
            raise Broken(f"Lead {told['lead_id']} is not marked as the trial {self.reference}", LOG)
        if not self.lead["contact_id"] or not self.lead["company_id"]:
            raise Broken(f"Lead {told['lead_id']} has no contact or no company", LOG)
        return f"lead {told['lead_id']}"

    async def notified(self) -> str:
        await self._ready()
        told = await self._until("notified_at", "Is a worker running? Look at the queue under Operations.")
        return f"at {told['notified_at']}"

    async def uncounted(self) -> str:
        await self._ready()
        told = []
        if self.webhook:
            try:
                heard = await self.receiver.wait_for(self.reference, self.patience_s)
            except WebhookVerificationError as fault:
                raise Broken(f"The signature of {self.reference} is wrong: {fault}") from fault
            sent = (await self._ask("GET", f"{self.webhook}/deliveries")).json()["data"]
            events = {each["event"] for each in sent} | {heard["type"] if heard else ""}
            if events != {EVENT}:
                named = ", ".join(sorted(events - {""})) or "nothing"
                raise Broken(
                    f"A receiver of every event was told {named}, not {EVENT} alone", "Look at crm/reactions.py."
                )
            told.append(f"webhooks heard {EVENT} alone")
        if self.figures:
            after = await self._shown()
            if after != self.figures:
                raise Broken(
                    f"The first page said {self.figures}, and now {after}", "Look at today/queries.py of the CRM."
                )
            told.append(f"the figures stand at {', '.join(f'{value} {name}' for name, value in after.items())}")
        listed = (await self._ask("GET", "/leads", params={"q": self.mark})).json()["data"]
        if not all(each.get("synthetic") for each in listed):
            raise Broken("The list of leads gives it as an ordinary one", "Look at leads/queries.py of the CRM.")
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
            await self._ready()
            return "nothing was made"
        gone = await self._ask("DELETE", f"/operations/synthetic/{self.reference}", None)
        parts = [f"/{room}/{self.lead[name]}" for room, name in PARTS if self.lead.get(name)]
        left = [part for part in parts if (await self._ask("GET", part, None)).status_code != httpx.codes.NOT_FOUND]
        if left or gone.status_code != httpx.codes.NO_CONTENT:
            what = ", ".join(left) or self.reference
            raise Broken(f"{what} cannot be removed ({gone.status_code})", f"Remove it by hand. {LOG}")
        return "lead, contact and company"

    async def _ready(self) -> None:
        """Raises `Skipped` where one of the keys is missing."""
        if not self.secret:
            raise Skipped(f"{VARIABLE} is not set here, so no enquiry can be signed.")
        await self.key.value()

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
        deadline = time.monotonic() + self.patience_s
        while True:
            told = dict((await self._ask("GET", f"/operations/synthetic/{self.reference}")).json())
            if told[wanted]:
                return told
            if time.monotonic() > deadline:
                raise Broken(f"{self.reference} has no {wanted} after {self.patience_s:.0f} s", advice)
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
        headers = {**await self.key.headers(), "if-match": "*"}
        return await self.client.ask(method, f"{self.api}{path}", expect, headers=headers, **how)
