"""Faults are told all at once, each with file and line, and the old output stays."""

from __future__ import annotations

import pytest

from blog.__main__ import main
from blog.faults import Fault, Faulty


def _faults(desk) -> list[Fault]:
    with pytest.raises(Faulty) as caught:
        desk.build()
    return caught.value.faults


def test_every_fault_is_told_together_and_nothing_is_written(desk):
    desk.post("good")
    desk.build()
    before = desk.tree()
    desk.post("bad-date", date="tomorrow")
    desk.write("content/posts/untitled.md", "---\ndate: 2026-01-01\n---\nx\n")
    desk.write("content/posts/bare.md", "No front matter.\n")
    desk.post("typo", drafft="true")
    found = {(fault.file, fault.line) for fault in _faults(desk)}
    assert found == {
        ("content/posts/bad-date.md", 3),
        ("content/posts/untitled.md", 1),
        ("content/posts/bare.md", 1),
        ("content/posts/typo.md", 4),
    }
    assert desk.tree() == before


@pytest.mark.parametrize(
    ("head", "line", "words"),
    [
        ("title: A\ndate: 2026-01-01\ntags: one, two", 4, "must be a list"),
        ("title: [a, b]\ndate: 2026-01-01", 2, "one text"),
        ("title: A\ndate: 2026-13-01", 3, "must be a date"),
        ("title: A\ndate: 2026-01-01\ndraft: perhaps", 4, "true or false"),
        ("title: A\ndate: 2026-01-01\nslug: Not Ready", 4, "Write `not-ready`"),
        ("title: A\ndate: 2026-01-01\naliases: [../up]", 4, "not a path"),
        ("title: A: b\ndate: 2026-01-01", 2, "YAML"),
        ("title: A\ntitle: B\ndate: 2026-01-01", 3, "given twice"),
        ("title: A", 1, "`date` is missing"),
        ("- a\n- b", 2, "key: value"),
    ],
)
def test_a_fault_names_its_line(desk, head, line, words):
    desk.write("content/posts/p.md", f"---\n{head}\n---\nText.\n")
    fault = _faults(desk)[0]
    assert (fault.line, words in fault.words) == (line, True), fault


def test_front_matter_that_never_ends_is_told(desk):
    desk.write("content/posts/p.md", "---\ntitle: A\n")
    assert "never closed" in _faults(desk)[0].words


def test_a_file_in_another_encoding_is_told(desk):
    desk.write("content/posts/p.md", b"---\ntitle: A\ndate: 2026-01-01\n---\ncaf\xe9\n")
    assert str(_faults(desk)[0]).startswith("content/posts/p.md:5: The file is not UTF-8")


def test_two_posts_of_one_address_are_told_with_both_names(desk):
    desk.post("same")
    desk.post("2026-01-05-same")
    (fault,) = _faults(desk)
    assert str(fault) == (
        "content/posts/same.md:1: The address /same/ is already that of content/posts/2026-01-05-same.md."
        " Give one of them another `slug`."
    )


def test_a_link_to_a_missing_post_is_told_with_its_line(desk):
    desk.post("a", "One.\n\nTwo [x](nowhere.md).\n")
    assert str(_faults(desk)[0]) == "content/posts/a.md:8: The link `nowhere.md` leads to no published post."


def test_a_link_to_a_draft_is_a_fault(desk):
    desk.post("a", "[x](b.md)\n")
    desk.post("b", draft="true")
    assert "no published post" in _faults(desk)[0].words


def test_the_command_tells_faults_on_stderr_and_exits_1(desk, capsys):
    desk.post("bad", date="never")
    status = main(["build", "--root", str(desk.root), "--out", str(desk.out), "--cache", str(desk.cache)])
    told = capsys.readouterr().err
    assert status == 1
    assert "content/posts/bad.md:3: `date` must be a date" in told
    assert not desk.out.exists()


def test_a_wrong_setting_is_told(desk):
    desk.write("blog.toml", 'titel = "x"\nposts_per_page = 0\n')
    words = " ".join(fault.words for fault in _faults(desk))
    assert "`titel` is not known" in words and "at least 1" in words


def test_a_broken_template_is_told_with_its_line(desk):
    desk.post("a")
    desk.write("theme/post.html", "one\n{{ no_such_name }}\n")
    (fault,) = _faults(desk)
    assert (fault.file, fault.line) == ("template post.html", 2)
    assert not desk.out.exists() or desk.tree() == {}


def test_a_bad_site_file_is_told(tmp_path, capsys):
    (tmp_path / "site.toml").write_text("[organization]\n")
    assert main(["site", "--site", str(tmp_path / "site.toml"), "--out", str(tmp_path / "out")]) == 1
    assert "site.toml" in capsys.readouterr().err
