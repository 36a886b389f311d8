"""API keys: created here, shown once, limited to their scopes and their rate."""

from crm.accounts.api_keys.actions import create, get, revoke, revoke_named
from crm.accounts.api_keys.authenticate import any_key, get_api_key, scope
from crm.accounts.api_keys.key_cache import forget
from crm.accounts.api_keys.models import SCOPES, ApiKey

__all__ = ["SCOPES", "ApiKey", "any_key", "create", "forget", "get", "get_api_key", "revoke", "revoke_named", "scope"]
