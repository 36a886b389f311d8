"""What may stay, and why: `secrets-allowed.toml` beside `site.toml`, or at the root of any repository.

[[allow]]
path = "packages/*/tests/fixtures/*.pem"   # a glob, or
blob = "1a2b3c4d"                            # the beginning of a blob's name, for what only history keeps
shape = "key-file"                           # left out: every shape
reason = "Self-signed for loopback."
"""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path
from typing import NamedTuple

from ops.secrets.faults import Trouble

FILE = "secrets-allowed.toml"
_KEYS = {"path", "blob", "shape", "reason"}
_SHORTEST_BLOB = 7


class Allowance(NamedTuple):
    reason: str
    path: str = ""
    blob: str = ""
    shape: str = ""

    def covers(self, shape: str, path: str, blob: str) -> bool:
        return (
            (not self.shape or self.shape == shape)
            and (not self.path or fnmatch.fnmatchcase(path, self.path))
            and (not self.blob or blob.startswith(self.blob))
        )

    def __str__(self) -> str:
        return ", ".join(part for part in (self.path, self.blob and f"blob {self.blob}", self.shape) if part)


def read(file: Path) -> list[Allowance]:
    """Empty where there is no such file. Raises `Trouble` for an entry without a reason, or that allows all."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Trouble(f"{file.name} cannot be read: {fault}.") from None
    return [_one(file.name, number, entry) for number, entry in enumerate(told.get("allow", []), 1)]


def _one(name: str, number: int, entry: dict[str, object]) -> Allowance:
    where = f"{name}, entry {number}"
    if unknown := sorted(set(entry) - _KEYS):
        raise Trouble(f"{where}: there is no key {unknown[0]}. Use {', '.join(sorted(_KEYS))}.")
    if not all(isinstance(value, str) for value in entry.values()):
        raise Trouble(f"{where}: every value is text.")
    if not str(entry.get("reason", "")).strip():
        raise Trouble(f"{where}: give a reason.")
    if not entry.get("blob") and str(entry.get("path", "*")).strip("*/") == "":
        raise Trouble(f"{where}: name a path or a blob, so that not everything is let through.")
    if entry.get("blob") and len(str(entry["blob"])) < _SHORTEST_BLOB:
        raise Trouble(f"{where}: give at least {_SHORTEST_BLOB} characters of the blob's name.")
    return Allowance(**{key: str(value) for key, value in entry.items()})
