"""Every backup of a store, oldest first.

Backups are numbered, and the number says which is newer: a clock that jumped cannot put them in another order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.backup import signed
from ops.backup.faults import Damaged, Missing, Trouble
from ops.backup.manifest import Manifest, Proof
from ops.backup.store import Object, Store

NAME = re.compile(r"(\d{6})-\d{8}T\d{6}Z")
CLAIM, ARCHIVE, MANIFEST, PROOFS = "claim.json", "archive.dump.zst.age", "manifest.json", "proofs"
AT_ONCE = 8


class Backup(NamedTuple):
    """`manifest` is None where it is unfinished or not to be trusted; then `fault` says why."""

    name: str
    number: int
    objects: tuple[Object, ...]
    manifest: Manifest | None
    fault: str
    proofs: tuple[Proof, ...] = ()

    @property
    def finished(self) -> bool:
        """Has its maker come to the end? What is unfinished has no manifest at all."""
        return any(each.path == f"{self.name}/{MANIFEST}" for each in self.objects)

    @property
    def touched(self) -> datetime:
        return max(each.modified for each in self.objects)

    @property
    def size(self) -> int:
        return sum(each.size for each in self.objects)

    @property
    def proven(self) -> Proof | None:
        """Its newest proof."""
        return max(self.proofs, key=lambda proof: proof.at, default=None)


def named(number: int, at: datetime) -> str:
    return f"{number:06d}-{at:%Y%m%dT%H%M%SZ}"


def read(store: Store, trusted: Sequence[Ed25519PublicKey]) -> list[Backup]:
    """Raises `Unreachable`. What is none of ours is left alone, and not even listed: WAL is thousands of objects."""

    def looked_at(name: str) -> Backup | None:
        objects = store.objects(name)
        return _backup(store, name, objects, trusted) if objects else None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(looked_at, [name for name in store.folders() if NAME.fullmatch(name)])
        return [each for each in found if each]


def newest(backups: Iterable[Backup]) -> Backup | None:
    """The newest that can be trusted."""
    return max((each for each in backups if each.manifest), key=lambda each: each.number, default=None)


def last_proven(backups: Iterable[Backup]) -> Backup | None:
    """The newest that a drill has restored."""
    return max((each for each in backups if each.proofs), key=lambda each: each.number, default=None)


def chosen(backups: Sequence[Backup], name: str | None) -> tuple[Backup, Manifest]:
    """The backup of that name, or the newest. Raises `Missing`, `Damaged`."""
    if name is None:
        found = newest(backups)
        if found is None:
            broken = "; ".join(f"{each.name}: {each.fault}" for each in backups if each.fault)
            raise Missing(f"There is no backup that can be used. {broken or 'Make one with `ops backup create`.'}")
    else:
        found = next((each for each in backups if each.name == name or str(each.number) == name), None)
        if found is None:
            raise Missing(f"There is no backup {name!r}. `ops backup list` shows those that are there.")
    if found.manifest is None:
        raise Damaged(f"{found.name} cannot be used: {found.fault}")
    return found, found.manifest


def _backup(store: Store, name: str, objects: list[Object], trusted: Sequence[Ed25519PublicKey]) -> Backup:
    whole = Backup(name, int(name[:6]), tuple(objects), None, "")
    if not whole.finished:
        return whole._replace(fault="it was never finished.")
    try:
        path = f"{name}/{MANIFEST}"
        manifest = signed.opened(store.read(path), Manifest, trusted, path)
        if manifest.name != name:  # a signed manifest of another backup, put here
            raise Damaged(f"{path} is the manifest of {manifest.name}.")
        _look_for_archive(manifest, objects)
    except (Damaged, Missing) as fault:
        return whole._replace(fault=str(fault))
    return whole._replace(manifest=manifest, proofs=tuple(_proofs(store, manifest, objects, trusted)))


def _look_for_archive(manifest: Manifest, objects: list[Object]) -> None:
    archive = manifest.archive
    size = next((each.size for each in objects if each.path == archive.object), None)
    if size is None:
        raise Damaged(f"{archive.object} is missing.")
    if size != archive.size:
        raise Damaged(f"{archive.object} is damaged: {size} bytes, not {archive.size}.")


def _proofs(
    store: Store, manifest: Manifest, objects: list[Object], trusted: Sequence[Ed25519PublicKey]
) -> Iterable[Proof]:
    """What is no proof of this very archive counts for nothing."""
    for each in objects:
        if each.path.startswith(f"{manifest.name}/{PROOFS}/"):
            try:
                proof = signed.opened(store.read(each.path), Proof, trusted, each.path)
            except (Damaged, Missing):
                continue
            if proof.backup == manifest.name and proof.sha256 == manifest.archive.sha256:
                yield proof


def discard(store: Store, backup: str) -> None:
    """Takes a backup away, manifest first: what is left of an interrupted removal counts as unfinished."""
    order = [MANIFEST, ARCHIVE, CLAIM]
    paths = [each.path for each in store.objects(backup)]
    known = [f"{backup}/{name}" for name in order]
    for path in sorted(paths, key=lambda path: known.index(path) if path in known else len(order)):
        store.delete(path)
    store.clear(backup)


def tried_to_discard(store: Store, backup: str) -> bool:
    """Clearing up after a fault: when that does not work either, the fault itself is what people should read."""
    try:
        discard(store, backup)
    except Trouble:
        return False
    return True
