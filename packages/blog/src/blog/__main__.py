"""The command `blog`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from blog.errors import BuildError, Problem, describe_os_error
from blog.parallel import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from blog.build import BuildResult


_MAX_WARNINGS = 40
"""More are not read, and a folder with one error in every post would bury all others."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Returns the exit status: 0 for success, 1 for problems in the content, 2 for a usage error."""
    options = _parser().parse_args(arguments)
    # A build makes many small objects and exits; garbage collection would take a tenth of its time.
    gc.disable()
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except BuildError as error:
        for problem in error.problems:
            print(_escape(problem), file=sys.stderr)
        print(f"{_count(len(error.problems))}; no file was written.", file=sys.stderr)
        return 1
    except WorkerError as error:
        print(f"{error}\nNo file was written.", file=sys.stderr)
        return 1
    except OSError as error:
        print(describe_os_error(error), file=sys.stderr)
        return 1


def _build_folder(options: argparse.Namespace) -> int:
    from blog.site import build_folder

    start = time.perf_counter()
    result = build_folder(
        options.root,
        options.out,
        options.cache,
        base_url=options.base_url,
        base_path=options.base_path,
        images=options.images,
        now=_read_build_time(),
    )
    return _report(result, options.out, start)


def _build_site(options: argparse.Namespace) -> int:
    from blog.site import build_site

    start = time.perf_counter()
    result = build_site(
        options.site,
        options.out,
        options.cache,
        api_url=options.api,
        site_url=options.site_url,
        commit=options.commit,
        choices_url=options.choices,
        now=_read_build_time(),
    )
    return _report(result, options.out, start)


def _report(result: BuildResult, out: Path, start: float) -> int:
    from blog.site import describe_hidden

    for warning in result.warnings[:_MAX_WARNINGS]:
        print(_escape(warning), file=sys.stderr)
    if len(result.warnings) > _MAX_WARNINGS:
        print(f"… and {len(result.warnings) - _MAX_WARNINGS} more warnings", file=sys.stderr)
    changes = f"{result.written} written, {result.removed} removed"
    hidden = describe_hidden(result, "left out")
    seconds = time.perf_counter() - start
    print(f"{out}: {result.posts} posts{hidden}, {result.total} files, {changes}, {seconds:.2f} s")
    return 0


def _count(problems: int, noun: str = "problem") -> str:
    return f"1 {noun}" if problems == 1 else f"{problems or 'no'} {noun}s"


def _escape(problem: Problem) -> str:
    """Returns the problem as one line that every terminal can show."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in str(problem))


def _read_build_time() -> datetime | None:
    """Returns the time from `SOURCE_DATE_EPOCH` (reproducible-builds.org), or None if it is not set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        message = f"`{epoch}` is not a time. It must be a number of seconds since 1970."
        raise BuildError([Problem("SOURCE_DATE_EPOCH", 0, message)]) from error


def _serve(options: argparse.Namespace) -> int:
    from blog.serve import serve

    try:
        return serve(options.root, options.site, port=options.port, cache=options.cache, api_url=options.api)
    except OSError as error:
        print(f"Port {options.port} cannot be used: {error.strerror}. Choose another with --port.", file=sys.stderr)
        return 1


def _check(options: argparse.Namespace) -> int:
    from blog.check import check_site

    limits = {"page": options.page_limit, "list": options.list_limit, "search": options.search_limit}
    problems = check_site(options.dist, {name: limit for name, limit in limits.items() if limit})
    for problem in problems:
        print(_escape(problem))
    warnings = sum(problem.is_warning for problem in problems)
    errors = len(problems) - warnings
    print(f"{options.dist}: {_count(errors)}" + (f", {_count(warnings, 'warning')}" if warnings else ""))
    return 1 if errors else 0


def _create_draft(options: argparse.Namespace) -> int:
    from blog.new import create_draft

    print(create_draft(options.root, options.title))
    return 0


