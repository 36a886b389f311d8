"""A database on its way out: pg_dump or pg_basebackup, compressed, encrypted, piece by piece as the store asks."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import IO, Self, cast

import pyrage  # type: ignore[import-untyped]
import zstandard

from ops.backup.faults import Trouble
from ops.backup.keys import Recipient

LEVEL = 3
PIECE = 256 * 1024
CLOSE_S = 20


class Outgoing:
    """Use it as a context manager around `pieces`: however the block ends, the program ends with it."""

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        recipients: Sequence[Recipient],
        advance: Callable[[int], None],
    ) -> None:
        self.raw_size = 0
        self.size = 0
        self._digest = hashlib.sha256()
        self._advance = advance
        self._recipients = [recipient.key for recipient in recipients]
        self._command = command
        self._environment = environment
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the block
        self._fault: BaseException | None = None

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._said,
        )
        self._out, into = os.pipe()
        self._encrypting = Thread(target=self._encrypt, args=(into,), daemon=True)
        self._encrypting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._out)  # whoever still writes is told
        self._process.kill()
        self._process.wait()
        self._encrypting.join(CLOSE_S)
        self._said.close()

    def pieces(self) -> Iterator[bytes]:
        """The encrypted archive. Raises `Trouble` with the program's words, also after the last piece."""
        while piece := os.read(self._out, PIECE):
            self._digest.update(piece)
            self.size += len(piece)
            yield piece
        self._encrypting.join()
        if self._fault:  # asked first: where nobody reads it any more, pg_dump never ends
            raise Trouble(f"The archive could not be encrypted: {self._fault}")
        if self._process.wait():
            raise Trouble(f"{Path(self._command[0]).name} failed: {last_words(self._said)}")

    def read(self, size: int) -> bytes:
        """What the program says, counted: the compressor reads us as a file."""
        assert self._process.stdout is not None
        piece = self._process.stdout.read(size)
        self.raw_size += len(piece)
        self._advance(len(piece))
        return piece

    def _encrypt(self, into: int) -> None:
        try:
            with os.fdopen(into, "wb", buffering=PIECE) as sink:
                compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
                plain = compressor.stream_reader(cast(IO[bytes], self), read_size=PIECE)
                pyrage.encrypt_io(plain, sink, self._recipients)
        except BaseException as fault:  # told to whoever waits for the pieces
            self._fault = fault


def last_words(said: IO[bytes]) -> str:
    """Why a program of PostgreSQL failed: its first line that says so, without its name."""
    said.seek(0)
    lines = [line for line in said.read().decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "error:" in line or "FATAL" in line] or lines[-1:]
    return telling[0].partition("error: ")[2] or telling[0] if telling else "it says nothing."
