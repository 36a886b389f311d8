"""The sign-in of a laptop: generated once, kept in the data folder, readable by its owner alone."""

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
    email: str
    password: str


def kept(data_dir: Path, email: str, password: str, usual_email: str) -> SignIn:
    """What was given wins over what is kept, and what is kept over something new. The result is kept."""
    path = data_dir / FILE_NAME
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    now = SignIn(email or before.get("email") or usual_email, password or before.get("password") or _generated())
    if now._asdict() != before:
        handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(now._asdict(), file, indent=1)
    return now


def _generated() -> str:
    """Four groups of four: 79 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
