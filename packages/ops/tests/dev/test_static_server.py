from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ops.cli import OpsError
from ops.dev.static_server import serve_folder


@pytest.fixture
def folder(tmp_path) -> Path:
    site = tmp_path / "site"
    (site / "blog").mkdir(parents=True)
    (site / "index.html").write_text("<h1>Home</h1>" * 100)
    (site / "404.html").write_text("<h1>Not here</h1>")
    (site / "thanks.html").write_text("<h1>Thanks</h1>")
    (site / "blog" / "index.html").write_text("<h1>Blog</h1>")
    (site / "blog" / "rss.xml").write_text("<rss/>")
    (site / "font.woff2").write_bytes(b"\x00\x01")
    (tmp_path / "secret.txt").write_text("outside")
    return site


@pytest.fixture
def client(folder) -> Iterator[httpx.Client]:
    with serve_folder(folder, 0) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
        yield browser


def test_a_folder_answers_with_its_index_and_redirects_to_its_slash(client):
    assert client.get("/").text.startswith("<h1>Home")
    moved = client.get("/blog?page=2")
    assert (moved.status_code, moved.headers["location"]) == (301, "/blog/?page=2")
    assert client.get("/blog/").text == "<h1>Blog</h1>"


def test_a_page_answers_without_its_extension_too(client):
    assert client.get("/thanks").text == client.get("/thanks.html").text == "<h1>Thanks</h1>"


def test_a_missing_page_answers_404_with_the_page_of_the_site(client):
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.text) == (404, "<h1>Not here</h1>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html; charset=utf-8"), ("/blog/rss.xml", "application/xml"), ("/font.woff2", "font/woff2")],
)
def test_each_file_has_its_content_type(client, path, kind):
    assert client.get(path).headers["content-type"] == kind


def test_text_is_compressed_where_the_browser_accepts_it_and_fonts_are_not(client):
    assert client.get("/").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/", headers={"accept-encoding": "identity"}).headers
    assert "content-encoding" not in client.get("/font.woff2").headers


def test_a_rebuilt_page_is_served_at_once(client, folder):
    client.get("/")
    (folder / "index.html").write_text("<h1>New</h1>")
    assert client.get("/").text == "<h1>New</h1>"


def test_head_sends_no_body(client):
    answer = client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.get("/thanks").status_code == 200


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/blog/..%2f..%2fsecret.txt"])
def test_nothing_outside_the_site_is_serve_folder(client, path):
    assert client.get(path).status_code == 404


def test_a_redirect_never_leads_to_another_host(client):
    answer = client.get(str(client.base_url) + "//blog")
    assert answer.headers["location"] == "/blog/"


def test_a_port_in_use_is_an_error_that_names_it(folder):
    with serve_folder(folder, 0) as port, pytest.raises(OpsError, match=str(port)), serve_folder(folder, port):
        pass
