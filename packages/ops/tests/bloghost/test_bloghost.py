"""What the blog's own host serves, and how it gets there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops.bloghost.cli import prepare
from ops.cli import CliOutput, OpsError
from shared import site_config

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "site.toml").exists())
BLOG = Path(sys.executable).parent / "blog"
FACTS = site_config.load(ROOT / "site.toml")
POST = "a-note-of-the-tests"


class BlogHost:
    """The built site of a `site.toml`, and the folder that the blog's host serves then."""

    def __init__(self, folder: Path, placement: str) -> None:
        self.root, self.out = folder, folder / "out"
        facts = re.sub(r'(?m)^placement = "\w+"', f'placement = "{placement}"', (ROOT / "site.toml").read_text())
        for name in ("packages/blog", "packages/web"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "src", "tests"))
        (folder / "site.toml").write_text(facts)
        for name in (POST, "another"):
            note = folder / f"packages/blog/content/posts/{name}.md"
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(f"---\ntitle: {name}\ndate: 2026-01-02\n---\nWords.\n")
        build = [BLOG, "site", "--site", folder / "site.toml", "--out", folder / "dist/site"]
        subprocess.run([*build, "--cache", folder / "cache"], check=True, capture_output=True)
        assert prepare(CliOutput(), self.out, folder / "dist", folder / "site.toml") == 0

    def text(self, name: str) -> str:
        return (self.out / name).read_text()


@pytest.fixture(scope="module")
def redirects(tmp_path_factory: pytest.TempPathFactory) -> BlogHost:
    return BlogHost(tmp_path_factory.mktemp("path"), "path")


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> BlogHost:
    return BlogHost(tmp_path_factory.mktemp("subdomain"), "subdomain")


def test_every_page_of_the_blog_is_redirected_to_itself(redirects: BlogHost):
    named = re.findall(
        rf"<loc>{re.escape(FACTS.url)}/blog/(.*?)</loc>", (redirects.root / "dist/site/sitemap.xml").read_text()
    )
    assert f"{POST}/" in named
    for path in named:
        page = redirects.text(f"{path}index.html" if path.endswith("/") or not path else path)
        assert f'content="0; url={FACTS.url}/blog/{path}"' in page
        assert f'<link rel="canonical" href="{FACTS.url}/blog/{path}">' in page


def test_an_unlisted_address_keeps_its_path(redirects: BlogHost):
    page = redirects.text("404.html")
    assert f'location.replace("{FACTS.url}/blog" + location.pathname' in page
    assert "script-src 'sha256-" in page


def test_feed_readers_still_get_the_feed(redirects: BlogHost):
    assert redirects.text("rss.xml") == (redirects.root / "dist/site/blog/rss.xml").read_text()
    assert redirects.text("atom.xml").count("<entry>") > 1


def test_a_blog_on_its_own_host_is_served_whole(blog: BlogHost):
    assert 'http-equiv="refresh"' not in blog.text("index.html")
    assert (blog.out / POST / "index.html").read_text() == (blog.root / "dist/blog" / POST / "index.html").read_text()


@pytest.mark.parametrize("kind", ["redirects", "blog"])
def test_the_branch_names_its_domain_and_hides_nothing(kind: str, request: pytest.FixtureRequest):
    host: BlogHost = request.getfixturevalue(kind)
    assert host.text("CNAME") == f"{FACTS.domains.blog}\n"
    assert (host.out / ".nojekyll").exists()


def test_an_unbuilt_site_is_refused_with_the_command_that_builds_it(tmp_path: Path):
    with pytest.raises(OpsError, match="make build"):
        prepare(CliOutput(), tmp_path / "out", tmp_path, ROOT / "site.toml")


class Remote:
    def __init__(self, folder: Path) -> None:
        self.folder, self.content = folder / "remote.git", folder / "content"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", self.folder], check=True)
        self.content.mkdir()

    def publish(self, message: str = "A release") -> subprocess.CompletedProcess[str]:
        command = [ROOT / "scripts/publish", self.content, self.folder, "main", message]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def git(self, *arguments: str) -> str:
        ran = subprocess.run(["git", "-C", self.folder, *arguments], check=True, capture_output=True, text=True)
        return ran.stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def test_the_branch_holds_exactly_the_folder(remote: Remote):
    (remote.content / "old.html").write_text("old")
    assert remote.publish().returncode == 0
    (remote.content / "old.html").unlink()
    (remote.content / ".well-known").mkdir()
    (remote.content / ".well-known/security.txt").write_text("Contact")
    assert remote.publish("The second").returncode == 0
    assert remote.git("ls-tree", "-r", "--name-only", "main") == ".well-known/security.txt"
    assert remote.git("log", "--format=%s", "main").splitlines() == ["The second", "A release"]


def test_unchanged_content_gets_no_commit(remote: Remote):
    (remote.content / "index.html").write_text("here")
    remote.publish()
    again = remote.publish("Again")
    assert (again.returncode, again.stdout) == (0, "main holds it already\n")
    assert remote.git("rev-list", "--count", "main") == "1"


def test_a_missing_repository_is_reported(remote: Remote):
    shutil.rmtree(remote.folder)
    result = remote.publish()
    assert result.returncode == 1
    assert "cannot be read" in result.stderr


def test_a_token_stays_out_of_the_command_line_and_the_output():
    result = subprocess.run(
        [ROOT / "scripts/with-token", "git", "config", "--get-regexp", "extraheader"],
        env={"TOKEN": "a-token", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith("http.https://github.com/.extraheader Authorization: Basic ")
    assert "a-token" not in result.stdout
