"""Opens a folder, S3, Google Cloud Storage or Azure by its address, for backups and for files.

`obstore` takes memory, so it is imported only where a store is opened. Who opens one depends on it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from obstore.store import ObjectStore

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


class ObjectStoreError(Exception):
    """The address or a variable of the store is wrong. The message says what to do."""


def find_folder(address: str) -> Path | None:
    """The folder that an address names; None for a cloud."""
    scheme, separator, rest = address.partition("://")
    return Path(rest if separator else address).expanduser().absolute() if not separator or scheme == "file" else None


def find_errors(name: str, address: str, environ: Mapping[str, str]) -> list[str]:
    """What is wrong with the address that the variable `name` holds, and with the variables of its cloud."""
    folder = find_folder(address)
    if folder is not None:  # a disk that is not mounted is not taken for an empty store
        return [] if folder.is_dir() else [f"{name} is {folder}, which is not a folder. Create it, or mount its disk."]
    scheme = address.partition("://")[0]
    if scheme not in CLOUDS:
        return [f"{name} is {address!r}. Give a folder, or s3://bucket/folder, gs://… or az://…."]
    cloud, config = CLOUDS[scheme], _read_config(CLOUDS[scheme], environ)
    errors = [f"{name} is {scheme}://…, and {each} is missing." for each in cloud.credentials if each not in config]
    for each, url in ((each, urlsplit(config[each])) for each in cloud.endpoints if each in config):
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
            errors.append(f"{each} must begin with https://. Only a store on this machine may use http://.")
    return errors


def open_store(name: str, address: str, environ: Mapping[str, str], retries: int = RETRIES) -> ObjectStore:
    """Open the store at the address that the variable `name` holds, without a request. Raises `ObjectStoreError`."""
    from obstore import exceptions  # noqa: PLC0415 it takes memory
    from obstore.store import LocalStore, from_url  # noqa: PLC0415

    if errors := find_errors(name, address, environ):
        raise ObjectStoreError("\n".join(errors))
    if (folder := find_folder(address)) is not None:
        return LocalStore(folder)
    cloud = CLOUDS[address.partition("://")[0]]
    for each in [each for names in cloud for each in names if not os.environ.get(each, "").strip()]:
        os.environ.pop(each, None)  # the client would take an empty variable for a value
    config = _read_config(cloud, environ)
    plain = any(config.get(each, "").startswith("http://") for each in cloud.endpoints)
    options: Any = {**TIMEOUTS, "allow_http": True} if plain else TIMEOUTS
    backoff = {"init_backoff": timedelta(milliseconds=250), "max_backoff": timedelta(seconds=10), "base": 3}
    retry: Any = {"max_retries": retries, "retry_timeout": timedelta(minutes=2), "backoff": backoff}
    try:
        return from_url(address, config=config, client_options=options, retry_config=retry)
    except (exceptions.BaseError, ValueError) as error:
        raise ObjectStoreError(f"{name} cannot be used: {format_reason(error)}") from None


def format_reason(error: Exception) -> str:
    """The driver's message without its debug output."""
    return re.sub(r"\s+", " ", str(error).partition("\n\nDebug")[0]).strip()[:300]


def _read_config(cloud: Cloud, environ: Mapping[str, str]) -> Any:
    return {each: environ[each].strip() for names in cloud for each in names if environ.get(each, "").strip()}
