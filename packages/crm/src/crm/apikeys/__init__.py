"""API keys: created here, shown once, limited to their scopes and their rate."""

from crm.apikeys.actions import create, get, revoke, revoke_named
from crm.apikeys.authenticate import any_key, key_of, scope
from crm.apikeys.key_cache import forget
from crm.apikeys.models import SCOPES, ApiKey

__all__ = ["SCOPES", "ApiKey", "any_key", "create", "forget", "get", "key_of", "revoke", "revoke_named", "scope"]
