"""Finds the files of a content folder: Markdown, the files beside it, and the files that are published unchanged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from blog.cache import sign_file
from blog.errors import BuildError, Problem, describe_os_error
from blog.links import Asset
from blog.post import Post
from blog.slugs import is_too_long

POST_FOLDERS = ("content/posts", "content", "posts", "drafts")
PAGE_FOLDER = "content/pages"
ASSET_FOLDERS = (("static", ""), ("images", "/images"), ("content/images", "/images"))
DRAFT_FOLDERS = ("drafts", "_drafts")
_NO_NAME = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters, and bytes that are no text."""
MARKDOWN = (".md", ".markdown")
_OTHER_SOURCES = (".adoc", ".asciidoc", ".htm", ".html", ".ipynb", ".mdown", ".mdx", ".mkd", ".org", ".rst", ".textile")


class SourceWalk(NamedTuple):
    """What the folders hold: Markdown files with whether they are posts and drafts, other files, and problems."""

    markdown: dict[str, tuple[bool, bool]]
    others: dict[str, str]
    problems: list[Problem]
    warnings: list[Problem]


def walk_sources(root: str) -> SourceWalk:
    """Finds the sources and the files beside them, in a fixed order."""
    walk = SourceWalk({}, {}, [], [])
    for folder in POST_FOLDERS:
        is_draft = folder in DRAFT_FOLDERS
        _walk_folder(root, folder, folder, walk, (), is_post=True, is_draft=is_draft)
    _walk_folder(root, PAGE_FOLDER, PAGE_FOLDER, walk, (), is_post=False, is_draft=False)
    return walk


def _walk_folder(
    root: str, top: str, folder: str, walk: SourceWalk, parents: tuple[str, ...], *, is_post: bool, is_draft: bool
) -> None:
    own_folders = {*POST_FOLDERS, PAGE_FOLDER, *(name for name, _ in ASSET_FOLDERS)} - {top}
    entries, inside = _scan(root, folder, walk.problems, parents)
    for entry in entries:
        file = f"{folder}/{entry.name}"
        lower = entry.name.lower()
        if entry.name.startswith(".") or file in own_folders:
            continue
        if entry.is_dir():
            _walk_folder(
                root, top, file, walk, inside, is_post=is_post, is_draft=is_draft or entry.name in DRAFT_FOLDERS
            )
        elif lower.startswith("_index.") and lower.endswith(MARKDOWN):
            walk.warnings.append(Problem(file, 0, "The page of a Hugo section is not published.", is_warning=True))
        elif lower.endswith(MARKDOWN):
            walk.markdown[file] = (is_post, is_draft)
        elif lower.endswith(_OTHER_SOURCES):
            message = "This is not a Markdown file, so it is not published. Posts end in .md or .markdown."
            walk.warnings.append(Problem(file, 0, message, is_warning=True))
        else:
            walk.others[file] = top


