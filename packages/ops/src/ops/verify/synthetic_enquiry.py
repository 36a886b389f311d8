"""Checks of a signed enquiry: it goes through the live form to lead and notification, is not counted, and is removed.

It may be sent where real visitors write: no report, no channel of the owner and no ordinary webhook learns of it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from ops.verify.checks import CheckSkippedError, require, skip_unless
from ops.verify.context import LOG, VerifyContext
from ops.verify.enquiry import (
    RECORDS,
    SIGNATURE_VALID_S,
    SYNTHETIC,
    SYNTHETIC_VARIABLE,
    enquiry_check,
    expect_webhook,
    fill_form,
    find_synthetic_key,
    open_webhook,
    send_form,
    sign,
)  # fmt: skip
from ops.verify.exposure import read_figures

INTAKE = "Look at intake/synthetic.py of the CRM."


@enquiry_check("forged enquiry", "A synthetic enquiry with a wrong signature is refused")
async def check_forged(context: VerifyContext) -> str:
    key, now = find_synthetic_key(context), int(context.clock.now())
    skip_unless(key, f"{SYNTHETIC_VARIABLE} is not set here, so no enquiry can be signed.")
    await context.key_headers()
    forgeries: dict[str, Callable[[bytes], str]] = {
        "of another key": lambda body: sign("another key", now, body),
        "of another body": lambda body: sign(key, now, body + b" "),
        "of yesterday": lambda body: sign(key, now - SIGNATURE_VALID_S - 60, body),
        "without a digest": lambda _: "t=0,v1=",
    }
    for kind, forge in forgeries.items():
        response = await _send(context, forge)
        if response.is_success:
            await context.api("DELETE", f"/operations/synthetic/{response.json()['reference']}", None)
        refused = response.status_code == httpx.codes.FORBIDDEN
        require(refused, f"A signature {kind} is answered {response.status_code}, not 403", INTAKE)
    return f"{len(forgeries)} kinds, 403 each"


@enquiry_check("synthetic enquiry", "A signed enquiry is accepted through the live form", needs=(check_forged,))
async def check_sent(context: VerifyContext) -> str:
    if context.target.local:
        # Only on this machine can the service reach us.
        await context.once(open_webhook)
    await context.once(read_figures_before)
    return await context.once(send_signed)


@enquiry_check("synthetic lead", "It becomes a lead with contact and company, marked as synthetic", needs=(check_sent,))
async def check_lead(context: VerifyContext) -> str:
    lead, reference = await context.once(load_lead), await context.once(send_signed)
    marked = lead["reference"] == reference and lead.get("synthetic")
    require(marked, f"Lead {lead['id']} is not marked as the synthetic {reference}", LOG)
    require(lead["contact_id"] and lead["company_id"], f"Lead {lead['id']} has no contact or no company", LOG)
    return f"lead {lead['id']}"


@enquiry_check("synthetic notification", "The notification about it is sent", needs=(check_lead,))
async def check_notification(context: VerifyContext) -> str:
    return f"at {await _wait_for(context, 'notified_at')}"


@enquiry_check("synthetic not counted", "No figure and no ordinary webhook knows of it", needs=(check_notification,))
async def check_not_counted(context: VerifyContext) -> str:
    evidence = [await _check_events(context)] if context.target.local else []
    if before := await context.once(read_figures_before):
        after = await read_figures(context)
        require(after == before, f"The first page showed {before}, now {after}", "Look at today/queries.py of the CRM.")
        evidence.append(f"the figures stay at {', '.join(f'{value} {label}' for label, value in after.items())}")
    listed = (await context.api("GET", "/leads", params={"q": context.mark})).json()["data"]
    require(not listed, "The list of leads shows it", "Look at leads/actions.py of the CRM.")
    return "; ".join(evidence) or "in no list"


@enquiry_check("synthetic removed", "Nothing of it is left", needs=(), after=(check_not_counted,))
async def check_removed(context: VerifyContext) -> str:
    reference, lead = context.get_loaded(send_signed) or "", context.get_loaded(load_lead) or {}
    skip_unless(reference, "No synthetic enquiry was sent.")
    status = (await context.api("DELETE", f"/operations/synthetic/{reference}", None)).status_code
    paths = [f"/{noun}/{lead[field]}" for noun, field in RECORDS.items() if lead.get(field)]
    left = [path for path in paths if (await context.api("GET", path, None)).status_code != httpx.codes.NOT_FOUND]
    left += [reference] if status != httpx.codes.NO_CONTENT else []
    require(not left, f"{', '.join(left)} cannot be removed ({status})", f"Remove it by hand. {LOG}")
    return "lead, contact and company"


async def send_signed(context: VerifyContext) -> str:
    """Returns the reference of the enquiry."""
    key, now = find_synthetic_key(context), int(context.clock.now())
    response = await _send(context, lambda body: sign(key, now, body))
    refused = response.status_code == httpx.codes.FORBIDDEN
    require(
        not refused, "The service refuses our signature", f"Give both one {SYNTHETIC_VARIABLE}, and look at clocks."
    )
    require(response.is_success, f"A signed enquiry is answered {response.status_code}, not 201", LOG)
    return str(response.json()["reference"])


async def load_lead(context: VerifyContext) -> dict[str, Any]:
    return dict((await context.api("GET", f"/leads/{await _wait_for(context, 'lead_id')}")).json())


async def read_figures_before(context: VerifyContext) -> dict[str, str]:
    """Returns nothing where no user is known, or where a real visitor may write meanwhile."""
    try:
        return await read_figures(context) if context.target.is_on_this_machine else {}
    except CheckSkippedError:
        return {}


async def _check_events(context: VerifyContext) -> str:
    endpoint, reference = await context.once(open_webhook), await context.once(send_signed)
    message = await expect_webhook(context, endpoint, reference)
    deliveries = (await context.api("GET", f"{endpoint.path}/deliveries")).json()["data"]
    events = {message["type"], *(each["event"] for each in deliveries)}
    detail = f"A webhook for every event received {', '.join(sorted(events))}, not {SYNTHETIC} alone"
    require(events == {SYNTHETIC}, detail, "Look at reactions.py of the CRM.")
    return f"webhooks received {SYNTHETIC} alone"


async def _wait_for(context: VerifyContext, field: str) -> Any:
    reference = await context.once(send_signed)

    async def ask() -> Any:
        return (await context.api("GET", f"/operations/synthetic/{reference}")).json()[field]

    value, timeout = await context.poll(ask), f"{context.arrival_timeout_s:.0f} s"
    require(value, f"{reference} has no {field} after {timeout}", "Is a worker running? Look at the queue.")
    return value


async def _send(context: VerifyContext, make_signature: Callable[[bytes], str]) -> httpx.Response:
    body = json.dumps(await fill_form(context, "synthetic")).encode()
    headers = {"content-type": "application/json", "idempotency-key": str(uuid.uuid4())}
    return await send_form(context, None, headers={**headers, "x-synthetic": make_signature(body)}, content=body)
