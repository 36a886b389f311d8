"""The backups of a store, oldest first.

Backups are numbered, and the number says which is newer: a clock that jumps cannot change their order.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.backup.errors import DamagedError, NotFoundError
from ops.backup.manifest import Manifest, Proof, verify_document
from ops.backup.store import Store, StoredObject

NAME = re.compile(r"(\d{6})-\d{8}T\d{6}Z")
CLAIM, ARCHIVE, MANIFEST, PROOFS = "claim.json", "archive.dump.zst.age", "manifest.json", "proofs"
AT_ONCE = 8


class Backup(NamedTuple):
    """`manifest` is None where the backup is unfinished or cannot be trusted; then `error` says why."""

    name: str
    number: int
    objects: tuple[StoredObject, ...]
    manifest: Manifest | None
    error: str
    proofs: tuple[Proof, ...] = ()

    @property
    def is_finished(self) -> bool:
        """The manifest is written last."""
        return any(each.path == f"{self.name}/{MANIFEST}" for each in self.objects)

    @property
    def modified(self) -> datetime:
        return max(each.modified for each in self.objects)

    @property
    def size(self) -> int:
        return sum(each.size for each in self.objects)

    @property
    def newest_proof(self) -> Proof | None:
        return max(self.proofs, key=lambda proof: proof.at, default=None)


def format_name(number: int, at: datetime) -> str:
    return f"{number:06d}-{at:%Y%m%dT%H%M%SZ}"


def list_backups(store: Store, trusted: Sequence[Ed25519PublicKey]) -> list[Backup]:
    """Reads every backup, several at once. What is not a backup is left alone."""
    folders: dict[str, list[StoredObject]] = defaultdict(list)
    for each in store.list_objects():
        folders[each.path.partition("/")[0]].append(each)
    names = sorted(filter(NAME.fullmatch, folders))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda name: _read_backup(store, name, folders[name], trusted), names))


def find_newest(backups: Iterable[Backup]) -> Backup | None:
    """Returns the newest that can be trusted."""
    return max((each for each in backups if each.manifest), key=lambda each: each.number, default=None)


def choose_backup(backups: Sequence[Backup], name: str | None) -> Manifest:
    """Returns the backup of that name or number, else the newest. Raises `NotFoundError`, `DamagedError`."""
    chosen = next((each for each in backups if name in (each.name, str(each.number))), None)
    if name and chosen is None:
        raise NotFoundError(f"There is no backup {name!r}. `ops backup list` shows those that exist.")
    chosen = chosen or find_newest(backups)
    if chosen is None:
        errors = "; ".join(f"{each.name}: {each.error}" for each in backups if each.error)
        raise NotFoundError(f"There is no usable backup. {errors or 'Make one with `ops backup create`.'}")
    if chosen.manifest is None:
        raise DamagedError(f"{chosen.name} cannot be used: {chosen.error}")
    return chosen.manifest


def delete_backup(store: Store, name: str) -> None:
    """Deletes the manifest first, so that an interrupted deletion leaves an unfinished backup."""
    paths = sorted(each.path for each in store.list_objects(name))
    for path in sorted(paths, key=lambda path: path != f"{name}/{MANIFEST}"):
        store.delete(path)
    store.delete_folder(name)


def _read_backup(store: Store, name: str, objects: list[StoredObject], trusted: Sequence[Ed25519PublicKey]) -> Backup:
    backup = Backup(name, int(name[:6]), tuple(objects), None, "it was never finished.")
    if not backup.is_finished:
        return backup
    try:
        path = f"{name}/{MANIFEST}"
        manifest = verify_document(store.read(path), Manifest, trusted, path)
        if manifest.name != name:  # the signed manifest of another backup
            raise DamagedError(f"{path} is the manifest of {manifest.name}.")
        size = next((each.size for each in objects if each.path == manifest.archive.object), None)
        if size != manifest.archive.size:
            what = "missing" if size is None else f"damaged: {size} bytes, not {manifest.archive.size}"
            raise DamagedError(f"{manifest.archive.object} is {what}.")
    except (DamagedError, NotFoundError) as error:
        return backup._replace(error=str(error))
    return backup._replace(manifest=manifest, error="", proofs=tuple(_read_proofs(store, manifest, objects, trusted)))


def _read_proofs(
    store: Store, manifest: Manifest, objects: list[StoredObject], trusted: Sequence[Ed25519PublicKey]
) -> Iterator[Proof]:
    """Yields the trusted proofs of exactly this archive."""
    for each in objects:
        if each.path.startswith(f"{manifest.name}/{PROOFS}/"):
            try:
                proof = verify_document(store.read(each.path), Proof, trusted, each.path)
            except (DamagedError, NotFoundError):
                continue
            if proof.backup == manifest.name and proof.sha256 == manifest.archive.sha256:
                yield proof
