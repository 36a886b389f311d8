"""The two ceremonies of WebAuthn: a device creates a passkey, and proves that it has it. Both verify the user.

The library `webauthn` is imported on first use, because few processes need it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

import msgspec

from crm.accounts.passkeys import challenges, queries
from crm.accounts.passkeys.models import Passkey, PasskeyError
from crm.config import Config
from crm.kernel import clock, log
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.http.origin import origin_of

MAX_PASSKEYS = 20
_log = log.get("passkeys")
_EXPIRED = "This took too long, or was answered already. Press the button again."
_UNKNOWN = "This passkey belongs to no account here. Sign in with your password, or with another passkey."
_INVALID = "The answer of your device could not be verified. Try again, or use your password."


def build_creation_options(
    context: AppContext, purpose: str, *, user_id: int, email: str, name: str, existing: Sequence[Passkey]
) -> str:
    """What the browser needs to create a passkey of this user, as JSON. `existing` ones are not created again."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_registration_options(
        rp_id=_host(context.config),
        rp_name=context.config.site.organization.name,
        user_id=_handle_of(context, user_id, existing),
        user_name=email,
        user_display_name=name,
        challenge=challenges.create(context, purpose),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(each.credential_id) for each in existing],
    )
    return webauthn.options_to_json(options)


def build_request_options(context: AppContext, purpose: str, allowed: Sequence[Passkey] = ()) -> str:
    """What the browser needs to prove one of the `allowed` passkeys, as JSON; without them, any passkey it has.

    Written by hand, because every sign-in page has it and the library takes 6 MB.
    """
    options = {
        "challenge": _encode(challenges.create(context, purpose)),
        "rpId": _host(context.config),
        "userVerification": "required",
        "allowCredentials": [{"type": "public-key", "id": _encode(each.credential_id)} for each in allowed],
    }
    return msgspec.json.encode(options).decode()


async def register(
    connection: Connection, context: AppContext, purpose: str, answer: str, *, user_id: int, name: str
) -> Passkey:
    """Add the passkey that a device has created. Raises `PasskeyError`."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import parse_client_data_json, parse_registration_credential_json  # noqa: PLC0415

    existing = await queries.list_passkeys(connection, user_id)
    if len(existing) >= MAX_PASSKEYS:
        raise PasskeyError(f"You have {MAX_PASSKEYS} passkeys already. Remove one that you no longer use.")
    with _refuse_malformed():
        credential = parse_registration_credential_json(answer)
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
    await _use_challenge(connection, context, purpose, challenge)
    with _refuse_malformed():
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(context.config),
            expected_origin=origin_of(context.config.base_url),
            require_user_verification=True,
        )
    passkey = await queries.insert(
        connection,
        user_id=user_id,
        handle=_handle_of(context, user_id, existing),
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name,
        at=clock.now(),
    )
    if passkey is None:
        raise PasskeyError("This passkey is in use already. Remove it from its account first.")
    return passkey


async def verify(connection: Connection, context: AppContext, purpose: str, answer: str) -> Passkey:
    """The passkey that a device has proven, recorded as used. Raises `PasskeyError`."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import parse_authentication_credential_json, parse_client_data_json  # noqa: PLC0415

    with _refuse_malformed():
        credential = parse_authentication_credential_json(answer)
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
    await _use_challenge(connection, context, purpose, challenge)
    passkey = await queries.lock_passkey(connection, credential.raw_id)
    if passkey is None or credential.response.user_handle not in (None, passkey.handle):
        raise PasskeyError(_UNKNOWN)
    with _refuse_malformed():
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(context.config),
            expected_origin=origin_of(context.config.base_url),
            credential_public_key=passkey.public_key,
            # A copied device repeats a number, and is refused.
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    await queries.set_used(connection, passkey.id, verified.new_sign_count, clock.now())
    return passkey


async def _use_challenge(connection: Connection, context: AppContext, purpose: str, challenge: bytes) -> None:
    if not challenges.is_valid(context, purpose, challenge) or not await challenges.use(connection, challenge):
        raise PasskeyError(_EXPIRED)


@contextmanager
def _refuse_malformed() -> Iterator[None]:
    """Refuse what the library refuses. An answer can hold anything, and errors of its many parsers come through."""
    try:
        yield
    except Exception as error:
        _log.info("passkey_refused", reason=f"{type(error).__name__}: {error}"[:200])
        raise PasskeyError(_INVALID) from error


def _handle_of(context: AppContext, user_id: int, existing: Sequence[Passkey]) -> bytes:
    """The handle of this user's passkeys, also after the session secret has changed."""
    return existing[0].handle if existing else context.digest("passkey handle", str(user_id))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _host(config: Config) -> str:
    """The host to which passkeys are bound (the relying party id)."""
    return urlsplit(config.base_url).hostname or ""
