"""A provider that is away, broken or hostile: it lets nobody in, and the password still works."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import factories
import httpx
import pytest
from conftest import environment, serving
from http_sink import HttpSink, Reply, run_http_sink
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from crm import config
from crm.kernel.app_context import AppContext

SECRET = "the client secret of the tests, long enough"
KEY = RSAKey.generate_key(2048, {"kid": "1"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"})
Claims = dict[str, Any]


def variables(issuer: str) -> dict[str, str]:
    return {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "crm", "OIDC_CLIENT_SECRET": SECRET, "OIDC_NAME": "Our Provider"}


@pytest.fixture
async def provider() -> AsyncIterator[HttpSink]:
    """A server that answers with what a test sets."""
    async with run_http_sink() as sink:
        yield sink


@pytest.fixture
async def visitor(provider: HttpSink, database_url: str, clean: AppContext) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor of a service that asks this server. Ada is in the team."""
    async with clean.db.transaction() as conn:
        await factories.create_user(conn)
    async with serving(config.load(environment(database_url, **variables(issuer_of(provider))))) as client:
        yield client


def issuer_of(provider: HttpSink) -> str:
    return f"http://127.0.0.1:{provider.port}"


def reply(value: Any) -> Reply:
    return Reply(body=json.dumps(value).encode(), headers={"content-type": "application/json"})


def metadata_of(provider: HttpSink, **changes: Any) -> dict[str, Any]:
    issuer = issuer_of(provider)
    return {
        "issuer": issuer, "authorization_endpoint": f"{issuer}/auth", "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys", "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"], **changes,
    }  # fmt: skip


def sign(claims: Claims, key: Any = KEY, algorithm: str = "RS256") -> str:
    return jwt.encode({"alg": algorithm, "kid": "1"}, claims, key, [algorithm])


async def come_back(
    visitor: httpx.AsyncClient,
    provider: HttpSink,
    make: Callable[[Claims], Any],
    keys: Any = None,
    info: Claims | None = None,
) -> httpx.Response:
    """Come back from the provider, whose token endpoint answers with what `make` makes of the right claims."""
    provider.replies = [reply(metadata_of(provider, userinfo_endpoint=f"{issuer_of(provider)}/me" if info else ""))]
    sent = await visitor.get("/sign-in/openid")
    assert sent.status_code == 303, sent.text
    query = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    claims = {
        "iss": issuer_of(provider), "sub": "ada", "aud": "crm", "exp": int(time.time()) + 300, "iat": int(time.time()),
        "nonce": query["nonce"], "email": "ada@crm.test", "email_verified": True,
    }  # fmt: skip
    made = make(claims)
    tokens = made if isinstance(made, Reply) else reply({"id_token": made, "access_token": "x"})
    provider.replies = [tokens, reply({"keys": [KEY.as_dict(private=False)]} if keys is None else keys), reply(info)]
    return await visitor.get(f"/sign-in/openid/callback?code=x&state={query['state']}")


async def test_the_right_token_opens_the_account(visitor, provider: HttpSink) -> None:
    assert (await come_back(visitor, provider, sign)).status_code == 303


async def test_a_provider_that_writes_true_as_a_text_is_understood(visitor, provider: HttpSink) -> None:
    assert (await come_back(visitor, provider, lambda it: sign({**it, "email_verified": "true"}))).status_code == 303


