"""What a client may hold: connections, time and memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from conftest import environment
from crm_process import find_free_port, wait_for

from crm import config, server
from crm.server import Protocol

GET = b"GET /api/v1/live HTTP/1.1\r\nHost: crm.test\r\n\r\n"
POST = b"POST /api/leads HTTP/1.1\r\nHost: crm.test\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


class Running:
    """A server of this process, and its clients."""

    def __init__(self, database_url: str) -> None:
        self.port = find_free_port()
        own = environment(database_url, PORT=str(self.port), HOST="127.0.0.1", MAX_CONNECTIONS="10")
        self.server = server.build(config.load(own))
        self.clients: list[asyncio.StreamWriter] = []

    @property
    def connections(self) -> list[Protocol]:
        return [each for each in self.server.server_state.connections if isinstance(each, Protocol)]

    async def connect(self, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        before = len(self.connections)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.clients.append(writer)
        writer.write(sent)
        await writer.drain()
        if before < 10:
            await wait_for(lambda: self._has(before + 1))
        return reader, writer

    async def _has(self, number: int) -> bool:
        return len(self.connections) >= number

    async def ask(self, sent: bytes) -> bytes:
        """The whole response to what is sent, until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        with contextlib.suppress(ConnectionError):
            return await reader.read()
        return b""

    def let_time_pass(self) -> None:
        """All deadlines are over."""
        for each in self.connections:
            each.deadline = 0.0 if each.deadline < float("inf") else each.deadline
            each.check_deadline()


@pytest.fixture
async def running(database_url: str) -> AsyncIterator[Running]:
    started = Running(database_url)
    serving = asyncio.create_task(started.server.serve())
    await wait_for(lambda: _is_started(started))
    try:
        yield started
    finally:
        started.server.should_exit = True
        for connection in started.connections:
            connection.transport.abort()
        await serving


async def _is_started(running: Running) -> bool:
    return running.server.started


@pytest.mark.parametrize(
    "head",
    [
        b"GET /api/v1/live HTTP/1.1\r\n\r\n",
        b"GET /api/v1/live HTTP/1.1\r\nHost: crm.test\r\nHost: crm.test\r\n\r\n",
        b"GET /api/v1/live HTTP/1.1\r\nHost: crm.test\r\nhost: evil.example\r\n\r\n",
        b"GET /api/v1/live HTTP/1.0\r\nHost: crm.test\r\nHost: evil.example\r\n\r\n",
        b"GET /api/v1/live HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET /api/v1/live HTTP/1.1\r\nHost: crm.test, evil.example\r\n\r\n",
        b"GET /api/v1/live HTTP/1.1\r\nHost: crm.test/path\r\n\r\n",
        b"GET /api/v1/live HTTP/1.1\r\nHost: user@crm.test\r\n\r\n",
        b"GET /api/v1/live HTTP/1.1\r\nHost: crm.test:port\r\n\r\n",
        b"GET /api/v1/live HTTP/1.1\r\nHost : crm.test\r\n\r\n",
        b"CONNECT crm.test HTTP/1.1\r\nHost: crm.test\r\n\r\n",
    ],
)
async def test_a_request_without_one_plain_host_is_refused(running: Running, head: bytes):
    answer = await running.ask(head)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"x-frame-options: DENY" in answer


