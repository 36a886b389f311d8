"""A build reports all problems at once, with file and line, and leaves the old output unchanged."""

from __future__ import annotations

import pytest

from blog.__main__ import main
from blog.errors import BuildError, Problem


def _build_problems(project) -> list[Problem]:
    with pytest.raises(BuildError) as raised:
        project.build()
    return raised.value.problems


def test_all_problems_are_reported_together_and_no_file_is_written(project):
    project.write_post("good")
    project.build()
    before = project.read_tree()
    project.write_post("bad-date", date="tomorrow")
    project.write("content/posts/untitled.md", "---\ndate: 2026-01-01\n---\nx\n")
    project.write("content/posts/bare.md", "No front matter.\n")
    project.write_post("typo", drafft="true")
    problems = {(problem.file, problem.line) for problem in _build_problems(project)}
    assert problems == {
        ("content/posts/bad-date.md", 3),
        ("content/posts/untitled.md", 1),
        ("content/posts/bare.md", 1),
        ("content/posts/typo.md", 4),
    }
    assert project.read_tree() == before


@pytest.mark.parametrize(
    ("head", "line", "message"),
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
def test_a_problem_names_its_line(project, head, line, message):
    project.write("content/posts/p.md", f"---\n{head}\n---\nText.\n")
    problem = _build_problems(project)[0]
    assert (problem.line, message in problem.message) == (line, True), problem


def test_unclosed_front_matter_is_reported(project):
    project.write("content/posts/p.md", "---\ntitle: A\n")
    assert "never closed" in _build_problems(project)[0].message


def test_a_file_that_is_not_utf_8_is_reported(project):
    project.write("content/posts/p.md", b"---\ntitle: A\ndate: 2026-01-01\n---\ncaf\xe9\n")
    assert str(_build_problems(project)[0]).startswith("content/posts/p.md:5: The file is not UTF-8")


def test_two_posts_with_one_slug_are_reported_with_both_files(project):
    project.write_post("same")
    project.write_post("2026-01-05-same")
    (problem,) = _build_problems(project)
    assert str(problem) == (
        "content/posts/same.md:1: The URL /same/ already belongs to content/posts/2026-01-05-same.md."
        " Give one of them another `slug`."
    )


def test_a_link_to_a_missing_post_is_reported_with_its_line(project):
    project.write_post("a", "One.\n\nTwo [x](nowhere.md).\n")
    assert str(_build_problems(project)[0]) == "content/posts/a.md:8: The link `nowhere.md` leads to no published post."


def test_a_link_to_a_draft_is_a_problem(project):
    project.write_post("a", "[x](b.md)\n")
    project.write_post("b", draft="true")
    assert "no published post" in _build_problems(project)[0].message


def test_the_command_prints_problems_to_stderr_and_exits_with_1(project, capsys):
    project.write_post("bad", date="never")
    status = main(["build", "--root", str(project.root), "--out", str(project.out), "--cache", str(project.cache)])
    errors = capsys.readouterr().err
    assert status == 1
    assert "content/posts/bad.md:3: `date` must be a date" in errors
    assert not project.out.exists()


def test_an_invalid_setting_is_reported(project):
    project.write("blog.toml", 'titel = "x"\nposts_per_page = 0\n')
    messages = " ".join(problem.message for problem in _build_problems(project))
    assert "`titel` is unknown" in messages and "at least 1" in messages


def test_a_broken_template_is_reported_with_its_line(project):
    project.write_post("a")
    project.write("theme/post.html", "one\n{{ no_such_name }}\n")
    (problem,) = _build_problems(project)
    assert (problem.file, problem.line) == ("template post.html", 2)
    assert not project.out.exists() or project.read_tree() == {}


def test_an_invalid_site_file_is_reported(tmp_path, capsys):
    (tmp_path / "site.toml").write_text("[organization]\n")
    assert main(["site", "--site", str(tmp_path / "site.toml"), "--out", str(tmp_path / "out")]) == 1
    assert "site.toml" in capsys.readouterr().err


def test_every_problem_of_every_post_is_reported_in_one_run_with_its_line(project):
    project.write(
        "content/posts/a.md",
        "---\ntitle: A\ncover:\n  image: x\ndescription:\n  nested: x\ndate: soon\ndrafft: true\n"
        "tags:\n  - ok\n  - '!!!'\n---\n\nOne [x](gone.md).\n",
    )
    project.write_post("b", "One.\n\nTwo [x](nowhere.md).\n", date="2026-99-01")
    project.write_post("c", "Good link to [a](a.md) and [b](/posts/b/).\n\n[bad](missing.md)\n", slug="archive")
    problems = {
        (problem.file.rpartition("/")[2], problem.line, problem.message[:14]) for problem in _build_problems(project)
    }
    assert problems == {
        ("a.md", 3, "`cover` is unk"),
        ("a.md", 5, "`description` "),
        ("a.md", 7, "`date` must be"),
        ("a.md", 8, "`drafft` is un"),
        ("a.md", 11, "The tag `!!!` "),
        ("a.md", 14, "The link `gone"),
        ("b.md", 3, "`date` must be"),
        ("b.md", 8, "The link `nowh"),
        ("c.md", 1, "`archive` is r"),
        ("c.md", 9, "The link `miss"),
    }


@pytest.mark.parametrize("date", ["9999-12-31T23:30:00-05:00", "0001-01-01T00:00:00+05:00"])
def test_a_date_outside_of_the_calendar_is_one_line(project, date):
    project.write_post("a", date=f"'{date}'")
    (problem,) = _build_problems(project)
    assert (problem.line, "outside of the years" in problem.message) == (3, True)


@pytest.mark.parametrize("date", ["9999-12-31", "0999-01-01", "0001-01-02"])
def test_the_first_and_the_last_years_are_dates_like_others(project, date):
    project.write_post("a", date=f"'{date}'")
    project.write_post("b", date="2026-01-01")
    result = project.build()
    assert result.posts + result.scheduled == 2


@pytest.mark.parametrize(
    ("body", "head", "line"),
    [
        ("One\n\nTwo \x08 three\n", {}, 8),
        ("```\n\x1b[31mred\n```\n", {}, 7),
        ("One\n\nA &#8; b\n", {}, 8),
        ("Text\n", {"title": '"a\\u0008b"'}, 2),
        ("Text\n", {"description": '"a\\ud800b"'}, 4),
        ("Text\n", {"tags": '["a\\u0001b"]'}, 4),
    ],
)
def test_a_control_character_is_refused_with_its_line(project, body, head, line):
    project.write_post("a", body, **head)
    problems = _build_problems(project)
    assert [problem.line for problem in problems] == [line] and "control character" in problems[0].message


def test_an_unusable_build_time_is_one_line(project, capsys, monkeypatch):
    project.write_post("a")
    for value in ("soon", "99999999999999999999"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
        assert (
            main(["build", "--root", str(project.root), "--out", str(project.out), "--cache", str(project.cache)]) == 1
        )
        assert "SOURCE_DATE_EPOCH" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('time_zone = "Mars/Olympus"', "is not a time zone"),
        ('language = "e\\" onload"', "language tag"),
        ('title = "a\\u0008"', "control character"),
        ('image_hosts = ["a b"]', "host names"),
        ("page_limit = 0", "at least 1"),
    ],
)
def test_a_setting_that_would_break_pages_is_refused(project, setting, message):
    project.write("blog.toml", setting + "\n")
    assert message in _build_problems(project)[0].message


def test_toml_front_matter_names_the_importer(project):
    project.write("content/posts/a.md", "+++\ntitle = 'A'\n+++\nx\n")
    assert "blog import hugo" in _build_problems(project)[0].message
