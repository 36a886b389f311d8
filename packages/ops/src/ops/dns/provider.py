"""octoDNS as a library: conversion of records, and the provider that keeps the zone."""

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

from ops.cli import OpsError, UnreachableError
from ops.dns.records import Record, RecordError, from_zone_form, zone_form

CLOUDFLARE = "https://api.cloudflare.com/client/v4"
TIMEOUT_S = 15
MAKE_TOKEN = "Make one under My Profile, API Tokens, with the right Zone, DNS, Edit for this zone."  # noqa: S105
KEY = re.compile(r"(?:(hmac-[a-z0-9-]+):)?([^:\s]+):([A-Za-z0-9+/=]+)")
# Types of errors, a word of the reason where it matters, and what to say. The first that fits counts.
ERRORS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str], ...] = (
    (CloudflareAuthenticationError, "", f"Cloudflare refuses CLOUDFLARE_TOKEN ({{reason}}). {MAKE_TOKEN}"),
    (CloudflareRateLimitError, "", "Cloudflare's limit of 1,200 requests in five minutes is used up. Wait so long and "
     "run it again: what was done stays done, and the rest follows."),
    (Cloudflare5xxError, "", "Cloudflare's API is out of order for now (5xx). Run it again later."),
    # A token of the wrong shape is reported as an invalid header.
    (CloudflareError, "header", f"Cloudflare refuses: {{reason}}. {MAKE_TOKEN}"),
    (CloudflareError, "", "Cloudflare refuses: {reason}."),
    (requests.HTTPError, "401", f"Cloudflare's API refuses CLOUDFLARE_TOKEN. {MAKE_TOKEN}"),
    (requests.HTTPError, "", "Cloudflare's API answers {word}. Run it again later."),
    (requests.RequestException, "", "Cloudflare's API cannot be reached ({kind}). Run it again later."),
    ((AxfrSourceException, Rfc2136ProviderException, dns.exception.DNSException, OSError), "",
     "The name server refuses or is silent: {reason}. Check DNS_SERVER and DNS_KEY."),
)  # fmt: skip


def open_provider(name: str, environ: Mapping[str, str], zone: str, api: str | None = None) -> BaseProvider:
    """Returns the provider that `site.toml` names, with its credentials. Raises `OpsError`."""
    _enable_validators()
    with translate_errors():
        provider = _open_cloudflare(environ, api) if name == "cloudflare" else _open_rfc2136(environ)
        if isinstance(provider, CloudflareProvider) and f"{zone}." not in provider.zones:
            seen = ", ".join(sorted(each.rstrip(".") for each in provider.zones)) or "none"
            raise OpsError(f"Cloudflare shows this token no zone {zone}, but {seen}. Add it there, or widen the token.")
    return provider


def to_octo(zone: Zone, record: Record) -> OctoRecord:
    """Raises `RecordError` where octoDNS refuses the record."""
    _enable_validators()
    # Its providers do not escape these alike, so another text would arrive, or be seen.
    if record.type == "TXT" and any(sign in value for value in record.values for sign in '"\\'):
        raise RecordError(f"{record.name} TXT: octoDNS cannot carry a quote or a backslash. Write it without.")
    values = [zone_form(record.type, value) for value in record.values]
    try:
        return OctoRecord.from_rrset(zone, Rrset(f"{record.name}.", record.type, record.ttl, values))
    except (ValidationError, dns.exception.DNSException) as error:
        raise RecordError(f"{record.name} {record.type}: {_first_reason(error)}") from None


def from_octo(record: OctoRecord) -> Record:
    rrset = record.to_rrset()
    values = tuple(sorted(from_zone_form(record._type, value) for value in rrset.rdatas))
    return Record(record.fqdn.rstrip("."), record._type, record.ttl, values)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns whatever a provider raises into one line; no line ever holds a token."""
    try:
        yield
    except SupportsException as error:
        raise RecordError(f"The provider cannot do this: {_first_reason(error)}.") from None
    except Exception as error:
        reason = _first_reason(error)
        for types, word, message in ERRORS:
            if isinstance(error, types) and word in reason:
                first = reason.partition(" ")[0]
                raise UnreachableError(message.format(reason=reason, word=first, kind=type(error).__name__)) from None
        raise


def _open_cloudflare(environ: Mapping[str, str], api: str | None) -> CloudflareProvider:
    token = environ.get("CLOUDFLARE_TOKEN", "").strip()
    if not token:
        raise OpsError(f"CLOUDFLARE_TOKEN is missing. {MAKE_TOKEN}")
    # Without retries it fails at once, instead of waiting silently for five minutes.
    options = {"pagerules": False, "retry_count": 0, "timeout": TIMEOUT_S, "root_ns_warnings": False}
    return CloudflareProvider("cloudflare", token=token, api_url=api or CLOUDFLARE, **options)


def _open_rfc2136(environ: Mapping[str, str]) -> Rfc2136Provider:
    host, _, port = environ.get("DNS_SERVER", "").strip().rpartition(":")
    key = KEY.fullmatch(environ.get("DNS_KEY", "").strip())
    if not host or not port.isdecimal():
        raise OpsError("DNS_SERVER is missing. It names the primary name server, as HOST:PORT.")
    if key is None:
        raise OpsError("DNS_KEY is missing or no TSIG key. It is written as for nsupdate: hmac-sha256:NAME:SECRET.")
    algorithm, name, secret = key.groups()
    key_options = {"key_name": name, "key_secret": secret, "key_algorithm": algorithm or "hmac-sha256"}
    server = {"host": host.strip("[]"), "port": int(port), "ipv6": host.startswith("["), "timeout": TIMEOUT_S}
    return Rfc2136Provider("rfc2136", **server, **key_options, root_ns_warnings=False)


@cache
def _enable_validators() -> None:
    """octoDNS validates nothing until it is asked to, and warns of that on every start."""
    OctoRecord.enable_validators(["legacy"])


def _first_reason(error: BaseException) -> str:
    """Returns the first reason, on one line and without a full stop."""
    reasons = getattr(error, "reasons", None)
    return " ".join(str(reasons[0] if reasons else error).split()).rstrip(".")
