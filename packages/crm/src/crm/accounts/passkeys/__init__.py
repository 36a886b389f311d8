"""Passkeys: what proves a user by a device in place of a password (WebAuthn)."""

from crm.accounts.passkeys.ceremonies import build_creation_options, build_request_options, register, verify
from crm.accounts.passkeys.challenges import purge as purge_challenges
from crm.accounts.passkeys.models import Passkey, PasskeyError
from crm.accounts.passkeys.queries import delete, list_passkeys

__all__ = [
    "Passkey",
    "PasskeyError",
    "build_creation_options",
    "build_request_options",
    "delete",
    "list_passkeys",
    "purge_challenges",
    "register",
    "verify",
]
