"""A mail server on loopback that takes mail, or refuses it where a test asks for that."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage


class SmtpSink:
    """`refusal` is what it answers to a recipient instead of taking it, such as `550 no such person`."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, str]] = []
        self.refusal = ""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = recipient = ""
        writer.write(b"220 smtp-sink\r\n")
        try:
            while line := (await reader.readline()).decode().strip():
                word = line.split(" ")[0].upper()
                reply = "250 ok"
                if word == "MAIL":
                    sender = line.partition(":")[2].split(" ")[0]
                elif word == "RCPT":
                    recipient = line.partition(":")[2]
                    reply = self.refusal or reply
                elif word == "DATA":
                    writer.write(b"354 go on\r\n")
                    raw = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
                    self.mails.append(message_from_bytes(raw, _class=EmailMessage, policy=policy.default))  # type: ignore[arg-type]
                    self.envelopes.append((sender, recipient))
                elif word == "QUIT":
                    reply = "221 bye"
                writer.write(f"{reply}\r\n".encode())
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def run_smtp_sink(host: str = "127.0.0.1") -> AsyncIterator[SmtpSink]:
    """A mail server on a free port, for the length of the block."""
    sink = SmtpSink()
    server = await asyncio.start_server(sink.handle, host, 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
