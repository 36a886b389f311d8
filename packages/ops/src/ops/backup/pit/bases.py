"""Every base backup of a store, and what each stands on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.backup import catalog, signed
from ops.backup.catalog import CLAIM, MANIFEST, PROOFS
from ops.backup.faults import Damaged, Missing
from ops.backup.pit.deposit import ROOT
from ops.backup.pit.papers import Base, PointProof
from ops.backup.store import Object, Store

ARCHIVE, LISTING = "base.tar.zst.age", "backup_manifest.zst"


class Found(NamedTuple):
    """`base` is None where it is unfinished or not to be trusted; then `fault` says why. `folder` holds its objects."""

    folder: str
    objects: tuple[Object, ...]
    base: Base | None
    fault: str
    proofs: tuple[PointProof, ...] = ()

    @property
    def name(self) -> str:
        return self.folder.rpartition("/")[2]

    @property
    def number(self) -> int:
        return int(self.name[:6])

    @property
    def size(self) -> int:
        return sum(each.size for each in self.objects)

    @property
    def finished(self) -> bool:
        return any(each.path == f"{self.folder}/{MANIFEST}" for each in self.objects)

    @property
    def touched(self) -> datetime:
        return max(each.modified for each in self.objects)


def folder(system: str, name: str) -> str:
    return f"{ROOT}/{system}/base/{name}"


def read(store: Store, trusted: Sequence[Ed25519PublicKey], objects: Iterable[Object] | None = None) -> list[Found]:
    """Oldest first by number. `objects` are those under `ROOT`, where they have been listed. Raises `Unreachable`."""
    folders: dict[str, list[Object]] = defaultdict(list)
    if objects is None:
        objects = [each for system in store.folders(ROOT) for each in store.objects(f"{system}/base")]
    for each in objects:
        parts = each.path.split("/")
        if len(parts) > 4 and parts[2] == "base" and catalog.NAME.fullmatch(parts[3]):
            folders["/".join(parts[:4])].append(each)
    with ThreadPoolExecutor(catalog.AT_ONCE) as pool:
        found = pool.map(lambda folder: _read(store, folder, folders[folder], trusted), folders)
        return sorted(found, key=lambda each: each.number)


def chain(found: Sequence[Found], base: Base) -> list[Base]:
    """What it takes to build a data directory: the full one first. Raises `Damaged` where one cannot be used."""
    links = [base]
    while links[0].parent is not None:
        parent = next(
            (each for each in found if each.name == links[0].parent and _system(each) == base.system and each.base),
            None,
        )
        if parent is None or parent.base is None:
            raise Damaged(f"{base.name} stands on {links[0].parent}, which is missing or cannot be used.")
        links.insert(0, parent.base)
    return links


def whole(found: Sequence[Found]) -> list[Base]:
    """Those from which a data directory can be built."""
    usable = []
    for each in found:
        if each.base:
            try:
                chain(found, each.base)
            except Damaged:
                continue
            usable.append(each.base)
    return usable


def discard(store: Store, folder: str) -> None:
    """Takes a base backup away, manifest first: what is left of an interrupted removal counts as unfinished."""
    order = [f"{folder}/{name}" for name in (MANIFEST, ARCHIVE, LISTING, CLAIM)]
    paths = [each.path for each in store.objects(folder)]
    for path in sorted(paths, key=lambda path: order.index(path) if path in order else len(order)):
        store.delete(path)
    store.clear(folder)


def _system(found: Found) -> str:
    return found.folder.split("/")[1]


def _read(store: Store, folder: str, objects: list[Object], trusted: Sequence[Ed25519PublicKey]) -> Found:
    whole = Found(folder, tuple(objects), None, "")
    if not whole.finished:
        return whole._replace(fault="it was never finished.")
    path = f"{folder}/{MANIFEST}"
    try:
        base = signed.opened(store.read(path), Base, trusted, path)
        if folder != f"{ROOT}/{base.system}/base/{base.name}":
            raise Damaged(f"{path} is the manifest of {base.name}.")
        for part in (base.archive, base.listing):
            _look_for(part.object, part.size, objects)
    except (Damaged, Missing) as fault:
        return whole._replace(fault=str(fault))
    return whole._replace(base=base, proofs=tuple(_proofs(store, base, objects, trusted)))


def _look_for(path: str, size: int, objects: list[Object]) -> None:
    there = next((each.size for each in objects if each.path == path), None)
    if there is None:
        raise Damaged(f"{path} is missing.")
    if there != size:
        raise Damaged(f"{path} is damaged: {there} bytes, not {size}.")


def _proofs(
    store: Store, base: Base, objects: list[Object], trusted: Sequence[Ed25519PublicKey]
) -> Iterable[PointProof]:
    for each in objects:
        if f"/{PROOFS}/" in each.path:
            try:
                proof = signed.opened(store.read(each.path), PointProof, trusted, each.path)
            except (Damaged, Missing):
                continue
            if proof.base == base.name and proof.sha256 == base.archive.sha256:
                yield proof
