"""Accounts at an OpenID provider, and how it proves who signs in (OpenID Connect Core 1.0)."""

from crm.accounts.oidc.models import OidcError, Profile
from crm.accounts.oidc.protocol import begin_flow, complete_flow
from crm.accounts.oidc.queries import delete, find_identity, insert_identity, list_identities, set_used

__all__ = [
    "OidcError",
    "Profile",
    "begin_flow",
    "complete_flow",
    "delete",
    "find_identity",
    "insert_identity",
    "list_identities",
    "set_used",
]