def _list_due(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from blog.due import list_due_posts
    from blog.post import format_timestamp

    now = _read_build_time() or datetime.now(UTC)
    for post in list_due_posts(options.root, options.since, format_timestamp(now), options.time_zone):
        print(f"- {post.title} (/{post.slug}/), due {post.date}")
    return 0


def _import_folder(options: argparse.Namespace) -> int:
    from blog.importing.move import import_folder

    result = import_folder(options.kind, options.folder, options.root)
    for note in result.notes:
        print(_escape(note))
    counts = (
        _count(result.posts, "post"),
        _count(result.pages, "page"),
        _count(result.files, "file"),
        _count(result.redirects, "redirect"),
    )
    print(f"{options.root}: {', '.join(counts)}; {_count(len(result.notes), 'note')}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="blog", description="Turn Markdown posts and the landing page into a site.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    cache = Path(".cache/blog")
    cache_help = "folder for results of earlier builds (default: %(default)s)"

    build = commands.add_parser("build", help="build a content folder")
    build.add_argument("--root", type=Path, default=Path(), help="the content folder (default: current folder)")
    build.add_argument("--out", type=Path, required=True, help="output folder: the root of the web site")
    build.add_argument("--cache", type=Path, default=cache, help=cache_help)
    build.add_argument("--base-url", help="public URL, such as https://example.org")
    build.add_argument("--base-path", help="path of the blog below it, such as /blog")
    build.add_argument("--images", action=argparse.BooleanOptionalAction, help="create smaller images and social cards")
    build.set_defaults(run=_build_folder)

    site = commands.add_parser("site", help="build the landing page and the blog that site.toml describes")
    site.add_argument("--site", type=Path, default=Path("site.toml"), help="the site file (default: %(default)s)")
    site.add_argument("--out", type=Path, default=Path("dist/site"), help="output folder (default: %(default)s)")
    site.add_argument("--cache", type=Path, default=cache, help=cache_help)
    site.add_argument("--api", help="URL of the API that receives the form (default: the public one)")
    site.add_argument("--site-url", help="URL of the site (default: the public one)")
    site.add_argument("--commit", default="", help="the commit that is built")
    site.add_argument(
        "--choices", metavar="URL", default="",
        help="where the CRM gives the choices of the form, /api/form (default: those of the repository)",
    )  # fmt: skip
    site.set_defaults(run=_build_site)

    serve = commands.add_parser("serve", help="build, serve, and reload the browser after every save")
    source = serve.add_mutually_exclusive_group()
    source.add_argument("--root", type=Path, help="serve this content folder (default: current folder)")
    source.add_argument("--site", type=Path, help="serve the site of this site.toml")
    serve.add_argument("--port", type=int, default=8080, help="port on localhost (default: %(default)s)")
    serve.add_argument("--cache", type=Path, default=cache, help=cache_help)
    serve.add_argument("--api", help="with --site: URL of the API")
    serve.set_defaults(run=_serve)

    check = commands.add_parser("check", help="find problems in a built site")
    check.add_argument("dist", type=Path, help="folder of the built site")
    for name in ("page", "list", "search"):
        check.add_argument(f"--{name}-limit", type=int, metavar="KB", help=f"warn of a larger {name} file, compressed")
    check.set_defaults(run=_check)

    new = commands.add_parser("new", help="create a draft")
    new.add_argument("title", help="title of the post")
    new.add_argument("--root", type=Path, default=Path(), help="the content folder (default: current folder)")
    new.set_defaults(run=_create_draft)

    due = commands.add_parser("due", help="list the scheduled posts that became due")
    due.add_argument("--root", type=Path, default=Path(), help="the content folder (default: current folder)")
    due.add_argument("--since", required=True, help="the time from which on, such as 2026-01-31T09:00:00Z")
    due.add_argument("--time-zone", default="UTC", help="of dates without an offset (default: %(default)s)")
    due.set_defaults(run=_list_due)

    move = commands.add_parser("import", help="move the posts and pictures of another generator")
    move.add_argument("kind", choices=["hugo", "jekyll", "astro", "pelican", "ghost"], help="the generator")
    move.add_argument("folder", type=Path, help="its folder; of Ghost, the folder or file of the export")
    move.add_argument("--root", type=Path, default=Path(), help="the content folder (default: current folder)")
    move.set_defaults(run=_import_folder)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
