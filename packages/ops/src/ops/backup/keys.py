"""Keys: who can read a backup (age, X25519) and whose signature counts (Ed25519). `str` of an age key is its text."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyrage import x25519  # type: ignore[import-untyped]

from ops.cli import OpsError

PREFIX = "AGE-SECRET-KEY-1"
Recipient: TypeAlias = x25519.Recipient
Identity: TypeAlias = x25519.Identity


def parse_recipient(text: str) -> Recipient:
    """Raises `ValueError` where `text` is not an age recipient."""
    try:
        return x25519.Recipient.from_str(text)
    except Exception as error:  # pyrage's exceptions have no common class
        raise ValueError(f"{text[:12]}… is not an age recipient") from error


def parse_identities(text: str) -> tuple[Identity, ...]:
    """Returns every secret key in `text`, which may be a key file with comments. Raises `ValueError`."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    try:
        return tuple(x25519.Identity.from_str(word) for word in " ".join(lines).replace(",", " ").split())
    except Exception:  # as above; its message may quote the secret key
        raise ValueError(f"it is not a key that begins with {PREFIX}") from None


def parse_signing_key(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_decode(text))


def parse_verify_key(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(_decode(text))


def generate_signing_key() -> tuple[str, str]:
    """Returns the secret text and the public text of a new signing key."""
    key = Ed25519PrivateKey.generate()
    return encode(key.private_bytes_raw()), encode(key.public_key().public_bytes_raw())


def write_key_folder(folder: Path) -> dict[str, str]:
    """Creates a folder of new keys that only its owner can read. Returns the variables that are not secret.

    Raises `OpsError` where the folder exists.
    """
    note = "# Opens every backup made for {}. {}\n{}\n"
    drill, offline = x25519.Identity.generate(), x25519.Identity.generate()
    signing, verify = generate_signing_key()
    files = {
        "drill-identity.txt": note.format(drill.to_public(), "Give it to drills as BACKUP_IDENTITY.", drill),
        "offline-identity.txt": note.format(offline.to_public(), "Keep it on paper or a stick only.", offline),
        "signing-key.txt": f"{signing}\n",
        "verify-key.txt": f"{verify}\n",
    }
    try:
        folder.mkdir(mode=0o700, parents=True)
        for name, text in files.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(text, encoding="utf-8")
    except FileExistsError:
        raise OpsError(f"{folder} exists. Name a new folder, so that no key is overwritten.") from None
    except OSError as error:
        raise OpsError(f"{folder} cannot be created: {error.strerror}.") from None
    return {"BACKUP_RECIPIENTS": f"{drill.to_public()},{offline.to_public()}", "BACKUP_VERIFY_KEYS": verify}


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _decode(text: str) -> bytes:
    """Raises `ValueError` where it is not URL-safe base 64."""
    try:
        return base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("it is not base 64") from None
