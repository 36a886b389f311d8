"""What the doctor is shown: variables, of this process or of a file, and what the CRM makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dotenv import dotenv_values

from crm import config
from crm.config import Config
from house import postgres, site
from house.postgres import place

_SECRET = re.compile(r"(KEY|KEYS|SECRET|TOKEN|PASSWORD|IDENTITY|DSN|HEARTBEAT_URL)$")
_PUBLIC = frozenset({"BACKUP_VERIFY_KEYS"})
_NOWHERE = "postgresql://nobody@/nowhere"
MAKE_SECRET = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"  # noqa: S105 makes one, is none
MAKE_KEY = "python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"


class NoDatabase(Exception):
    """There is none to look at; the message says why and `fix` what to do."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


class Unreadable(Exception):
    """The file of variables cannot be read."""


class Case(NamedTuple):
    """`config` is None where the service would not start; `faults` say why. `file` is where the variables stand."""

    environ: Mapping[str, str]
    facts: site.Site
    config: Config | None
    faults: tuple[str, ...]
    file: Path | None = None

    @property
    def production(self) -> bool:
        return (self.environ.get("APP_ENV") or self.environ.get("NODE_ENV") or "").strip() == "production"

    def value(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def line(self, name: str, value: str) -> str:
        """The line that sets a variable: into the file that was examined, or for this shell."""
        return f"In {self.file}: {name}={value}" if self.file else f"export {name}={value}"

    @contextmanager
    def database_url(self) -> Iterator[str]:
        """DATABASE_URL, or the embedded database of a laptop, started for the length of the block.

        Raises `NoDatabase`; one that is not there yet is not made.
        """
        given = self.value("DATABASE_URL")
        if given:
            yield given
            return
        folder = postgres.data_folder(self.environ)
        if self.production or not folder.is_dir():
            raise NoDatabase("No database is named", self.line("DATABASE_URL", "postgresql://user@host:5432/name"))
        if not any((folder / name).exists() for name in ("postgres", place.POINTER)):
            raise NoDatabase(f"{folder} holds no database yet", "make run")
        try:
            with postgres.embedded(folder) as cluster:
                yield cluster.dsn()
        except postgres.CannotStart as fault:
            raise NoDatabase(f"The embedded database does not start: {fault}", "make run") from None

    def secrets(self) -> list[str]:
        """Values that must not be shown, whatever is found."""
        found: list[str] = []
        for name, value in self.environ.items():
            if name not in _PUBLIC and (_SECRET.search(name) or _holds_password(value)):
                found += [part.strip() for part in (value, *value.split(","))]
        return found


def of(environ: Mapping[str, str], file: Path | None = None) -> Case:
    """The case of these variables. Raises `house.site.BadSite`."""
    facts = site.load()
    laptop = not environ.get("DATABASE_URL", "").strip()
    live = (environ.get("APP_ENV") or environ.get("NODE_ENV")) == "production"
    try:
        # On a laptop the database is the embedded one, which need not run to read the rest.
        loaded = config.load(environ, database_url=_NOWHERE if laptop and not live else None)
    except config.BadConfig as fault:
        return Case(environ, facts, None, tuple(fault.faults), file)
    return Case(environ, facts, loaded, (), file)


def read(file: Path) -> dict[str, str]:
    """The variables of a file of lines `NAME=value`, as they stand there. Raises `Unreadable`."""
    try:
        with file.open(encoding="utf-8") as stream:
            told = dotenv_values(stream=stream, interpolate=False)
    except (OSError, UnicodeDecodeError) as fault:
        raise Unreadable(f"{file} cannot be read: {getattr(fault, 'strerror', None) or 'it is no text'}.") from None
    return {name: value or "" for name, value in told.items()}


def _holds_password(value: str) -> bool:
    try:
        return "://" in value and bool(urlsplit(value).password)
    except ValueError:
        return "://" in value
