"""The embedded PostgreSQL of a data folder, and how a program finds its database.

`borrowed(os.environ)` is what a command wants: the address in `DATABASE_URL`, or the embedded server of `DATA_DIR`,
started when nobody runs it and stopped again when the last program that uses it ends, however it ends.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shared import site_config
from shared.embedded_postgres.cluster import Cluster
from shared.embedded_postgres.errors import CannotStartError
from shared.embedded_postgres.paths import choose
from shared.embedded_postgres.settings import DATABASE, FOR_TESTS

__all__ = [
    "DATABASE",
    "FOR_TESTS",
    "CannotStartError",
    "Cluster",
    "borrow_database",
    "data_folder",
    "database_url",
    "open_cluster",
    "scratch",
]

_kept: dict[Path, Cluster] = {}


def open_cluster(data_dir: Path, settings: Mapping[str, str] | None = None, programs: Path | None = None) -> Cluster:
    """The PostgreSQL of `data_dir`, not yet started. `settings` are server settings that win over the usual ones.
    `programs` is the folder of another PostgreSQL that is installed on this machine.

    Raises `CannotStartError` when there is no place for it.
    """
    place = choose(data_dir)
    return Cluster(place._replace(programs=programs or place.programs), settings or {})


def data_folder(environ: Mapping[str, str]) -> Path:
    """`DATA_DIR`, or `.data` beside `site.toml`, so that commands agree on it from any folder of the repository."""
    named = environ.get("DATA_DIR")
    if named:
        return Path(named).absolute()
    try:
        return site_config.find().resolve().parent / ".data"
    except site_config.SiteConfigError:
        return Path.cwd() / ".data"


def database_url(environ: Mapping[str, str] = os.environ, data_dir: Path | None = None) -> str:
    """`DATABASE_URL` when set, otherwise the address of the embedded server, which then stays until this program ends.

    Raises `CannotStartError`.
    """
    given = environ.get("DATABASE_URL")
    if given:
        return given
    folder = (data_dir or data_folder(environ)).absolute()
    cluster = _kept.setdefault(folder, open_cluster(folder))
    cluster.start()
    return cluster.dsn()


@contextmanager
def borrow_database(environ: Mapping[str, str] = os.environ, data_dir: Path | None = None) -> Iterator[str]:
    """`database_url` for the length of a block. Afterwards an embedded server stops unless another program uses it."""
    given = environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with open_cluster((data_dir or data_folder(environ)).absolute()) as cluster:
        yield cluster.dsn()


@contextmanager
def scratch(settings: Mapping[str, str] = FOR_TESTS, programs: Path | None = None) -> Iterator[Cluster]:
    """A running cluster in a temporary folder, removed afterwards: for tests, drills and measurements."""
    folder = Path(tempfile.mkdtemp(prefix="octatech-"))
    try:
        folder.chmod(0o755)  # the server's user must be able to enter; the cluster inside stays closed
        with open_cluster(folder, settings, programs) as cluster:
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)
