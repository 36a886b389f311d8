from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fake_production.system import FakeProduction

from ops.verify.context import SCOPES, VerifyContext


@pytest.fixture(scope="session")
def api_key(shared_fake_production: FakeProduction) -> str:
    """A key of the fake production with every scope that a run needs."""
    return shared_fake_production.service.run("apikey", "create", "--name", "run", "--scopes", ",".join(SCOPES))


@pytest.fixture
def environ(fake_production: FakeProduction, api_key: str) -> dict[str, str]:
    """The variables of a complete run against the fake production."""
    names = ("ADMIN_EMAIL", "ADMIN_PASSWORD", "SYNTHETIC_KEY")
    return {"CRM_API_KEY": api_key, **{name: fake_production.service.environ[name] for name in names}}


@pytest.fixture
async def context(fake_production: FakeProduction, environ: dict[str, str]) -> AsyncIterator[VerifyContext]:
    """A run against the fake production. It removes at the end what it created."""
    async with VerifyContext(fake_production.target, environ) as made:
        yield made
