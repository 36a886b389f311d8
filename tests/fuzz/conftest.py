"""A service to throw things at, and a key that may do everything."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import target as targets
from target import Target

from shared import embedded_postgres


@pytest.fixture(scope="session")
async def target(cluster: embedded_postgres.Cluster) -> AsyncIterator[Target]:
    async with targets.standing(cluster, "nasties") as there:
        yield there


@pytest.fixture
async def program(target: Target) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a key that may do everything."""
    headers = {"authorization": f"Bearer {target.key}"}
    async with httpx.AsyncClient(base_url=target.url, headers=headers, timeout=20) as client:
        yield client
