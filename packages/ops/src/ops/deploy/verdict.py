"""Decides from the state of one moment whether a release is live, will never be, or must be waited for."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from ops.deploy.deployments import CI, Deployment
from ops.deploy.host_status import GOOD, HostStatus

# Deployments have crashed just after they succeeded.
STEADY_S = 20
# After a deployment, the old release may serve on for so long: Railway's edge switches, GitHub's and browsers cache.
GRACE_S = {"service": 90, "site": 600, "blog": 600}
# A single bad answer proves nothing.
BAD_ANSWERS_S = 45


class Outcome(IntEnum):
    """The exit status."""

    LIVE = 0
    FAILED = 1
    LATE = 2
    OLD = 3


class Verdict(NamedTuple):
    """`where` is the deployment or host that decided. `fix` says what to do."""

    outcome: Outcome
    where: str
    what: str
    fix: str = ""


class ReleaseState(NamedTuple):
    """`good_since` is when all hosts became good, 0 when they were good from the start, None when they are not."""

    commit: str
    now: float
    deadline: float
    hosts: tuple[HostStatus, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    good_since: float | None = None

    def deployment_of(self, part: str) -> Deployment | None:
        return next((each for each in self.deployments if each.part == part), None)

    @property
    def deciding(self) -> list[Deployment]:
        """Nothing waits for CI, so it decides nothing."""
        return [each for each in self.deployments if each.where != CI]

    def is_good(self, host: HostStatus) -> bool:
        """Whether it serves the release. Of a host that names no commit, Railway is believed."""
        deployment = self.deployment_of(host.host.part)
        return host.state in GOOD or (host.state == "silent" and deployment is not None and deployment.state == "done")

    @property
    def pending(self) -> list[str]:
        """What is still to come, a phrase for each."""
        running = [each for each in self.deciding if each.state == "running"]
        waits = [f"{each.where}: {each.status} for {round((self.now - each.since) / 60)} min" for each in running]
        return waits + [f"{host.host.name}: {host.text}" for host in self.hosts if not self.is_good(host)]


def decide(state: ReleaseState) -> Verdict | None:
    """Returns the verdict, or None while the release must be waited for."""
    for rule in (_find_blocked, _unhealthy, _live, _stale, _late):
        if verdict := rule(state):
            return verdict
    return None


def _find_blocked(state: ReleaseState) -> Verdict | None:
    """A deployment failed, or waits for a person."""
    for each in state.deciding:
        if each.state == "approval":
            what = f"{each.where} waits for somebody to approve the deployment; the old version serves meanwhile"
            return Verdict(Outcome.OLD, each.where, what, f"Open {each.url} and approve it. Then watch again.")
        # A run that has published may still fail; a service that crashed may seem well for a moment.
        own = [host for host in state.hosts if host.host.part == each.part]
        published = each.part in ("site", "blog") and all(map(state.is_good, own))
        if each.state in ("failed", "canceled") and not published:
            what = f"{each.where}: the deployment ended with {each.status}"
            return Verdict(Outcome.FAILED, each.where, what, f"See {each.url}")
    return None


def _unhealthy(state: ReleaseState) -> Verdict | None:
    """The new release serves, and serves badly for longer than a moment."""
    service = state.deployment_of("service")
    if service is None or service.state != "done" or state.now - service.since < GRACE_S["service"]:
        return None
    here = all(host.state == "unreachable" for host in state.hosts)  # then the fault is more likely here
    for host in () if here else state.hosts:
        bad = host.host.part == "service" and host.state in ("unhealthy", "unreachable")
        if bad and state.now - host.since >= BAD_ANSWERS_S:
            what = f"{host.host.name} {host.text} since the new release serves"
            return Verdict(Outcome.FAILED, service.where, what, f"Look at {host.host.url}")
    return None


def _live(state: ReleaseState) -> Verdict | None:
    if state.good_since is None or any(each.state == "running" for each in state.deciding):
        return None
    service = state.deployment_of("service")
    switched = service.since if service and service.state == "done" else 0.0
    if state.now - max(state.good_since, switched) < STEADY_S:
        return None
    red = [each for each in state.deployments if each.where == CI and each.state == "failed"]
    hosts = ", ".join(host.host.name for host in state.hosts)
    return Verdict(
        Outcome.LIVE, "", f"{state.commit[:7]} is live on {hosts}", f"CI failed: {red[0].url}" if red else ""
    )


def _stale(state: ReleaseState) -> Verdict | None:
    """The old version serves although what should have brought the new one has ended."""
    for host in state.hosts:
        each = state.deployment_of(host.host.part)
        if host.state != "old" or each is None or each.state not in ("done", "skipped", "replaced"):
            continue
        if state.now - each.since >= GRACE_S[each.part] or state.now >= state.deadline:
            fixes = {
                "skipped": "Deploy it by hand in Railway, and compare the watch patterns with `ops railway check`.",
                "replaced": "`railway deployment list` shows by which deployment.",
                "done": "See which deployment holds the domain, or which branch the Pages settings name.",
            }
            what = f"{host.host.name} still {host.text}, though {each.where} calls the deployment {each.status}"
            return Verdict(Outcome.OLD, host.host.name, what, fixes[each.state])
    return None


def _late(state: ReleaseState) -> Verdict | None:
    if state.now < state.deadline:
        return None
    fix = "Watch again with a longer --timeout. The deployments go on meanwhile."
    if not state.deployments:
        fix = "Was it pushed? No deployment of it is known."
    return Verdict(Outcome.LATE, "", f"Out of time. {'; '.join(state.pending)}", fix)
