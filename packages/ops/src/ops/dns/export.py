"""The records in other formats: a zone file, octoDNS's own, a request to Cloudflare."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

from octodns.yaml import safe_dump
from octodns.zone import Zone
from octodns_cloudflare import CloudflareProvider

from ops.dns.provider import to_octo
from ops.dns.records import Awaited, Record, zone_form


def export_bind(zone: str, records: Sequence[Record], awaited: Sequence[Awaited]) -> str:
    """Returns a zone file without SOA and NS, which belong to the server. A comment says what no zone file can."""
    lines = [f"$ORIGIN {zone}.", *(f"; awaited: {each.name}. {each.type} (ask {each.source})" for each in awaited)]
    for record in records:
        head = "; ALIAS cannot be in a zone file: " if record.type == "ALIAS" else ""
        prefix = f"{head}{record.name}. {record.ttl} IN {record.type}"
        lines += [f"{prefix} {zone_form(record.type, value)}" for value in record.values]
    return "\n".join(lines) + "\n"


def export_octodns(zone: str, records: Sequence[Record]) -> str:
    """Returns the file `config/ZONE.yaml` of octoDNS. Raises `RecordError`."""
    names: dict[str, list[dict[str, object]]] = {}
    for record in records:
        octo = to_octo(Zone(f"{zone}.", []), record)
        names.setdefault(octo.name, []).append({"type": octo._type, **octo.data})
    out = io.StringIO()
    safe_dump({name: each if len(each) > 1 else each[0] for name, each in names.items()}, out)
    return out.getvalue()


def export_cloudflare(zone: str, records: Sequence[Record]) -> str:
    """Returns the body of `POST /zones/ID/dns_records/batch`. Raises `RecordError`."""
    provider = CloudflareProvider("export", token="", pagerules=False)
    octo = Zone(f"{zone}.", [])
    posts = [data for record in records for data in provider._gen_data(to_octo(octo, record))]
    return json.dumps({"posts": posts}, indent=2) + "\n"
