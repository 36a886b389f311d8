"""The one way to send HTTP requests to URLs that somebody typed.

Only http and https to public addresses (`reach.py`), and never a redirect. The name is resolved once, all its addresses
are checked, and the connection goes to a checked address, so a name that changes in between (DNS rebinding) gains
nothing. The certificate must match the name. Time and size are limited, and proxies of the environment are ignored.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping

import httpx
import msgspec

from crm.config import Config
from crm.kernel.security import ssrf_policy

TIMEOUT_S = 10.0
RESOLVE_TIMEOUT_S = 4.0
READ_LIMIT = 64 * 1024
EXCERPT = 2000
"""Bytes read of a response, and characters kept of it."""

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Returns the numeric addresses of a name. Raises `OSError` if it has none."""


class Answer(msgspec.Struct, frozen=True):
    """A response. `content` is the body, `excerpt` its beginning as text; `took_ms` includes resolving the name."""

    status: int
    headers: dict[str, str]
    excerpt: str
    took_ms: int
    content: bytes = b""


class OutboundError(Exception):
    """No response, or the call is not allowed. `reason` is a sentence for people, without the path of the URL."""

    def __init__(self, reason: str, took_ms: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.took_ms = took_ms


def check_url(config: Config, url: str) -> str:
    """What is wrong with `url`, as a sentence for a form; empty if it may be called.

    Names are resolved and checked with each call, because their addresses can change.
    """
    try:
        ssrf_policy.target(url, loopback=config.webhooks_allow_loopback)
    except ssrf_policy.ForbiddenUrlError as error:
        return str(error)
    return ""


async def resolve(host: str, port: int) -> list[str]:
    """Resolves a name without blocking the event loop. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def send(
    config: Config,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    limit: int = READ_LIMIT,
    excerpt: int = EXCERPT,
    resolver: Resolver = resolve,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """Call `url`, all within 10 seconds. Raises `OutboundError`.

    At most `limit` bytes of the response are read, and `excerpt` characters of it are returned.

    Tests pass a `resolver`, and the authorities to `trust`.
    """
    began = time.monotonic()
    reason = ""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            target = ssrf_policy.target(url, loopback=config.webhooks_allow_loopback)
            addresses = await _resolve(config, target, resolver)
            # An unpacked response could be huge, so none is asked for.
            usual = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "crm"}
            request = httpx.Request(
                method,
                target.url,
                headers={**usual, **headers, "host": target.url.netloc.decode()},
                content=body,
                extensions={"sni_hostname": target.host},
            )
            status, received, content = await _call(request, addresses, limit, trust or _authorities())
    except TimeoutError:
        reason = f"No complete answer within {TIMEOUT_S:.0f} seconds."
    except (ssrf_policy.ForbiddenUrlError, OutboundError) as error:
        reason = str(error)
    took_ms = round((time.monotonic() - began) * 1000)
    if reason:
        raise OutboundError(reason, took_ms)
    # NUL cannot be stored, and bytes that are not UTF-8 are replaced.
    text = content.decode("utf-8", "replace").replace("\x00", "\ufffd")[:excerpt]
    return Answer(status, received, text, took_ms, content)


async def _resolve(config: Config, target: ssrf_policy.Target, resolver: Resolver) -> list[str]:
    """All addresses of the name. If one of them may not be called, the name is not called at all."""
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            addresses = await resolver(target.host, target.port)
    except TimeoutError:
        raise OutboundError(f"The name {target.host} could not be looked up in time.") from None
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise OutboundError(f"The name {target.host} has no address.")
    for address in addresses:
        ssrf_policy.judge(address, target.host, loopback=config.webhooks_allow_loopback)
    return addresses


async def _call(
    request: httpx.Request, addresses: list[str], limit: int, trust: ssl.SSLContext
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body from the first address that accepts the connection. Raises `OutboundError`."""
    host, url = request.extensions["sni_hostname"], request.url
    failure = OutboundError(f"{host} cannot be reached.")
    async with httpx.AsyncClient(verify=trust, trust_env=False, follow_redirects=False, timeout=None) as client:  # noqa: S113 `send` limits the whole call
        for address in addresses:
            request.url = url.copy_with(host=address)
            try:
                response = await client.send(request, stream=True)
                content = bytearray()
                try:
                    async for part in response.aiter_raw():
                        content += part
                        if len(content) >= limit:
                            break
                finally:
                    await response.aclose()
                return response.status_code, dict(response.headers), bytes(content[:limit])
            except httpx.ConnectError as error:
                failure = OutboundError(_connect_reason(host, error))
            except httpx.TransportError as error:
                # The request may have arrived, so no other address is tried.
                raise OutboundError(f"{host} broke off: {_sentence(error)}") from error
    raise failure


def _connect_reason(host: str, error: httpx.ConnectError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The certificate of {host} does not hold: {cause.verify_message}."
        if isinstance(cause, ssl.SSLError):
            return f"{host} does not speak TLS on this port."
        cause = cause.__cause__ or cause.__context__
    return f"{host} does not take connections: {_sentence(error)}"


def _sentence(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).rstrip(".")[:200] + "."


@functools.cache
def _authorities() -> ssl.SSLContext:
    """The certificate authorities, read once, because that takes a while."""
    return httpx.create_ssl_context(trust_env=False)
