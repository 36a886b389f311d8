"""The command line."""

from __future__ import annotations

import pytest

from blog.__main__ import main


def test_build_tells_what_it_did(desk, capsys, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    desk.post("old", date="2025-12-31")
    desk.post("new", date="2026-01-02")
    status = main(
        ["build", "--root", str(desk.root), "--out", str(desk.out), "--cache", str(desk.cache), "--base-path", "blog"]
    )
    assert status == 0
    assert "1 posts" in capsys.readouterr().out
    assert (desk.out / "blog/old/index.html").is_file()


def test_a_new_draft_builds_once_its_draft_mark_is_gone(desk, capsys):
    (desk.root / "content/posts").mkdir(parents=True)
    assert main(["new", 'A "fine" day: notes', "--root", str(desk.root)]) == 0
    file = desk.root / "content/posts/a-fine-day-notes.md"
    assert capsys.readouterr().out.strip() == str(file)
    from datetime import UTC, datetime

    assert desk.build(now=datetime.now(UTC)).posts == 0
    file.write_text(file.read_text().replace("draft: true", "draft: false"))
    assert desk.build(now=datetime.now(UTC)).posts == 1
    assert main(["new", 'A "fine" day: notes', "--root", str(desk.root)]) == 1


def test_a_missing_folder_is_told(desk, capsys):
    assert main(["build", "--root", str(desk.root / "no"), "--out", str(desk.out), "--cache", str(desk.cache)]) == 1
    assert "There is no such folder" in capsys.readouterr().err


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["publish"])
    assert caught.value.code == 2
