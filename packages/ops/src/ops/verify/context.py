"""What checks work with: the target, requests to its hosts, an API key, and whatever several checks share."""

from __future__ import annotations

import asyncio
import re
import secrets
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar, cast

import httpcore
import httpx

from ops.cli import Clock, SystemClock
from ops.deploy.targets import Targets, load_targets
from ops.dev.commands import program
from ops.verify.checks import CheckFailedError, require, skip_unless
from ops.verify.target import Target

# Enough for every check of a remote target.
SCOPES = ("leads:read", "contacts:read", "companies:read", "operations:read", "operations:write")
# More for the ordinary enquiries that only a local target receives.
LOCAL_SCOPES = ("leads:write", "contacts:write", "companies:write", "webhooks:read", "webhooks:write")
KEY_VARIABLE = "CRM_API_KEY"
COMMAND_TIMEOUT_S = 20.0
ARRIVAL_TIMEOUT_S, INTERVAL_S = 30.0, 0.05
TIMEOUT_S = 10.0
PUBLISH = "Run `make build` and look into dist/site, then publish it with deploy-web."
LOG = "Look at the service's log."
KEY = "Set CRM_API_KEY to a valid key with the scopes that `ops verify --help` names."
BY_HAND = "Run it by hand."

Loaded = TypeVar("Loaded")


def load_trust(ca_file: Path | None) -> ssl.SSLContext:
    """Returns a TLS context with the machine's authorities and those of a file."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


_share_trust = cache(load_trust)  # reading all authorities takes a while


class _RoutedBackend(httpcore.AnyIOBackend):
    """Connects where the target says; URL, Host header and TLS name stay those of the host that was meant."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def connect_tcp(self, host: str, port: int, *given: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        return await super().connect_tcp(*self._target.route(host, port), *given, **named)


