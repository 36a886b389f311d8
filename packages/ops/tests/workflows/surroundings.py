"""What a runner of GitHub would have around a step, here on a laptop: a clone, variables, a database, a repository."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from workflows.reading import ROOT, TOOLS, Step

from house import site

FACTS = site.load(ROOT / "site.toml")
REPOSITORY = f"{FACTS.repository.owner}/{FACTS.repository.name}"
BLOG = f"{FACTS.pages.owner}/{FACTS.pages.blog_repository}"
PATIENCE_S = 300
# Of this machine a step sees what any shell has, and the caches, so that nothing is fetched twice.
KEPT = re.compile(
    r"(PATH|HOME|LANG|LC_\w+|TMPDIR|UV_\w+|PIP_\w+|NPM_CONFIG_\w+|\w+_CERT\w*|\w+_CA_\w+|CHROMIUM|KNOTD)$", re.I
)


def free_ports() -> list[str]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [str(each.getsockname()[1]) for each in (one, other)]


class Runner:
    """A clean clone of what is committed, and everything that `${{ … }}` stands for."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder, self.clone = folder, folder / "clone"
        subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, self.clone], check=True)
        self.commit = self._git("rev-parse", "HEAD")
        self.output = folder / "output"
        self.values = {
            "inputs.commit || github.sha": self.commit,
            "github.token": "no-token",
            "steps.token.outputs.token": "no-token",
            "steps.facts.outputs.owner": FACTS.pages.owner,
            "steps.facts.outputs.repository": FACTS.pages.blog_repository,
            "secrets.DATABASE_URL": database_url,
            "vars.BACKUP_STORE": str(folder / "store"),
            "vars.AWS_ENDPOINT_URL": "",
            "vars.AWS_REGION": "",
            "secrets.AWS_ACCESS_KEY_ID": "",
            "secrets.AWS_SECRET_ACCESS_KEY": "",
            "secrets.CRM_API_KEY": "",
            "secrets.HEARTBEAT_URL": "",
            **self._keys(folder / "keys"),
        }
        (folder / "store").mkdir()
        self.database_url = database_url
        self.ports = dict(zip(("SITE_PORT", "CRM_PORT"), free_ports(), strict=True))
        for name in (BLOG, REPOSITORY):
            subprocess.run(["git", "init", "--quiet", "--bare", folder / f"{name}.git"], check=True)
        # Types are checked anew where a file differs; the rest is known from here.
        if (ROOT / ".mypy_cache").is_dir():
            shutil.copytree(ROOT / ".mypy_cache", self.clone / ".mypy_cache")

    def run(self, step: Step) -> subprocess.CompletedProcess[str]:
        """The step in the shell that GitHub would take."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.run],
            cwd=self.clone, env=self._environ(step), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip

    def published(self, repository: str, branch: str) -> set[str]:
        """The files of a branch of a repository that a step wrote to."""
        told = ["git", "-C", self.folder / f"{repository}.git", "ls-tree", "-r", "--name-only", branch]
        return set(subprocess.run(told, check=True, capture_output=True, text=True).stdout.split())

    def _environ(self, step: Step) -> dict[str, str]:
        given = {
            **{name: value for name, value in os.environ.items() if KEPT.fullmatch(name)},
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_REF_NAME": "main",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": self.folder.as_uri(),
            "GITHUB_SHA": self.commit,
            **self.ports,
        }
        given |= {name: self._evaluated(str(value)) for name, value in step.env.items()}
        if given.get("DATABASE_URL"):
            given["DATABASE_URL"] = self.database_url
        return given

    def _evaluated(self, text: str) -> str:
        return re.sub(r"\$\{\{\s*(.+?)\s*\}\}", lambda found: self.values[found[1]], text)

    def _keys(self, folder: Path) -> dict[str, str]:
        told = subprocess.run([TOOLS / "ops", "backup", "keys", folder], check=True, capture_output=True, text=True)
        return {
            "vars.BACKUP_RECIPIENTS": told.stdout.partition("BACKUP_RECIPIENTS=")[2].split()[0],
            "vars.BACKUP_VERIFY_KEYS": (folder / "verify-key.txt").read_text().strip(),
            "secrets.BACKUP_SIGNING_KEY": (folder / "signing-key.txt").read_text().strip(),
        }

    def _git(self, *arguments: str) -> str:
        ran = ["git", "-C", self.clone, *arguments]
        return subprocess.run(ran, check=True, capture_output=True, text=True).stdout.strip()
