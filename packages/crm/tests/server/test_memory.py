"""The memory of the service stays below 300 MB, whatever strangers send."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from crm_process import find_free_port, has_worker_state, run_crm, wait_for

from crm.kernel.app_context import AppContext

LIMIT_MB = 300
HEAD = b"POST /api/leads HTTP/1.1\r\nHost: crm.test\r\nContent-Type: application/json\r\n"
SIGN_IN = HEAD.replace(b"/api/leads", b"/sign-in").replace(b"json", b"x-www-form-urlencoded")
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MB = 1024 * 1024

Attack = tuple[int, bytes, Callable[[], bytes], int]
"""How many connections send what, then how often something more."""

ATTACKS: dict[str, Attack] = {
    "trailers without end": (4, CHUNKED + b"0\r\n", lambda: b"X:\r\n" * 64_000, 60),
    "one trailer without end": (4, CHUNKED + b"0\r\nX: ", lambda: b"x" * 256_000, 60),
    "heads without end": (900, HEAD + b"X: ", lambda: b"x" * 8_000, 3),
    "heads of many fields": (900, HEAD, lambda: b"a:\r\n" * 90, 1),
    "half-sent requests": (300, HEAD[:40], lambda: b"", 0),
    "half-sent bodies": (900, HEAD + b"Content-Length: 65000\r\n\r\n", lambda: b"x" * 60_000, 1),
    "half-sent forms": (900, SIGN_IN + b"Content-Length: 250000\r\n\r\n", lambda: b"x" * 240_000, 1),
    "a body of 100 MB": (1, HEAD + b"Content-Length: 104857600\r\n\r\n", lambda: b"x" * MB, 100),
    "chunks without end": (20, CHUNKED, lambda: b"4000\r\n" + b"x" * 0x4000 + b"\r\n", 100),
    "chunks of one byte": (20, CHUNKED, lambda: b"1\r\nx\r\n" * 40_000, 3),
    "thousands of requests at once": (200, b"", lambda: b"GET /x HTTP/1.1\r\nHost: crm.test\r\n\r\n" * 6_000, 2),
    "responses that nobody reads": (300, b"", lambda: b"GET /sign-in HTTP/1.1\r\nHost: crm.test\r\n\r\n" * 14, 20),
}


@pytest.fixture(scope="module")
async def port(context: AppContext, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[int, int]]:
    number = find_free_port()
    folder = tmp_path_factory.mktemp("serve")
    async with run_crm(context, folder, "serve", PORT=str(number), HOST="127.0.0.1", WORKER="embedded") as running:
        await wait_for(lambda: has_worker_state(number, "ok"))
        yield number, running.pid


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
async def test_memory_stays_below_its_limit_under(port: tuple[int, int], attack: Attack):
    number, pid = port
    connections, first, more, times = attack

    async def send() -> asyncio.StreamWriter | None:
        with contextlib.suppress(OSError, TimeoutError):
            _, writer = await asyncio.open_connection("127.0.0.1", number)
            writer.write(first)
            for _ in range(times):
                if writer.transport.is_closing():
                    break
                writer.write(more())
                async with asyncio.timeout(2):
                    await writer.drain()
            return writer
        return None

    open_ones = await asyncio.gather(*(send() for _ in range(connections)))
    peak = _peak_mb(pid)
    print(f"peak {peak} MB")
    assert peak < LIMIT_MB
    # A good request is answered meanwhile.
    await wait_for(lambda: has_worker_state(number, "ok"))
    for writer in open_ones:
        if writer is not None:
            writer.transport.abort()


def _peak_mb(pid: int) -> int:
    """The largest resident memory of the process so far."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
