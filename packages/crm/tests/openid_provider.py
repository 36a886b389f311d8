"""The OpenID provider of `openid_provider.mjs`, and a browser that signs in at it."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx

SECRET = "the client secret of the tests, long enough"
SCRIPT = Path(__file__).with_suffix(".mjs")
TOOLS = SCRIPT.parents[3] / "tools/node_modules"


@asynccontextmanager
async def run_provider(redirect: str, accounts: dict[str, Any], *, in_id_token: bool = False) -> AsyncIterator[str]:
    """The issuer of a running provider with these accounts, each a name and its claims."""
    settings = {"accounts": accounts, "secret": SECRET, "redirect": redirect, "inIdToken": in_id_token}
    program = TOOLS / ".bin/node"
    process = await asyncio.create_subprocess_exec(
        program if program.exists() else "node", SCRIPT, stdout=asyncio.subprocess.PIPE,
        env={"OIDC_PROVIDER": str(TOOLS / "oidc-provider"), **os.environ, "SETTINGS": json.dumps(settings)},
    )  # fmt: skip
    assert process.stdout
    try:
        async with asyncio.timeout(60):
            issuer = (await process.stdout.readline()).decode().strip()
        assert issuer, "The provider does not start. Install it with `make tools/node_modules/.ready`."
        yield issuer
    finally:
        process.terminate()
        await process.wait()


async def sign_in_at_provider(url: str, account: str) -> str:
    """Sign in at the provider as a browser does, and return the address it leads back to."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as browser:
        answer = await browser.get(url)
        for _ in range(12):
            if answer.has_redirect_location:
                target = str(answer.next_request.url) if answer.next_request else ""
                if "/sign-in/openid/callback" in target:
                    return target
                answer = await browser.get(target)
                continue
            assert answer.status_code == 200, answer.text
            form = re.search(r'<form[^>]* action="([^"]*)"', answer.text)
            assert form, answer.text
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
            typed = {"login": account, "password": "anything"}
            answer = await browser.post(str(answer.url.join(unescape(form[1]))), data=hidden | typed)
    raise AssertionError("The provider does not lead back.")
