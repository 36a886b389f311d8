"""Webhooks: does the one way out lead out? Asked as the service would, with its own rules about addresses."""

from __future__ import annotations

import asyncio

from crm.kernel.security import outbound
from ops.doctor.case import Case
from ops.doctor.findings import Finding, Group, Ward


def findings(case: Case, reach: str = "") -> list[Finding]:
    """Calls `reach`, or the public site, and looks whether anybody answers."""
    ward = Ward(Group.WEBHOOKS)
    if case.config is None:
        ward.unknown("The service would not start, so it calls nobody", "ops doctor --only variables")
        return ward.findings
    url = reach or f"{case.facts.url}/"
    try:
        answer = asyncio.run(outbound.send(case.config, "HEAD", url, {}, b""))
    except outbound.NoAnswer as fault:
        report = ward.wrong if case.production or reach else ward.weak
        report(f"No webhook leaves this machine: {fault.reason}", f"curl --head {url}")
        return ward.findings
    ward.fine(f"{url} answers {answer.status} within {answer.took_ms} ms")
    return ward.findings
