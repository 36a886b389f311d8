"""Checks that an API request has an active key with the required scope, within its rate limit."""

from __future__ import annotations

from functools import cache

from crm.accounts import permissions
from crm.accounts.api_keys import key_cache
from crm.accounts.api_keys.actions import PREFIX, secret_hash
from crm.accounts.api_keys.models import SCOPES, ApiKey
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.errors import ForbiddenError, UnauthenticatedError
from crm.kernel.http import rate_limits
from crm.kernel.http.access_policy import AccessPolicy
from crm.kernel.http.request import Request
from crm.values.formats import format_date_exactly

_MAX_LENGTH = 200


@cache
def scope(name: str) -> AccessPolicy:
    """Access for keys with the scope `name`. Raises `ValueError` for an unknown scope."""
    if name not in SCOPES:
        raise ValueError(f"There is no scope {name!r}.")
    permission = permissions.of_scope(name)

    async def check(request: Request) -> None:
        key = await _authenticate(request)
        if name not in key.scopes:
            raise ForbiddenError(f"This key lacks the scope {name}. Create one that has it under Settings, API keys.")
        if not permissions.is_allowed(key.role, permission):
            raise ForbiddenError(
                f"This key does not get the scope {name}, because the role of the person who created it is {key.role}."
            )

    return AccessPolicy(name, check)


async def _any(request: Request) -> None:
    await _authenticate(request)


any_key = AccessPolicy("any key", _any)
"""Access for any active key, whatever its scopes."""


def get_api_key(request: Request) -> ApiKey:
    """The API key of this request."""
    return request.scope["api_key"]  # type: ignore[no-any-return]


async def _authenticate(request: Request) -> ApiKey:
    """Return the caller's key. Adds the rate-limit headers to every response, errors included."""
    key = await key_cache.get_cache(request.db).find(request.db, secret_hash(_bearer(request)))
    if key is None:
        raise _unauthenticated_error("This API key does not exist.")
    if key.revoked_at is not None:
        raise _unauthenticated_error("This key was revoked. Create another under Settings, API keys.")
    if key.expires_at is not None and key.expires_at <= clock.now():
        raise _unauthenticated_error(
            f"This key expired on {format_date_exactly(key.expires_at)}. Create another under Settings, API keys."
        )
    status = await rate_limits.take(request.app.state.counter, f"key:{key.id}", request.app_context.config.api_rate)
    request.scope.update(
        actor=Actor("key", key.id, key.name).at(request.address),
        api_key=key,
        response_headers=[(name.encode(), value.encode()) for name, value in status.headers().items()],
    )
    return key


def _bearer(request: Request) -> str:
    kind, _, secret = request.headers.get("authorization", "").strip().partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not secret.startswith(PREFIX) or len(secret) > _MAX_LENGTH or not secret.isascii():
        raise _unauthenticated_error("Send an API key in the header Authorization: Bearer oct_….")
    return secret


def _unauthenticated_error(detail: str) -> UnauthenticatedError:
    # RFC 6750, section 3: the response to missing or wrong credentials names the scheme.
    return UnauthenticatedError(detail, headers={"www-authenticate": 'Bearer realm="crm"'})
