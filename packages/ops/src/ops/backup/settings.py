"""What `ops backup` is told from outside, read once; all faults are reported together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ops.backup import keys
from ops.backup.faults import Unusable
from ops.backup.keys import Identity, Recipient

Need = Literal["recipients", "signing", "trust", "identity"]
HOW = "Make keys with `ops backup keys FOLDER`."


class Settings(NamedTuple):
    """`trusted` are the keys whose signature counts; the signing key's own is always among them."""

    store: str
    recipients: tuple[Recipient, ...]
    identities: tuple[Identity, ...]
    signing: Ed25519PrivateKey | None
    trusted: tuple[Ed25519PublicKey, ...]

    @property
    def signer(self) -> Ed25519PrivateKey:
        """The signing key of a command that asked for one."""
        assert self.signing is not None
        return self.signing


def read(environ: Mapping[str, str], needs: Collection[Need], identity: Path | None = None) -> Settings:
    """`needs` says what must be there; `identity` is a key file that stands in for BACKUP_IDENTITY.

    Raises `Unusable` with a line for each fault.
    """
    faults: list[str] = []
    store = environ.get("BACKUP_STORE", "").strip()
    if not store:
        faults.append("BACKUP_STORE is missing. Give a folder, or an address such as s3://bucket/folder.")
    signing = _signing(environ, faults)
    found = Settings(
        store=store,
        recipients=_recipients(environ, faults),
        identities=_identities(environ, identity, faults),
        signing=signing,
        trusted=_trusted(environ, signing, faults),
    )
    faulty = len(faults) > (not store)  # what is wrong is told already; it is not missing as well
    faults += [told for need, there, told in _needed(found) if need in needs and not there and not faulty]
    if faults:
        raise Unusable("\n".join(faults))
    return found


def _needed(found: Settings) -> list[tuple[Need, object, str]]:
    return [
        ("recipients", found.recipients, f"BACKUP_RECIPIENTS is missing: who shall be able to read backups? {HOW}"),
        ("signing", found.signing, f"BACKUP_SIGNING_KEY is missing, so nobody could trust what is written. {HOW}"),
        ("trust", found.trusted, "BACKUP_VERIFY_KEYS is missing: whose signature counts? It is in verify-key.txt."),
        (
            "identity",
            found.identities,
            "The key is missing: set BACKUP_IDENTITY, or name the key file with --identity.",
        ),
    ]


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _recipients(environ: Mapping[str, str], faults: list[str]) -> tuple[Recipient, ...]:
    found = []
    for text in _listed(environ.get("BACKUP_RECIPIENTS", "")):
        try:
            found.append(keys.recipient(text))
        except ValueError as fault:
            faults.append(f"BACKUP_RECIPIENTS is wrong: {fault}. Give public keys that begin with age1, by comma.")
    return tuple(found)


def _identities(environ: Mapping[str, str], path: Path | None, faults: list[str]) -> tuple[Identity, ...]:
    name, text = "BACKUP_IDENTITY", environ.get("BACKUP_IDENTITY", "")
    try:
        if path is not None:
            name, text = str(path), path.read_text(encoding="utf-8")
        return keys.identities(text)
    except OSError as fault:
        faults.append(f"{name} cannot be read: {fault.strerror}.")
    except ValueError as fault:
        faults.append(f"{name} is wrong: {fault}.")
    return ()


def _signing(environ: Mapping[str, str], faults: list[str]) -> Ed25519PrivateKey | None:
    text = environ.get("BACKUP_SIGNING_KEY", "").strip()
    if not text:
        return None
    try:
        return keys.signing_key(text)
    except ValueError as fault:
        faults.append(f"BACKUP_SIGNING_KEY is wrong: {fault}. {HOW}")
        return None


def _trusted(
    environ: Mapping[str, str], signing: Ed25519PrivateKey | None, faults: list[str]
) -> tuple[Ed25519PublicKey, ...]:
    found = [signing.public_key()] if signing else []
    for text in _listed(environ.get("BACKUP_VERIFY_KEYS", "")):
        try:
            found.append(keys.verify_key(text))
        except ValueError as fault:
            faults.append(f"BACKUP_VERIFY_KEYS is wrong: {fault}. Give what verify-key.txt holds.")
    return tuple(found)
