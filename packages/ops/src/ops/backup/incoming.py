"""An archive on its way back: read from the store, decrypted, decompressed, handed to whoever wants it.

The last part is kept back until the checksum of the whole object has been found right. pg_restore works in one
transaction, so an archive that is damaged anywhere leaves nothing behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Protocol, cast

import pyrage  # type: ignore[import-untyped]
import zstandard

from ops.backup.faults import Damaged, Trouble
from ops.backup.keys import Identity
from ops.backup.manifest import Archive
from ops.backup.store import Store

KEPT_BACK = 64 * 1024


class Sink(Protocol):
    def write(self, piece: bytes, /) -> object: ...


class Nowhere:
    """For looking only."""

    def write(self, piece: bytes, /) -> object:
        return len(piece)


class Reader:
    """An object of the store as a file, counted and hashed as it is read."""

    def __init__(self, pieces: Iterator[bytes], advance: Callable[[int], None]) -> None:
        self.size = 0
        self.fault: Trouble | None = None
        self._digest = hashlib.sha256()
        self._pieces = pieces
        self._piece = memoryview(b"")
        self._advance = advance

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        if not self._piece:
            self._piece = memoryview(self._next())
        taken, self._piece = (self._piece[:size], self._piece[size:]) if size >= 0 else (self._piece, memoryview(b""))
        return bytes(taken)

    def drain(self) -> None:
        """Reads on to the end, for the checksum's sake."""
        while self._next():
            pass

    def _next(self) -> bytes:
        try:
            piece = next(self._pieces, b"")
        except Trouble as fault:  # the decoders would wrap it
            self.fault = fault
            raise
        self._digest.update(piece)
        self.size += len(piece)
        self._advance(len(piece))
        return piece


class KeptBack:
    """Passes on what it is given, always a little behind."""

    def __init__(self, sink: Sink) -> None:
        self.size = 0
        self.fault: BaseException | None = None
        self._sink = sink
        self._kept = bytearray()

    def write(self, piece: bytes, /) -> int:
        self._kept += piece
        self.size += len(piece)
        if len(self._kept) > 2 * KEPT_BACK:
            self._pass_on(len(self._kept) - KEPT_BACK)
        return len(piece)

    def flush(self) -> None:
        """What is kept back stays so: only `release` lets go of it."""

    def release(self) -> None:
        self._pass_on(len(self._kept))

    def _pass_on(self, count: int) -> None:
        try:
            self._sink.write(bytes(self._kept[:count]))
        except BaseException as fault:
            self.fault = fault
            raise
        del self._kept[:count]


def checked(store: Store, archive: Archive, advance: Callable[[int], None]) -> None:
    """Reads the whole object and compares it with what was written. Raises `Damaged`, `Missing`, `Unreachable`."""
    reader = Reader(store.stream(archive.object), advance)
    reader.drain()
    _compare(reader, archive)


def poured(
    store: Store, archive: Archive, identities: Sequence[Identity], sink: Sink, advance: Callable[[int], None]
) -> None:
    """What pg_dump said, into `sink`. Raises `Damaged`, `Missing`, `Unreachable`, and what `sink` raises."""
    reader = Reader(store.stream(archive.object), advance)
    kept_back = KeptBack(sink)
    plain = zstandard.ZstdDecompressor().stream_writer(cast(IO[bytes], kept_back), closefd=False)
    try:
        pyrage.decrypt_io(reader, plain, [identity.key for identity in identities])
    except Exception as fault:  # the decoders wrap what reader and sink raise, so we ask them first
        if told := reader.fault or kept_back.fault:
            raise told from None
        if "No matching keys" in str(fault):
            raise Trouble(_locked(archive)) from None
        reader.drain()
        _compare(reader, archive)
        raise Damaged(f"{archive.object} cannot be opened ({fault}), though its checksum is right.") from None
    reader.drain()
    _compare(reader, archive)
    if kept_back.size != archive.raw_size:
        raise Damaged(f"{archive.object} holds {kept_back.size} bytes, not {archive.raw_size}.")
    kept_back.release()


def opener(archive: Archive, identities: Sequence[Identity]) -> Identity:
    """The key that opens it, by its public half. Raises `Trouble` where none does."""
    found = next((identity for identity in identities if identity.recipient in archive.recipients), None)
    if found is None:
        raise Trouble(_locked(archive))
    return found


def _locked(archive: Archive) -> str:
    who = ", ".join(f"{recipient[:12]}…{recipient[-4:]}" for recipient in archive.recipients)
    return f"{archive.object} cannot be opened with this key. It is for: {who}. Give one of those with --identity."


def _compare(reader: Reader, archive: Archive) -> None:
    if reader.size != archive.size:
        raise Damaged(f"{archive.object} is damaged: {reader.size} bytes, not {archive.size}. Use another backup.")
    if reader.sha256 != archive.sha256:
        raise Damaged(f"{archive.object} is damaged: its checksum is not what was written. Use another backup.")
