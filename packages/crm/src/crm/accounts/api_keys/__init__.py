"""API keys: created here, shown once, limited to their scopes and their rate."""

from crm.accounts.api_keys.actions import create, revoke_created_by, revoke_named
from crm.accounts.api_keys.authenticate import any_key, get_api_key, scope
from crm.accounts.api_keys.key_cache import forget_all
from crm.accounts.api_keys.models import ApiKey

__all__ = ["ApiKey", "any_key", "create", "forget_all", "get_api_key", "revoke_created_by", "revoke_named", "scope"]
