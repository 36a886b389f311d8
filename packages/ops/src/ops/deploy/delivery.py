"""What is known of a commit on its way, and what can be said of it."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from ops.deploy.deployments import SERVING, Deployment, Service
from ops.deploy.github import Run
from ops.deploy.standing import Seen


class Outcome(IntEnum):
    """The exit status."""

    LIVE = 0
    FAILED = 1
    LATE = 2
    OLD = 3


class Verdict(NamedTuple):
    """`where` is what decided: CI, site, blog, Railway, or the name of a host. `fix` says what to do."""

    outcome: Outcome
    where: str
    what: str
    fix: str = ""


class Delivery(NamedTuple):
    """What is known of a commit's way at `now`. `web` serves api and crm; `runs` are empty while GitHub told nothing.

    `good_since` is when every host was first seen to be good: 0 when they were from the beginning.
    """

    commit: str
    now: float
    deadline: float
    hosts: tuple[Seen, ...] = ()
    runs: tuple[tuple[str, Run | None], ...] = ()
    service: Service | None = None
    web: Deployment | None = None
    others: tuple[Deployment, ...] = ()
    good_since: float | None = None

    @property
    def good(self) -> bool:
        """Whether every host serves it. One that does not say is believed what Railway says."""
        proven = self.web is not None and self.web.status in SERVING
        return bool(self.hosts) and all(seen.good or (seen.stand == "silent" and proven) for seen in self.hosts)

    def run(self, name: str) -> Run | None:
        return dict(self.runs).get(name)


def waiting(given: Delivery) -> list[str]:
    """What is still to come, a phrase for each."""
    found = [
        f"{name}: {run.workflow} {run.status.replace('_', ' ')}" for name, run in given.runs if run and not run.done
    ]
    for deployment in [each for each in (given.web, *given.others) if each and each.under_way]:
        minutes = round((given.now - deployment.since) / 60)
        found.append(f"Railway: {service_name(given, deployment)} {deployment.status} for {minutes} min")
    return found + [f"{seen.host.name}: {seen.words}" for seen in given.hosts if not seen.good]


def service_name(given: Delivery, deployment: Deployment) -> str:
    """The name of the service that a deployment is of."""
    names = given.service.names if given.service else {}
    return names.get(deployment.service_id or "", "a service")
