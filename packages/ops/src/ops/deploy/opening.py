"""What a command begins with: facts, tokens from the environment, and the doors to both APIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from house import site as sites
from house.site import Site
from ops.deploy import deployments, github, hosts
from ops.deploy.clock import Clock
from ops.deploy.commits import Commits
from ops.deploy.watch import Asked
from ops.railway import api
from ops.railway.evaluate import FILE, evaluate
from ops.railway.faults import Busy, Refused, Trouble, Unanswered
from ops.railway.graph import Service

PAUSES_S = (2.0, 5.0, 10.0)
LONGEST_S = 120.0
NO_TOKEN = "RAILWAY_TOKEN is missing. Make a project token under Project Settings → Tokens, and export it."  # noqa: S105 a sentence


class Opened(NamedTuple):
    """`watched` are the patterns of what the service is made of."""

    site: Site
    commits: Commits
    asked: Asked
    watched: Sequence[str]


@contextmanager
def opened(
    environ: Mapping[str, str],
    clock: Clock,
    given: Sequence[str] = (),
    *,
    railway: bool = False,
    root: Path | None = None,
) -> Iterator[Opened]:
    """Everything that is asked. `railway` raises `Trouble` where its token is missing; else it is left out then."""
    here = root or sites.find().resolve().parent
    site = sites.load(here / sites.FILE_NAME)
    token = environ.get("RAILWAY_TOKEN", "").strip()
    if railway and not token:
        raise Trouble(NO_TOKEN)
    web = _web(here, site)
    trust = httpx.create_ssl_context()
    with ExitStack() as stack:
        client = stack.enter_context(
            httpx.Client(timeout=hosts.PATIENCE_S, headers={"user-agent": "ops-deploy"}, verify=trust)
        )
        repository = f"{site.repository.owner}/{site.repository.name}"
        known, address = environ.get("GITHUB_TOKEN", "").strip(), environ.get("GITHUB_API_URL") or github.ADDRESS
        actions = stack.enter_context(github.GitHub(repository, site.repository.branch, known, address, trust))
        door, service = None, None
        if token:
            door = stack.enter_context(api.Api(token, environ.get("RAILWAY_API_URL") or api.ADDRESS, trust))
            service = _patiently(door, web.name, clock)
        asked = Asked(client, hosts.of(site, given), actions, door, service)
        patterns = web.build.watch_patterns
        yield Opened(site, Commits(here), asked, patterns if isinstance(patterns, list) else [])


def _patiently(door: api.Api, name: str, clock: Clock) -> deployments.Service:
    """The service on Railway. A moment's silence is waited for, a refusal is not."""
    for pause_s in PAUSES_S:
        try:
            return deployments.service(door, name)
        except Refused:
            raise
        except Busy as busy:
            asked_for = busy.limits.silence_s(clock.now())
            if asked_for is None or asked_for > LONGEST_S:
                raise
            clock.rest(max(1.0, asked_for))
        except Unanswered:
            clock.rest(pause_s)
    return deployments.service(door, name)


def _web(here: Path, site: Site) -> Service:
    """The service that serves the public hosts, as `.railway/railway.py` states it."""
    for node in evaluate(here / FILE).services:
        domains = node.networking.custom_domains
        if isinstance(domains, dict) and site.domains.api in domains:
            return node
    raise Trouble(f"{FILE} states no service for {site.domains.api}. `ops railway check` says more.")
