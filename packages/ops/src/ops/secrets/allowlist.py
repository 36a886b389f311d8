"""Findings that are accepted, each with a reason: `secrets-allowed.toml` at the root of the repository.

[[allow]]
path = "packages/*/tests/fixtures/*.pem"   # a glob, or
blob = "1a2b3c4d"                            # the start of a blob's name, for what only the history holds
shape = "key-file"                           # optional: only this shape
reason = "Self-signed for loopback."
"""

from __future__ import annotations

import fnmatch
from pathlib import Path

import msgspec

from ops.cli import UsageError

FILE_NAME = "secrets-allowed.toml"


class AllowEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Accepts findings of a path or a blob. Without `shape` it accepts every shape there."""

    reason: str = ""
    path: str = ""
    blob: str = ""
    shape: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("Give a reason")
        if not self.blob and not self.path.strip("*/"):
            raise ValueError("Name a path or a blob, so that the entry does not accept everything")
        if self.blob and len(self.blob) < 7:
            raise ValueError("Give at least 7 characters of the blob's name")

    def covers(self, shape: str, path: str, blob: str) -> bool:
        return (
            (not self.shape or self.shape == shape)
            and (not self.path or fnmatch.fnmatchcase(path, self.path))
            and (not self.blob or blob.startswith(self.blob))
        )


class _File(msgspec.Struct, forbid_unknown_fields=True):
    allow: list[AllowEntry] = []


def read_allowlist(file: Path) -> list[AllowEntry]:
    """Returns the entries, or none where the file is missing. Raises `UsageError`."""
    if not file.exists():
        return []
    try:
        return msgspec.toml.decode(file.read_bytes(), type=_File).allow
    except (OSError, ValueError) as error:  # a ValidationError and a UnicodeDecodeError are ValueErrors
        raise UsageError(f"{file.name} cannot be read: {error}.") from None