def _scan(
    root: str, folder: str, problems: list[Problem], parents: tuple[str, ...]
) -> tuple[list[os.DirEntry[str]], tuple[str, ...]]:
    """Returns the sorted entries of a folder, and the real paths of it and its parents.

    A link that leads back to one of the parents is a problem, as is an entry that cannot be read.
    """
    path = f"{root}/{folder}" if folder else root
    try:
        with os.scandir(path) as iterator:
            entries = sorted(iterator, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return [], parents
    except OSError as error:
        problems.append(describe_os_error(error)._replace(file=_show(folder)))
        return [], parents
    # Only a link can lead back, so folders without links need no look at their real paths.
    if os.path.islink(path) or any(entry.is_symlink() for entry in entries):
        real = os.path.realpath(path)
        if real in parents:
            problems.append(Problem(_show(folder), 0, "This link leads back to a folder that it is in. Remove it."))
            return [], parents
        parents = (*parents, real)
    readable = []
    for entry in entries:
        message = _find_entry_error(entry)
        if message:
            problems.append(Problem(_show(f"{folder}/{entry.name}"), 0, message))
        else:
            readable.append(entry)
    return readable, parents


def _find_entry_error(entry: os.DirEntry[str]) -> str:
    """Returns why an entry of a folder cannot be published, or an empty text."""
    if _NO_NAME.search(entry.name):
        return "The file name has characters that no address can have. Rename it."
    if entry.name.startswith(".") and entry.name != ".well-known":
        return ""
    if entry.is_symlink():
        try:
            entry.stat()
        except OSError as error:
            return f"This link cannot be followed: {error.strerror}."
    if not (entry.is_dir() or entry.is_file()):
        return "This is neither a file nor a folder. Remove it."
    is_long = is_too_long(entry.name) and not entry.name.lower().endswith(MARKDOWN)
    return "The name is too long for its copies. Shorten it." if is_long else ""


def _show(path: str) -> str:
    return path.lstrip("/").encode(errors="backslashreplace").decode()


def list_assets(
    root: str, walk: SourceWalk, posts: list[Post], problems: list[Problem]
) -> tuple[dict[str, Asset], dict[str, str]]:
    """Returns all assets by their path on the site, and that path by source file for those beside the posts.

    The files of a folder with an `index.md` belong to its post: they are below its URL, and hidden with it.
    """
    assets: dict[str, Asset] = {}
    for folder, url_path in ASSET_FOLDERS:
        for path, asset in walk_assets(f"{root}/{folder}", url_path, problems):
            other = assets.setdefault(path, asset)
            if other is not asset:
                message = f"{os.path.relpath(other.file, root)} has the same address, {path}. Rename one of them."
                problems.append(Problem(os.path.relpath(asset.file, root), 0, message))
    bundles = {
        file.rpartition("/")[0]: ""
        for file in walk.markdown
        if file.rpartition("/")[2].lower().startswith("index.") and file.count("/") > 1
    }
    bundles.update(
        {post.file.rpartition("/")[0]: post.slug for post in posts if post.file.rpartition("/")[0] in bundles}
    )
    sources: dict[str, str] = {}
    for file, top in walk.others.items():
        folder = file.rpartition("/")[0]
        while folder not in bundles and len(folder) > len(top):
            folder = folder.rpartition("/")[0]
        parts = file.removeprefix(f"{top}/").split("/")
        is_bundled = folder in bundles and folder != top
        if (is_bundled and not bundles[folder]) or top in DRAFT_FOLDERS or set(parts[:-1]) & set(DRAFT_FOLDERS):
            continue
        path = f"/{bundles[folder]}{file.removeprefix(folder)}" if is_bundled else "/" + "/".join(parts)
        try:
            asset = Asset(f"{root}/{file}", sign_file(os.stat(f"{root}/{file}")))
        except OSError as error:
            problems.append(describe_os_error(error)._replace(file=file))
            continue
        other = assets.setdefault(path, asset)
        if other is not asset:
            message = f"{os.path.relpath(other.file, root)} has the same address, {path}. Rename one of them."
            problems.append(Problem(file, 0, message))
        sources[file] = path
    return assets, sources


def walk_assets(
    folder: str, url_path: str, problems: list[Problem] | None = None, parents: tuple[str, ...] = ()
) -> Iterator[tuple[str, Asset]]:
    """Yields every file below a folder with its path on the site, sorted. Hidden entries are skipped.

    `.well-known` (RFC 8615) is not skipped. What cannot be read is added to `problems`; without that list it raises
    `BuildError`.
    """
    found: list[Problem] = []
    entries, inside = _scan(folder, "", found, parents)
    found = [problem._replace(file=f"{folder}/{problem.file}".rstrip("/")) for problem in found]
    if found and problems is None:
        raise BuildError(found)
    if problems is not None:
        problems += found
    for entry in entries:
        if entry.name.startswith(".") and entry.name != ".well-known":
            continue
        if entry.is_dir():
            yield from walk_assets(entry.path, f"{url_path}/{entry.name}", problems, inside)
        else:
            yield f"{url_path}/{entry.name}", Asset(entry.path, sign_file(entry.stat()))


def explain_empty_folder(root: str) -> Iterator[Problem]:
    """Says where posts are looked for, and which Markdown files lie elsewhere."""
    yield Problem(root, 0, f"There are no posts. They belong into {root}/content/posts.", is_warning=True)
    for folder in ("", "_posts", "blog", "src/content", "src/content/blog", "src/content/posts", "source/_posts"):
        try:
            names = sorted(os.listdir(os.path.join(root, folder)))
        except OSError:
            continue
        for name in names:
            if name.lower().endswith(MARKDOWN) and name.lower() != "readme.md":
                path = os.path.join(folder, name)
                yield Problem(
                    path, 0, "This file is not in a folder of posts, so it is not published.", is_warning=True
                )
