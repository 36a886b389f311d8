"""octoDNS as a library: our records to its own and back, and the provider that keeps the zone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

import dns.exception
import requests
from octodns.provider import SupportsException
from octodns.provider.base import BaseProvider
from octodns.record import Record as OctoRecord
from octodns.record import ValidationError
from octodns.record.rr import Rrset
from octodns.zone import Zone
from octodns_bind import AxfrSourceException, Rfc2136Provider, Rfc2136ProviderException
from octodns_cloudflare import (
    Cloudflare5xxError,
    CloudflareAuthenticationError,
    CloudflareError,
    CloudflareProvider,
    CloudflareRateLimitError,
)

from ops.dns.faults import Trouble, Unanswered, Unusable
from ops.dns.records import Record, from_zone_form, zone_form

CLOUDFLARE = "https://api.cloudflare.com/client/v4"
PATIENCE_S = 15
HOW_TO_ENTER = "Make one under My Profile, API Tokens, with the right Zone, DNS, Edit for this zone."
KEY = re.compile(r"(?:(hmac-[a-z0-9-]+):)?([^:\s]+):([A-Za-z0-9+/=]+)")


def named(name: str, environ: Mapping[str, str], zone: str, api: str | None = None) -> BaseProvider:
    """The provider that `site.toml` names, with what it is let in with. Raises `Trouble`."""
    _rules()
    provider = _cloudflare(environ, api) if name == "cloudflare" else _rfc2136(environ)
    with trouble():
        if isinstance(provider, CloudflareProvider) and f"{zone}." not in provider.zones:
            seen = ", ".join(sorted(each.rstrip(".") for each in provider.zones)) or "none"
            raise Unanswered(
                f"Cloudflare shows this token no zone {zone}, but {seen}. Add it there, or widen the token."
            )
    return provider


def to_octo(zone: Zone, record: Record) -> OctoRecord:
    """Raises `Unusable` where octoDNS finds the record wrong."""
    _rules()
    # Its providers do not escape these alike, so another text would arrive, or be seen.
    if record.type == "TXT" and any(sign in value for value in record.values for sign in '"\\'):
        raise Unusable(f"{record.name} TXT: octoDNS cannot carry a quote or a backslash. Write it without, or by hand.")
    values = [zone_form(record.type, value) for value in record.values]
    try:
        return OctoRecord.from_rrset(zone, Rrset(f"{record.name}.", record.type, record.ttl, values))
    except (ValidationError, dns.exception.DNSException) as fault:
        raise Unusable(f"{record.name} {record.type}: {_line(fault)}") from None


def from_octo(record: OctoRecord) -> Record:
    told = record.to_rrset()
    values = tuple(sorted(from_zone_form(record._type, value) for value in told.rdatas))
    return Record(record.fqdn.rstrip("."), record._type, record.ttl, values)


@contextmanager
def trouble() -> Iterator[None]:
    """Whatever a provider raises becomes one line of `Trouble`; no line ever holds a token."""
    try:
        yield
    except CloudflareAuthenticationError as fault:
        raise Unanswered(f"Cloudflare refuses CLOUDFLARE_TOKEN ({_line(fault)}). {HOW_TO_ENTER}") from None
    except CloudflareRateLimitError:
        raise Unanswered(
            "Cloudflare's limit of 1,200 questions in five minutes is used up. Wait so long and run it again: "
            "what was done stays done, and the rest follows."
        ) from None
    except Cloudflare5xxError:
        raise Unanswered("Cloudflare's API is out of order for now (5xx). Run it again later.") from None
    except CloudflareError as fault:
        # A token of the wrong shape is not called one: it is an invalid header.
        hint = f" {HOW_TO_ENTER}" if "header" in str(fault) else ""
        raise Unanswered(f"Cloudflare refuses: {_line(fault)}.{hint}") from None
    except requests.HTTPError as fault:
        status = fault.response.status_code if fault.response is not None else 0
        what = (
            f"refuses CLOUDFLARE_TOKEN. {HOW_TO_ENTER}" if status == 401 else f"answers {status}. Run it again later."
        )
        raise Unanswered(f"Cloudflare's API {what}") from None
    except requests.RequestException as fault:
        raise Unanswered(f"Cloudflare's API cannot be reached ({type(fault).__name__}). Run it again later.") from None
    except (AxfrSourceException, Rfc2136ProviderException, dns.exception.DNSException, OSError) as fault:
        raise Unanswered(
            f"The name server refuses or is silent: {_line(fault)}. Look at DNS_SERVER and DNS_KEY."
        ) from None
    except SupportsException as fault:
        raise Unusable(f"The provider cannot do this: {_line(fault)}.") from None


def _cloudflare(environ: Mapping[str, str], api: str | None) -> CloudflareProvider:
    token = environ.get("CLOUDFLARE_TOKEN", "").strip()
    if not token:
        raise Trouble(f"CLOUDFLARE_TOKEN is missing. {HOW_TO_ENTER}")
    # It would wait for five minutes in silence before it tries again; we say so and end.
    return CloudflareProvider(
        "cloudflare",
        token=token,
        api_url=api or CLOUDFLARE,
        pagerules=False,
        retry_count=0,
        timeout=PATIENCE_S,
        root_ns_warnings=False,
    )


def _rfc2136(environ: Mapping[str, str]) -> Rfc2136Provider:
    host, _, port = environ.get("DNS_SERVER", "").strip().rpartition(":")
    key = KEY.fullmatch(environ.get("DNS_KEY", "").strip())
    if not host or not port.isdecimal():
        raise Trouble("DNS_SERVER is missing. It names the primary name server, as HOST:PORT.")
    if key is None:
        raise Trouble("DNS_KEY is missing or no TSIG key. It is written as for nsupdate: hmac-sha256:NAME:SECRET.")
    algorithm, name, secret = key.groups()
    with trouble():
        return Rfc2136Provider(
            "rfc2136",
            host=host.strip("[]"),
            port=int(port),
            ipv6=host.startswith("["),
            timeout=PATIENCE_S,
            key_name=name,
            key_secret=secret,
            key_algorithm=algorithm or "hmac-sha256",
            root_ns_warnings=False,
        )


@cache
def _rules() -> None:
    """octoDNS checks by none until it is told, and says so on every start."""
    OctoRecord.enable_validators(["legacy"])


def _line(fault: BaseException) -> str:
    """The first reason, on one line and without a full stop."""
    reasons = getattr(fault, "reasons", None)
    return " ".join(str(reasons[0] if reasons else fault).split()).rstrip(".")
