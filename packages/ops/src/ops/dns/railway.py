"""What Railway asks for: a host of its own for each custom domain, and a TXT record that proves whose the domain is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ops.dns.faults import Unusable
from ops.dns.records import POINTING, Record, record
from ops.railway.api import ADDRESS, Api

# The proof is not among `dnsRecords`; without it the edge answers 404 although the host resolves.
DOMAINS = (
    "query($project: String!, $environment: String!, $service: String!) {"
    " domains(projectId: $project, environmentId: $environment, serviceId: $service) {"
    " customDomains { domain status { verificationDnsHost verificationToken"
    " dnsRecords { fqdn recordType requiredValue } } } } }"
)
PREFIX = "DNS_RECORD_TYPE_"


def records(token: str, zone: str, ttl: int, address: str = ADDRESS) -> Sequence[Record]:
    """All of the zone's records that the environment of the token asks for.

    Raises `ops.railway.faults.Unanswered`, or `Unusable` for an answer that is no record.
    """
    found: list[Record] = []
    with Api(token, address) as api:
        project, environment = api.place()
        _, names = api.names(project)
        for service in names:
            told = api.ask(DOMAINS, project=project, environment=environment, service=service)["domains"]
            for custom in told["customDomains"]:
                if f".{custom['domain']}".endswith(f".{zone}"):
                    found += _of_domain(custom, zone, ttl)
    return found


def _of_domain(custom: dict[str, Any], zone: str, ttl: int) -> Iterator[Record]:
    status = custom["status"]
    for told in status["dnsRecords"]:
        kind = told["recordType"].removeprefix(PREFIX)
        if kind not in ("A", "CNAME", "NS"):
            raise Unusable(f"Railway asks for a record of the type {kind} at {told['fqdn']}, which is not known here.")
        value = told["requiredValue"]
        yield record(told["fqdn"], kind, ttl, [f"{value.rstrip('.')}." if kind in POINTING else value])
    host, token = status.get("verificationDnsHost"), status.get("verificationToken")
    if host and token:
        full = host.rstrip(".")
        yield record(full if f".{full}".endswith(f".{zone}") else f"{full}.{zone}", "TXT", ttl, [token])
