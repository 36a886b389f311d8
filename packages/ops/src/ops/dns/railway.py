"""What Railway asks for: a host of its own for each custom domain, and a TXT record that proves who owns the domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ops.dns.records import POINTING, Record, RecordError, record
from ops.railway.api import URL, RailwayApi

# The proof is not among `dnsRecords`; without it the edge answers 404 although the host resolves.
DOMAINS = (
    "query($project: String!, $environment: String!, $service: String!) {"
    " domains(projectId: $project, environmentId: $environment, serviceId: $service) {"
    " customDomains { domain status { verificationDnsHost verificationToken"
    " dnsRecords { fqdn recordType requiredValue } } } } }"
)


def read_railway_records(token: str, zone: str, ttl: int, address: str = URL) -> Sequence[Record]:
    """Returns the zone's records that the environment of the token asks for.

    Raises `OpsError`, or `RecordError` for an answer that is no record.
    """
    found: list[Record] = []
    with RailwayApi(token, address) as api:
        project, environment = api.place()
        _, names = api.names(project)
        for service in names:
            answer = api.ask(DOMAINS, project=project, environment=environment, service=service)
            for domain in answer["domains"]["customDomains"]:
                if f".{domain['domain']}".endswith(f".{zone}"):
                    found += _read_domain(domain["status"], zone, ttl)
    return found


def _read_domain(status: dict[str, Any], zone: str, ttl: int) -> Iterator[Record]:
    for each in status["dnsRecords"]:
        name, kind, value = each["fqdn"], each["recordType"].removeprefix("DNS_RECORD_TYPE_"), each["requiredValue"]
        if kind not in ("A", "CNAME", "NS"):
            raise RecordError(f"Railway asks for a record of the type {kind} at {name}, which is not known here.")
        yield record(name, kind, ttl, [f"{value.rstrip('.')}." if kind in POINTING else value])
    host, token = status.get("verificationDnsHost"), status.get("verificationToken")
    if host and token:
        full = host.rstrip(".")
        yield record(full if f".{full}".endswith(f".{zone}") else f"{full}.{zone}", "TXT", ttl, [token])
