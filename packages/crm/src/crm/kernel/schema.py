"""Which revision the schema has and which this release needs. Alembic itself is only imported to migrate."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from crm.kernel.db import Connection

FOLDER = Path(__file__).resolve().parent.parent / "migrations"
REVISIONS: tuple[str, ...] = tuple(sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("0*.py")))
HEAD = REVISIONS[-1]


async def revision(connection: Connection) -> str:
    """The revision of the database; empty when it was never migrated."""
    try:
        return await connection.fetchval("SELECT version_num FROM alembic_version") or ""
    except asyncpg.UndefinedTableError:
        return ""


def standing(found: str) -> str:
    """`current`, `ahead` (a newer release has migrated; this one still runs) or `behind` (run `crm migrate`)."""
    if found == HEAD:
        return "current"
    return "behind" if not found or found < HEAD else "ahead"
