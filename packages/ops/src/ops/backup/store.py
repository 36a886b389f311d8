"""Where backups are kept: a folder, S3, Google Cloud Storage or Azure. No object is ever overwritten."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import obstore
from obstore import exceptions
from obstore.store import LocalStore, ObjectStore, from_url

from ops.backup.errors import NotFoundError, UnreachableError
from ops.cli import OpsError, UsageError

if TYPE_CHECKING:
    from obstore import ReadableFile, WritableFile

PART = 8 * 1024 * 1024
"""Bytes of a part of an upload. S3 takes 10,000 parts: 80 GB."""

AT_ONCE = 2
RETRIES = 9
"""Of each request, with growing pauses, so that an outage of about ten seconds is waited out."""

TIMEOUTS: Any = {"connect_timeout": "10 seconds", "timeout": "5 minutes"}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Cloud(NamedTuple):
    """Its variables. Without credentials the client would ask the cloud's metadata server for some."""

    credentials: tuple[str, ...]
    endpoints: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


CLOUDS = {
    "s3": Cloud(
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"),
        ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"),
    ),
    "gs": Cloud(("GOOGLE_APPLICATION_CREDENTIALS",), ("GOOGLE_BASE_URL",)),
    "az": Cloud(("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"), ("AZURE_STORAGE_ENDPOINT",)),
}

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


def open_store(address: str, environ: Mapping[str, str], retries: int = RETRIES) -> Store:
    """Opens the store at an address with the cloud's own variables, without a request. Raises `UsageError`."""
    scheme, separator, rest = address.partition("://")
    if not separator or scheme == "file":
        folder = Path(rest if separator else address).expanduser().absolute()
        if not folder.is_dir():  # a disk that is not mounted is not taken for an empty store
            raise UsageError(f"BACKUP_STORE is {folder}, which is not a folder. Create it, or mount its disk.")
        return Store(LocalStore(folder), str(folder))
    if scheme not in CLOUDS:
        raise UsageError(f"BACKUP_STORE is {address!r}. Give a folder, or s3://bucket/folder, gs://… or az://….")
    cloud = CLOUDS[scheme]
    for name in [name for names in cloud for name in names if not os.environ.get(name, "").strip()]:
        os.environ.pop(name, None)  # the client would take an empty variable for a value
    config: Any = {name: environ[name].strip() for names in cloud for name in names if environ.get(name, "").strip()}
    missing = [name for name in cloud.credentials if name not in config]
    errors = [f"BACKUP_STORE is {scheme}://…, and {name} is missing." for name in missing]
    endpoints = {name: urlsplit(config[name]) for name in cloud.endpoints if name in config}
    for name, url in endpoints.items():
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
            errors.append(f"{name} must begin with https://. Only a store on this machine may use http://.")
    if errors:
        raise UsageError("\n".join(errors))
    plain = any(url.scheme == "http" for url in endpoints.values())
    options: Any = {**TIMEOUTS, "allow_http": True} if plain else TIMEOUTS
    backoff = {"init_backoff": timedelta(milliseconds=250), "max_backoff": timedelta(seconds=10), "base": 3}
    retry: Any = {"max_retries": retries, "retry_timeout": timedelta(minutes=2), "backoff": backoff}
    try:
        return Store(from_url(address, config=config, client_options=options, retry_config=retry), address)
    except (exceptions.BaseError, ValueError) as error:
        raise UsageError(f"BACKUP_STORE cannot be used: {_format_reason(error)}") from None


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
    return UnreachableError(f"{address} does not answer as it should: {_format_reason(error)}")


def _format_reason(error: Exception) -> str:
    """Returns the driver's message without its debug output."""
    return re.sub(r"\s+", " ", str(error).partition("\n\nDebug")[0]).strip()[:300]
