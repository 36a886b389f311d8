"""Accounts at a provider, what it says of them, and why a sign-in fails."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """An account at a provider that signs a user in. `email` is what the provider said of it at first."""

    id: int
    user_id: int
    issuer: str
    subject: str
    email: str
    created_at: datetime
    used_at: datetime


class Metadata(msgspec.Struct, frozen=True):
    """What a provider publishes about itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Flow(msgspec.Struct, frozen=True):
    """A sign-in that has begun. The browser keeps it encrypted; `next` is the page to open afterwards."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: int


class Tokens(msgspec.Struct, frozen=True):
    """The answer of the token endpoint."""

    id_token: str
    access_token: str = ""


class Profile(msgspec.Struct, frozen=True):
    """What the provider says about who signed in."""

    sub: str
    email: str = ""
    email_verified: bool = False


class OidcError(Exception):
    """The sign-in fails. The message is a sentence for the person, and says what to do."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status
