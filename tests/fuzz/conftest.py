"""A service that gets wrong requests, and a key that may do everything."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import fuzz_target as targets
import httpx
import pytest
from fuzz_target import FuzzTarget

from shared import embedded_postgres

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For a client of plain HTTP: to load the usual ones takes longer than a test."""


@pytest.fixture(scope="session")
async def target(cluster: embedded_postgres.Cluster) -> AsyncIterator[FuzzTarget]:
    async with targets.run_target(cluster, "nasties") as there:
        yield there


@pytest.fixture
async def program(target: FuzzTarget) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a key that may do everything."""
    headers = {"authorization": f"Bearer {target.key}"}
    async with httpx.AsyncClient(base_url=target.url, headers=headers, timeout=60, verify=NO_CERTIFICATES) as client:
        yield client
