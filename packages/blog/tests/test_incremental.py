"""An incremental build gives the same output as a cold build."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading

import pytest

from blog import parallel
from blog.errors import BuildError


def _write_posts(project, count=12):
    for number in range(count):
        date = f"2026-01-{1 + number % 28:02}"
        project.write_post(f"post-{number}", f"Text {number}.\n", date=date, tags=f"[t{number % 3}, all]")


def test_a_build_without_changes_writes_no_file(project):
    _write_posts(project)
    project.build()
    assert project.build().written == 0


def test_one_changed_post_writes_its_page_and_the_feeds_only(project):
    _write_posts(project, 30)
    project.build()
    project.write_post("post-3", "New text, no longer.\n", date="2026-01-04", tags="[t0, all]")
    result = project.build()
    assert result.written == 2, "the page and the search index; post 3 is too old for the feeds"
    assert "New text" in project.read_page("post-3/index.html")
    assert project.read_tree() == project.build_cold()


def test_a_removed_post_leaves_no_file_and_no_folder(project):
    _write_posts(project)
    project.build()
    (project.root / "content/posts/post-5.md").unlink()
    project.build()
    assert not (project.out / "post-5").exists()
    assert project.read_tree() == project.build_cold()


def test_every_kind_of_change_gives_the_output_of_a_cold_build(project):
    _write_posts(project)
    project.write("images/a.svg", '<svg width="10" height="20"/>')
    project.build()
    project.write_post("post-1", "![A](/images/a.svg) [next](post-2.md)\n", date="2026-01-02", tags="[only]")
    project.write_post("post-2", "x\n", date="2026-03-01", slug="renamed", aliases="[/post-2/]")
    (project.root / "content/posts/post-7.md").unlink()
    project.write_post("brand-new", "## A\n\n## B\n\n## C\n", date="2026-02-02")
    project.write("content/pages/about.md", "---\ntitle: About\n---\nUs.\n")
    project.build()
    assert project.read_tree() == project.build_cold()
    project.write("images/a.svg", '<svg width="30" height="40"/>')
    project.write(
        "theme/page.html", '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>{{ post.title }}</html>'
    )
    project.build()
    assert project.read_tree() == project.build_cold()
    assert 'width="30" height="40"' in project.read_page("post-1/index.html")


def build_by_command(project) -> subprocess.CompletedProcess[str]:
    """Builds in a new process, which has no other threads and therefore forks."""
    command = [sys.executable, "-W", "error", "-m", "blog", "build"]
    arguments = [
        "--root",
        str(project.root),
        "--out",
        str(project.out),
        "--cache",
        str(project.cache),
        "--base-url",
        "https://example.org",
    ]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)


def test_two_processes_give_the_same_output_as_one(project):
    _write_posts(project, parallel.MIN_ITEMS + 8)
    result = build_by_command(project)
    assert result.returncode == 0, result.stderr
    assert f"Text {parallel.MIN_ITEMS}." in project.read_page("rss.xml") + project.read_page(
        f"post-{parallel.MIN_ITEMS}/index.html"
    )
    assert project.read_tree() == project.build_cold()


def test_the_second_process_reads_rendered_posts_from_the_cache(project):
    _write_posts(project, parallel.MIN_ITEMS + 8)
    assert build_by_command(project).returncode == 0
    project.write("theme/blog.css", "p{color:red}")
    assert build_by_command(project).returncode == 0
    assert project.read_tree() == project.build_cold()


def test_an_error_in_the_second_process_is_reported_and_leaves_the_output_unchanged(project):
    _write_posts(project, parallel.MIN_ITEMS + 8)
    assert build_by_command(project).returncode == 0
    before = project.read_tree()
    project.write("theme/post.html", "{{ undefined_name }}")
    result = build_by_command(project)
    assert result.returncode == 1
    assert "is undefined" in result.stderr
    assert project.read_tree() == before


def test_a_process_with_threads_does_not_fork(monkeypatch):
    """The forked process could wait forever for a lock of another thread; Python 3.12 and newer warn about it."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("It forked."))
    try:
        assert parallel.has_threads()
        assert parallel.run_in_two_processes(range(parallel.MIN_ITEMS), list) == list(range(parallel.MIN_ITEMS))
    finally:
        stop.set()
        thread.join()


def test_a_damaged_output_file_is_written_again(project):
    _write_posts(project)
    project.build()
    before = project.read_tree()
    (project.out / "post-1/index.html").write_text("damaged")
    (project.out / "rss.xml").unlink()
    project.build()
    assert project.read_tree() == before


def test_a_damaged_cache_is_replaced(project):
    _write_posts(project)
    project.build()
    (project.cache / "blog.sqlite").write_bytes(b"no database" * 100)
    project.build()
    assert project.read_tree() == project.build_cold()


def test_a_cache_with_an_older_schema_is_replaced(project):
    _write_posts(project)
    project.cache.mkdir()
    with sqlite3.connect(project.cache / "blog.sqlite") as db:
        db.execute("CREATE TABLE engine (version TEXT NOT NULL)")
    project.build()
    assert project.build().written == 0


def test_the_output_of_another_cache_is_replaced_without_leftovers(project):
    _write_posts(project)
    project.build()
    (project.root / "content/posts/post-5.md").unlink()
    project.build(cache=project.out.parent / "other cache")
    assert project.read_tree() == project.build_cold()


def test_a_folder_with_files_of_another_program_is_refused(project):
    _write_posts(project)
    project.out.mkdir()
    (project.out / "thesis.odt").write_text("three years")
    with pytest.raises(BuildError, match="did not write"):
        project.build()
    assert [entry.name for entry in project.out.iterdir()] == ["thesis.odt"]


def test_a_file_changed_twice_in_one_clock_tick_is_built(project):
    project.write_post("tick", "AAAA\n")
    project.build()
    project.write_post("tick", "BBBB\n")
    project.build()
    assert "BBBB" in project.read_page("tick/index.html")


def test_a_link_to_a_renamed_post_is_updated(project):
    project.write_post("a", "[b](b.md) and [b](/posts/b/#part)\n")
    project.write_post("b")
    project.build()
    assert 'href="/b/"' in project.read_page("a/index.html")
    project.write_post("b", slug="c")
    project.build()
    assert 'href="/c/"' in project.read_page("a/index.html")
    assert project.read_tree() == project.build_cold()