@pytest.mark.parametrize("host", [b"crm.test", b"crm.test:8000", b"127.0.0.1", b"[::1]:8000", b"CRM.test."])
async def test_every_form_of_a_host_is_accepted(running: Running, host: bytes):
    answer = await running.ask(b"GET /api/v1/live HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_an_old_client_may_leave_the_host_out(running: Running):
    assert (await running.ask(b"GET /api/v1/live HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "tail",
    [
        b"0\r\nX:\r\n", b"0\r\nX: 1\r\nY: 2\r\n\r\n", b"2\r\n{}\r\n0\r\nX: 1\r\n\r\n", b"0\r\n" + b"X" * 40_000,
        b"0\r\nX: " + b"x" * 40_000, b"0\r\n" + b"X:\r\n" * 9_000, b"zz\r\n", b"-1\r\n",
    ],
)  # fmt: skip
async def test_trailers_and_broken_chunks_are_refused(running: Running, tail: bytes):
    answer = await running.ask(CHUNKED + tail + (b"Y: 1\r\n" if tail == b"0\r\nX:\r\n" else b""))
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_a_trailer_without_end_is_refused_however_it_is_cut(running: Running):
    reader, writer = await running.connect(CHUNKED + b"0\r\n")
    for _ in range(40):
        writer.write(b"x" * 60)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        await asyncio.sleep(0)
    with contextlib.suppress(ConnectionError):
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")


async def test_a_body_in_many_small_chunks_arrives(running: Running):
    body = b"".join(b"1\r\n%c\r\n" % letter for letter in b'{"a": 1}') + b"0\r\n\r\n"
    reader, writer = await running.connect(CHUNKED)
    for part in (body[start : start + 5] for start in range(0, len(body), 5)):
        writer.write(part)
        await writer.drain()
    assert b" 422 " in await reader.readline()


@pytest.mark.parametrize(
    "head",
    [
        GET[:-2] + b"X: " + b"x" * 40_000, GET[:-2] + b"X: " + b"x" * 40_000 + b"\r\n\r\n",
        GET[:-2] + b"a:\r\n" * 101 + b"\r\n", b"GET /" + b"x" * 40_000, GET[:-2] + b"X" * 40_000,
        GET * 40,
    ],
)  # fmt: skip
async def test_a_head_that_is_too_large_or_too_many_requests_at_once_are_refused(running: Running, head: bytes):
    assert b"HTTP/1.1 400 " in await running.ask(head)


async def test_a_few_requests_at_once_are_answered_in_turn(running: Running):
    answer = await running.ask(GET * 3 + GET.replace(b"Host", b"Connection: close\r\nHost"))
    assert answer.count(b"HTTP/1.1 200 ") == 4


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", b"408"), (GET[:20], b"408"), (GET[:-2], b"408"), (POST + b"Content-Length: 10\r\n\r\n{", b"408"),
        (CHUNKED, b"408"), (CHUNKED + b"5\r\n{", b"408"),
    ],
)  # fmt: skip
async def test_a_half_sent_request_ends_after_its_time(running: Running, sent: bytes, status: bytes):
    reader, _ = await running.connect(sent)
    await asyncio.sleep(0)
    await wait_for(lambda: _is_parsed(running, sent))
    running.let_time_pass()
    assert (await reader.read()).startswith(b"HTTP/1.1 " + status)
    await wait_for(lambda: _is_empty(running))


async def test_a_long_body_that_keeps_arriving_gets_more_time(running: Running):
    sent = 3 * 1024 * 1024
    _, writer = await running.connect(POST + b"Content-Length: 10000000\r\n\r\n")
    (connection,) = running.connections
    await wait_for(lambda: _is_parsed(running, POST))
    before = connection.deadline
    # The body is longer than this route takes, and is read only until that is known.
    writer.write(b"x" * sent)
    await writer.drain()

    async def has_more_time() -> bool:
        return connection.deadline > before

    await wait_for(has_more_time)
    assert connection.deadline <= before + sent / server.MIN_RATE


async def _is_parsed(running: Running, sent: bytes) -> bool:
    return not sent or any(each.scope is not None for each in running.connections)


async def test_an_idle_connection_ends_after_its_time_even_if_blank_lines_arrive(running: Running):
    reader, writer = await running.connect(GET)
    await reader.readuntil(b'"}')
    writer.write(b"\r\n" * 10)
    await writer.drain()
    assert [each.deadline < float("inf") for each in running.connections] == [True]
    running.let_time_pass()
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    await wait_for(lambda: _is_empty(running))


async def test_a_connection_that_does_not_read_its_response_is_cut_off(running: Running):
    await running.connect(GET)
    (connection,) = running.connections
    connection.pause_writing()
    connection.check_deadline()
    assert connection in running.connections
    connection._write_deadline = 0.0
    connection.check_deadline()
    await wait_for(lambda: _is_empty(running))


async def _is_idle(running: Running) -> bool:
    return all(each._state == "idle" for each in running.connections)


async def _is_empty(running: Running) -> bool:
    return not running.connections


async def test_at_the_limit_the_client_that_has_waited_longest_gives_its_place(running: Running):
    waiting = [await running.connect(GET[:20]) for _ in range(10)]
    reader, _ = await running.connect(GET)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    assert len(running.connections) <= 10
    with contextlib.suppress(ConnectionError):
        assert await waiting[0][0].read() == b""


async def test_if_every_connection_is_at_work_the_next_gets_503(running: Running):
    for _ in range(10):
        reader, _ = await running.connect(GET)
        await reader.readuntil(b'"}')
    await wait_for(lambda: _is_idle(running))
    for each in running.connections:
        each._state = "running"
    answer = await running.ask(b"")
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 5" in answer


async def test_a_slow_request_is_not_refused_while_the_service_works_on_it(running: Running):
    reader, _ = await running.connect(GET)
    await reader.readuntil(b'"}')
    await wait_for(lambda: _is_idle(running))
    (connection,) = running.connections
    connection._state, connection.deadline = "running", float("inf")
    running.let_time_pass()
    assert not connection.transport.is_closing()
