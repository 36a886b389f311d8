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
from ops.verify.access import Key, Program
from ops.verify.checks import Broken, Check, Skipped
from ops.verify.client import Client
from ops.verify.page import Form
from ops.verify.receiver import Receiver
from ops.verify.signature import VALID_S, VARIABLE, signature
from ops.verify.signedin import SignedIn
from ops.verify.witnesses import Witnesses

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
        self.client, self.secret, self.over = client, secret, over
        self.patience_s = patience_s
        self.mark = key.name.replace("verify", "synthetic")
        self.program = Program(client, key)
        self.witnesses = Witnesses(self.program, receiver, page, self.mark)
        self.form = Form("", "")
        self.reference = ""
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
        await self.witnesses.call()
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
        self.lead = (await self.program.ask("GET", f"/leads/{told['lead_id']}")).json()
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
        return await self.witnesses.hear(self.reference, self.patience_s)

    async def removes(self) -> str:
        try:
            await self.witnesses.dismiss()
            return await self._removed()
        finally:
            self.over.set()

    async def _removed(self) -> str:
        if not self.reference:
            await self._ready()
            return "nothing was made"
        gone = await self.program.ask("DELETE", f"/operations/synthetic/{self.reference}", None)
        parts = [f"/{room}/{self.lead[name]}" for room, name in PARTS if self.lead.get(name)]
        left = [
            part for part in parts if (await self.program.ask("GET", part, None)).status_code != httpx.codes.NOT_FOUND
        ]
        if left or gone.status_code != httpx.codes.NO_CONTENT:
            what = ", ".join(left) or self.reference
            raise Broken(f"{what} cannot be removed ({gone.status_code})", f"Remove it by hand. {LOG}")
        return "lead, contact and company"

    async def _ready(self) -> None:
        """Raises `Skipped` where one of the keys is missing."""
        if not self.secret:
            raise Skipped(f"{VARIABLE} is not set here, so no enquiry can be signed.")
        await self.program.key.value()

    async def _until(self, wanted: str, advice: str) -> dict[str, Any]:
        deadline = time.monotonic() + self.patience_s
        while True:
            told = dict((await self.program.ask("GET", f"/operations/synthetic/{self.reference}")).json())
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
