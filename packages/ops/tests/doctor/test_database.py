"""The database: each thing that would fail a release is found before it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from doctor.conftest import Patient, bad, only

from crm.kernel import schema
from ops.doctor import case, database
from ops.doctor.findings import Severity

Sql = Callable[..., None]


def test_a_sound_database_is_told_in_one_line(patient: Patient):
    (told,) = database.findings(patient.case(APP_ENV="development"))
    assert told.severity is Severity.FINE
    assert schema.HEAD in told.what


def test_a_superuser_is_advised_against_in_production(patient: Patient):
    assert bad(database.findings(patient.case())) == [("weak", "postgres")]


def test_a_schema_that_lags_is_mended_by_migrating(patient: Patient, sql: Sql):
    sql("UPDATE alembic_version SET version_num = '0001'")
    told = only(database.findings(patient.case(APP_ENV="development")))
    assert (told.severity, told.fix) == (Severity.WRONG, "crm migrate")
    sql("DROP TABLE alembic_version")
    assert "not there" in only(database.findings(patient.case(APP_ENV="development"))).what


def test_a_schema_from_a_newer_release_is_no_emergency(patient: Patient, sql: Sql):
    sql("UPDATE alembic_version SET version_num = '9999'")
    assert bad(database.findings(patient.case(APP_ENV="development"))) == [("weak", "The")]


def test_rights_that_migrations_need_are_looked_at(patient: Patient, sql: Sql):
    sql("CREATE ROLE guest LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest")
    try:
        url = patient.database_url.replace("postgres@", "guest@", 1)
        told = [each for each in database.findings(patient.case(DATABASE_URL=url)) if each.severity is Severity.WRONG]
        assert 'GRANT CREATE ON SCHEMA public TO "guest";' in [each.fix for each in told]
        assert any("belong to somebody else" in each.what for each in told)
        sql(*(each.fix for each in told if each.fix.startswith("GRANT")))
        assert "may not create" not in str(database.findings(patient.case(DATABASE_URL=url)))
    finally:
        sql("DROP OWNED BY guest", "DROP ROLE guest")


def test_a_database_that_takes_no_changes_is_told(patient: Patient):
    url = f"{patient.database_url}&options=-c%20default_transaction_read_only%3Don"
    assert "takes no changes" in str(database.findings(patient.case(DATABASE_URL=url)))


def test_more_connections_than_the_server_takes_are_too_many(patient: Patient):
    told = only(database.findings(patient.case(APP_ENV="development", DATABASE_POOL_SIZE="200")))
    assert told.severity is Severity.WRONG
    size = told.fix.rpartition("=")[2]
    again = database.findings(patient.case(APP_ENV="development", DATABASE_POOL_SIZE=size))
    assert all(each.severity is not Severity.WRONG for each in again)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://crm:hunter2hunter2@127.0.0.1:1/crm", "does not let us in"),
        ("postgresql://crm:hunter2/hunter2@127.0.0.1:1/crm", "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_without_its_password(patient: Patient, url: str, what: str):
    told = only(database.findings(patient.case(DATABASE_URL=url)))
    assert told.severity is Severity.WRONG
    assert what in told.what
    assert "hunter" not in told.what + told.fix


def test_an_unencrypted_way_over_a_public_network_is_told(patient: Patient):
    """The name of a public host stands before the socket that is really taken."""
    for host, told in (("db.example", True), ("postgres.railway.internal", False)):
        way = patient.database_url.replace("@/", f"@{host}/")
        assert way != patient.database_url
        found = [each for each in database.findings(patient.case(DATABASE_URL=way)) if host in each.what]
        assert [(each.severity, each.fix) for each in found] == (
            [(Severity.WRONG, "Add ?sslmode=require to DATABASE_URL")] if told else []
        )


def test_a_laptop_without_a_database_yet_could_not_be_looked_at(tmp_path: Path):
    told = only(database.findings(case.of({"DATA_DIR": str(tmp_path)})))
    assert (told.severity, told.fix) == (Severity.UNKNOWN, "make run")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_changed(patient: Patient):
    def tables() -> list[tuple[object, ...]]:
        with psycopg.connect(patient.database_url) as connection:
            return connection.execute("SELECT relname, reltuples, relfilenode FROM pg_class ORDER BY oid").fetchall()

    before = tables()
    database.findings(patient.case())
    assert tables() == before
