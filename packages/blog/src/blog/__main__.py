"""The command `blog`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from blog.faults import Faulty
from blog.parallel import SecondFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from blog.site import Built


def main(arguments: list[str] | None = None) -> int:
    """Run one command. The answer is the exit status: 0 done, 1 faults in the content, 2 a wrong command line."""
    options = _parser().parse_args(arguments)
    # A build makes many small objects and ends; looking for garbage among them is a tenth of its time.
    gc.disable()
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except Faulty as faulty:
        for fault in faulty.faults:
            print(fault, file=sys.stderr)
        count = len(faulty.faults)
        print(f"{count} fault{'s' if count > 1 else ''}; nothing was written.", file=sys.stderr)
        return 1
    except SecondFailed as failure:
        print(f"{failure}\nNothing was written.", file=sys.stderr)
        return 1


def _build(options: argparse.Namespace) -> int:
    from blog.site import build_folder

    start = time.perf_counter()
    built = build_folder(
        options.root,
        options.out,
        options.cache,
        base_url=options.base_url,
        base_path=options.base_path,
        images=options.images,
        now=_now(),
    )
    return _told(built, options.out, start)


def _site(options: argparse.Namespace) -> int:
    from blog.site import build_site

    start = time.perf_counter()
    built = build_site(
        options.site,
        options.out,
        options.cache,
        api_url=options.api,
        site_url=options.site_url,
        commit=options.commit,
        now=_now(),
    )
    return _told(built, options.out, start)


def _told(built: Built, out: Path, start: float) -> int:
    took = time.perf_counter() - start
    did = f"{built.written} written, {built.removed} removed"
    print(f"{out}: {built.posts} posts, {built.total} files, {did}, {took:.2f} s")
    return 0


def _now() -> datetime | None:
    """The moment a reproducible build pretends it is, from the variable the whole trade uses for it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(epoch), UTC)


def _serve(options: argparse.Namespace) -> int:
    from blog.serve import serve

    try:
        return serve(options.root, options.site, port=options.port, cache=options.cache, api_url=options.api)
    except OSError as fault:
        print(f"Port {options.port} cannot be used: {fault.strerror}. Choose another with --port.", file=sys.stderr)
        return 1


def _check(options: argparse.Namespace) -> int:
    from blog.check import check

    faults = check(options.dist)
    for fault in faults:
        print(fault)
    print(f"{options.dist}: {len(faults)} faults" if faults else f"{options.dist}: no faults")
    return 1 if faults else 0


def _new(options: argparse.Namespace) -> int:
    from blog.new import new_post

    print(new_post(options.root, options.title))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="blog", description="Markdown posts and the landing page to static files.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    cache = Path(".cache/blog")

    build = commands.add_parser("build", help="build a content folder")
    build.add_argument("--root", type=Path, default=Path(), help="the content folder (default: here)")
    build.add_argument("--out", type=Path, required=True, help="where the site goes; the root of the web site")
    build.add_argument("--cache", type=Path, default=cache, help="where earlier work is kept")
    build.add_argument("--base-url", help="public address, as https://example.org")
    build.add_argument("--base-path", help="path of the blog on it, as /blog")
    build.add_argument("--images", action=argparse.BooleanOptionalAction, help="make smaller pictures and social cards")
    build.set_defaults(run=_build)

    site = commands.add_parser("site", help="build the landing page and the blog of this house")
    site.add_argument("--site", type=Path, default=Path("site.toml"), help="the facts about the organization")
    site.add_argument("--out", type=Path, default=Path("dist/site"))
    site.add_argument("--cache", type=Path, default=cache)
    site.add_argument("--api", help="address of the API the form posts to (default: the public one)")
    site.add_argument("--site-url", help="address of the site (default: the public one)")
    site.add_argument("--commit", default="", help="the commit being built")
    site.set_defaults(run=_site)

    serve = commands.add_parser("serve", help="build, serve, and reload the browser on every save")
    what = serve.add_mutually_exclusive_group()
    what.add_argument("--root", type=Path, help="serve this content folder")
    what.add_argument("--site", type=Path, help="serve the house of this site.toml")
    serve.add_argument("--port", type=int, default=8080)
    serve.add_argument("--cache", type=Path, default=cache)
    serve.add_argument("--api", help="with --site: address of the API")
    serve.set_defaults(run=_serve)

    check = commands.add_parser("check", help="look for faults in a built site")
    check.add_argument("dist", type=Path)
    check.set_defaults(run=_check)

    new = commands.add_parser("new", help="begin a draft")
    new.add_argument("title")
    new.add_argument("--root", type=Path, default=Path())
    new.set_defaults(run=_new)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
