"""Random tokens, what is stored of them, and references people can read aloud."""

from __future__ import annotations

import secrets

# Crockford's base 32: no I, L, O or U, so that nothing is misread on the phone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_token(prefix: str = "") -> str:
    """A secret of 256 random bits, safe in headers and addresses."""
    return prefix + secrets.token_urlsafe(32)


def reference(prefix: str) -> str:
    """A public reference such as `E-7F3K-92QX`: 40 random bits, told apart from ids on purpose."""
    number = secrets.randbits(40)
    letters = "".join(ALPHABET[number >> place & 31] for place in range(0, 40, 5))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"
