"""The command line of `blog`."""

from __future__ import annotations

import pytest

from blog.__main__ import main


def test_build_reports_the_number_of_posts(project, capsys, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    project.write_post("old", date="2025-12-31")
    project.write_post("new", date="2026-01-02")
    status = main(
        [
            "build",
            "--root",
            str(project.root),
            "--out",
            str(project.out),
            "--cache",
            str(project.cache),
            "--base-path",
            "blog",
        ]
    )
    assert status == 0
    assert "1 posts" in capsys.readouterr().out
    assert (project.out / "blog/old/index.html").is_file()


def test_a_new_draft_is_published_after_draft_is_set_to_false(project, capsys):
    (project.root / "content/posts").mkdir(parents=True)
    assert main(["new", 'A "fine" day: notes', "--root", str(project.root)]) == 0
    file = project.root / "content/posts/a-fine-day-notes.md"
    assert capsys.readouterr().out.strip() == str(file)
    from datetime import UTC, datetime

    assert project.build(now=datetime.now(UTC)).posts == 0
    file.write_text(file.read_text().replace("draft: true", "draft: false"))
    assert project.build(now=datetime.now(UTC)).posts == 1
    assert main(["new", 'A "fine" day: notes', "--root", str(project.root)]) == 1


def test_a_missing_folder_is_reported(project, capsys):
    assert (
        main(["build", "--root", str(project.root / "no"), "--out", str(project.out), "--cache", str(project.cache)])
        == 1
    )
    assert "There is no such folder" in capsys.readouterr().err


def test_an_unknown_command_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["publish"])
    assert raised.value.code == 2


def test_the_posts_that_became_due_are_listed(project, capsys, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    project.write_post("before", date="2025-12-01")
    project.write_post("due", date="2025-12-31T09:00", title="Now out")
    project.write_post("later", date="2026-02-01")
    project.write_post("draft", date="2025-12-31", draft="true")
    command = ["due", "--root", str(project.root), "--since", "2025-12-31T00:00:00Z", "--time-zone", "Europe/Bucharest"]
    assert main(command) == 0
    assert capsys.readouterr().out == "- Now out (/due/), due 2025-12-31T09:00:00+02:00\n"
