"""Who may enter the API: a program with a key that holds, has the scope, and keeps to its rate."""

from __future__ import annotations

from functools import cache

from crm.apikeys import key_cache
from crm.apikeys.actions import PREFIX, secret_hash
from crm.apikeys.models import SCOPES, ApiKey
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.errors import ForbiddenError, UnauthenticatedError
from crm.kernel.http import rate_limits
from crm.kernel.http.access_policy import AccessPolicy
from crm.kernel.http.request import Request

_LONGEST = 200


@cache
def scope(name: str) -> AccessPolicy:
    """Programs whose key has the scope `name`. Raises `ValueError` for a scope there is none of."""
    if name not in SCOPES:
        raise ValueError(f"There is no scope {name!r}.")

    async def check(request: Request) -> None:
        key = await _enter(request)
        if name not in key.scopes:
            raise ForbiddenError(f"This key lacks the scope {name}. Make one that has it under Settings, API keys.")

    return AccessPolicy(name, check)


async def _any(request: Request) -> None:
    await _enter(request)


any_key = AccessPolicy("any key", _any)
"""Programs with any key that holds, whatever its scopes."""


def key_of(request: Request) -> ApiKey:
    """The key the guard let in."""
    return request.scope["api_key"]  # type: ignore[no-any-return]


async def _enter(request: Request) -> ApiKey:
    """The caller's key. Its standing goes on whatever is answered, so a refusal tells it too."""
    key = await key_cache.of(request.db).find(request.db, secret_hash(_bearer(request)))
    if key is None:
        raise _unauthenticated_error("There is no such key.")
    if key.revoked_at is not None:
        raise _unauthenticated_error("This key was revoked. Make another under Settings, API keys.")
    if key.expires_at is not None and key.expires_at <= clock.now():
        raise _unauthenticated_error(
            f"This key expired on {key.expires_at:%Y-%m-%d}. Make another under Settings, API keys."
        )
    standing = await rate_limits.take(request.app.state.counter, f"key:{key.id}", request.app_context.config.api_rate)
    request.scope.update(actor=Actor("key", key.id, key.name), api_key=key, response_headers=_raw(standing))
    return key


def _raw(standing: rate_limits.RateLimitStatus) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in standing.headers().items()]


def _bearer(request: Request) -> str:
    kind, _, secret = request.headers.get("authorization", "").strip().partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not secret.startswith(PREFIX) or len(secret) > _LONGEST or not secret.isascii():
        raise _unauthenticated_error("Send a key of this CRM in the header Authorization: Bearer oct_….")
    return secret


def _unauthenticated_error(said: str) -> UnauthenticatedError:
    # RFC 6750, section 3: a request without usable credentials is told how to bring them.
    return UnauthenticatedError(said, headers={"www-authenticate": 'Bearer realm="crm"'})
