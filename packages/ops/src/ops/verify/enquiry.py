"""One enquiry, from the live form to the lead and to a receiver of webhooks, and then removed without a trace."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import suppress
from typing import Any

import httpx

from ops.verify import live_form
from ops.verify.access import Key
from ops.verify.checks import Broken, Check
from ops.verify.client import Client
from ops.verify.page import Form
from ops.verify.receiver import Receiver, WebhookVerificationError

ARRIVES_S = 10.0
STEP_S = 0.05
LOG = "Look at the service's log."


class Enquiry:
    """Each check builds on what the ones before it found; `removed` clears away whatever there is.

    Nothing is sent before `turn`, so that others may count what there is.
    """

    def __init__(self, client: Client, key: Key, receiver: Receiver, turn: asyncio.Event) -> None:
        self.client = client
        self.key = key
        self.receiver = receiver
        self.turn = turn
        self.api = f"{client.target.crm_url}/api"
        self.mark = key.name
        self.domain = f"{self.mark}.example"
        self.webhook = ""
        self.form = Form("", "")
        self.sending: dict[str, Any] = {}
        self.reference = ""
        self.leads: list[dict[str, Any]] = []

    def checks(self) -> list[Check]:
        return [
            Check("key", "A program can be given a key", self.gets_key),
            Check("webhook", "A receiver can be registered", self.registers),
            Check("form", "The landing page's form posts here, with every field", self.finds_form),
            Check("faulty enquiry", "All that is wrong is told at once", self.sends_faulty),
            Check("plain enquiry", "Sent without script, it is thanked on a page", self.sends_plain),
            Check("enquiry", "Sent with script, it gets a reference", self.sends),
            Check("repeated enquiry", "The same sending twice is one enquiry", self.repeats),
            Check("lead", "Each has become a lead with its contact and company", self.finds_leads),
            Check("delivery", "The receiver has heard of each, signed", self.hears),
            Check("removed", "Nothing of it is left", self.removes, always=True),
        ]

    async def gets_key(self) -> str:
        await self.key.value()
        me = (await self._api("GET", "/v1/me")).json()
        return f"{me['name']}, {len(me['scopes'])} scopes"

    async def registers(self) -> str:
        wanted = {"name": self.mark, "url": self.receiver.url, "events": ["lead.created"]}
        made = (await self._api("POST", "/v1/webhooks", 201, json=wanted)).json()
        self.webhook, self.receiver.secret = f"/v1/webhooks/{made['id']}", made["secret"]
        return self.receiver.url

    async def finds_form(self) -> str:
        self.form = await live_form.found(self.client)
        return self.form.action

    async def sends_faulty(self) -> str:
        answer = await self._send(422, json={**self._filled("faulty"), "name": "", "email": "nobody"})
        named = {fault["field"] for fault in answer.json().get("errors", [])}
        if named != {"name", "email"}:
            raise Broken(f"Faults in name and email are told as {sorted(named)}", LOG)
        return "name and email named together"

    async def sends_plain(self) -> str:
        await self.turn.wait()
        answer = await self._send(303, data=self._filled("plain"), headers={"accept": "text/html"})
        thanks = answer.headers["location"]
        await self.client.get(thanks)
        return f"303 to {thanks}"

    async def sends(self) -> str:
        self.sending = {"json": self._filled("script"), "headers": {"idempotency-key": str(uuid.uuid4())}}
        self.reference = (await self._send(201, **self.sending)).json()["reference"]
        return self.reference

    async def repeats(self) -> str:
        again = (await self._send(None, **self.sending)).json().get("reference")
        if again != self.reference:
            raise Broken(f"Sent again, {self.reference} became {again}", LOG)
        return "the same reference"

    async def finds_leads(self) -> str:
        deadline = time.monotonic() + ARRIVES_S
        while len(self.leads) < 2 and time.monotonic() < deadline:
            self.leads = await self._found()
            await asyncio.sleep(STEP_S)
        if len(self.leads) != 2:
            raise Broken(f"Two enquiries made {len(self.leads)} leads", LOG)
        if self.reference not in {lead["reference"] for lead in self.leads}:
            raise Broken(f"No lead carries the reference {self.reference}", LOG)
        for lead in self.leads:
            if not lead["contact_id"] or not lead["company_id"]:
                raise Broken(f"Lead {lead['reference']} has no contact or no company", LOG)
        return f"{len(self.leads)} leads of {self.domain}"

    async def hears(self) -> str:
        for lead in self.leads:
            try:
                told = await self.receiver.wait_for(lead["reference"], ARRIVES_S)
            except WebhookVerificationError as fault:
                raise Broken(f"The signature of {lead['reference']} is wrong: {fault}") from fault
            if told is None:
                raise Broken(f"Nothing about {lead['reference']} came within {ARRIVES_S:.0f} s", "Is a worker running?")
        return "lead.created for each, signature right"

    async def removes(self) -> str:
        left = await self._remove_all() if await self._works() else []
        if left:
            raise Broken(f"{', '.join(left)} cannot be removed", LOG)
        return "leads, submissions, contacts, company and webhook"

    async def _works(self) -> bool:
        with suppress(Broken):
            return (await self._api("GET", "/v1/me", None)).status_code == 200
        return False

    async def _remove_all(self) -> list[str]:
        """What could not be removed. Leads go first, since they hold on to contacts and companies."""
        if self.webhook:
            await self._api("DELETE", self.webhook, None, headers={"if-match": "*"})
        left = []
        for room in ("leads", "contacts", "companies"):
            for record in await self._found(room):
                await self._api("DELETE", f"/v1/{room}/{record['id']}", None, headers={"if-match": "*"})
            left += [f"{room}/{record['id']}" for record in await self._found(room)]
        return left

    def _filled(self, how: str) -> dict[str, str]:
        """The form as a visitor leaves it: what the page presets, and what a person types."""
        return {
            **self.form.fields,
            "name": f"Verification, {how}",
            "email": f"{how}@{self.domain}",
            "company": f"Verification {self.mark}",
            "message": f"This is `ops verify` trying the form ({how}). It removes itself.",
        }

    async def _send(self, expect: int | None, **how: Any) -> httpx.Response:
        headers = {"origin": self.client.target.site_url, "accept": "application/json", **how.pop("headers", {})}
        return await self.client.ask("POST", self.form.action, expect, headers=headers, **how)

    async def _api(self, method: str, path: str, expect: int | None = 200, **how: Any) -> httpx.Response:
        headers = {**await self.key.headers(), **how.pop("headers", {})}
        return await self.client.ask(method, f"{self.api}{path}", expect, headers=headers, **how)

    async def _found(self, room: str = "leads") -> list[dict[str, Any]]:
        answer = await self._api("GET", f"/v1/{room}", params={"q": self.domain, "limit": "100"})
        return list(answer.json()["data"])
