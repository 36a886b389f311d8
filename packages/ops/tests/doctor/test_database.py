"""The database: each thing that would fail a release is found before it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from doctor.conftest import ServiceEnv, find_only, list_problems, run_check

from crm import grants
from crm.kernel import schema
from ops.doctor import context, database
from ops.doctor.findings import Severity

Sql = Callable[..., None]


def test_a_sound_database_is_approved_in_one_line(service_env: ServiceEnv):
    (finding,) = run_check(database.check, service_env.context(APP_ENV="development"))
    assert finding.severity is Severity.FINE
    assert schema.HEAD in finding.what


def test_a_superuser_is_advised_against_in_production(service_env: ServiceEnv):
    assert list_problems(run_check(database.check, service_env.context())) == [("weak", "postgres")]


def test_a_schema_that_lags_is_fixed_by_migrating(service_env: ServiceEnv, sql: Sql):
    sql("UPDATE alembic_version SET version_num = '0001'")
    finding = find_only(run_check(database.check, service_env.context(APP_ENV="development")))
    assert (finding.severity, finding.fix) == (Severity.WRONG, "crm migrate")
    sql("DROP TABLE alembic_version")
    assert "not there" in find_only(run_check(database.check, service_env.context(APP_ENV="development"))).what


def test_a_schema_from_a_newer_release_is_no_emergency(service_env: ServiceEnv, sql: Sql):
    sql("UPDATE alembic_version SET version_num = '9999'")
    assert list_problems(run_check(database.check, service_env.context(APP_ENV="development"))) == [("weak", "The")]


def test_rights_that_migrations_need_are_checked(service_env: ServiceEnv, sql: Sql):
    sql("CREATE ROLE guest LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest")
    try:
        url = service_env.database_url.replace("postgres@", "guest@", 1)
        finding = [
            each
            for each in run_check(database.check, service_env.context(DATABASE_URL=url))
            if each.severity is Severity.WRONG
        ]
        assert 'GRANT CREATE ON SCHEMA public TO "guest";' in [each.fix for each in finding]
        assert any("belong to somebody else" in each.what for each in finding)
        sql(*(each.fix for each in finding if each.fix.startswith("GRANT")))
        assert "may not create" not in str(run_check(database.check, service_env.context(DATABASE_URL=url)))
    finally:
        sql("DROP OWNED BY guest", "DROP ROLE guest")


def test_a_role_that_only_reads_and_writes_rows_is_approved(service_env: ServiceEnv, sql: Sql):
    owner = service_env.database_url
    url = owner.replace("postgres@", "crm_rows:a-word@", 1)
    try:
        assert grants.grant_rows(owner, url) == "crm_rows"
        variables = service_env.context(DATABASE_URL=url, MIGRATION_DATABASE_URL=owner)
        (finding,) = run_check(database.check, variables)
        assert finding.severity is Severity.FINE
        assert "as crm_rows, which only reads and writes rows" in finding.what
        sql("REVOKE INSERT ON leads FROM crm_rows", "GRANT CREATE ON SCHEMA public TO crm_rows")
        found = run_check(database.check, variables)
        assert list_problems(found) == [("wrong", "crm_rows"), ("weak", "crm_rows")]
        assert {each.fix for each in found} == {"crm migrate"}
    finally:
        sql("DROP OWNED BY crm_rows", "DROP ROLE crm_rows")


def test_the_owner_of_the_schema_is_named_as_such(service_env: ServiceEnv):
    (finding,) = run_check(database.check, service_env.context(APP_ENV="development"))
    assert "as postgres, the owner of the schema" in finding.what


def test_a_database_that_takes_no_changes_is_reported(service_env: ServiceEnv):
    url = f"{service_env.database_url}&options=-c%20default_transaction_read_only%3Don"
    assert "takes no changes" in str(run_check(database.check, service_env.context(DATABASE_URL=url)))


def test_more_connections_than_the_server_takes_are_too_many(service_env: ServiceEnv):
    finding = find_only(run_check(database.check, service_env.context(APP_ENV="development", DATABASE_POOL_SIZE="200")))
    assert finding.severity is Severity.WRONG
    size = finding.fix.rpartition("=")[2]
    again = run_check(database.check, service_env.context(APP_ENV="development", DATABASE_POOL_SIZE=size))
    assert all(each.severity is not Severity.WRONG for each in again)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://crm:hunter2hunter2@127.0.0.1:1/crm", "does not let us in"),
        ("postgresql://crm:hunter2/hunter2@127.0.0.1:1/crm", "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_reached_is_reported_without_its_password(
    service_env: ServiceEnv, url: str, what: str
):
    finding = find_only(run_check(database.check, service_env.context(DATABASE_URL=url)))
    assert finding.severity is Severity.WRONG
    assert what in finding.what
    assert "hunter" not in finding.what + finding.fix


def test_an_unencrypted_way_over_a_public_network_is_reported(service_env: ServiceEnv):
    """The name of a public host stands before the socket that is really taken."""
    for host, finding in (("db.example", True), ("postgres.railway.internal", False)):
        way = service_env.database_url.replace("@/", f"@{host}/")
        assert way != service_env.database_url
        found = [each for each in run_check(database.check, service_env.context(DATABASE_URL=way)) if host in each.what]
        assert [(each.severity, each.fix) for each in found] == (
            [(Severity.WRONG, "Add ?sslmode=require to DATABASE_URL")] if finding else []
        )


def test_a_laptop_without_a_database_yet_could_not_be_checked(tmp_path: Path):
    finding = find_only(run_check(database.check, context.load_context({"DATA_DIR": str(tmp_path)})))
    assert (finding.severity, finding.fix) == (Severity.UNKNOWN, "make run")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_changed(service_env: ServiceEnv):
    def tables() -> list[tuple[object, ...]]:
        with psycopg.connect(service_env.database_url) as connection:
            return connection.execute("SELECT relname, reltuples, relfilenode FROM pg_class ORDER BY oid").fetchall()

    before = tables()
    run_check(database.check, service_env.context())
    assert tables() == before
