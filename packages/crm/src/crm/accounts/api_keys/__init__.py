"""API keys: created here, shown once, limited to their scopes and their rate."""

from crm.accounts.api_keys.actions import create, revoke_named
from crm.accounts.api_keys.authenticate import any_key, scope

__all__ = ["any_key", "create", "revoke_named", "scope"]
