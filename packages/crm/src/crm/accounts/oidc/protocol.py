"""The authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9700).

The libraries are imported on first use. They only compute: each request goes through the one way out.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from crm.accounts.oidc.models import Flow, Metadata, OidcError, Profile, Tokens
from crm.config import Config
from crm.kernel import clock, log
from crm.kernel.app_context import AppContext
from crm.kernel.security import outbound
from crm.kernel.security.encryption import DecryptionError
from crm.kernel.security.tokens import new_token

T = TypeVar("T")

WAITS_FOR = timedelta(minutes=15)
"""How long somebody may take at the provider."""
CALLBACK = "/sign-in/openid/callback"
_METADATA_KEPT_S = 600
_MAX_ANSWER = 200_000
_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519")
"""Accepted signatures: all have a public key. So nobody signs with the client secret, or not at all."""
_LEEWAY_S = 60
"""How far the clocks of a provider and this machine may differ."""
_metadata: dict[str, tuple[float, Metadata]] = {}
"""What providers publish, by issuer, and when it was read. Visitors cannot make this service ask more often."""
_log = log.get("oidc")


async def begin_flow(context: AppContext, next_page: str) -> tuple[str, str]:
    """The URL at the provider, and the flow for the browser to keep, encrypted. Raises `OidcError`."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # noqa: PLC0415
    from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

    config = context.config
    metadata = await _discover(config)
    until = int((clock.now() + WAITS_FOR).timestamp())
    flow = Flow(new_token(), new_token(), new_token() + new_token(), next_page, until)
    url: str = prepare_grant_uri(
        metadata.authorization_endpoint, config.oidc_client_id, "code",
        redirect_uri=config.base_url + CALLBACK, scope="openid email", state=flow.state, nonce=flow.nonce,
        code_challenge=create_s256_code_challenge(flow.verifier), code_challenge_method="S256",
    )  # fmt: skip
    return url, context.seal.seal(msgspec.json.encode(flow).decode()).decode()


async def complete_flow(context: AppContext, kept: str, *, state: str, code: str) -> tuple[Profile, str]:
    """What the provider says of who signed in, and the page to open. `kept` is the flow. Raises `OidcError`."""
    config = context.config
    flow = _read_flow(context, kept)
    if flow is None or not hmac.compare_digest(flow.state.encode(), state.encode()):
        raise OidcError("This sign-in took too long, or was begun in another browser. Start again.")
    metadata = await _discover(config)
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": config.base_url + CALLBACK,
        "code_verifier": flow.verifier,
    }  # fmt: skip
    body, headers = _authenticate(config, metadata, form)
    tokens = await _call(config, metadata.token_endpoint, Tokens, headers, form=body)
    profile = await _check_id_token(config, metadata, tokens, flow)
    if not profile.email and metadata.userinfo_endpoint:
        bearer = {"authorization": f"Bearer {tokens.access_token}"}
        info = await _call(config, metadata.userinfo_endpoint, Profile, bearer)
        if info.sub != profile.sub:
            raise _build_error(config, "the user info is of another subject")
        profile = info
    return profile, flow.next


async def _check_id_token(config: Config, metadata: Metadata, tokens: Tokens, flow: Flow) -> Profile:
    """The claims of the ID token, once its signature, issuer, audience, times and nonce hold. Raises `OidcError`."""
    from authlib.oidc.core import CodeIDToken  # noqa: PLC0415
    from joserfc import errors, jwt  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415

    keys = await _call(config, metadata.jwks_uri, dict[str, Any])
    algorithms = [name for name in metadata.id_token_signing_alg_values_supported if name in _ALGORITHMS]
    try:
        token = jwt.decode(tokens.id_token, KeySet.import_key_set(keys), algorithms)  # type: ignore[arg-type]
        claims = CodeIDToken(
            token.claims, token.header,
            {"iss": {"essential": True, "value": config.oidc_issuer},
             "aud": {"essential": True, "value": config.oidc_client_id}},
            {"nonce": flow.nonce, "client_id": config.oidc_client_id, "access_token": tokens.access_token},
        )  # fmt: skip
        claims.validate(now=int(clock.now().timestamp()), leeway=_LEEWAY_S)
        return msgspec.convert(dict(claims), Profile, strict=False)
    except (errors.JoseError, ValueError, TypeError, KeyError) as error:
        raise _build_error(config, f"{type(error).__name__}: {error}") from error


def _authenticate(config: Config, metadata: Metadata, form: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a request that proves this client, in the way that the provider supports."""
    from authlib.oauth2.auth import ClientAuth  # noqa: PLC0415

    supported = metadata.token_endpoint_auth_methods_supported
    method = "client_secret_basic" if "client_secret_basic" in supported else "client_secret_post"
    auth = ClientAuth(config.oidc_client_id, config.oidc_client_secret, method)
    _, headers, body = auth.prepare("POST", metadata.token_endpoint, {}, urlencode(form))
    return body.encode(), {**headers, "content-type": "application/x-www-form-urlencoded"}


async def _discover(config: Config) -> Metadata:
    """What the provider publishes. Read anew every ten minutes. Raises `OidcError`."""
    read_at, metadata = _metadata.get(config.oidc_issuer, (0.0, None))
    if metadata is None or time.monotonic() - read_at > _METADATA_KEPT_S:
        url = f"{config.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = await _call(config, url, Metadata)
        if metadata.issuer != config.oidc_issuer:
            raise _build_error(config, f"the issuer calls itself {metadata.issuer}")
        _metadata[config.oidc_issuer] = (time.monotonic(), metadata)
    return metadata


async def _call(
    config: Config, url: str, kind: type[T], headers: Mapping[str, str] | None = None, *, form: bytes = b""
) -> T:
    """The JSON of an answer to GET, or to POST with a form. Raises `OidcError`."""
    method, headers = "POST" if form else "GET", {"accept": "application/json", **(headers or {})}
    try:
        answer = await outbound.send(config, method, url, headers, form, limit=_MAX_ANSWER, excerpt=_MAX_ANSWER)
    except outbound.OutboundError as error:
        _log.warning("oidc_unreachable", url=url, reason=error.reason)
        raise OidcError(
            f"{config.oidc_name} cannot be reached right now. Try again, or sign in with your password.", 503
        ) from error
    if answer.status >= 500:
        _log.warning("oidc_failed", url=url, status=answer.status)
        raise OidcError(f"{config.oidc_name} has a problem right now. Try again, or sign in with your password.", 503)
    if answer.status != 200:
        raise _build_error(config, f"{url} answered {answer.status}: {answer.excerpt[:200]}")
    try:
        # Some providers write true as a text.
        return msgspec.json.decode(answer.excerpt, type=kind, strict=False)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _build_error(config, f"{url}: {error}") from error


def _read_flow(context: AppContext, kept: str) -> Flow | None:
    try:
        flow = msgspec.json.decode(context.seal.open(kept.encode()), type=Flow)
    except (DecryptionError, msgspec.DecodeError):
        return None
    return flow if flow.until > clock.now().timestamp() else None


def _build_error(config: Config, reason: str) -> OidcError:
    """The error of an answer that does not hold, with the reason in the log."""
    _log.warning("oidc_refused", reason=reason[:300])
    return OidcError(
        f"The answer of {config.oidc_name} could not be verified. Start again. If it fails again, tell an owner."
    )
