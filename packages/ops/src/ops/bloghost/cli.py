"""The command `ops blog-host`. The workflow that publishes runs this module itself, with a small installation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ops.bloghost import redirects
from ops.cli import CliOutput, OpsError, run_command
from shared import site_config


def blog_host(
    out: Annotated[Path, typer.Option(help="The folder to fill; its old content is deleted.")] = Path("dist/blog-host"),
    dist: Annotated[Path, typer.Option(help="Where `make build` put the site.")] = Path("dist"),
) -> None:
    """Prepare what the blog's own host serves: the blog, or redirects where site.toml places the blog on the site.

    Exits with 1 when the site is not built.
    """
    raise typer.Exit(run_command(output := CliOutput(), lambda: prepare(output, out, dist)))


def prepare(output: CliOutput, out: Path, dist: Path, site_file: Path | None = None) -> int:
    """Fills `out`. Raises `OpsError` when the site is not built into `dist`."""
    facts = site_config.load(site_file)
    on_site = facts.blog.placement == "path"
    built = dist / ("site" if on_site else "blog")
    if not (built / "sitemap.xml").is_file():
        raise OpsError(f"There is no built site in {built}. Run `make build` first.")
    shutil.rmtree(out, ignore_errors=True)
    if on_site:
        for name, content in redirects.render_pages(built, facts.blog_url).items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(content)
    else:
        shutil.copytree(built, out)
    # A site published from a branch takes its domain from CNAME, and hides names with a dot unless .nojekyll is there.
    (out / "CNAME").write_text(f"{facts.domains.blog}\n", encoding="utf-8")
    (out / ".nojekyll").touch()
    kind = f"redirects to {facts.blog_url}" if on_site else "the blog"
    output.print(f"{out}: {sum(path.is_file() for path in out.rglob('*'))} files, {kind}, for {facts.domains.blog}")
    return 0


if __name__ == "__main__":
    typer.run(blog_host)
