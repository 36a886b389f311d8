"""One TLS handshake with a host of the target, and what it showed."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from contextlib import suppress
from typing import NamedTuple

from cryptography import x509

from ops.verify.client import PATIENCE_S, trust
from ops.verify.target import Target

NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the module `ssl` does not name."""

PROTOCOLS = ["h2", "http/1.1"]


class Shown(NamedTuple):
    """`protocol` is empty where the host chose none."""

    certificate: x509.Certificate
    version: str
    protocol: str


def timeless(target: Target) -> ssl.SSLContext:
    """Trusts what browsers trust, however old it is."""
    context = trust(target)
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    context.set_alpn_protocols(PROTOCOLS)
    return context


def anybody() -> ssl.SSLContext:
    """Trusts everybody: for looking at a certificate that is wrong."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(PROTOCOLS)
    return context


def outdated() -> ssl.SSLContext:
    """Speaks only versions that nobody should speak any more; it hears them where OpenSSL still can."""
    context = anybody()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


async def shaken(target: Target, host: str, port: int, context: ssl.SSLContext) -> Shown:
    """Raises `ssl.SSLError` when one side will not have the other, `OSError` or `TimeoutError` when nobody answers."""
    address, number = target.reached(host, port)
    async with asyncio.timeout(PATIENCE_S):
        _, writer = await asyncio.open_connection(address, number, ssl=context, server_hostname=host)
    try:
        connection: ssl.SSLObject = writer.get_extra_info("ssl_object")
        told = connection.getpeercert(binary_form=True)
        assert told, "a server without a certificate"
        certificate = x509.load_der_x509_certificate(told)
        return Shown(certificate, connection.version() or "", connection.selected_alpn_protocol() or "")
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def names(certificate: x509.Certificate) -> list[str]:
    """The hosts that it is for."""
    with suppress(x509.ExtensionNotFound):
        told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return told.value.get_values_for_type(x509.DNSName)
    return []
