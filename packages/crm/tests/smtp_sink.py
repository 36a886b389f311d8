"""A mail server on loopback that takes mail, or refuses it where a test asks for that."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage


class SmtpSink:
    """`refusal` is what it answers to a recipient instead of taking it, such as `550 no such person`, and `refused`
    to single ones. `hangs_up` says that it ends the connection once it has the mail, and `on_mail` is what happens
    before it confirms one. `tls` offers STARTTLS."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, str]] = []
        self.recipients: list[list[str]] = []
        self.refusal = ""
        self.refused: dict[str, str] = {}
        self.hangs_up = False
        self.on_mail: Callable[[], Awaitable[object]] | None = None
        self.encrypted: list[bool] = []
        self._tls = tls

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender, recipients, encrypted = "", list[str](), False
        writer.write(b"220 smtp-sink\r\n")
        try:
            while line := (await reader.readline()).decode().strip():
                word = line.split(" ")[0].upper()
                reply = "250 ok"
                if word == "EHLO" and self._tls and not encrypted:
                    reply = "250-smtp-sink\r\n250 STARTTLS"
                elif word == "STARTTLS" and self._tls:
                    writer.write(b"220 go on\r\n")
                    await writer.start_tls(self._tls)
                    encrypted = True
                    continue
                elif word == "MAIL":
                    sender, recipients = line.partition(":")[2].split(" ")[0], []
                elif word == "RCPT":
                    recipient = line.partition(":")[2]
                    reply = self.refused.get(recipient.strip("<>"), self.refusal) or reply
                    recipients += [recipient] if reply == "250 ok" else []
                elif word == "DATA":
                    writer.write(b"354 go on\r\n")
                    raw = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
                    self.mails.append(message_from_bytes(raw, _class=EmailMessage, policy=policy.default))  # type: ignore[arg-type]
                    self.envelopes.append((sender, recipients[-1]))
                    self.recipients.append([each.strip("<>") for each in recipients])
                    self.encrypted.append(encrypted)
                    if self.on_mail:
                        await self.on_mail()
                    if self.hangs_up:
                        break
                elif word == "QUIT":
                    reply = "221 bye"
                writer.write(f"{reply}\r\n".encode())
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def run_smtp_sink(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[SmtpSink]:
    """A mail server on a free port, for the length of the block."""
    sink = SmtpSink(tls)
    server = await asyncio.start_server(sink.handle, host, 0, limit=32 * 1024 * 1024)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
