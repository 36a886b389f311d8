"""Whether webhooks leave this machine, tried as the service does it, with its own rules about addresses."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from crm.kernel.security import outbound
from ops.doctor.context import DoctorContext
from ops.doctor.findings import FINE, UNKNOWN, WEAK, WRONG, Findings


def check(context: DoctorContext, findings: Findings) -> None:
    """Calls the address of --reach, or the public site, and checks that anybody answers."""
    if context.config is None:
        findings.add(UNKNOWN, "The service would not start, so it calls nobody", "ops doctor --only variables")
        return
    url = context.webhook_url or f"{context.facts.url}/"
    try:
        response = asyncio.run(outbound.send(context.config, "HEAD", url, {}, b""))
    except outbound.OutboundError as error:
        context.require_network(urlsplit(url).hostname)
        severity = WRONG if context.is_production or context.webhook_url else WEAK
        findings.add(severity, f"No webhook leaves this machine: {error.reason}", f"curl --head {url}")
    else:
        findings.add(FINE, f"{url} answers {response.status} within {response.took_ms} ms")
