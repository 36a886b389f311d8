"""What the tests across packages stand on: one PostgreSQL, a schema made by the migrations alone, the real programs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm import migrate
from shared import embedded_postgres


@pytest.fixture(scope="session")
def cluster() -> Iterator[embedded_postgres.Cluster]:
    """A server whose database `template_system` nobody uses and everybody copies."""
    with embedded_postgres.scratch() as running:
        running.create_database("template_system")
        migrate.migrate(running.dsn("template_system"))
        yield running


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Where the system keeps its site and its logs."""
    with tempfile.TemporaryDirectory(prefix="octatech-tests-") as made:
        yield Path(made)
