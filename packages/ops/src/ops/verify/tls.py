"""Checks of TLS: whether each host proves its name, how long its certificate lasts, and which versions it speaks."""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509

from ops.verify.checks import Group, check, require, skip_unless
from ops.verify.context import TIMEOUT_S, VerifyContext, load_trust
from ops.verify.target import Target

# Let's Encrypt's certificates last 90 days and both hosts renew them at 30 left: below this, renewal is failing.
DAYS_LEFT = 21
NO_CHECK_TIME = 0x200000  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the module `ssl` does not name
PAGES_HINT = "GitHub: Settings, Pages, remove the custom domain and add it again, and wait up to an hour."
SERVICE_HINT = "Railway: Settings, Networking, look at what the domain says; its CNAME and its TXT must both be there."
ALSO = "Check the names as well: `ops verify --only dns`; CAA must allow letsencrypt.org."
NAMES_HINT = "Look at what `ops verify --only dns` says, and at the resolver of this machine."


class HostProbe(NamedTuple):
    """What one host shows. `silence` says why there is no handshake, `distrust` why browsers refuse its certificate.

    `outdated` is a version that nobody should speak any more, where the host speaks one.
    """

    host: str
    hint: str
    silence: str = ""
    end: datetime = datetime.max.replace(tzinfo=UTC)
    issuer: str = ""
    agreed: str = ""
    distrust: str = ""
    outdated: str = ""


@check(Group.TLS, "certificates", "Every host proves its name with a chain that browsers trust")
async def check_certificates(context: VerifyContext) -> str:
    probes = await context.once(probe_hosts)
    _fail_on({probe: probe.silence or probe.distrust for probe in probes if probe.silence or probe.distrust})
    return ", ".join(probe.host for probe in probes)


@check(Group.TLS, "days left", f"Every certificate lasts {DAYS_LEFT} days more")
async def check_days_left(context: VerifyContext) -> str:
    left = {probe: (probe.end - context.now()).days for probe in await _list_reached(context)}
    text = "{} was not renewed: its certificate ends on {:%Y-%m-%d}, in {} days"
    _fail_on({probe: text.format(probe.host, probe.end, days) for probe, days in left.items() if days < DAYS_LEFT})
    return f"{min(left.values())} days and more"


@check(Group.TLS, "TLS versions", "TLS 1.2 or 1.3 is spoken, and nothing older")
async def check_versions(context: VerifyContext) -> str:
    skip_unless(ssl.HAS_TLSv1_1, "OpenSSL on this machine cannot speak what should be refused.")
    probes = await _list_reached(context)
    outdated = {probe: f"{probe.host} still speaks {probe.outdated}" for probe in probes if probe.outdated}
    _fail_on(outdated, "Allow only TLS 1.2 and 1.3 in what stands before it.")
    return f"{', '.join(sorted({probe.agreed for probe in probes}))}; nothing older"


async def _list_reached(context: VerifyContext) -> Sequence[HostProbe]:
    """Passes over silent hosts, which the check of certificates names, unless every host is silent."""
    probes = await context.once(probe_hosts)
    reached = [probe for probe in probes if not probe.silence]
    _fail_on({} if reached else {probe: probe.silence for probe in probes})
    return reached


def _fail_on(problems: Mapping[HostProbe, str], hint: str = "") -> None:
    hints = dict.fromkeys([hint] if hint else [*(probe.hint for probe in problems), ALSO])
    require(not problems, "; ".join(problems.values()), " ".join(hints))


async def probe_hosts(context: VerifyContext) -> Sequence[HostProbe]:
    """Shakes hands with every host that is reached over https, once. Raises `CheckSkippedError` where none is."""
    target = context.target
    pages = dict.fromkeys((target.site_url, target.www_url, target.blog_host_url), PAGES_HINT)
    hosts = {**pages, target.api_url: SERVICE_HINT, target.crm_url: SERVICE_HINT}
    secure = [(url, hint) for url, hint in hosts.items() if url.startswith("https://")]
    skip_unless(secure, "Nothing here speaks TLS.")
    contexts = _open_unverified(), _open_verified(target), _open_unverified(outdated=True)
    return await asyncio.gather(*(_probe(target, url, hint, contexts) for url, hint in secure))


async def _probe(target: Target, url: str, hint: str, contexts: Sequence[ssl.SSLContext]) -> HostProbe:
    host, port = str(urlsplit(url).hostname), urlsplit(url).port or 443
    unverified, verified, outdated = contexts
    try:
        seen = await _shake_hands(target, host, port, unverified)
    except socket.gaierror:
        return HostProbe(host, NAMES_HINT, silence=f"{host} cannot be resolved")
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "reason", "") or type(error).__name__
        return HostProbe(host, hint, silence=f"{host}:{port} completes no handshake ({reason})")
    certificate = x509.load_der_x509_certificate(seen.getpeercert(binary_form=True) or b"")
    agreed = f"{seen.version()}{' with HTTP/2' if seen.selected_alpn_protocol() == 'h2' else ''}"
    names = [x.value for x in certificate.extensions if isinstance(x.value, x509.SubjectAlternativeName)]
    meant = ", ".join(name for each in names for name in each.get_values_for_type(x509.DNSName)) or "no host"
    end, issuer = certificate.not_valid_after_utc, certificate.issuer.rfc4514_string()
    probe = HostProbe(host, hint, end=end, issuer=issuer, agreed=agreed)
    try:
        await _shake_hands(target, host, port, verified)
    except ssl.SSLCertVerificationError as error:
        distrust = f"{host}: {error.verify_message} (for {meant}, signed by {issuer})"
        probe = probe._replace(distrust=distrust)
    with suppress(OSError, TimeoutError):
        probe = probe._replace(outdated=str((await _shake_hands(target, host, port, outdated)).version()))
    return probe


async def _shake_hands(target: Target, host: str, port: int, context: ssl.SSLContext) -> ssl.SSLObject:
    """Raises `ssl.SSLError` when one side refuses the other, `OSError` or `TimeoutError` when no answer comes."""
    address, number = target.route(host, port)
    async with asyncio.timeout(TIMEOUT_S):
        _, writer = await asyncio.open_connection(address, number, ssl=context, server_hostname=host)
    connection: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.transport.abort()
    return connection


def _open_verified(target: Target) -> ssl.SSLContext:
    """Trusts what browsers trust, however old it is."""
    context = load_trust(target.ca_file)
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    return context


def _open_unverified(*, outdated: bool = False) -> ssl.SSLContext:
    """With `outdated` it speaks only what nobody should speak any more, where OpenSSL still can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    if outdated:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    return context
