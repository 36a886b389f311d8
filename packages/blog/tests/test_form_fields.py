"""The choices of the enquiry form: from the CRM, from a file of the repository, or from the definition."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from blog.errors import BuildError
from blog.form_fields import CHOICES_FILE, load_fields
from shared.enquiry_form import FIELDS


def encode(label: str) -> bytes:
    return json.dumps({"choices": {"source": [{"value": "fair", "label": label}]}}).encode()


def list_labels(fields: tuple[Any, ...]) -> list[str]:
    return [choice.label for field in fields if field.name == "source" for choice in field.choices]


@contextmanager
def serve(body: bytes, status: int = 200) -> Iterator[str]:
    """A CRM that answers with `body`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api/form"
        server.shutdown()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a snapshot."""
    (tmp_path / CHOICES_FILE).parent.mkdir(parents=True)
    (tmp_path / CHOICES_FILE).write_bytes(encode("From the file"))
    return tmp_path


def test_without_a_file_or_a_crm_the_choices_are_those_of_the_definition(tmp_path: Path) -> None:
    assert load_fields(str(tmp_path)) == (FIELDS, [])


def test_a_file_of_the_repository_replaces_the_definition(root: Path) -> None:
    fields, warnings = load_fields(str(root))
    assert (list_labels(fields), warnings) == (["From the file"], [])


def test_the_crm_goes_before_the_file(root: Path) -> None:
    with serve(encode("From the CRM")) as url:
        fields, warnings = load_fields(str(root), url)
    assert (list_labels(fields), warnings) == (["From the CRM"], [])


@pytest.mark.parametrize(
    ("body", "status"), [(b"<html>", 200), (encode("x" * 81), 200), (b"", 500), (b" " * 300_000, 200)]
)
def test_a_crm_that_gives_no_snapshot_is_a_warning_and_the_file_is_taken(root: Path, body: bytes, status: int) -> None:
    with serve(body, status) as url:
        fields, warnings = load_fields(str(root), url)
    assert list_labels(fields) == ["From the file"]
    assert [(warning.file, warning.is_warning) for warning in warnings] == [(url, True)]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "no url", "https://"])
def test_what_is_no_url_is_a_warning(root: Path, url: str) -> None:
    fields, warnings = load_fields(str(root), url)
    assert (list_labels(fields), len(warnings)) == (["From the file"], 1)


def test_a_crm_that_is_away_is_a_warning(tmp_path: Path) -> None:
    with serve(b"") as url:
        pass
    fields, (warning,) = load_fields(str(tmp_path), url)
    assert fields == FIELDS
    assert "the form has those of the repository" in warning.message


def test_a_broken_file_stops_the_build_and_says_how_to_write_it(root: Path) -> None:
    (root / CHOICES_FILE).write_bytes(b'{"choices": {"source": [{"value": "fair"}]}}')
    with pytest.raises(BuildError, match=r"packages/web/choices.json: .*`label`.*crm form export"):
        load_fields(str(root))
