"""Signed papers: a body and an Ed25519 signature over its exact bytes, in one readable JSON document."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ops.backup import keys
from ops.backup.faults import Damaged

Body = TypeVar("Body", bound=msgspec.Struct)


class Paper(msgspec.Struct, frozen=True):
    """`body` stays as it was written, byte for byte, so that no re-encoding can change what was signed."""

    body: msgspec.Raw
    key: str
    signature: str


def seal(body: msgspec.Struct, signer: Ed25519PrivateKey) -> bytes:
    written = msgspec.json.format(msgspec.json.encode(body), indent=1)
    signature = base64.urlsafe_b64encode(signer.sign(written)).decode()
    return msgspec.json.encode(Paper(msgspec.Raw(written), keys.public_text(signer.public_key()), signature))


def opened(document: bytes, kind: type[Body], trusted: Iterable[Ed25519PublicKey], name: str) -> Body:
    """The body, when one of the trusted keys has signed it. The kind is part of what is signed.

    Raises `Damaged`.
    """
    try:
        paper = msgspec.json.decode(document, type=Paper)
        signature = base64.urlsafe_b64decode(paper.signature)
    except (msgspec.MsgspecError, UnicodeDecodeError, binascii.Error):
        raise Damaged(f"{name} is damaged: it cannot be read.") from None
    if not any(_signed(bytes(paper.body), signature, key) for key in trusted):
        raise Damaged(f"{name} is not to be trusted: no key we know has signed what it says (BACKUP_VERIFY_KEYS).")
    try:
        return msgspec.json.decode(paper.body, type=kind)
    except msgspec.ValidationError as fault:
        raise Damaged(f"{name} was written by another release: {fault}. Use that release.") from None


def _signed(body: bytes, signature: bytes, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(signature, body)
    except InvalidSignature:
        return False
    return True
