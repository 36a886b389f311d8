"""Encryption of stored secrets with keys from the environment. They are only decrypted where they are used."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crm.config import Config


class DecryptionError(Exception):
    """A stored secret was sealed with a key this process does not have."""


class SecretBox:
    """Encrypts with the first key and decrypts with any, so that keys can be rotated (MultiFernet)."""

    def __init__(self, keys: list[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    @classmethod
    def of(cls, config: Config) -> SecretBox:
        """The keys are SEALING_KEYS and, to open only, one derived from SESSION_SECRET. Raises `ValueError`."""
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"crm sealing 1").derive(
            config.session_secret.encode()
        )
        keys = [key.encode() for key in config.sealing_keys]
        return cls([*keys, base64.urlsafe_b64encode(derived)])

    def seal(self, secret: str) -> bytes:
        return self._fernet.encrypt(secret.encode())

    def again(self, sealed: bytes) -> bytes:
        """The same secret, sealed with the first key. Raises `DecryptionError`."""
        return self.seal(self.open(sealed))

    def open(self, sealed: bytes) -> str:
        """The secret. Raises `DecryptionError` with what to do."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise DecryptionError(
                "A stored secret cannot be opened: the key that sealed it is missing from SEALING_KEYS "
                "(or SESSION_SECRET has changed). Restore that key, or enter the secret again."
            ) from error
