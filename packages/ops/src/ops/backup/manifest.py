"""The signed documents of a backup: its manifest, and the proof of each drill. Times are UTC, durations seconds.

A signed document is a body and an Ed25519 signature over its exact bytes, in one JSON document.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ops.backup.errors import DamagedError
from ops.backup.keys import encode

Body = TypeVar("Body", bound=msgspec.Struct)


class DatabaseId(msgspec.Struct, frozen=True):
    """Which database it is. initdb gives each server its own system identifier; older manifests have neither."""

    name: str = ""
    system_identifier: str = ""

    def __str__(self) -> str:
        return f"{self.name} (system {self.system_identifier})" if self.name else "a database without a name"


class Table(msgspec.Struct, frozen=True):
    """`digest` covers all rows in any order. `newest` is when the last row was written, where a column says it.

    `columns` are names and types, without generated columns; `key` is the primary key.
    """

    name: str
    rows: int
    digest: str
    newest: datetime | None
    columns: dict[str, str]
    key: tuple[str, ...]


class Schema(msgspec.Struct, frozen=True):
    """`revision` is the migration, `digest` covers all definitions. It compares within one major version only."""

    revision: str
    digest: str


class Contents(msgspec.Struct, frozen=True):
    schema: Schema
    tables: tuple[Table, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def newest(self) -> datetime | None:
        return max((table.newest for table in self.tables if table.newest), default=None)


class Archive(msgspec.Struct, frozen=True):
    """`size` and `sha256` are of the encrypted object in the store, `raw_size` is of pg_dump's output."""

    object: str
    size: int
    sha256: str
    raw_size: int
    recipients: tuple[str, ...]


class Provenance(msgspec.Struct, frozen=True):
    """What made a document: the commit of this repository and the versions of programs and libraries."""

    commit: str
    versions: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, tag_field="kind", tag="octatech-backup/1"):
    """`taken_at` is when the snapshot was taken. `postgres` is the server's version, such as 180004."""

    name: str
    taken_at: datetime
    seconds: float
    postgres: int
    contents: Contents
    archive: Archive
    tools: Provenance
    database: DatabaseId = DatabaseId()

    @property
    def major(self) -> int:
        return self.postgres // 10_000


class Proof(msgspec.Struct, frozen=True, tag_field="kind", tag="octatech-restore-proof/1"):
    """A drill that passed. `recovery` is the time from an empty database until the CRM opens a lead.

    `data_age` is how much work would have been lost. `lead` is the one that was opened, None where there are none.
    """

    backup: str
    sha256: str
    at: datetime
    recovery: float
    data_age: float
    lead: int | None
    recipient: str
    postgres: int
    tools: Provenance


class SignedDocument(msgspec.Struct, frozen=True):
    """`body` keeps its bytes, so that no re-encoding can change what was signed."""

    body: msgspec.Raw
    key: str
    signature: str


def sign_document(body: msgspec.Struct, signer: Ed25519PrivateKey | None) -> bytes:
    assert signer, "Commands that sign read the settings with the need `signing`."
    encoded = msgspec.json.format(msgspec.json.encode(body), indent=1)
    key = encode(signer.public_key().public_bytes_raw())
    return msgspec.json.encode(SignedDocument(msgspec.Raw(encoded), key, encode(signer.sign(encoded))))


def verify_document(document: bytes, kind: type[Body], trusted: Iterable[Ed25519PublicKey], name: str) -> Body:
    """Returns the body where a trusted key has signed it. Its kind is part of the body. Raises `DamagedError`."""
    try:
        signed = msgspec.json.decode(document, type=SignedDocument)
        signature = base64.urlsafe_b64decode(signed.signature)
    except (msgspec.MsgspecError, UnicodeDecodeError, binascii.Error):
        raise DamagedError(f"{name} is damaged: it cannot be read.") from None
    for key in trusted:
        with suppress(InvalidSignature):
            key.verify(signature, bytes(signed.body))
            break
    else:
        raise DamagedError(f"{name} cannot be trusted: no key of BACKUP_VERIFY_KEYS has signed it.")
    try:
        return msgspec.json.decode(signed.body, type=kind)
    except msgspec.ValidationError as error:
        raise DamagedError(f"{name} was written by another release: {error}. Use that release.") from None
