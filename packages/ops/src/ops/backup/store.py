"""The place where backups lie: a folder, S3, Google Cloud Storage or Azure. Nothing in it is ever overwritten."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import obstore
from obstore import exceptions
from obstore.store import LocalStore, ObjectStore, from_url

from ops.backup.faults import Missing, Taken, Trouble, Unreachable, Unusable

PART = 8 * 1024 * 1024
"""Bytes of a part of an upload. S3 takes 10,000 parts: 80 GB."""

AT_ONCE = 2
CLOUDS = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss")
RETRIES = 9
"""Of each request, with growing pauses: an outage of some ten seconds is waited out."""

TIMES: Any = {"connect_timeout": "10 seconds", "timeout": "5 minutes"}


class Object(NamedTuple):
    path: str
    size: int
    modified: datetime


class Store:
    def __init__(self, inner: ObjectStore, address: str) -> None:
        self._inner = inner
        self.address = address

    def create(self, path: str, data: bytes) -> None:
        """Puts a small object where there is none. Raises `Taken`, `Unreachable`, `Trouble`."""
        with self._told(path):
            obstore.put(self._inner, path, data, mode="create")
        self._settle(path)

    def pour(self, path: str, chunks: Iterable[bytes]) -> None:
        """Puts what `chunks` gives, of any length, a few parts of it in memory. The name must have been claimed.

        Where `chunks` raises, nothing is left at `path`, and the fault is passed on.
        """
        with self._told(path):
            obstore.put(self._inner, path, iter(chunks), use_multipart=True, chunk_size=PART, max_concurrency=AT_ONCE)
        self._settle(path)

    def read(self, path: str) -> bytes:
        """A whole small object. Raises `Missing`, `Unreachable`, `Trouble`."""
        with self._told(path):
            return bytes(obstore.get(self._inner, path).bytes())

    def stream(self, path: str) -> Iterator[bytes]:
        """An object piece by piece. Raises as `read`, also in the middle."""
        with self._told(path):
            for piece in obstore.get(self._inner, path).stream(min_chunk_size=1024 * 1024):
                yield bytes(piece)

    def beginning(self, path: str, size: int) -> bytes:
        """The first bytes of an object that has at least so many. Raises as `read`."""
        with self._told(path):
            return bytes(obstore.get_range(self._inner, path, start=0, length=size))

    def objects(self, under: str | None = None) -> list[Object]:
        """All of them, or those in one folder."""
        with self._told(""):
            found = obstore.list(self._inner, under).collect()
        return [Object(each["path"], each["size"], each["last_modified"]) for each in found]

    def folders(self, under: str | None = None) -> list[str]:
        """Paths of the folders at the top, or right below one. What lies in them is not listed; it may be nothing."""
        with self._told(""):
            return sorted(obstore.list_with_delimiter(self._inner, under)["common_prefixes"])

    def delete(self, path: str) -> None:
        """Of no effect where there is no such object."""
        try:
            with self._told(path):
                obstore.delete(self._inner, path)
        except Missing:
            return

    def clear(self, folder: str) -> None:
        """What a killed writer left beside the objects of a folder: half-written files, and the folder itself."""
        if isinstance(self._inner, LocalStore) and self._inner.prefix:
            shutil.rmtree(Path(self._inner.prefix) / folder, ignore_errors=True)

    def _settle(self, path: str) -> None:
        """A file is on the disk, and not on its way there, before we call it written."""
        prefix = self._inner.prefix if isinstance(self._inner, LocalStore) else None
        if prefix is None:
            return
        file = Path(prefix) / path
        for each in (file, file.parent):
            handle = os.open(each, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise Missing(f"{self.address} holds no {path or 'such place'}.") from None
        except exceptions.AlreadyExistsError:
            raise Taken(f"{path} is in {self.address} already. Nothing was overwritten.") from None
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
            raise Trouble(f"{self.address} refuses us. Check its key and what that key may do.") from None
        except (exceptions.BaseError, OSError) as fault:
            raise _told(self.address, str(fault)) from None


def opened(address: str, environ: Mapping[str, str], retries: int = RETRIES) -> Store:
    """The store at an address. Credentials are read from the usual variables of each cloud. Raises `Unusable`."""
    backoff = {"init_backoff": timedelta(milliseconds=250), "max_backoff": timedelta(seconds=10), "base": 3}
    retry: Any = {"max_retries": retries, "retry_timeout": timedelta(minutes=2), "backoff": backoff}
    scheme, mark, rest = address.partition("://")
    try:
        if not mark or scheme == "file":
            return _folder(Path(rest if mark else address).expanduser().absolute())
        if scheme not in CLOUDS:
            raise Unusable(
                f"BACKUP_STORE is {address!r}. Give a folder, or s3://, gs:// or az:// with bucket and folder."
            )
        options: Any = {**TIMES, "allow_http": True} if _on_this_machine(environ) else TIMES
        return Store(from_url(address, client_options=options, retry_config=retry), address)
    except (exceptions.BaseError, ValueError) as fault:
        raise Unusable(f"BACKUP_STORE cannot be used: {_first_line(str(fault))}") from None


def _folder(folder: Path) -> Store:
    """It must be there: a disk that is not mounted is not to be mistaken for an empty one."""
    if not folder.is_dir():
        raise Unusable(f"BACKUP_STORE names {folder}, which is no folder. Make it, or mount its disk.")
    return Store(LocalStore(folder), str(folder))


def _on_this_machine(environ: Mapping[str, str]) -> bool:
    """Only a store on our own machine may be spoken to without TLS."""
    return urlsplit(environ.get("AWS_ENDPOINT_URL", "")).hostname in ("localhost", "127.0.0.1", "::1")


def _told(address: str, text: str) -> Trouble:
    if "os error 28" in text or "os error 27" in text or "os error 122" in text:
        return Trouble(f"{address} is full. Make room there, or thin out with `ops backup prune`.")
    if "os error 13" in text or "os error 30" in text:
        return Trouble(f"{address} may not be written to. Check whose it is.")
    if "NoSuchBucket" in text or "ContainerNotFound" in text:
        return Trouble(f"{address} names a bucket that is not there. Make it, or mend BACKUP_STORE.")
    return Unreachable(f"{address} does not answer as it should: {_first_line(text)}")


def _first_line(text: str) -> str:
    """Without the driver's debug output; what it says is kept short."""
    return re.sub(r"\s+", " ", text.partition("\n\nDebug")[0]).strip()[:300]
