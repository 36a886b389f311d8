"""The one way out: every HTTP call to an address that somebody typed.

Only http and https, only public addresses (`reach.py` says which), and never a redirect. The name is resolved
once, every address it has is judged, and the connection goes to the very address that was judged; the
certificate must still be the name's. So a name that changes its mind between check and call (rebinding) gains
nothing. Time and size are capped, answers are not unpacked, and proxies of the environment are not used.
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
from crm.kernel.security import reach

TIMEOUT_S = 10.0
RESOLVE_TIMEOUT_S = 4.0
READ_LIMIT = 64 * 1024
EXCERPT = 2000
"""Bytes read of an answer at most, and characters kept of it."""

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Gives the numeric addresses of a name. Raises `OSError` when it has none."""


class Answer(msgspec.Struct, frozen=True):
    """What came back. `excerpt` is the beginning of the body as text; `took_ms` counts from resolving the name."""

    status: int
    headers: dict[str, str]
    excerpt: str
    took_ms: int


class NoAnswer(Exception):
    """Nobody answered, or the call was not allowed; `reason` is a sentence to show, without the address's path."""

    def __init__(self, reason: str, took_ms: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.took_ms = took_ms


def check_url(config: Config, url: str) -> str:
    """What is wrong with `url`, as a sentence for a form; empty when a call may be tried.

    Numbers are judged here, names only when the call is made: what they resolve to can change.
    """
    try:
        reach.target(url, loopback=config.webhooks_allow_loopback)
    except reach.OutOfReach as fault:
        return str(fault)
    return ""


async def resolve(host: str, port: int) -> list[str]:
    """Addresses by the system's resolver, off the event loop. Raises `OSError`."""
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
    resolver: Resolver = resolve,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """Call `url` and read at most `limit` bytes of the answer, all within 10 seconds.

    `resolver`, and `trust` (whose certificates are believed), are there for tests. Raises `NoAnswer`.
    """
    began = time.monotonic()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            target = reach.target(url, loopback=config.webhooks_allow_loopback)
            addresses = await _judged(config, target, resolver)
            call = _Call(target, method, _complete(headers, target), body, limit)
            status, received, content = await call.to_first(addresses, trust or _authorities())
    except TimeoutError:
        raise NoAnswer(f"No complete answer within {TIMEOUT_S:.0f} seconds.", _since(began)) from None
    except reach.OutOfReach as fault:
        raise NoAnswer(str(fault), _since(began)) from None
    except NoAnswer as fault:
        fault.took_ms = _since(began)
        raise
    # NUL cannot be stored, and what is not UTF-8 is shown as far as it can be.
    excerpt = content.decode("utf-8", "replace").replace("\x00", "\ufffd")[:EXCERPT]
    return Answer(status, received, excerpt, _since(began))


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _complete(headers: Mapping[str, str], target: reach.Target) -> dict[str, str]:
    # Not packed: a small packed answer could unfold into a huge one.
    usual = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "crm"}
    return {**usual, **headers, "host": target.url.netloc.decode()}


async def _judged(config: Config, target: reach.Target, resolver: Resolver) -> list[str]:
    """All addresses of the name, every one of them allowed: a name that also leads inside is not called at all."""
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            addresses = await resolver(target.host, target.port)
    except TimeoutError:
        raise NoAnswer(f"The name {target.host} could not be looked up in time.") from None
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise NoAnswer(f"The name {target.host} has no address.")
    for address in addresses:
        reach.judge(address, target.host, loopback=config.webhooks_allow_loopback)
    return addresses


class _Call(msgspec.Struct, frozen=True):
    target: reach.Target
    method: str
    headers: dict[str, str]
    body: bytes
    limit: int

    async def to_first(self, addresses: list[str], trust: ssl.SSLContext) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body from the first address that takes the connection. Raises `NoAnswer`."""
        host = self.target.host
        fault = NoAnswer(f"{host} cannot be reached.")
        async with httpx.AsyncClient(verify=trust, trust_env=False, follow_redirects=False, timeout=None) as client:  # noqa: S113 `send` limits the whole call
            for address in addresses:
                request = client.build_request(
                    self.method,
                    self.target.url.copy_with(host=address),
                    headers=self.headers,
                    content=self.body,
                    extensions={"sni_hostname": host},
                )
                try:
                    answer = await client.send(request, stream=True)
                    try:
                        return answer.status_code, dict(answer.headers), await self._read(answer)
                    finally:
                        await answer.aclose()
                except httpx.ConnectError as trouble:
                    fault = NoAnswer(_connecting(host, trouble))
                except httpx.TransportError as trouble:
                    # The request may have arrived, so no other address is tried.
                    raise NoAnswer(f"{host} broke off: {_said(trouble)}") from trouble
        raise fault

    async def _read(self, answer: httpx.Response) -> bytes:
        content = b""
        async for part in answer.aiter_raw():
            content += part
            if len(content) >= self.limit:
                break
        return content[: self.limit]


def _connecting(host: str, trouble: httpx.ConnectError) -> str:
    cause: BaseException | None = trouble
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The certificate of {host} does not hold: {cause.verify_message}."
        if isinstance(cause, ssl.SSLError):
            return f"{host} does not speak TLS on this port."
        cause = cause.__cause__ or cause.__context__
    return f"{host} does not take connections: {_said(trouble)}"


def _said(trouble: Exception) -> str:
    return (str(trouble).strip() or type(trouble).__name__).rstrip(".")[:200] + "."


@functools.cache
def _authorities() -> ssl.SSLContext:
    """The authorities that are believed; read once, since it takes a while."""
    return httpx.create_ssl_context(trust_env=False)
