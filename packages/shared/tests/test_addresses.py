"""An address that a driver would stumble over is found before, and never quoted."""

from __future__ import annotations

import pytest

from shared import server_urls

POSTGRES = ("postgresql", "postgres")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://crm@localhost/crm",
        "postgres://crm:p%40ss%2Fword@db.octatech.example:5432/crm?sslmode=require",
        "postgresql://postgres@/crm?host=/var/run/sockets&port=5432",
        "postgresql://crm:pass@one.example:5432,two.example:5433/crm",
        "postgresql://crm:pass@[2001:db8::7]:5432/crm",
        "postgresql:///crm",
    ],
)
def test_what_drivers_read_is_let_through(address: str):
    assert server_urls.error(address, POSTGRES) == ""


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://crm:wor/d@db.octatech.example:5432/crm",
        "postgresql://crm:12/d@db.octatech.example:5432/crm",
        "postgresql://crm:wor@d@db.octatech.example/crm",
        "postgresql://crm:wor#d@db.octatech.example/crm",
        "postgresql://crm:wor?d@db.octatech.example/crm",
        "postgresql://crm@db.octatech.example:word/crm",
        "postgresql://crm@db.octatech.example:99999/crm",
        "postgresql://crm:wor[d@db.octatech.example/crm",
        "mysql://crm:word@db.octatech.example/crm",
        "postgresql:crm",
    ],
)
def test_what_they_would_quote_is_found_and_not_quoted(address: str):
    message = server_urls.error(address, POSTGRES)
    assert message
    assert "wor" not in message.replace("word as", "").replace("password", "")
    assert "octatech" not in message
