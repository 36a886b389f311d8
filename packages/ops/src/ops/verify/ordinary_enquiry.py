"""Checks of ordinary enquiries, from the live form to the leads and a webhook. Only a local target gets any.

They follow the synthetic enquiry, so that its checks can compare what is counted. The last check removes them.
"""

from __future__ import annotations

import uuid
from typing import Any

from ops.verify.checks import require
from ops.verify.context import LOG, VerifyContext
from ops.verify.enquiry import CREATED, RECORDS, enquiry_check, expect_webhook, fill_form, open_webhook, send_form
from ops.verify.synthetic_enquiry import check_removed


@enquiry_check("invalid enquiry", "All invalid fields are named at once")
async def check_invalid(context: VerifyContext) -> str:
    fields = {**await fill_form(context, "invalid"), "name": "", "email": "nobody"}
    named = {error["field"] for error in (await send_form(context, 422, json=fields)).json()["errors"]}
    require(named == {"name", "email"}, f"An invalid name and email are reported as {sorted(named)}", LOG)
    return "name and email named together"


@enquiry_check("plain enquiry", "Without script, it leads to thanks", needs=(check_invalid,), after=(check_removed,))
async def check_plain(context: VerifyContext) -> str:
    await context.once(open_webhook)
    fields = await fill_form(context, "plain")
    response = await send_form(context, 303, data=fields, headers={"accept": "text/html"})
    await context.get(response.headers["location"])
    return f"303 to {response.headers['location']}"


@enquiry_check("enquiry", "Sent with script, it gets a reference, and the same one again", needs=(check_plain,))
async def check_enquiry(context: VerifyContext) -> str:
    fields, headers = await fill_form(context, "script"), {"idempotency-key": str(uuid.uuid4())}
    first, second = [(await send_form(context, None, headers=headers, json=fields)).json() for _ in range(2)]
    same = first["reference"] == second["reference"]
    require(same, f"Sent again, {first['reference']} became {second['reference']}", LOG)
    return str(first["reference"])


@enquiry_check("lead", "Both become leads with contact and company, and a webhook is called", needs=(check_enquiry,))
async def check_leads(context: VerifyContext) -> str:
    async def ask() -> list[dict[str, Any]] | None:
        leads = await _search(context, "leads")
        return leads if len(leads) >= 2 else None

    leads = await context.poll(ask) or await _search(context, "leads")
    require(len(leads) == 2, f"Two enquiries became {len(leads)} leads", LOG)
    for lead in leads:
        whole = lead["contact_id"] and lead["company_id"]
        require(whole, f"Lead {lead['reference']} has no contact or no company", LOG)
        await expect_webhook(context, await context.once(open_webhook), lead["reference"])
    return f"{', '.join(lead['reference'] for lead in leads)}; {CREATED} for each, signature right"


@enquiry_check("removed", "Nothing of them is left", after=(check_leads,))
async def check_all_removed(context: VerifyContext) -> str:
    # Leads go first, since they hold on to contacts and companies.
    for noun in RECORDS:
        for record in await _search(context, noun):
            await context.api("DELETE", f"/{noun}/{record['id']}", None)
    left = [f"{noun}/{record['id']}" for noun in RECORDS for record in await _search(context, noun)]
    require(not left, f"{', '.join(left)} cannot be removed", LOG)
    return "leads, submissions, contacts and company"


async def _search(context: VerifyContext, noun: str) -> list[dict[str, Any]]:
    response = await context.api("GET", f"/{noun}", params={"q": f"{context.mark}.example", "limit": "100"})
    return list(response.json()["data"])
