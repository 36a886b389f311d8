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
    """Returns the credentials of `email`, else of the last user, and creates them when they are new.

    A stored password wins over `password`: the database has it, and only its user can change it there.
    """
    path = data_dir / FILE_NAME
    stored: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    email = email or next(reversed(stored), default_email)
    credentials = Credentials(email, stored.pop(email, "") or password or _generate_password())
    handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({**stored, credentials.email: credentials.password}, file, indent=1)
    return credentials._replace(ignored=bool(password) and password != credentials.password)


def _generate_password() -> str:
    """Returns four groups of four characters: 79 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
