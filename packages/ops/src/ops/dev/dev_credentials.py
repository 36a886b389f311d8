"""The sign-in of a laptop: generated once and kept in the data folder, readable by its owner alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import NamedTuple

FILE_NAME = "sign-in.json"
# People read it off the screen, so letters and digits that look alike are left out.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class Credentials(NamedTuple):
    """`ignored` is true when another password was asked for than the one this user already has."""

    email: str
    password: str
    ignored: bool = False


def load_credentials(data_dir: Path, email: str, password: str, default_email: str) -> Credentials:
    """Returns the credentials of `email`, else of the last user. Generates and stores a password if there is none.

    A stored password wins over `password`: the database has it, and only its user can change it there. A new
    `password` is not stored yet, because the CRM may refuse it; `store_credentials` does that once the CRM has it.
    """
    stored = _read(data_dir)
    email = email or next(reversed(stored), default_email)
    if known := stored.get(email):
        return Credentials(email, known, ignored=bool(password) and password != known)
    credentials = Credentials(email, password or _generate_password())
    if not password:
        store_credentials(data_dir, credentials)
    return credentials


def store_credentials(data_dir: Path, credentials: Credentials) -> None:
    """Stores them as those of the last user."""
    others = {email: password for email, password in _read(data_dir).items() if email != credentials.email}
    handle = os.open(data_dir / FILE_NAME, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({**others, credentials.email: credentials.password}, file, indent=1)


def _read(data_dir: Path) -> dict[str, str]:
    """Passwords by e-mail, the last user at the end."""
    path = data_dir / FILE_NAME
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _generate_password() -> str:
    """Returns four groups of four characters: 79 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
