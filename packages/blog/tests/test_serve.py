"""The development server shows what was saved and tells the open pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

LIMIT = 20.0


@pytest.fixture
def server(desk):
    desk.post("a", "First words.\n")
    command = [
        sys.executable,
        "-m",
        "blog",
        "serve",
        "--root",
        str(desk.root),
        "--port",
        "0",
        "--cache",
        str(desk.cache),
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ}
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("Ready: "), line
        yield line.split()[1]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def get(url):
    with urllib.request.urlopen(url, timeout=LIMIT) as answer:
        return answer.read().decode()


def until(url, words, save):
    """The page once it holds the words. Saves again now and then: the watcher may start after the server."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        save()
        again = time.monotonic() + 1
        while time.monotonic() < again:
            page = get(url)
            if words in page:
                return page
    raise AssertionError(f"{words} never came")


def test_a_save_is_served_and_told_to_open_pages(desk, server):
    with urllib.request.urlopen(f"{server}/_live", timeout=LIMIT) as stream:
        assert stream.readline() == b":\n"
        page = until(f"{server}/a/", "Second words.", lambda: desk.post("a", "Second words.\n"))
        assert '<script src="/_live.js"></script></body>' in page and re.search(r"script-src [^;]*'self'", page)
        stream.readline()
        assert stream.readline() == b"data: \n"


def test_a_fault_keeps_the_last_good_page(desk, server):
    with urllib.request.urlopen(f"{server}/_live", timeout=LIMIT) as stream:
        until(f"{server}/b/../a/", "Good.", lambda: desk.post("a", "Good.\n"))
        desk.post("a", "Bad.\n", date="never")
        line = b""
        while b"must be a date" not in line:
            line = stream.readline()
    assert "Good." in get(f"{server}/a/")


def test_a_lost_visitor_gets_the_sites_own_page(server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"{server}/nowhere/")
    assert caught.value.code == 404
    assert "Page not found" in caught.value.read().decode()
