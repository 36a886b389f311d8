"""The settings of `ops dev`, read once from the environment. All errors are reported together."""

from __future__ import annotations

import errno
import socket
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ops.cli import UsageError
from shared import embedded_postgres

SHORTEST_PASSWORD = 12


class Part(StrEnum):
    SITE = "site"
    CRM = "crm"


class Settings(NamedTuple):
    """`admin_password` and `database_url` are empty where they are not set."""

    parts: frozenset[Part]
    site_port: int
    crm_port: int
    data_dir: Path
    demo: bool
    admin_email: str
    admin_password: str
    database_url: str

    @property
    def site_url(self) -> str:
        return f"http://localhost:{self.site_port}"

    @property
    def crm_url(self) -> str:
        return f"http://localhost:{self.crm_port}"


def read_settings(environ: Mapping[str, str], only: Part | None) -> Settings:
    """Reads the settings. Raises `UsageError` with one line for each error."""
    demo = environ.get("DEMO", "").strip()
    errors: list[str] = []
    parts = frozenset({only} if only else Part)
    settings = Settings(
        parts=parts,
        site_port=_read_port(environ, "SITE_PORT", 8080, errors, used=Part.SITE in parts),
        crm_port=_read_port(environ, "CRM_PORT", 8000, errors, used=Part.CRM in parts),
        data_dir=_create_data_dir(environ, errors),
        demo=demo != "0",
        admin_email=environ.get("ADMIN_EMAIL", "").strip(),
        admin_password=environ.get("ADMIN_PASSWORD", ""),
        database_url=environ.get("DATABASE_URL", "").strip(),
    )
    errors += _find_errors(settings, demo)
    if not errors and settings.site_port == settings.crm_port:
        errors.append(f"SITE_PORT and CRM_PORT are both {settings.site_port}. Give them different numbers.")
    if errors:
        raise UsageError("\n".join(errors))
    return settings


def _find_errors(settings: Settings, demo: str) -> list[str]:
    errors = []
    name, at, host = settings.admin_email.rpartition("@")
    if demo not in ("", "0", "1"):
        errors.append(f"DEMO is {demo!r}. Give 1 for demo data, or 0 for none.")
    if settings.admin_email and not (name and at and host and " " not in settings.admin_email):
        errors.append(f"ADMIN_EMAIL is {settings.admin_email!r}. Give an e-mail address.")
    if settings.admin_password and len(settings.admin_password) < SHORTEST_PASSWORD:
        errors.append(
            f"ADMIN_PASSWORD is shorter than {SHORTEST_PASSWORD} characters. Choose a longer one, or leave it out."
        )
    if settings.database_url and urlsplit(settings.database_url).scheme not in ("postgres", "postgresql"):
        errors.append("DATABASE_URL is no PostgreSQL URL. Give one such as postgresql://user@localhost:5432/name.")
    return errors


def _read_port(environ: Mapping[str, str], name: str, default: int, errors: list[str], *, used: bool) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        errors.append(f"{name} is {text!r}. Give a whole number from 1 to 65535.")
        return default
    port = int(text)
    problem = _try_port(port) if used else None
    if problem == errno.EADDRINUSE:
        free = next((near for near in range(port + 1, min(port + 100, 65536)) if _try_port(near) is None), 0)
        errors.append(f"{name} is taken: another program listens on {port}. Stop it or run `{name}={free} make run`.")
    elif problem is not None:
        errors.append(f"{name} cannot be {port}: only root may listen there. Give a number from 1024 to 65535.")
    return port


def _try_port(port: int) -> int | None:
    """Returns the errno that stops us from listening. Both loopback addresses count: `localhost` may mean either."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            socket.create_server((address, port), family=family).close()
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return error.errno
    return None


def _create_data_dir(environ: Mapping[str, str], errors: list[str]) -> Path:
    folder = embedded_postgres.data_folder(environ)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        errors.append(f"DATA_DIR is {folder}, which cannot be used: {error.strerror}. Name a folder you may write to.")
    return folder
