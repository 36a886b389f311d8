"""The archive of a backup: pg_dump's output, compressed and encrypted on its way to the store, and back.

A restore gets the last part only when the checksum of the whole object is right. pg_restore works in one transaction,
so a damaged archive leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE
from typing import IO, TYPE_CHECKING, Any, cast

import pyrage  # type: ignore[import-untyped]
import zstandard

from ops.backup.errors import DamagedError
from ops.backup.keys import Identity, Recipient
from ops.backup.manifest import Archive
from ops.backup.programs import read_error
from ops.backup.store import Store
from ops.cli import OpsError

if TYPE_CHECKING:
    from _typeshed import SupportsWrite
    from obstore import ReadableFile

LEVEL = 3
PIECE, HELD_BACK = 256 * 1024, 64 * 1024
Advance = Callable[[int], None]


class MeasuredFile:
    """A file that counts and hashes. It keeps its error, because the encoders replace it with one of their own."""

    def __init__(self, advance: Advance | None = None) -> None:
        self.error: BaseException | None = None
        self.size = 0
        self.digest = hashlib.sha256()
        self._advance = advance

    def _measure(self, piece: bytes) -> bytes:
        self.digest.update(piece)
        self.size += len(piece)
        if self._advance:
            self._advance(len(piece))
        return piece

    @contextmanager
    def _keep_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.error = error
            raise


class MeasuredReader(MeasuredFile):
    def __init__(self, file: IO[bytes] | ReadableFile, advance: Advance) -> None:
        super().__init__(advance)
        self._file = file

    def read(self, size: int) -> bytes:
        with self._keep_error():
            return self._measure(bytes(self._file.read(size)))

    def check(self, archive: Archive) -> None:
        """Reads the rest and compares the whole with the manifest. Raises `DamagedError`."""
        while self.read(PIECE):
            pass
        if self.size != archive.size:
            what = f"{self.size} bytes, not {archive.size}"
        elif self.digest.hexdigest() != archive.sha256:
            what = "its checksum is not what was written"
        else:
            return
        raise DamagedError(f"{archive.object} is damaged: {what}. Use another backup.")


class MeasuredWriter(MeasuredFile):
    """Passes on what is written, except for the last `held_back` bytes or more."""

    def __init__(self, writer: SupportsWrite[bytes], held_back: int = 0) -> None:
        super().__init__()
        self._writer = writer
        self._held_back = held_back
        self._held = bytearray()

    def write(self, piece: bytes, /) -> int:
        self._held += self._measure(piece)
        if len(self._held) > 2 * self._held_back:
            self._pass_on(len(self._held) - self._held_back)
        return len(piece)

    def flush(self) -> None:
        """Only `release` passes on the last part."""

    def release(self) -> None:
        self._pass_on(len(self._held))

    def _pass_on(self, count: int) -> None:
        with self._keep_error():
            self._writer.write(bytes(self._held[:count]))
        del self._held[:count]


def upload_archive(
    store: Store,
    path: str,
    pg_dump: tuple[Sequence[str], Mapping[str, str]],
    recipients: Sequence[Recipient],
    advance: Advance,
) -> Archive:
    """Uploads the output of pg_dump. Where it raises, nothing is at `path`. Raises `OpsError` with pg_dump's error."""
    command, variables = pg_dump
    environ = {**os.environ, **variables}
    with (
        tempfile.TemporaryFile() as messages,
        store.open_writer(path) as writer,
        subprocess.Popen(command, env=environ, stdin=DEVNULL, stdout=PIPE, stderr=messages) as process,
    ):
        try:
            assert process.stdout is not None
            dump, sink = MeasuredReader(process.stdout, advance), MeasuredWriter(writer)
            plain = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).stream_reader(
                cast(IO[bytes], dump), read_size=PIECE
            )
            _run_coder(pyrage.encrypt_io, plain, sink, recipients, files=(dump, sink))
            if process.wait():
                raise OpsError(f"pg_dump failed: {read_error(messages)}")
        except BaseException:
            process.kill()
            raise
    return Archive(path, sink.size, sink.digest.hexdigest(), dump.size, tuple(map(str, recipients)))


def check_archive(store: Store, archive: Archive, advance: Advance) -> None:
    """Compares the whole object with the manifest. Raises `DamagedError`, `NotFoundError`, `UnreachableError`."""
    with store.open_reader(archive.object) as file:
        MeasuredReader(file, advance).check(archive)


def download_archive(
    store: Store, archive: Archive, identities: Sequence[Identity], writer: SupportsWrite[bytes], advance: Advance
) -> None:
    """Writes pg_dump's output to `writer`. Raises as `check_archive`, and what `writer` raises."""
    choose_identity(archive, identities)
    held = MeasuredWriter(writer, HELD_BACK)
    plain = zstandard.ZstdDecompressor().stream_writer(cast(IO[bytes], held), closefd=False)
    with store.open_reader(archive.object) as file:
        reader = MeasuredReader(file, advance)
        try:
            _run_coder(pyrage.decrypt_io, reader, plain, identities, files=(reader, held))
        except DamagedError:
            reader.check(archive)  # a wrong checksum says more
            raise
        reader.check(archive)
    if held.size != archive.raw_size:
        raise DamagedError(f"{archive.object} holds {held.size} bytes, not {archive.raw_size}.")
    held.release()


def choose_identity(archive: Archive, identities: Sequence[Identity]) -> Identity:
    """Returns the key that opens the archive. Raises `OpsError` where none does."""
    for identity in identities:
        if str(identity.to_public()) in archive.recipients:
            return identity
    recipients = ", ".join(f"{recipient[:12]}…{recipient[-4:]}" for recipient in archive.recipients)
    raise OpsError(
        f"{archive.object} cannot be opened with this key. It is for: {recipients}. Name one of those with --identity."
    )


def _run_coder(coder: Callable[..., object], *arguments: Any, files: Sequence[MeasuredFile]) -> None:
    """Raises the error of a file where one failed, else `DamagedError` with the coder's own."""
    try:
        coder(*arguments)
    except Exception as error:
        if str(error).startswith("KeyboardInterrupt"):  # raised between two calls of a file
            raise KeyboardInterrupt from None
        raise next(
            (file.error for file in files if file.error),
            DamagedError(f"The archive cannot be read or written: {error}"),
        ) from None
