"""Secrets a laptop keeps for itself, so that every command of one data folder knows the same ones."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

SESSION_SECRET, SYNTHETIC_KEY = "session-secret", "synthetic-key"
FILE_NAMES = (SESSION_SECRET, SYNTHETIC_KEY)


def session_secret(data_dir: Path) -> str:
    """The session secret of a data folder."""
    return _read_or_create(data_dir, SESSION_SECRET)


def synthetic_key(data_dir: Path) -> str:
    """What `ops verify` signs its trial enquiries with, where the system of a data folder is meant."""
    return _read_or_create(data_dir, SYNTHETIC_KEY)


def _read_or_create(data_dir: Path, name: str) -> str:
    """Made on first need and readable by its owner alone.

    Two commands that start at once agree: the first to write the file wins.
    """
    path = data_dir / name
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    return path.read_text(encoding="ascii").strip()
