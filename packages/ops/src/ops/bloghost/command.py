"""Runs `ops blog-host` as a program: fills the folder that becomes the blog's own Pages repository."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from house import site
from ops.bloghost import redirects


def run(out: Path, dist: Path, site_file: Path | None = None) -> int:
    """0 when `out` holds what the blog's host shall serve, 1 when the site was not built into `dist` before."""
    try:
        facts = site.load(site_file)
    except site.BadSite as fault:
        return _failed(str(fault))
    built = dist / ("site" if facts.blog.placement == "path" else "blog")
    if not (built / "sitemap.xml").is_file():
        return _failed(f"There is no built site in {built}. Run `make build` first.")
    shutil.rmtree(out, ignore_errors=True)
    if facts.blog.placement == "path":
        for name, content in redirects.pages(built, facts.blog_url).items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(content)
    else:
        shutil.copytree(built, out)
    # A site that is published from a branch takes its domain from this file, and leaves names with a dot out
    # unless it is told not to.
    (out / "CNAME").write_text(f"{facts.domains.blog}\n", encoding="utf-8")
    (out / ".nojekyll").touch()
    what = f"redirects to {facts.blog_url}" if facts.blog.placement == "path" else "the blog"
    files = sum(path.is_file() for path in out.rglob("*"))
    sys.stdout.write(f"{out}: {files} files, {what}, for {facts.domains.blog}\n")
    return 0


def _failed(what: str) -> int:
    sys.stderr.write(f"ops: {what}\n")
    return 1
