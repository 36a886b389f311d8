"""What `ops dev` is told from outside, read once; all faults are reported together."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from house import postgres

SHORTEST_PASSWORD = 12


class Part(StrEnum):
    SITE = "site"
    CRM = "crm"


class BadSettings(Exception):
    """`faults` holds one line for each thing that is wrong, and says what to do."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Settings(NamedTuple):
    """`admin_password` and `database_url` are empty where nothing was said."""

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


def read(environ: Mapping[str, str], only: Part | None) -> Settings:
    """Raises `BadSettings` with every fault found."""
    faults: list[str] = []
    parts = frozenset({only} if only else Part)
    settings = Settings(
        parts=parts,
        site_port=_port(environ, "SITE_PORT", 8080, faults, used=Part.SITE in parts),
        crm_port=_port(environ, "CRM_PORT", 8000, faults, used=Part.CRM in parts),
        data_dir=_folder(environ, faults),
        demo=_demo(environ, faults),
        admin_email=_email(environ, faults),
        admin_password=_password(environ, faults),
        database_url=_database(environ, faults),
    )
    if not faults and settings.site_port == settings.crm_port:
        faults.append(f"SITE_PORT and CRM_PORT are both {settings.site_port}. Give them different numbers.")
    if faults:
        raise BadSettings(faults)
    return settings


def _text(environ: Mapping[str, str], name: str, default: str = "") -> str:
    return environ.get(name, "").strip() or default


def _port(environ: Mapping[str, str], name: str, default: int, faults: list[str], *, used: bool) -> int:
    raw = _text(environ, name, str(default))
    if not raw.isdecimal() or not 1 <= int(raw) <= 65535:
        faults.append(f"{name} is {raw!r}. Give a whole number from 1 to 65535.")
        return default
    port = int(raw)
    trouble = _trouble_with(port) if used else None
    if trouble == errno.EADDRINUSE:
        free = next((near for near in range(port + 1, min(port + 100, 65536)) if _trouble_with(near) is None), 0)
        faults.append(f"{name} is taken: another program listens on {port}. Stop it or run `{name}={free} make run`.")
    elif trouble is not None:
        faults.append(f"{name} cannot be {port}: only root may listen there. Give a number from 1024 to 65535.")
    return port


def _trouble_with(port: int) -> int | None:
    """Why we could not listen, as an errno. Both loopback addresses count, since `localhost` may mean either."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as fault:
            if fault.errno in (errno.EADDRINUSE, errno.EACCES):
                return fault.errno
    return None


def _folder(environ: Mapping[str, str], faults: list[str]) -> Path:
    folder = postgres.data_folder(environ)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as fault:
        faults.append(f"DATA_DIR is {folder}, which cannot be used: {fault.strerror}. Name a folder you may write to.")
    return folder


def _demo(environ: Mapping[str, str], faults: list[str]) -> bool:
    raw = _text(environ, "DEMO", "1")
    if raw not in ("0", "1"):
        faults.append(f"DEMO is {raw!r}. Give 1 for demo data, or 0 for none.")
    return raw == "1"


def _email(environ: Mapping[str, str], faults: list[str]) -> str:
    email = _text(environ, "ADMIN_EMAIL")
    name, at, host = email.rpartition("@")
    if email and not (name and at and host and " " not in email):
        faults.append(f"ADMIN_EMAIL is {email!r}. Give an e-mail address.")
    return email


def _password(environ: Mapping[str, str], faults: list[str]) -> str:
    password = environ.get("ADMIN_PASSWORD", "")
    if password and len(password) < SHORTEST_PASSWORD:
        faults.append(
            f"ADMIN_PASSWORD is shorter than {SHORTEST_PASSWORD} characters. Choose a longer one, or leave it out."
        )
    return password


def _database(environ: Mapping[str, str], faults: list[str]) -> str:
    url = _text(environ, "DATABASE_URL")
    if url and urlsplit(url).scheme not in ("postgres", "postgresql"):
        faults.append("DATABASE_URL is no PostgreSQL address. Give one such as postgresql://user@localhost:5432/name.")
    return url