class VerifyContext:
    """One run of `ops verify`. At the end of the block, what it created is removed in reverse order.

    `commit` is the hash of the one that should be live; empty where none is expected. `targets` say which commit each
    host should serve. Requests follow no redirect, and keep no
    cookies, since all checks share them. `source` is the address of this machine that they come from.
    """

    def __init__(self, target: Target, environ: Mapping[str, str], commit: str = "", source: str | None = None) -> None:
        self.target, self.environ, self.commit = target, environ, commit
        self.clock: Clock = SystemClock()
        self.arrival_timeout_s = ARRIVAL_TIMEOUT_S
        self.mark = "verify-" + "".join(secrets.choice("aeioubdgklmnprst") for _ in range(8))
        self.unknown_key = f"oct_{secrets.token_urlsafe(32)}"
        self.created: list[str] = []
        self.cleanup = AsyncExitStack()
        self._loading: dict[tuple[object, ...], asyncio.Future[Any]] = {}
        trusted, backend = _share_trust(target.ca_file), _RoutedBackend(target)
        transport = httpx.AsyncHTTPTransport(verify=trusted)
        # httpx has no option for the backend of its pool.
        transport._pool = httpcore.AsyncConnectionPool(trusted, local_address=source, network_backend=backend)
        headers, cookies = {"user-agent": "ops-verify"}, CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._http = httpx.AsyncClient(
            transport=transport, timeout=TIMEOUT_S, headers=headers, cookies=cookies, trust_env=False
        )

    async def __aenter__(self) -> VerifyContext:
        return self

    async def __aexit__(self, *error: object) -> None:
        try:
            await self.remove_created()
        finally:
            await self._http.aclose()

    @cached_property
    def targets(self) -> Targets:
        return load_targets()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    def remove_at_end(self, name: str, remove: Callable[..., Awaitable[object]], *given: Any, **named: Any) -> None:
        self.created.append(name)
        self.cleanup.push_async_callback(remove, *given, **named)

    async def remove_created(self) -> str:
        """Removes what the run created, the last first. Raises `CheckFailedError` where something stays."""
        await self.cleanup.aclose()
        return ", ".join(self.created)

    async def ask(self, method: str, url: str, expect: int | None = 200, **options: Any) -> httpx.Response:
        """Raises `CheckFailedError` when no answer comes, or one with another status than `expect`."""
        try:
            response = await self._http.request(method, url, **options)
        except httpx.HTTPError as error:
            reason = type(error).__name__ + (f": {error}" if "certificate" in str(error) else "")
            raise CheckFailedError(f"{url} does not answer ({reason})", self.target.advice) from error
        hint = PUBLISH if url.startswith((self.target.site_url, self.target.blog_url)) else LOG
        hint = KEY if "authorization" in options.get("headers", ()) and response.status_code in (401, 403) else hint
        problem = {} if response.is_success else read_object(response)
        reason = "".join(f": {problem[name]}" for name in ("title", "detail") if problem.get(name))
        detail = f"{method} {url} answers {response.status_code}, not {expect}{reason}"
        require(expect in (None, response.status_code), detail, hint)
        return response

    async def get_status(self, url: str) -> int:
        return (await self.get(url, expect=None)).status_code

    async def get(self, url: str, expect: int | None = 200, **options: Any) -> httpx.Response:
        return await self.ask("GET", url, expect, **options)

    async def once(self, load: Callable[..., Awaitable[Loaded]], *arguments: str) -> Loaded:
        """Returns what `load` returns. It runs once, however many checks ask, and they share its error too."""
        key = (load, *arguments)
        if key not in self._loading:
            self._loading[key] = asyncio.ensure_future(load(self, *arguments))
        return cast(Loaded, await self._loading[key])

    def get_loaded(self, load: Callable[..., Awaitable[Loaded]]) -> Loaded | None:
        """Returns what `load` returned; None where it was not called or raised an error."""
        task = self._loading.get((load,))
        return task.result() if task and task.done() and not task.exception() else None

    async def poll(self, ask: Callable[[], Awaitable[Loaded | None]]) -> Loaded | None:
        """Returns the first answer that is not None, or None after `arrival_timeout_s` seconds."""
        deadline = self.clock.now() + self.arrival_timeout_s
        while True:
            answer = await ask()
            if answer is not None or self.clock.now() >= deadline:
                return answer
            await asyncio.sleep(INTERVAL_S)

    async def key_headers(self) -> dict[str, str]:
        """Raises `CheckSkippedError` where there is no API key, `CheckFailedError` where none can be created."""
        return {"authorization": f"Bearer {await self.once(load_api_key)}"}

    async def api(self, method: str, path: str, expect: int | None = 200, **options: Any) -> httpx.Response:
        """Asks the API with the key, and changes whatever version of a record there is."""
        headers = {**await self.key_headers(), "if-match": "*"}
        return await self.ask(method, f"{self.target.api_url}/api/v1{path}", expect, headers=headers, **options)


async def load_api_key(context: VerifyContext) -> str:
    """Returns the key of the environment; for a local target always a new one, which is revoked at the end."""
    if not context.target.local:
        key = context.environ.get(KEY_VARIABLE, "").strip()
        how = f"Make a key under Settings, API keys, with the scopes {', '.join(SCOPES)}."
        skip_unless(key, f"{KEY_VARIABLE} is not set. {how}")
        return key
    scopes = ",".join((*SCOPES, *LOCAL_SCOPES))
    key = await _run_crm("apikey", "create", "--name", context.mark, "--scopes", scopes, "--days", "1")
    context.remove_at_end("API key", _run_crm, "apikey", "revoke", "--name", context.mark)
    require(re.fullmatch(r"oct_\S+", key), "`crm apikey create` prints something else than a key", BY_HAND)
    return key


async def _run_crm(*arguments: str) -> str:
    """Returns what `crm …` prints. Without DATABASE_URL it finds the database of DATA_DIR by itself."""
    run = partial(subprocess.run, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False)
    try:
        done = await asyncio.to_thread(run, [program("crm"), *arguments])
    except subprocess.TimeoutExpired as error:
        raise CheckFailedError(str(error), BY_HAND) from error
    # The last line says what is wrong; a frame may stand around it.
    lines = re.findall(r"\w.*\w\S*", done.stderr) or ["no message"]
    require(not done.returncode, f"`crm {' '.join(arguments[:2])}` fails: {lines[-1]}", BY_HAND)
    return str(done.stdout).strip()


def read_object(response: httpx.Response) -> dict[str, Any]:
    """Returns the JSON object of a response, which is empty where it holds none."""
    with suppress(ValueError):
        body = response.json()
        return body if isinstance(body, dict) else {}
    return {}
