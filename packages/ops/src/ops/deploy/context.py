"""What a command works with: the targets, the hosts, and clients of both APIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import httpx

from ops.cli import Clock, SystemClock
from ops.cli.network import CONTROLS
from ops.deploy.github import API_URL, GitHub
from ops.deploy.host_status import TIMEOUT_S, HostStatus, fetch_statuses
from ops.deploy.railway_service import RailwayService
from ops.deploy.targets import Host, Targets, list_hosts, load_targets
from ops.railway.api import URL, RailwayApi

NO_TOKEN = "RAILWAY_TOKEN is missing. Make a project token under Project Settings → Tokens, and export it."  # noqa: S105 a sentence


class Options(NamedTuple):
    """The options of a command. `controls` are hosts that answer wherever there is a network."""

    environ: Mapping[str, str]
    host_overrides: Sequence[str] = ()
    as_json: bool = False
    clock: Clock = SystemClock()
    targets: Targets | None = None
    controls: Sequence[tuple[str, int]] = CONTROLS


class DeployContext(NamedTuple):
    """`railway` is None without a token."""

    options: Options
    targets: Targets
    client: httpx.Client
    hosts: Sequence[Host]
    github: GitHub
    railway: RailwayService | None

    @property
    def platforms(self) -> list[GitHub | RailwayService]:
        return [self.github, *([self.railway] if self.railway else [])]

    def fetch_statuses(self) -> tuple[HostStatus, ...]:
        return fetch_statuses(self.client, self.hosts)


@contextmanager
def open_context(options: Options) -> Iterator[DeployContext]:
    """Raises `OpsError` for a wrong option. It sends no request."""
    targets, environ = options.targets or load_targets(), options.environ
    hosts, tls = list_hosts(targets.site, options.host_overrides), httpx.create_ssl_context()
    repository, token = targets.site.repository, environ.get("RAILWAY_TOKEN", "").strip()
    with ExitStack() as stack:
        headers = {"user-agent": "ops-deploy"}
        client = stack.enter_context(httpx.Client(timeout=TIMEOUT_S, headers=headers, verify=tls))
        url, name = environ.get("GITHUB_API_URL") or API_URL, f"{repository.owner}/{repository.name}"
        github = GitHub(name, repository.branch, environ.get("GITHUB_TOKEN", "").strip(), url, tls)
        stack.enter_context(github.client)
        railway = None
        if token:
            api = stack.enter_context(RailwayApi(token, environ.get("RAILWAY_API_URL") or URL, tls))
            railway = RailwayService(api, targets.service.name)
        yield DeployContext(options, targets, client, hosts, github, railway)
