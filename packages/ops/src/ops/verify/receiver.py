"""A receiver of webhooks on this machine, which checks signatures as a customer's program would."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


class Receiver:
    """`url` is where it listens. `secret` is set when the CRM has told it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/verify"
        self.secret = ""
        self._got: list[tuple[dict[str, str], bytes]] = []
        self._more = threading.Condition()

    def take(self, headers: dict[str, str], body: bytes) -> None:
        with self._more:
            self._got.append((headers, body))
            self._more.notify_all()

    async def wait_for(self, part: str, seconds: float) -> dict[str, Any] | None:
        """The first message whose body contains `part`, its signature checked; None when none comes in time.

        Raises `WebhookVerificationError`.
        """
        return await asyncio.to_thread(self._wait, part.encode(), seconds)

    def _wait(self, part: bytes, seconds: float) -> dict[str, Any] | None:
        with self._more:
            self._more.wait_for(lambda: any(part in body for _, body in self._got), seconds)
            for headers, body in self._got:
                if part in body:
                    Webhook(self.secret).verify(body, headers)
                    return dict(json.loads(body))
        return None


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, receiver: Receiver, *given: Any) -> None:
        self.receiver = receiver
        super().__init__(*given)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """What arrives is told by the check."""


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver on a free port of 127.0.0.1."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    receiver = Receiver(server.server_address[1])
    server.RequestHandlerClass = partial(_Handler, receiver)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


__all__ = ["Receiver", "WebhookVerificationError", "listening"]
