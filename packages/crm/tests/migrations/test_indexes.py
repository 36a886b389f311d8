"""Indexes of tables with rows are built outside the transaction of a migration, so that nobody waits for them."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory

from crm import migrate
from crm.kernel.schema import FOLDER
from shared import embedded_postgres

FIRST = "0017"
"""The first revision that builds its indexes so. Older ones are in every database, and were small then."""
FILES = sorted(path for path in (FOLDER / "versions").glob("0*.py") if path.name[:4] >= FIRST)
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('leads_by_title_key')"


def find_locking_builds(text: str) -> list[str]:
    """The statements that build an index, while nobody can write, on a table that this migration does not create."""
    created = set(re.findall(r"CREATE TABLE (\w+)", text))
    builds = re.findall(
        r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)\w+ ON (\w+)|ALTER TABLE (\w+)[^;]*?"
        r"(?:ADD (?:CONSTRAINT \w+ )?(?:UNIQUE|PRIMARY KEY|EXCLUDE)\b|ADD COLUMN [^,;]*?\bUNIQUE\b)",
        text,
    )
    return [table for pair in builds for table in pair if table and table not in created]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_builds_the_indexes_of_a_table_with_rows_after_its_transaction(path: Path):
    assert find_locking_builds(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("statement", "is_found"),
    [
        ("CREATE INDEX a ON leads (id);", True),
        ("CREATE UNIQUE INDEX a ON leads (id);", True),
        ("ALTER TABLE leads ADD UNIQUE (id);", True),
        ("ALTER TABLE leads ADD COLUMN a text,\n ADD CONSTRAINT b UNIQUE (a);", True),
        ("CREATE INDEX CONCURRENTLY a ON leads (id)", False),
        ("CREATE TABLE pets (id bigint PRIMARY KEY);\nCREATE INDEX a ON pets (id);", False),
        ("ALTER TABLE leads ADD COLUMN a text;", False),
    ],
)
def test_what_would_lock_a_table_is_found(statement: str, is_found: bool):
    assert bool(find_locking_builds(statement)) == is_found


def test_each_index_of_the_migrations_is_there_and_valid(cluster: embedded_postgres.Cluster, template: str):
    scripts = ScriptDirectory.from_config(migrate._config()).walk_revisions()
    names = {migrate.INDEX.match(each)[1] for script in scripts for each in getattr(script.module, "INDEXES", ())}  # type: ignore[index]
    cluster.create_database("with_indexes", template=template)
    with psycopg.connect(cluster.dsn("with_indexes")) as connection:
        rows = connection.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE indisvalid").fetchall()
    assert len(names) >= 10
    assert names <= {row[0] for row in rows}


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'leads_by_title_key'::regclass",
        "DROP INDEX leads_by_title_key",
    ],
)
def test_an_index_that_a_crash_left_unfinished_or_missing_is_built_by_the_next_run(
    cluster: embedded_postgres.Cluster, template: str, spoil: str
):
    name = f"spoiled_{len(spoil)}"
    cluster.create_database(name, template=template)
    with psycopg.connect(cluster.dsn(name), autocommit=True) as connection:
        connection.execute(spoil)
        before = connection.execute("SELECT to_regclass('leads_by_title_key')::oid").fetchone()
        assert migrate.migrate(cluster.dsn(name)) == []
        assert connection.execute(VALID).fetchone() == (True,)
        assert connection.execute("SELECT to_regclass('leads_by_title_key')::oid").fetchone() != before


def test_two_processes_that_migrate_at_once_do_not_wait_for_each_other_in_a_circle(
    cluster: embedded_postgres.Cluster, template: str
):
    cluster.create_database("two_at_once", template=template)
    url = cluster.dsn("two_at_once")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP INDEX leads_by_title_key")
    results: list[list[str]] = []
    threads = [threading.Thread(target=lambda: results.append(migrate.migrate(url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[], [], []]


def test_a_table_is_written_while_its_index_is_built(cluster: embedded_postgres.Cluster, template: str):
    """The build waits for this transaction, so it is certain that it runs while the row is added."""
    cluster.create_database("busy_table", template=template)
    url = cluster.dsn("busy_table")
    with psycopg.connect(url) as older, psycopg.connect(url, autocommit=True) as other:
        other.execute("DROP INDEX companies_by_name_key")
        older.execute("INSERT INTO companies (name, created_at, updated_at) VALUES ('Acme', now(), now())")
        thread = threading.Thread(target=migrate.migrate, args=(url,))
        thread.start()
        while other.execute("SELECT to_regclass('companies_by_name_key')").fetchone() == (None,):
            pass
        other.execute("INSERT INTO companies (name, created_at, updated_at) VALUES ('Navy', now(), now())")
        assert thread.is_alive()
        older.commit()
        thread.join()
        assert other.execute("SELECT count(*) FROM companies").fetchone() == (2,)
