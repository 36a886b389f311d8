"""Which files of a content folder become posts, and what happens to the others."""

from __future__ import annotations

import os

import pytest

from blog.__main__ import main
from blog.errors import BuildError

POST = "---\ntitle: T\ndate: 2026-01-01\n---\n\nWords.\n"


def build_problems(project) -> list[str]:
    with pytest.raises(BuildError) as raised:
        project.build()
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("file", "slug"),
    [
        ("content/posts/2024/deep/a.md", "a"),
        ("content/2024/a.md", "a"),
        ("content/posts/a.markdown", "a"),
        ("content/posts/a.MD", "a"),
        ("content/posts/a.Markdown", "a"),
        ("content/posts/2024-05-06-a.md", "a"),
        ("content/posts/my-post/index.md", "my-post"),
        ("content/posts/2024-05-06-my-post/index.markdown", "my-post"),
        ("content/posts/2024/my-post/Index.md", "my-post"),
        ("posts/my-post/index.md", "my-post"),
    ],
)
def test_posts_are_found_in_folders_and_with_every_extension(project, file, slug):
    project.write(file, POST)
    result = project.build()
    assert result.posts == 1 and "Words." in project.read_page(f"{slug}/index.html")


def test_the_files_of_a_bundle_are_below_its_address(project):
    project.write("content/posts/trip/index.md", POST + "\n![A](map.svg) [data](files/a.csv)\n")
    project.write("content/posts/trip/map.svg", '<svg width="3" height="4"/>')
    project.write("content/posts/trip/files/a.csv", "1")
    project.build(base_path="/blog")
    page = project.read_page("blog/trip/index.html")
    assert 'src="/blog/trip/map.svg" alt="A" width="3" height="4"' in page and 'href="/blog/trip/files/a.csv"' in page
    assert project.read_page("blog/trip/files/a.csv") == "1"
    assert main(["check", str(project.out)]) == 0


def test_two_bundles_may_have_pictures_of_one_name(project):
    for name, width in (("one", 1), ("two", 2)):
        project.write(f"content/posts/{name}/index.md", POST + "\n![A](a.svg)\n")
        project.write(f"content/posts/{name}/a.svg", f'<svg width="{width}" height="4"/>')
    project.build()
    assert 'width="1"' in project.read_page("one/index.html") and 'width="2"' in project.read_page("two/index.html")


@pytest.mark.parametrize("change", ["draft: true", "date: 2030-01-01"])
def test_the_files_of_a_hidden_bundle_are_hidden(project, change):
    text = POST.replace("date: 2026-01-01", change + ("\ndate: 2026-01-01" if "draft" in change else ""))
    project.write("content/posts/secret/index.md", text)
    project.write("content/posts/secret/plan.svg", "<svg/>")
    project.build()
    assert not [path for path in project.read_tree() if "plan" in path or "secret" in path]


def test_a_picture_beside_a_post_is_published(project):
    project.write("content/posts/2024/a.md", POST + "\n![A](pic.svg)\n")
    project.write("content/posts/2024/pic.svg", '<svg width="3" height="4"/>')
    project.build()
    assert 'src="/2024/pic.svg" alt="A" width="3"' in project.read_page("a/index.html")
    assert (project.out / "2024/pic.svg").is_file()


@pytest.mark.parametrize("file", ["drafts/a.md", "content/drafts/a.md", "content/posts/_drafts/a.md"])
def test_posts_in_a_folder_of_drafts_are_drafts(project, file):
    project.write(file, POST)
    project.write(file.rpartition("/")[0] + "/pic.svg", "<svg/>")
    result = project.build()
    assert (result.posts, result.drafts) == (0, 1)
    assert not [path for path in project.read_tree() if "pic" in path or path.startswith("a/")]


@pytest.mark.parametrize(
    ("name", "reason"), [("a.mdx", "not a Markdown file"), ("_index.md", "Hugo section"), ("a.rst", "not")]
)
def test_a_source_that_is_not_read_is_named(project, name, reason):
    project.write(f"content/posts/{name}", POST)
    warnings = [str(warning) for warning in project.build().warnings]
    assert any(name in warning and reason in warning for warning in warnings), warnings


def test_a_build_without_posts_says_where_they_belong_and_names_those_elsewhere(project, capsys):
    project.write("_posts/2020-01-01-a.md", POST)
    arguments = ["build", "--root", str(project.root), "--out", str(project.out), "--cache", str(project.cache)]
    assert main(arguments) == 0
    errors = capsys.readouterr().err
    assert "There are no posts" in errors and "_posts/2020-01-01-a.md: warning: This file is not in a folder" in errors


@pytest.mark.parametrize("folder", ["content/posts", "images", "static/deep"])
def test_a_link_that_leads_back_is_one_line(project, folder):
    project.write_post("a")
    (project.root / folder).mkdir(parents=True, exist_ok=True)
    (project.root / folder / "loop").symlink_to(project.root / folder, target_is_directory=True)
    (message,) = build_problems(project)
    assert message == f"{folder}/loop: This link leads back to a folder that it is in. Remove it."


def test_a_link_to_a_folder_elsewhere_is_followed(project, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/a.md").write_text(POST)
    (project.root / "content").mkdir()
    (project.root / "content/posts").symlink_to(tmp_path / "shared", target_is_directory=True)
    assert project.build().posts == 1


@pytest.mark.parametrize("name", ["content/posts/b.md", "images/b.png"])
def test_a_broken_link_is_one_line(project, name):
    project.write_post("a")
    (project.root / name).parent.mkdir(parents=True, exist_ok=True)
    (project.root / name).symlink_to(project.root / "nowhere")
    (message,) = build_problems(project)
    assert message.startswith(f"{name}: This link cannot be followed")


def test_a_name_that_is_not_text_is_one_line(project, capsys):
    project.write_post("a")
    (project.root / "images").mkdir()
    os.close(os.open(os.fsencode(project.root / "images") + b"/\xff.png", os.O_CREAT))
    arguments = ["build", "--root", str(project.root), "--out", str(project.out), "--cache", str(project.cache)]
    assert main(arguments) == 1
    assert "Rename it." in capsys.readouterr().err


def test_a_pipe_is_one_line(project):
    project.write_post("a")
    (project.root / "static").mkdir()
    os.mkfifo(project.root / "static/pipe")
    assert build_problems(project) == ["static/pipe: This is neither a file nor a folder. Remove it."]


def test_an_output_that_cannot_be_written_is_one_line(project, capsys):
    project.write_post("a")
    (project.root / "file").write_text("x")
    out = project.root / "file/below"
    assert main(["build", "--root", str(project.root), "--out", str(out), "--cache", str(project.cache)]) == 1
    errors = capsys.readouterr().err
    assert "Traceback" not in errors and "file" in errors and errors.count("\n") <= 2
