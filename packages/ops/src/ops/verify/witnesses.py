"""Those who would tell of a lead: the figures of the first page, a receiver of every event, the list of leads."""

from __future__ import annotations

from ops.verify.access import Program
from ops.verify.checks import Broken, Skipped
from ops.verify.limits import may_be_pushed
from ops.verify.receiver import Receiver, WebhookVerificationError
from ops.verify.signedin import SignedIn
from ops.verify.target import Target

EVENT = "lead.synthetic"


class Witnesses:
    """They are called before the trial and heard after it. Each is left out where it cannot be had."""

    def __init__(self, program: Program, receiver: Receiver, page: SignedIn, mark: str) -> None:
        self.program, self.receiver, self.page = program, receiver, page
        self.mark = mark
        self.webhook = ""
        self.figures: dict[str, str] = {}

    @property
    def _target(self) -> Target:
        return self.program.client.target

    async def call(self) -> None:
        if self._target.local:
            # Only on this machine can the service reach us.
            wanted = {"name": self.mark, "url": self.receiver.url, "events": ["lead.created", EVENT]}
            made = (await self.program.ask("POST", "/webhooks", 201, json=wanted)).json()
            self.webhook, self.receiver.secret = f"/webhooks/{made['id']}", made["secret"]
        if may_be_pushed(self._target):
            # Elsewhere a real visitor may write meanwhile.
            self.figures = await self._shown()

    async def hear(self, reference: str, patience_s: float) -> str:
        """What they say, where none of them counts it. Raises `Broken`."""
        told = []
        if self.webhook:
            await self._events(reference, patience_s)
            told.append(f"webhooks heard {EVENT} alone")
        if self.figures:
            after = await self._shown()
            if after != self.figures:
                said = f"The first page said {self.figures}, and now {after}"
                raise Broken(said, "Look at today/queries.py of the CRM.")
            told.append(f"the figures stand at {', '.join(f'{value} {name}' for name, value in after.items())}")
        listed = (await self.program.ask("GET", "/leads", params={"q": self.mark})).json()["data"]
        if not all(each.get("synthetic") for each in listed):
            raise Broken("The list of leads gives it as an ordinary one", "Look at leads/queries.py of the CRM.")
        return "; ".join(told) or "marked wherever it is listed"

    async def dismiss(self) -> None:
        """Nothing of them stays."""
        await self.page.leave()
        if self.webhook:
            await self.program.ask("DELETE", self.webhook, None)

    async def _events(self, reference: str, patience_s: float) -> None:
        try:
            heard = await self.receiver.wait_for(reference, patience_s)
        except WebhookVerificationError as fault:
            raise Broken(f"The signature of {reference} is wrong: {fault}", "Look at webhooks/signing.py.") from fault
        if heard is None:
            raise Broken(f"No webhook told of {reference} within {patience_s:.0f} s", "Is a worker running?")
        sent = (await self.program.ask("GET", f"{self.webhook}/deliveries")).json()["data"]
        events = {heard["type"], *(each["event"] for each in sent)}
        if events != {EVENT}:
            said = f"A receiver of every event was told {', '.join(sorted(events))}, not {EVENT} alone"
            raise Broken(said, "Look at reactions.py of the CRM.")

    async def _shown(self) -> dict[str, str]:
        try:
            return await self.page.figures()
        except Skipped:
            return {}
