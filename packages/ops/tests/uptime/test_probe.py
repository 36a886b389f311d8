"""A target can fail in every way there is, and each is told in words."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import trustme

from ops.uptime import probe
from ops.uptime.probe import Attempt
from ops.uptime.targets import Target

COMMIT = "9702d78a1b2c3d4e5f60718293a4b5c6d7e8f901"
OK, ILL = (json.dumps({"status": status, "commit": COMMIT}) for status in ("ok", "unhealthy"))


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with probe.client() as made:
        yield made


async def seen(http: httpx.AsyncClient, server: Any, answers: Any = "page", commit: str = "") -> Attempt:
    target = Target("it", "It", server.url("/"), answers, commit)
    return await probe.attempt(http, target, patience_s=0.3)


async def test_a_whole_page_is_well(http: httpx.AsyncClient, server: Any):
    found = await seen(http, server)
    assert (found.fault, found.status) == ("", 200)
    assert 0 <= found.latency_ms < 300


async def test_each_probe_comes_over_a_connection_of_its_own(http: httpx.AsyncClient, server: Any, behaviors: Any):
    assert [(await seen(http, server)).fault for _ in range(3)] == ["", "", ""]
    assert len(server.asked) == 3
    assert b"user-agent: ops-uptime" in server.asked[0].lower()


async def test_nobody_listening_is_told(http: httpx.AsyncClient):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        target = Target("it", "It", f"http://127.0.0.1:{taken.getsockname()[1]}/")
        assert (await probe.attempt(http, target)).fault == "takes no connection"


async def test_a_name_that_leads_nowhere_is_told(http: httpx.AsyncClient):
    assert (
        await probe.attempt(http, Target("it", "It", "http://no-such-host.invalid/"))
    ).fault == "takes no connection"


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n<p>and then"])
async def test_silence_and_dripping_end_with_our_patience(http: Any, server: Any, behaviors: Any, sent: bytes):
    server.behave = behaviors["raw"](sent, then=asyncio.Event())
    assert (await seen(http, server)).fault == "gives no whole answer within 0.3 s"


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (b"", "breaks off in the middle of its answer"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n<p>and", "breaks off in the middle of its answer"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", "breaks off in the middle of its answer"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nno gzip", "breaks off in the middle of its answer"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<p>half a page", "sends only a part of its page"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "breaks off in the middle of its answer"),
    ],
)
async def test_an_answer_that_is_not_whole_is_none(http: Any, server: Any, behaviors: Any, sent: bytes, fault: str):
    server.behave = behaviors["raw"](sent)
    assert (await seen(http, server)).fault == fault


@pytest.mark.parametrize("status", ["500 Oops", "404 Not Found", "204 No Content"])
async def test_any_other_status_than_200_is_a_fault(http: Any, server: Any, behaviors: Any, status: str):
    server.behave = behaviors["answering"](b"</html>" if status[0] != "2" else b"", status)
    assert (await seen(http, server)).fault == f"answers {status[:3]}"


async def test_a_redirect_is_not_followed(http: Any, server: Any, behaviors: Any):
    server.behave = behaviors["answering"](b"", "302 Found", "location: https://parked.example/")
    assert (await seen(http, server)).fault == "redirects to https://parked.example/"
    assert len(server.asked) == 1


async def test_a_page_without_end_is_not_read_to_its_end(http: Any, server: Any, behaviors: Any):
    server.behave = behaviors["answering"](b"x" * (probe.MOST_BYTES + 300_000) + b"</html>")
    found = await probe.attempt(http, Target("it", "It", server.url()))
    assert found.fault == "sends only a part of its page"


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        ("200 OK", OK, ""),
        ("200 OK", '{"status":"ok","commit":"aaaaaaabbbb"}', "runs commit aaaaaaa, not 9702d78"),
        ("200 OK", '{"status":"ok"}', "runs commit unnamed, not 9702d78"),
        ("503 Unavailable", ILL, "answers 503 and says unhealthy"),
        ("503 Unavailable", OK, "answers 503 and says ok"),
        ("200 OK", '{"status":"unhealthy"}', "answers 200 and says unhealthy"),
        ("200 OK", "<html>Application failed to respond</html>", "answers 200 and no health document"),
        ("200 OK", "[]", "answers 200 and no health document"),
    ],
)
async def test_health_is_believed_with_its_status_and_its_commit(
    http: Any, server: Any, behaviors: Any, status: str, body: str, fault: str
):
    server.behave = behaviors["answering"](body.encode(), status)
    found = await seen(http, server, "health", COMMIT)
    assert found.fault == fault
    assert found.commit == (COMMIT if COMMIT in body else "aaaaaaabbbb" if "aaaa" in body else "")


async def test_any_commit_will_do_where_none_is_expected(http: Any, server: Any, behaviors: Any):
    server.behave = behaviors["answering"](b'{"status":"ok","commit":"abc"}')
    assert (await seen(http, server, "health")).fault == ""


AUTHORITY = trustme.CA()
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)


async def over_tls(served: Callable[..., Any], certificate: trustme.LeafCert, *, trusted: bool = True) -> Attempt:
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(theirs)
    ours = ssl.create_default_context()
    if trusted:
        AUTHORITY.configure_trust(ours)
    async with aclosing(served(theirs)) as running, probe.client(ours) as http:
        server = await anext(running)
        return await probe.attempt(http, Target("it", "It", server.url("/", "localhost", "https")))


async def test_a_good_certificate_tells_when_it_ends(served: Any):
    found = await over_tls(served, AUTHORITY.issue_cert("localhost", not_after=SOON))
    assert (found.fault, found.certificate_ends) == ("", round(SOON.timestamp() * 1000))


@pytest.mark.parametrize(
    ("certificate", "trusted", "why"),
    [
        (AUTHORITY.issue_cert("localhost"), False, "unable to get local issuer certificate"),
        (AUTHORITY.issue_cert("elsewhere.example"), True, "Hostname mismatch"),
        (
            AUTHORITY.issue_cert(
                "localhost", not_before=SOON - timedelta(days=90), not_after=SOON - timedelta(days=10)
            ),
            True,
            "certificate has expired",
        ),
    ],
)
async def test_a_certificate_that_does_not_hold_is_a_fault(served: Any, certificate: Any, trusted: bool, why: str):
    fault = (await over_tls(served, certificate, trusted=trusted)).fault
    assert fault.startswith("shows a certificate that does not hold")
    assert why in fault


async def test_plain_http_where_tls_was_meant_is_a_fault(server: Any, behaviors: Any):
    server.behave = behaviors["answering"](b"</html>")
    async with probe.client() as http:
        target = Target("it", "It", server.url("/", scheme="https"))
        began = time.monotonic()
        fault = (await probe.attempt(http, target, patience_s=0.5)).fault
    assert fault in ("does not speak TLS as it should", "gives no whole answer within 0.5 s")
    assert time.monotonic() >= began
