"""The variables of `ops backup`, read once. All errors are reported together."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ops.backup import keys
from ops.backup.keys import Identity, Recipient
from ops.backup.store import Store, open_store
from ops.cli import UsageError

Value = TypeVar("Value")
Need = Literal["recipients", "signing", "trust", "identity"]

HOW = "Make keys with `ops backup keys FOLDER`."


class BackupSettings(NamedTuple):
    """`trusted` are the keys whose signature counts, the public half of `signer` among them."""

    store: str
    recipients: tuple[Recipient, ...]
    identities: tuple[Identity, ...]
    signer: Ed25519PrivateKey | None
    trusted: tuple[Ed25519PublicKey, ...]


def read_settings(
    environ: Mapping[str, str], needs: Collection[Need], identity_file: Path | None = None
) -> BackupSettings:
    """Reads the variables. `needs` must be present; `identity_file` replaces BACKUP_IDENTITY.

    Raises `UsageError` with a line for each error.
    """
    errors: list[str] = []
    store = environ.get("BACKUP_STORE", "").strip()
    recipients = _parse(environ, "BACKUP_RECIPIENTS", keys.parse_recipient, "Give public keys: age1….", errors)
    identities = _read_identities(identity_file, environ.get("BACKUP_IDENTITY", ""), errors)
    signer = next(iter(_parse(environ, "BACKUP_SIGNING_KEY", keys.parse_signing_key, HOW, errors)), None)
    trusted = _parse(environ, "BACKUP_VERIFY_KEYS", keys.parse_verify_key, "Give what verify-key.txt holds.", errors)
    if signer:
        trusted = (signer.public_key(), *trusted)
    if not errors:  # a variable that is wrong is not missing as well
        missing = [
            ("recipients", recipients, f"BACKUP_RECIPIENTS is missing: the public keys that can read it. {HOW}"),
            ("signing", signer, f"BACKUP_SIGNING_KEY is missing: nobody could trust an unsigned backup. {HOW}"),
            ("trust", trusted, "BACKUP_VERIFY_KEYS is missing: whose signature counts. It is in verify-key.txt."),
            ("identity", identities, "BACKUP_IDENTITY is missing. Set it, or name the key file with --identity."),
        ]
        errors = [text for need, value, text in missing if need in needs and not value]
    if not store:
        errors.insert(0, "BACKUP_STORE is missing. Give a folder, or an address such as s3://bucket/folder.")
    if errors:
        raise UsageError("\n".join(errors))
    return BackupSettings(store, recipients, identities, signer, trusted)


def open_settings(*needs: Need, identity: Path | None = None) -> tuple[BackupSettings, Store]:
    """Reads the variables of this process and opens the store."""
    settings = read_settings(os.environ, needs, identity)
    return settings, open_store(settings.store, os.environ)


def _parse(
    environ: Mapping[str, str], name: str, parser: Callable[[str], Value], hint: str, errors: list[str]
) -> tuple[Value, ...]:
    values = []
    for text in filter(None, map(str.strip, environ.get(name, "").split(","))):
        try:
            values.append(parser(text))
        except ValueError as error:
            errors.append(f"{name} is wrong: {error}. {hint}")
    return tuple(values)


def _read_identities(path: Path | None, value: str, errors: list[str]) -> tuple[Identity, ...]:
    try:
        return keys.parse_identities(path.read_text(encoding="utf-8") if path else value)
    except OSError as error:
        errors.append(f"The identity file {path} cannot be read: {error.strerror}.")
    except ValueError as error:
        errors.append(f"{path or 'BACKUP_IDENTITY'} is wrong: {error}. A key file is named with --identity.")
    return ()
