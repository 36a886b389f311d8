"""Whether people can sign in through the OpenID provider. Its published metadata is read; nobody signs in."""

from __future__ import annotations

import httpx

from ops.doctor.context import DoctorContext
from ops.doctor.findings import FINE, WEAK, WRONG, Findings

TIMEOUT_S = 8
NAMES = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME")


def check(context: DoctorContext, findings: Findings) -> None:
    issuer = context.value("OIDC_ISSUER")
    if not issuer:
        alone = [name for name in NAMES if context.value(name)]
        for name in alone:
            findings.add(WEAK, f"{name} is set, and OIDC_ISSUER is not", "Set OIDC_ISSUER, or remove it")
        if not alone:
            findings.add(FINE, "People sign in with passwords and passkeys; there is no OpenID provider")
        return
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        response = httpx.get(url, timeout=TIMEOUT_S)
        published = response.raise_for_status().json()
        supported = published.get("code_challenge_methods_supported", [])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError) as error:
        if isinstance(error, httpx.TransportError):
            context.require_network(httpx.URL(url).host)
        why = f"answers {error.response.status_code}" if isinstance(error, httpx.HTTPStatusError) else "does not answer"
        findings.add(WRONG, f"{url} {why}", "Copy the issuer from the provider into OIDC_ISSUER")
        return
    findings.expect(
        (published.get("issuer") == issuer, WRONG, f"The provider calls itself {published.get('issuer')}, not {issuer}",
         context.suggest("OIDC_ISSUER", str(published.get("issuer", "")))),
        ("S256" in supported, WEAK, "The provider does not say that it supports PKCE", "Ask its operator for S256"),
    )  # fmt: skip
    if not findings.all:
        callback = f"{context.config.base_url}/sign-in/openid/callback" if context.config else ""
        findings.add(FINE, f"The OpenID provider answers. It must know the redirect address {callback}")
