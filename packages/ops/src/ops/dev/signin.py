"""The sign-ins of a laptop: generated once, kept in the data folder, readable by their owner alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import NamedTuple

FILE_NAME = "sign-in.json"
# Without letters and digits that look alike, since people read it off the screen.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class SignIn(NamedTuple):
    """`ignored` says that another password was asked for than the one this person was let in with."""

    email: str
    password: str
    ignored: bool = False


def kept(data_dir: Path, email: str, password: str, usual_email: str) -> SignIn:
    """The sign-in of `email`, else of whoever was last, made when new.

    Somebody who is kept already is in the database with that password, and the CRM changes passwords on request of
    their owner only; so what is kept wins over what is given.
    """
    path = data_dir / FILE_NAME
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    email = email or next(reversed(known), usual_email)
    now = SignIn(email, known.pop(email, "") or password or _generated())
    handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({**known, now.email: now.password}, file, indent=1)
    return now._replace(ignored=bool(password) and password != now.password)


def _generated() -> str:
    """Four groups of four: 79 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
