"""The HTTP protocol of uvicorn, with a limit for the request line and headers, which are held in memory."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024
"""Bytes of the request line and the headers together."""


class Protocol(HttpToolsProtocol):
    """Answers 400 and closes the connection if the head of a request is larger than `MAX_HEAD`."""

    _complete = True
    _pending = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._complete:
            self._pending = 0
            return
        self._pending += len(data)
        if self._pending > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        self._complete = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._complete = True
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD:
            raise ValueError("The head of the request is too large.")  # which the parser's caller answers with 400
        super().on_headers_complete()
