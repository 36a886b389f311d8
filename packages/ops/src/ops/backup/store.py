"""Where backups are kept: a folder, S3, Google Cloud Storage or Azure. No object is ever overwritten."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import obstore
from obstore import exceptions
from obstore.store import LocalStore, ObjectStore

from ops.backup.errors import NotFoundError, UnreachableError
from ops.cli import OpsError, UsageError
from shared import object_stores

if TYPE_CHECKING:
    from obstore import ReadableFile, WritableFile

PART = 8 * 1024 * 1024
"""Bytes of a part of an upload. S3 takes 10,000 parts: 80 GB."""

AT_ONCE = 2
ADVICE = {
    r"os error (27|28|122)\b": "is full. Make room there, or delete old backups with `ops backup prune`.",
    r"os error (13|30)\b": "cannot be written to. Check who owns it.",
    "NoSuchBucket|ContainerNotFound": "names a bucket that does not exist. Create it, or correct BACKUP_STORE.",
}


class StoredObject(NamedTuple):
    path: str
    size: int
    modified: datetime


class Store:
    def __init__(self, inner: ObjectStore, address: str) -> None:
        self._inner = inner
        self._folder = Path(inner.prefix) if isinstance(inner, LocalStore) and inner.prefix else None
        self.address = address

    def create(self, path: str, data: bytes) -> None:
        """Writes a small object. Raises `OpsError`, also where the name is taken, and `UnreachableError`."""
        with self._translate_errors(path):
            obstore.put(self._inner, path, data, mode="create")
            self._sync(path)

    @contextmanager
    def open_writer(self, path: str) -> Iterator[WritableFile]:
        """Writes a large object in parts. The caller has reserved the name. Where the block raises, nothing is left."""
        with self._translate_errors(path):
            with obstore.open_writer(self._inner, path, buffer_size=PART, max_concurrency=AT_ONCE) as writer:
                yield writer
            self._sync(path)

    def read(self, path: str) -> bytes:
        """Returns a small object. Raises `NotFoundError`, `UnreachableError`, `OpsError`."""
        with self._translate_errors(path):
            return bytes(obstore.get(self._inner, path).bytes())

    @contextmanager
    def open_reader(self, path: str) -> Iterator[ReadableFile]:
        """Reads a large object. Raises as `read`, also in the middle of the block."""
        with self._translate_errors(path):
            yield obstore.open_reader(self._inner, path, buffer_size=PART)

    def list_objects(self, folder: str | None = None) -> list[StoredObject]:
        """Returns all objects, or those of one folder."""
        with self._translate_errors(""):
            found = obstore.list(self._inner, folder).collect()
        return [StoredObject(each["path"], each["size"], each["last_modified"]) for each in found]

    def delete(self, path: str) -> None:
        """Deletes an object where there is one."""
        try:
            with self._translate_errors(path):
                obstore.delete(self._inner, path)
        except NotFoundError:
            return

    def delete_folder(self, folder: str) -> None:
        """Deletes a local folder with the half-written files that a killed process left."""
        if self._folder:
            shutil.rmtree(self._folder / folder, ignore_errors=True)

    def _sync(self, path: str) -> None:
        """Makes sure that a local file is on the disk before it counts as written."""
        for each in (self._folder / path, (self._folder / path).parent) if self._folder else ():
            descriptor = os.open(each, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    @contextmanager
    def _translate_errors(self, path: str) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:  # pg_restore has ended, and says why
            raise
        except (exceptions.BaseError, OSError) as error:
            raise _translate(error, self.address, path) from None


def open_store(address: str, environ: Mapping[str, str], retries: int = object_stores.RETRIES) -> Store:
    """Opens the store at an address with the cloud's own variables, without a request. Raises `UsageError`."""
    try:
        inner = object_stores.open_store("BACKUP_STORE", address, environ, retries)
    except object_stores.ObjectStoreError as error:
        raise UsageError(str(error)) from None
    return Store(inner, str(object_stores.find_folder(address) or address))


def _translate(error: Exception, address: str, path: str) -> OpsError:
    if isinstance(error, FileNotFoundError):
        return NotFoundError(f"{address} has no {path or 'such folder'}.")
    if isinstance(error, exceptions.AlreadyExistsError):
        return OpsError(f"{path} is in {address} already. Nothing was overwritten.")
    if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
        return OpsError(f"{address} refuses access. Check its key and what that key may do.")
    for pattern, advice in ADVICE.items():
        if re.search(pattern, str(error)):
            return OpsError(f"{address} {advice}")
    return UnreachableError(f"{address} does not answer as it should: {object_stores.format_reason(error)}")
