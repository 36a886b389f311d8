"""The records in the forms of others: a zone file, octoDNS's own, a request to Cloudflare."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

from ops.dns.records import Awaited, Record, zone_form


def bind(zone: str, records: Sequence[Record], awaited: Sequence[Awaited] = ()) -> str:
    """A zone file without SOA and NS, which are the server's own. What no zone file can say is a comment."""
    lines = [f"$ORIGIN {zone}.", *(_comment(each) for each in awaited)]
    for record in records:
        head = "; ALIAS cannot be in a zone file: " if record.type == "ALIAS" else ""
        lines += [
            f"{head}{record.name}. {record.ttl} IN {record.type} {zone_form(record.type, value)}"
            for value in record.values
        ]
    return "\n".join(lines) + "\n"


def octodns(zone: str, records: Sequence[Record]) -> str:
    """The file `config/ZONE.yaml` of octoDNS. Raises `Unusable`."""
    from octodns.yaml import safe_dump  # noqa: PLC0415 only these two need octoDNS
    from octodns.zone import Zone  # noqa: PLC0415

    from ops.dns.provider import to_octo  # noqa: PLC0415

    names: dict[str, list[dict[str, object]]] = {}
    for record in records:
        octo = to_octo(Zone(f"{zone}.", []), record)
        names.setdefault(octo.name, []).append({"type": octo._type, **octo.data})
    out = io.StringIO()
    safe_dump({name: each if len(each) > 1 else each[0] for name, each in names.items()}, out)
    return out.getvalue()


def cloudflare(zone: str, records: Sequence[Record]) -> str:
    """The body of `POST /zones/ID/dns_records/batch`. Raises `Unusable`."""
    from octodns.zone import Zone  # noqa: PLC0415
    from octodns_cloudflare import CloudflareProvider  # noqa: PLC0415

    from ops.dns.provider import to_octo  # noqa: PLC0415

    provider = CloudflareProvider("export", token="", pagerules=False)
    octo = Zone(f"{zone}.", [])
    posts = [data for record in records for data in provider._gen_data(to_octo(octo, record))]
    return json.dumps({"posts": posts}, indent=2) + "\n"


def _comment(each: Awaited) -> str:
    return f"; awaited: {each.name}. {each.type} (ask {each.source})"
