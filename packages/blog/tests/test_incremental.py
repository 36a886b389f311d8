"""What an incremental build leaves is what a fresh build would have made."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from blog import parallel
from blog.faults import Faulty


def _dozen(desk, count=12):
    for number in range(count):
        date = f"2026-01-{1 + number % 28:02}"
        desk.post(f"post-{number}", f"Text {number}.\n", date=date, tags=f"[t{number % 3}, all]")


def test_nothing_is_written_when_nothing_changed(desk):
    _dozen(desk)
    desk.build()
    assert desk.build().written == 0


def test_one_changed_post_writes_its_page_and_the_feeds_only(desk):
    _dozen(desk, 30)
    desk.build()
    desk.post("post-3", "New text, no longer.\n", date="2026-01-04", tags="[t0, all]")
    built = desk.build()
    assert built.written == 2, "the page, and the search index, which knows bodies; post 3 is too old for the feeds"
    assert "New text" in desk.page("post-3/index.html")
    assert desk.tree() == desk.cold()


def test_a_removed_post_leaves_neither_file_nor_folder(desk):
    _dozen(desk)
    desk.build()
    (desk.root / "content/posts/post-5.md").unlink()
    desk.build()
    assert not (desk.out / "post-5").exists()
    assert desk.tree() == desk.cold()


def test_every_kind_of_change_ends_in_the_tree_of_a_cold_build(desk):
    _dozen(desk)
    desk.write("images/a.svg", '<svg width="10" height="20"/>')
    desk.build()
    desk.post("post-1", "![A](/images/a.svg) [next](post-2.md)\n", date="2026-01-02", tags="[only]")
    desk.post("post-2", "x\n", date="2026-03-01", slug="renamed", aliases="[/post-2/]")
    (desk.root / "content/posts/post-7.md").unlink()
    desk.post("brand-new", "## A\n\n## B\n\n## C\n", date="2026-02-02")
    desk.write("content/pages/about.md", "---\ntitle: About\n---\nUs.\n")
    desk.build()
    assert desk.tree() == desk.cold()
    desk.write("images/a.svg", '<svg width="30" height="40"/>')
    desk.write(
        "theme/page.html", '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>{{ post.title }}</html>'
    )
    desk.build()
    assert desk.tree() == desk.cold()
    assert 'width="30" height="40"' in desk.page("post-1/index.html")


def build_by_command(desk) -> subprocess.CompletedProcess[str]:
    """Builds as a person does: a process without other threads, which forks for so many posts."""
    blog = [sys.executable, "-W", "error", "-m", "blog", "build"]
    where = [
        "--root",
        str(desk.root),
        "--out",
        str(desk.out),
        "--cache",
        str(desk.cache),
        "--base-url",
        "https://example.org",
    ]
    return subprocess.run([*blog, *where], capture_output=True, text=True, check=False)


def test_two_processes_make_the_tree_that_one_makes(desk):
    _dozen(desk, parallel.ENOUGH + 8)
    built = build_by_command(desk)
    assert built.returncode == 0, built.stderr
    assert f"Text {parallel.ENOUGH}." in desk.page("rss.xml") + desk.page(f"post-{parallel.ENOUGH}/index.html")
    assert desk.tree() == desk.cold()


def test_bodies_from_the_cache_reach_pages_made_by_the_second_process(desk):
    _dozen(desk, parallel.ENOUGH + 8)
    assert build_by_command(desk).returncode == 0
    desk.write("theme/blog.css", "p{color:red}")
    assert build_by_command(desk).returncode == 0
    assert desk.tree() == desk.cold()


def test_an_error_in_the_second_process_is_reported_and_leaves_the_output_alone(desk):
    _dozen(desk, parallel.ENOUGH + 8)
    assert build_by_command(desk).returncode == 0
    before = desk.tree()
    desk.write("theme/post.html", "{{ nothing_of_this_name }}")
    built = build_by_command(desk)
    assert built.returncode == 1
    assert "is undefined" in built.stderr
    assert desk.tree() == before


def test_a_process_with_threads_does_not_fork(monkeypatch):
    """Python 3.12 and newer warn of it: the second process may wait forever for a lock that another thread held."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("It forked."))
    try:
        assert parallel.has_threads()
        assert parallel.in_two(range(parallel.ENOUGH), list) == list(range(parallel.ENOUGH))
    finally:
        stop.set()
        thread.join()


def test_a_damaged_output_file_is_made_again(desk):
    _dozen(desk)
    desk.build()
    before = desk.tree()
    (desk.out / "post-1/index.html").write_text("spoiled")
    (desk.out / "rss.xml").unlink()
    desk.build()
    assert desk.tree() == before


def test_a_spoiled_cache_costs_time_and_nothing_else(desk):
    _dozen(desk)
    desk.build()
    (desk.cache / "blog.sqlite").write_bytes(b"no database" * 100)
    desk.build()
    assert desk.tree() == desk.cold()


def test_an_output_of_an_unknown_build_is_replaced_and_leaves_nothing_stale(desk):
    _dozen(desk)
    desk.build()
    (desk.root / "content/posts/post-5.md").unlink()
    desk.build(cache=desk.out.parent / "other cache")
    assert desk.tree() == desk.cold()


def test_a_folder_with_somebody_elses_files_is_refused(desk):
    _dozen(desk)
    desk.out.mkdir()
    (desk.out / "thesis.odt").write_text("three years")
    with pytest.raises(Faulty, match="did not write"):
        desk.build()
    assert [entry.name for entry in desk.out.iterdir()] == ["thesis.odt"]


def test_a_file_changed_within_the_same_tick_is_seen(desk):
    desk.post("tick", "AAAA\n")
    desk.build()
    desk.post("tick", "BBBB\n")
    desk.build()
    assert "BBBB" in desk.page("tick/index.html")


def test_a_post_that_links_to_a_renamed_one_follows_it(desk):
    desk.post("a", "[b](b.md) and [b](/posts/b/#part)\n")
    desk.post("b")
    desk.build()
    assert 'href="/b/"' in desk.page("a/index.html")
    desk.post("b", slug="c")
    desk.build()
    assert 'href="/c/"' in desk.page("a/index.html")
    assert desk.tree() == desk.cold()
