"""pg_basebackup on its way out, with its list of files caught from the tar that passes by."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ops.backup.faults import Trouble
from ops.backup.keys import Recipient
from ops.backup.outgoing import Outgoing

WANTED = "backup_manifest"


class Catch:
    """Reads a tar that comes in pieces of any size and keeps one member of it."""

    def __init__(self, wanted: str = WANTED) -> None:
        self.found = b""
        self._wanted = wanted
        self._header = bytearray()
        self._left = 0
        self._member = 0
        self._keep = False

    def feed(self, piece: bytes) -> None:
        view = memoryview(piece)
        while view:
            if self._left:
                taken, view = view[: self._left], view[self._left :]
                self._left -= len(taken)
                if self._keep:
                    self.found += taken[: self._member - len(self.found)]
                continue
            missing = tarfile.BLOCKSIZE - len(self._header)
            self._header += view[:missing]
            view = view[missing:]
            if len(self._header) == tarfile.BLOCKSIZE:
                self._begin(bytes(self._header))
                self._header.clear()

    def _begin(self, header: bytes) -> None:
        if not any(header):  # the end of the tar
            return
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        self._member = member.size if member.isreg() else 0
        self._left = -(-self._member // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        self._keep = member.name == self._wanted


class Base(Outgoing):
    """As `Outgoing`; afterwards `listing` is PostgreSQL's backup_manifest as it wrote it."""

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        recipients: Sequence[Recipient],
        advance: Callable[[int], None],
    ) -> None:
        super().__init__(command, environment, recipients, advance)
        self._catch = Catch()

    def read(self, size: int) -> bytes:
        piece = super().read(size)
        self._catch.feed(piece)
        return piece

    @property
    def listing(self) -> bytes:
        return self._catch.found


class Range(msgspec.Struct, rename={"timeline": "Timeline", "start": "Start-LSN", "end": "End-LSN"}):
    """A stretch of WAL that a base backup needs to be whole."""

    timeline: int
    start: str
    end: str


class _Listing(msgspec.Struct, rename={"system": "System-Identifier", "ranges": "WAL-Ranges"}):
    system: Any
    ranges: list[Range]


def needed(listing: bytes) -> Range:
    """The WAL that a base backup needs, by its backup_manifest. Raises `Trouble` where that cannot be read."""
    try:
        ranges = msgspec.json.decode(listing, type=_Listing).ranges
        return Range(ranges[-1].timeline, ranges[0].start, ranges[-1].end)
    except (msgspec.MsgspecError, IndexError) as fault:
        raise Trouble(f"pg_basebackup gave no list of files that could be read ({fault}).") from None
