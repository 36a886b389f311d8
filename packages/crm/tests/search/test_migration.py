"""The migration indexes the newest records that are there before it, and leaves the others to the job."""

from __future__ import annotations

from alembic import command
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from crm import migrate
from shared import embedded_postgres

BEFORE = "0016"
ROWS = """
INSERT INTO leads (reference, name, message, channel, received_at, status_at, created_at, updated_at)
SELECT 'E-' || n, 'Łukasz ' || n, 'about consignment', 'api', now(), now(), now(), now()
FROM generate_series(1, 2100) AS n
"""


def test_records_from_before_are_indexed(cluster: embedded_postgres.Cluster):
    cluster.create_database("from_before")
    url = make_url(cluster.dsn("from_before")).set(drivername="postgresql+psycopg")
    config = migrate._config()
    with create_engine(url, poolclass=NullPool).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        connection.execute(text(ROWS))
        connection.commit()
        command.upgrade(config, "head")
        found = text("SELECT count(*) FROM search_leads WHERE words @@ '=lukasz'::tsquery")
        assert connection.execute(found).scalar() == 2000
        left = "SELECT id FROM leads EXCEPT SELECT id FROM search_leads"
        pending = "SELECT id FROM search_pending WHERE kind = 'leads'"
        assert len(connection.execute(text(left)).all()) == 100
        assert connection.execute(text(f"{left} EXCEPT {pending}")).all() == []
