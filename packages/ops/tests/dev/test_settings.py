from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from ops.cli import UsageError
from ops.dev.settings import Part, read_settings


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(str(free.getsockname()[1]))
    return {"SITE_PORT": ports[0], "CRM_PORT": ports[1], "DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def read_errors(environ, only=None) -> list[str]:
    with pytest.raises(UsageError) as raised:
        read_settings(environ, only)
    return str(raised.value).splitlines()


def test_by_default_there_is_demo_data_in_the_embedded_database(environ):
    settings = read_settings(environ, None)
    assert settings.demo
    assert settings.database_url == ""
    assert settings.site_url == f"http://localhost:{environ['SITE_PORT']}"


def test_a_taken_port_is_named_with_a_command_that_helps(environ, taken):
    [line] = read_errors({**environ, "SITE_PORT": str(taken)})
    assert line.startswith(f"SITE_PORT is taken: another program listens on {taken}. Stop it or run `SITE_PORT=")
    assert line.endswith(" make run`.")


def test_a_port_taken_on_the_other_loopback_address_counts_too(environ):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        [line] = read_errors({**environ, "CRM_PORT": str(other.getsockname()[1])})
    assert line.startswith("CRM_PORT is taken")


def test_the_port_of_a_part_that_does_not_run_may_be_taken(environ, taken):
    assert read_settings({**environ, "SITE_PORT": str(taken)}, Part.CRM).site_port == taken


def test_both_ports_may_not_be_the_same(environ):
    [line] = read_errors({**environ, "CRM_PORT": environ["SITE_PORT"]})
    assert "both" in line


def test_all_errors_are_reported_at_once(environ, tmp_path):
    (tmp_path / "file").touch()
    lines = read_errors(
        {
            "SITE_PORT": "eighty",
            "CRM_PORT": "70000",
            "DATA_DIR": str(tmp_path / "file" / "below"),
            "DEMO": "maybe",
            "ADMIN_EMAIL": "nobody",
            "ADMIN_PASSWORD": "short",
            "DATABASE_URL": "mysql://localhost/x",
        }
    )
    assert [line.split()[0] for line in lines] == [
        "SITE_PORT",
        "CRM_PORT",
        "DATA_DIR",
        "DEMO",
        "ADMIN_EMAIL",
        "ADMIN_PASSWORD",
        "DATABASE_URL",
    ]


def test_a_password_is_never_repeated(environ):
    [line] = read_errors({**environ, "ADMIN_PASSWORD": "hunter2"})
    assert "hunter2" not in line
