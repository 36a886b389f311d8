"""Which commit each public host should serve: the newest one that touches what the host is built from.

The paths of the site and of the blog's own host are those that start their workflow; the paths of the service are the
watch patterns that Railway reads.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import yaml

from ops.cli import OpsError
from ops.deploy.deployments import sanitize
from ops.railway.evaluate import FILE, evaluate
from ops.railway.graph import Service
from shared import site_config
from shared.site_config import SiteConfig

NAMES = ("site", "blog", "api", "crm")
WORKFLOWS = {"site": "deploy-web.yml", "blog": "deploy-blog.yml"}

SHA = re.compile(r"[0-9a-f]{40}")

Part = Literal["site", "blog", "service"]


class Host(NamedTuple):
    """`part` is what is deployed to it. `reads` says where its answer names the commit."""

    name: str
    part: Part
    url: str
    reads: Literal["health", "build", "page"]


class Commits:
    """The git repository at `root`. A shallow clone, or none, knows less; then results are empty or None."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._contains: dict[tuple[str, str], bool] = {}

    def resolve(self, name: str) -> str:
        """Returns the full hash of a commit. Raises `OpsError` when the checkout has no such commit."""
        if found := self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"):
            return found
        if SHA.fullmatch(name):
            return name
        raise OpsError(f"There is no commit {name} here. Give its full hash, or run this in a checkout of git.")

    def newest(self, commit: str, patterns: Sequence[str]) -> str:
        """Returns the newest commit up to `commit` that touches a path of `patterns`, or `commit` where none does."""
        paths = [f":(top,glob){pattern}" for pattern in patterns]
        return self._git("rev-list", "--max-count=1", "--end-of-options", commit, "--", *paths) or commit

    def contains(self, newer: str, older: str) -> bool:
        """Returns whether `older` is part of the history of `newer`. An unknown commit contains none."""
        key = (newer, older)
        if newer != older and key not in self._contains:
            done = self._run("merge-base", "--is-ancestor", "--end-of-options", older, newer)
            if done is None or done.returncode not in (0, 1):
                return False  # one of them is unknown, until somebody fetches it
            self._contains[key] = done.returncode == 0
        return self._contains.get(key, True)

    def describe(self, commit: str) -> tuple[str, float | None]:
        """Returns the subject of a commit, and when it was made in seconds since 1970; nothing of an unknown one."""
        known = SHA.fullmatch(commit) and self._git("show", "--no-patch", "--format=%ct %s", f"{commit}^{{commit}}")
        seconds, _, subject = (known or "").partition(" ")
        return sanitize(subject), float(seconds) if seconds else None

    def _git(self, *arguments: str) -> str | None:
        done = self._run(*arguments)
        return done.stdout.strip() if done and done.returncode == 0 else None

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str] | None:
        command = ["git", "-C", str(self._root), *arguments]
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None


class Targets:
    """The rule for one checkout at `root`."""

    def __init__(self, root: Path, site: SiteConfig) -> None:
        self.root, self.site = root, site
        self.commits = Commits(root)
        self._newest: dict[tuple[Part, str], str] = {}

    def newest_commit_for(self, host: str, commit: str) -> str:
        """Returns the newest commit up to `commit` that touches what `host` (site, blog, api, crm) is built from."""
        part = next(each.part for each in list_hosts(self.site) if each.name == host)
        if (part, commit) not in self._newest:
            self._newest[part, commit] = self.commits.newest(commit, self.list_paths(part))
        return self._newest[part, commit]

    def is_current(self, host: str, served: str, commit: str) -> bool:
        """Returns whether `host` serves all of `commit` that concerns it."""
        return self.commits.contains(served, self.newest_commit_for(host, commit))

    def list_paths(self, part: Part) -> list[str]:
        if part == "service":
            patterns = self.service.build.watch_patterns
            return patterns if isinstance(patterns, list) else ["**"]
        workflow = yaml.safe_load((self.root / ".github/workflows" / WORKFLOWS[part]).read_text(encoding="utf-8"))
        return list(workflow[True]["push"]["paths"])  # YAML 1.1 reads the key `on` as true

    @cached_property
    def service(self) -> Service:
        """The service of `.railway/railway.py` that serves the public hosts."""
        for node in evaluate(self.root / FILE).services:
            domains = node.networking.custom_domains
            if isinstance(domains, dict) and self.site.domains.api in domains:
                return node
        raise OpsError(f"{FILE} states no service for {self.site.domains.api}. `ops railway check` says more.")


def load_targets(root: Path | None = None) -> Targets:
    """Returns the targets of the repository at `root`, by default the one around the current folder."""
    folder = root or site_config.find().resolve().parent
    return Targets(folder, site_config.load(folder / site_config.FILE_NAME))


def list_hosts(site: SiteConfig, overrides: Sequence[str] = ()) -> list[Host]:
    """Returns the hosts of `site.toml`. `overrides` replace addresses, each as NAME=URL. Raises `OpsError`."""
    urls = dict(map(_parse_override, overrides))
    site_url = urls.get("site", site.url)
    on_site = site.blog.placement == "path"
    blog_url = urls.get("blog", f"{site_url}/blog" if on_site else site.blog_url)
    return [
        Host("site", "site", f"{site_url}/build.json", "build"),
        # On the site's own host the blog is part of the same artifact; each of its pages names the commit.
        Host("blog", "site", f"{blog_url}/", "page")
        if on_site
        else Host("blog", "blog", f"{blog_url}/build.json", "build"),
        Host("api", "service", f"{urls.get('api', site.api_url)}/api/v1/health", "health"),
        Host("crm", "service", f"{urls.get('crm', site.crm_url)}/api/v1/health", "health"),
    ]


def _parse_override(text: str) -> tuple[str, str]:
    name, _, url = text.partition("=")
    if name not in NAMES or not url.startswith(("https://", "http://")):
        raise OpsError(f"--host takes NAME=URL with one of {', '.join(NAMES)}, not {text}.")
    return name, url.rstrip("/")
