"""The development server serves saved changes and reloads open pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from blog.__main__ import main

TIMEOUT = 60.0


@pytest.fixture
def server(project):
    project.write_post("a", "First words.\n")
    command = [
        sys.executable,
        "-m",
        "blog",
        "serve",
        "--root",
        str(project.root),
        "--port",
        "0",
        "--cache",
        str(project.cache),
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
        process.wait(TIMEOUT)
        process.stdout.close()


def fetch(url):
    with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
        return response.read().decode()


def wait_for_text(url, text, save):
    """Returns the page when it contains the text. It saves every second, because the watcher may start late."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        save()
        next_save = time.monotonic() + 1
        while time.monotonic() < next_save:
            page = fetch(url)
            if text in page:
                return page
    raise AssertionError(f"{text} is not served.")


def test_a_saved_post_is_served_and_open_pages_reload(project, server):
    with urllib.request.urlopen(f"{server}/_live", timeout=TIMEOUT) as stream:
        assert stream.readline() == b":\n"
        page = wait_for_text(f"{server}/a/", "Second words.", lambda: project.write_post("a", "Second words.\n"))
        assert '<script src="/_live.js"></script></body>' in page and re.search(r"script-src [^;]*'self'", page)
        stream.readline()
        assert stream.readline() == b"data: \n"


def test_a_failed_build_keeps_the_last_good_page(project, server):
    with urllib.request.urlopen(f"{server}/_live", timeout=TIMEOUT) as stream:
        wait_for_text(f"{server}/b/../a/", "Good.", lambda: project.write_post("a", "Good.\n"))
        project.write_post("a", "Bad.\n", date="never")
        line = b""
        while b"must be a date" not in line:
            line = stream.readline()
    assert "Good." in fetch(f"{server}/a/")


def test_an_unknown_url_gets_the_404_page_of_the_site(server):
    with pytest.raises(urllib.error.HTTPError) as raised:
        fetch(f"{server}/nowhere/")
    assert raised.value.code == 404
    assert "Page not found" in raised.value.read().decode()


def test_a_new_draft_and_a_scheduled_post_are_served_with_a_badge(project, server):
    main(["new", "An idea", "--root", str(project.root)])
    page = wait_for_text(f"{server}/", "An idea", lambda: project.write_post("later", date="2999-01-01"))
    assert '<span class="badge">Draft</span>' in page
    assert '<span class="badge">Draft</span>' in fetch(f"{server}/an-idea/")
    page = wait_for_text(f"{server}/", ">later<", lambda: project.write_post("later", date="2999-01-01"))
    assert '<span class="badge">Scheduled for 1 Jan 2999</span>' in page


def test_a_build_counts_drafts_and_scheduled_posts_and_shows_none(project, capsys):
    project.write_post("a")
    project.write_post("b", draft="true")
    project.write_post("c", date="2999-01-01")
    assert main(["build", "--root", str(project.root), "--out", str(project.out), "--cache", str(project.cache)]) == 0
    assert "1 posts (1 draft and 1 scheduled left out)" in capsys.readouterr().out
    assert not (project.out / "b").exists() and not (project.out / "c").exists()
