from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from lookalike.standing import LookAlike

from ops.verify.access import SCOPES, Key
from ops.verify.client import Client


@pytest.fixture
async def client(lookalike: LookAlike) -> AsyncIterator[Client]:
    """Asks the look-alike of production."""
    made = Client(lookalike.target)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def api_key(whole_lookalike: LookAlike) -> str:
    """A key of the look-alike with every scope that a walk needs."""
    return whole_lookalike.service.run("apikey", "create", "--name", "walk", "--scopes", ",".join(SCOPES))


@pytest.fixture
def key(lookalike: LookAlike, api_key: str) -> Key:
    return Key(lookalike.target, {"CRM_API_KEY": api_key})
