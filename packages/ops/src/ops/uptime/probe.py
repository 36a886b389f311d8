"""One try at one target, over a connection of its own: the name is resolved and TLS agreed upon each time."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Any

import httpx
import msgspec

from ops.uptime.targets import Target

PATIENCE_S = 10.0
MOST_BYTES = 1024 * 1024


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What one try saw. `fault` is empty when all is well, else the rest of a sentence that begins with the target.

    `latency_ms` runs from resolving the name to the last byte. `certificate_ends` is in milliseconds since 1970.
    """

    fault: str = ""
    latency_ms: int = 0
    status: int | None = None
    commit: str = ""
    certificate_ends: int | None = None


class _Answer(msgspec.Struct, frozen=True):
    response: httpx.Response
    body: bytes
    certificate_ends: int | None


def client(trust: ssl.SSLContext | bool = True) -> httpx.AsyncClient:
    """Keeps no connection, follows no redirect and asks no proxy: what is measured is the way a stranger has."""
    return httpx.AsyncClient(
        verify=trust,
        timeout=None,  # noqa: S113 `attempt` limits the whole of it
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_keepalive_connections=0),
        headers={"user-agent": "ops-uptime", "cache-control": "no-cache"},
    )


async def attempt(http: httpx.AsyncClient, target: Target, *, patience_s: float = PATIENCE_S) -> Attempt:
    """Try once. What goes wrong is told, never raised."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(patience_s):
            answer = await _ask(http, target.url)
    except TimeoutError:
        return Attempt(fault=f"gives no whole answer within {patience_s:g} s", latency_ms=_since(began))
    except httpx.HTTPError as trouble:
        return Attempt(fault=_silence(trouble), latency_ms=_since(began))
    fault, commit = _judged(target, answer)
    return Attempt(
        fault=fault,
        latency_ms=_since(began),
        status=answer.response.status_code,
        commit=commit,
        certificate_ends=answer.certificate_ends,
    )


async def _ask(http: httpx.AsyncClient, url: str) -> _Answer:
    async with http.stream("GET", url) as response:
        ends = _certificate_ends(response.extensions.get("network_stream"))
        body = b""
        async for part in response.aiter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                break
    return _Answer(response, body, ends)


def _judged(target: Target, answer: _Answer) -> tuple[str, str]:
    """What is wrong with the answer, if anything, and the commit it names."""
    status = answer.response.status_code
    if answer.response.is_redirect:
        return f"redirects to {answer.response.headers.get('location', 'nowhere')[:200]}", ""
    if target.answers == "health":
        return _health(target, status, answer.body)
    if status != 200:
        return f"answers {status}", ""
    # A static host may close early without breaking any rule of HTTP.
    return ("" if b"</html>" in answer.body[-200:] else "sends only a part of its page"), ""


def _health(target: Target, status: int, body: bytes) -> tuple[str, str]:
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return f"answers {status} and no health document", ""
    commit = str(told.get("commit") or "")
    if status != 200 or told.get("status") != "ok":
        return f"answers {status} and says {str(told.get('status', 'nothing'))[:40]}", commit
    if target.commit and commit != target.commit:
        return f"runs commit {commit[:7] or 'unnamed'}, not {target.commit[:7]}", commit
    return "", commit


def _silence(trouble: httpx.HTTPError) -> str:
    cause: BaseException | None = trouble
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"shows a certificate that does not hold ({cause.verify_message.rstrip('.')})"
        if isinstance(cause, ssl.SSLError):
            return "does not speak TLS as it should"
        cause = cause.__cause__ or cause.__context__
    if isinstance(trouble, httpx.ConnectError):
        return "takes no connection"
    return "breaks off in the middle of its answer"


def _certificate_ends(stream: Any) -> int | None:
    tls = stream.get_extra_info("ssl_object") if stream else None
    if tls is None:
        return None
    return round(ssl.cert_time_to_seconds(tls.getpeercert()["notAfter"]) * 1000)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