WRONG: dict[str, Callable[[Claims], Any]] = {
    "another issuer": lambda it: sign({**it, "iss": "https://evil.example"}),
    "another audience": lambda it: sign({**it, "aud": "another client"}),
    "several audiences and no party": lambda it: sign({**it, "aud": ["crm", "another"]}),
    "another party": lambda it: sign({**it, "azp": "another"}),
    "another nonce": lambda it: sign({**it, "nonce": "x"}),
    "no nonce": lambda it: sign({name: value for name, value in it.items() if name != "nonce"}),
    "no subject": lambda it: sign({name: value for name, value in it.items() if name != "sub"}),
    "expired": lambda it: sign({**it, "exp": it["exp"] - 600}),
    "from the future": lambda it: sign({**it, "iat": it["iat"] + 600}),
    "no expiry": lambda it: sign({name: value for name, value in it.items() if name != "exp"}),
    "another key": lambda it: sign(it, OTHER_KEY),
    "signed with the client secret": lambda it: sign(it, OctKey.import_key(SECRET), "HS256"),
    "not signed": lambda it: jwt.encode({"alg": "none"}, it, OctKey.import_key(SECRET), ["none"]),
    "half a token": lambda it: sign(it)[:80],
    "no token": lambda it: "",
    "a number": lambda it: 7,
    "not JSON": lambda it: Reply(body=b"<html>"),
    "an error": lambda it: Reply(400, body=b'{"error": "invalid_grant"}'),
    "a redirect": lambda it: Reply(302, {"location": "https://evil.example"}),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_token_lets_nobody_in(visitor, provider: HttpSink, clean: AppContext, name: str) -> None:
    answer = await come_back(visitor, provider, WRONG[name])
    assert answer.status_code == 422
    assert "The answer of Our Provider could not be verified." in answer.text
    assert (await visitor.get("/profile")).status_code == 303
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM identities") == 0


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": [{"kty": "RSA"}]}, {"keys": 1}, [], "x", {"keys": [{}]}])
async def test_keys_that_cannot_be_read_let_nobody_in(visitor, provider: HttpSink, keys: Any) -> None:
    assert (await come_back(visitor, provider, sign, keys)).status_code == 422


async def test_the_user_info_of_somebody_else_is_refused(visitor, provider: HttpSink) -> None:
    def without_email(claims: Claims) -> str:
        return sign({name: value for name, value in claims.items() if not name.startswith("email")})

    info = {"sub": "ada", "email": "ada@crm.test", "email_verified": True}
    other = await come_back(visitor, provider, without_email, info={**info, "sub": "eve"})
    assert other.status_code == 422
    assert "could not be verified" in other.text
    assert (await come_back(visitor, provider, without_email, info=info)).status_code == 303
    assert provider.received[-1].headers["authorization"] == "Bearer x"


@pytest.mark.parametrize("changes", [{"issuer": "https://evil.example"}, {"token_endpoint": 7}, {"jwks_uri": None}])
async def test_metadata_that_is_wrong_is_refused(visitor, provider: HttpSink, changes: Claims) -> None:
    provider.replies = [reply(metadata_of(provider, **changes))]
    answer = await visitor.get("/sign-in/openid")
    assert answer.status_code == 422
    assert "could not be verified" in answer.text


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_broken_provider_is_named_and_asked_again(visitor, provider: HttpSink, status: int) -> None:
    provider.replies = [Reply(status)]
    answer = await visitor.get("/sign-in/openid")
    assert answer.status_code == 503
    assert "Our Provider has a problem right now." in answer.text
    provider.replies = [reply(metadata_of(provider))]
    assert (await visitor.get("/sign-in/openid")).status_code == 303
    form = {"email": "ada@crm.test", "password": factories.PASSWORD}
    assert (await visitor.post("/sign-in", data=form)).status_code == 303


@pytest.fixture
def unused_issuer() -> Iterator[str]:
    """An address that nobody listens at: the port is ours."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


async def test_a_provider_that_is_away_is_named(database_url: str, clean: AppContext, unused_issuer: str) -> None:
    async with serving(config.load(environment(database_url, **variables(unused_issuer)))) as client:
        answer = await client.get("/sign-in/openid")
    assert answer.status_code == 503
    assert "Our Provider cannot be reached right now. Try again, or sign in with your password." in answer.text


async def test_without_a_provider_there_is_no_such_page(client: httpx.AsyncClient) -> None:
    assert "/sign-in/openid" not in (await client.get("/sign-in")).text
    for path in ("/sign-in/openid", "/sign-in/openid/callback"):
        assert (await client.get(path)).status_code == 404


def test_the_variables_belong_together(database_url: str) -> None:
    for changes, message in (
        ({"OIDC_ISSUER": "https://id.example"}, "OIDC_CLIENT_ID is missing."),
        (
            {"OIDC_ISSUER": "id.example", "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "x"},
            "OIDC_ISSUER is 'id.example'.",
        ),
    ):
        with pytest.raises(config.ConfigError) as caught:
            config.load(environment(database_url, **changes))
        assert any(error.startswith(message) for error in caught.value.errors)
    whole = config.load(environment(database_url, OIDC_ISSUER="https://id.example/", OIDC_CLIENT_ID="x",
                                    OIDC_CLIENT_SECRET="x"))  # fmt: skip
    assert (whole.oidc_issuer, whole.oidc_name) == ("https://id.example/", "id.example")
