"""Who can read a backup (age, X25519) and whose word is taken for one (Ed25519)."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyrage import x25519  # type: ignore[import-untyped]

MARK = "AGE-SECRET-KEY-1"


class Recipient(NamedTuple):
    """`text` is the public half, such as age1…; `key` is what encrypts."""

    text: str
    key: x25519.Recipient


class Identity(NamedTuple):
    """The secret half; `recipient` is the public one, for telling which key opened a backup."""

    recipient: str
    key: x25519.Identity


def recipient(text: str) -> Recipient:
    """Raises `ValueError` where `text` is no age recipient."""
    try:
        return Recipient(text, x25519.Recipient.from_str(text))
    except Exception as fault:  # pyrage has a class of its own for each kind and none above them
        raise ValueError(f"{text[:12]}… is no age recipient") from fault


def identities(text: str) -> tuple[Identity, ...]:
    """Every secret key in `text`, which may be a key file with its comments. Raises `ValueError`."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found = [word for line in lines for word in line.replace(",", " ").split()]
    try:
        keys = [x25519.Identity.from_str(line) for line in found]
    except Exception:  # as above; the cause is not told, since it may hold the key
        raise ValueError(f"it is not a key that begins with {MARK}") from None
    return tuple(Identity(str(key.to_public()), key) for key in keys)


def new_identity() -> tuple[str, str]:
    """A fresh pair: the secret text and the recipient."""
    made = x25519.Identity.generate()
    return str(made), str(made.to_public())


def signing_key(text: str) -> Ed25519PrivateKey:
    """From 32 bytes in URL-safe base 64. Raises `ValueError`."""
    return Ed25519PrivateKey.from_private_bytes(_bytes(text))


def verify_key(text: str) -> Ed25519PublicKey:
    """From 32 bytes in URL-safe base 64. Raises `ValueError`."""
    return Ed25519PublicKey.from_public_bytes(_bytes(text))


def public_text(key: Ed25519PublicKey) -> str:
    return _text(key.public_bytes_raw())


def new_signing_key() -> tuple[str, str]:
    """A fresh pair: the secret text and the public one."""
    made = Ed25519PrivateKey.generate()
    return _text(made.private_bytes_raw()), public_text(made.public_key())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("it is not base 64") from None
