"""One file of WAL into the store and out of it again: compressed, sealed and signed in a single object.

The object is the signed paper, a line break, and the age file. So it is there whole or not at all, and by hand it opens
with `sed '1,/^},"key"/d' OBJECT | age -d -i identity.txt | zstd -d`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pyrage  # type: ignore[import-untyped]
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.backup import incoming, signed
from ops.backup.faults import Damaged, Taken, Trouble
from ops.backup.keys import Identity
from ops.backup.manifest import Archive
from ops.backup.outgoing import LEVEL
from ops.backup.pit import commits, segments
from ops.backup.pit.papers import Segment
from ops.backup.programs import Programs
from ops.backup.settings import Settings
from ops.backup.store import Store

ROOT = "pit"
AGE = b"age-encryption.org/v1\n"
PAPER = 16 * 1024
"""Bytes that the paper fits into, with a hundred recipients."""


def folder(system: str) -> str:
    return f"{ROOT}/{system}/wal"


def place(system: str, name: str) -> str:
    return f"{folder(system)}/{name[:8]}/{name}"


def put(settings: Settings, store: Store, file: Path, *, name: str, system: str, suite: Programs) -> Segment:
    """Stores a file that PostgreSQL will write no more, reads it back, and gives its paper.

    The same file again is well and changes nothing. Raises `Taken` where another of that name is there, `Damaged`
    where the file is not what it is named for, `Unreachable`, `Trouble`.
    """
    try:
        raw = file.read_bytes()
    except OSError as fault:
        raise Trouble(f"{file} cannot be read: {fault.strerror}.") from None
    first = last = None
    if segments.SEGMENT.fullmatch(name):
        if segments.header(name, raw).system != system:
            raise Damaged(f"{name} is of another system than {system}. It was not stored.")
        first, last = commits.span(file, suite)
    history = segments.forks(raw.decode(errors="replace")) if segments.HISTORY.fullmatch(name) else ()
    path, digest = place(system, name), hashlib.sha256(raw).hexdigest()
    sealed = pyrage.encrypt(
        zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(raw),
        [recipient.key for recipient in settings.recipients],
    )
    recipients = tuple(recipient.text for recipient in settings.recipients)
    archive = Archive(path, len(sealed), hashlib.sha256(sealed).hexdigest(), len(raw), recipients)
    paper = Segment(name, system, archive, digest, first, last, tuple((of, segments.written(at)) for of, at in history))
    written = signed.seal(paper, settings.signer) + b"\n" + sealed
    try:
        store.create(path, written)
    except Taken:
        return _same(_opened(store.read(path), path, settings.trusted)[0], digest, store)
    if store.read(path) != written:
        store.delete(path)  # else it would stand in the way of the next try
        raise Damaged(f"{path} does not read as it was written. Do not trust this store.")
    return paper


def _same(there: Segment, digest: str, store: Store) -> Segment:
    if there.raw_sha256 != digest:
        raise Taken(
            f"{there.name} is in {store.address} already with other content. Two servers archive into one place: "
            "give one of them a BACKUP_STORE of its own. Nothing was overwritten."
        )
    return there


def get(
    store: Store, system: str, name: str, trusted: Sequence[Ed25519PublicKey], identities: Sequence[Identity]
) -> tuple[Segment, bytes]:
    """The paper, and the file as PostgreSQL wrote it. Raises `Missing`, `Damaged`, `Unreachable`, `Trouble`."""
    path = place(system, name)
    paper, sealed = _opened(store.read(path), path, trusted)
    opener = incoming.opener(paper.archive, identities)
    try:
        raw = zstandard.ZstdDecompressor().decompress(pyrage.decrypt(sealed, [opener.key]))
    except Exception as fault:  # pyrage has a class for each kind and none above them
        raise Damaged(f"{path} cannot be opened ({fault}), though its checksum is right.") from None
    if hashlib.sha256(raw).hexdigest() != paper.raw_sha256:
        raise Damaged(f"{path} does not hold what its paper says.")
    return paper, raw


def checked(store: Store, path: str, trusted: Sequence[Ed25519PublicKey]) -> Segment:
    """The paper of an object that has been read whole. It needs no key. Raises as `get`."""
    return _opened(store.read(path), path, trusted)[0]


def paper(store: Store, path: str, size: int, trusted: Sequence[Ed25519PublicKey]) -> Segment:
    """The paper alone, from the first bytes of an object of `size`. Raises as `get`."""
    document, _ = _parted(store.beginning(path, min(size, PAPER)), path)
    found = _paper(document, path, trusted)
    if len(document) + 1 + found.archive.size != size:
        raise Damaged(f"{path} is damaged: its length is not what was written.")
    return found


def _parted(data: bytes, path: str) -> tuple[bytes, bytes]:
    document, mark, rest = data.partition(b"\n" + AGE)
    if not mark:
        raise Damaged(f"{path} is damaged: it is no sealed file of WAL.")
    return document, AGE + rest


def _paper(document: bytes, path: str, trusted: Sequence[Ed25519PublicKey]) -> Segment:
    found = signed.opened(document, Segment, trusted, path)
    if found.archive.object != path:  # a signed file, put under another name
        raise Damaged(f"{path} is really {found.archive.object}.")
    return found


def _opened(data: bytes, path: str, trusted: Sequence[Ed25519PublicKey]) -> tuple[Segment, bytes]:
    document, sealed = _parted(data, path)
    found = _paper(document, path, trusted)
    if len(sealed) != found.archive.size or hashlib.sha256(sealed).hexdigest() != found.archive.sha256:
        raise Damaged(f"{path} is damaged: its checksum is not what was written.")
    return found, sealed
