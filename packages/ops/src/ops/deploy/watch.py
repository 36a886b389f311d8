"""Follows a commit from GitHub and Railway to every host, until there is a verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from ops.cli import Clock, require_network
from ops.deploy.context import DeployContext
from ops.deploy.deployments import Deployment, choose
from ops.deploy.host_status import HostStatus, compare
from ops.deploy.progress import Progress
from ops.deploy.verdict import STEADY_S, Outcome, ReleaseState, Verdict, decide
from ops.railway.faults import Busy, Refused, Unanswered

FIRST_S, SLOWEST_S = 5.0, 60.0
# GitHub asks for a minute where it names no time.
SILENCE_S = 60.0
# GitHub allows 60 requests an hour without a token.
SLOWER_WITHOUT_TOKEN = 1.7

T = TypeVar("T")


class Poller(Generic[T]):
    """Keeps the last answer of `ask`, which raises `Unanswered` when none comes; `note` receives the reason.

    The pause is a tenth of the time that has passed, times `factor`, from 5 s to a minute: 90 requests in an hour.
    """

    def __init__(self, ask: Callable[[], T], clock: Clock, note: Callable[[str], None], factor: float = 1.0) -> None:
        self._ask, self._clock, self._note, self._factor = ask, clock, note, factor
        self._began = self.due = clock.now()
        self.last: T | None = None
        self.failing = False

    def poll(self, *, force: bool = False) -> T | None:
        """Returns the newest answer; `force` asks before it is due. Raises `Refused`: asking again is useless."""
        now = self._clock.now()
        if now < self.due and not force:
            return self.last
        pause = self._factor * min(max((now - self._began) / 10, FIRST_S), SLOWEST_S)
        try:
            self.last, self.failing = self._ask(), False
        except Refused:
            raise
        except Unanswered as error:
            self._note(str(error))
            self.failing = True
            pause *= 2
            if isinstance(error, Busy):
                requested = error.limits.silence_s(now)
                pause = SILENCE_S if requested is None else max(1.0, requested)
        self.due = self._clock.now() + pause
        return self.last


class Watch:
    """One commit on its way."""

    def __init__(self, context: DeployContext, commit: str, timeout_s: float, progress: Progress) -> None:
        self._context, self._commit, self._progress = context, commit, progress
        self._clock = clock = context.options.clock
        self._deadline = clock.now() + timeout_s
        self._hosts: dict[str, HostStatus] = {}
        self._good_since: float | None = None
        # Where this commit does not touch what a host is built from, the host's release is that of an older one.
        self._commits: dict[str, tuple[str, ...]] = {
            host.part: (commit, context.targets.newest_commit_for(host.name, commit)) for host in context.hosts
        }
        github = context.github
        factor = 1.0 if github.has_token else SLOWER_WITHOUT_TOKEN
        self._runs: Poller[list[Deployment]] | None = Poller(github.list_deployments, clock, progress.note, factor)
        self._railway: Poller[list[Deployment]] | None = None
        if context.railway:
            self._railway = Poller(context.railway.list_deployments, clock, progress.note)
        self._answers = Poller(context.fetch_statuses, clock, progress.note)

    def run(self) -> tuple[Verdict, ReleaseState]:
        """Asks and waits until there is a verdict, at the latest when the time is up. Raises `OpsError`."""
        with self._progress.show():
            while True:
                state = self._read_state()
                self._progress.update(state)
                if verdict := decide(state):
                    return verdict, state
                self._clock.sleep(max(1.0, self._next_due(state) - self._clock.now()))

    def explain(self, verdict: Verdict, state: ReleaseState) -> list[str]:
        """Returns the log lines that say why it failed. What cannot be fetched is left out."""
        lines: list[str] = []
        try:
            for each in state.deciding:
                if verdict.outcome is Outcome.FAILED and each.where == verdict.where:
                    railway = self._context.railway if each.where.startswith("Railway") else None
                    lines += railway.explain(each) if railway else self._context.github.explain(each)
            if self._context.railway and verdict.outcome is not Outcome.LIVE:
                lines += self._context.railway.explain_incident()
        except Unanswered as error:
            lines.append(f"More cannot be fetched: {error}")
        return lines

    def _read_state(self) -> ReleaseState:
        first = not self._hosts
        runs = self._poll_runs()
        railway = self._railway.poll() if self._railway else None
        if self._railway and self._railway.failing and self._railway.due >= self._deadline:
            self._progress.note("Railway is not asked again before the time is up; the hosts decide.")
            railway = None
        now = self._clock.now()
        answers = self._answers.poll(force=now >= self._deadline) or ()
        if first and runs is None and railway is None and all(each.state == "unreachable" for each in answers):
            require_network(self._context.options.controls)
        hosts = tuple(self._add_time(compare(each, self._context.targets, self._commit), now) for each in answers)
        deployments = self._choose([*(runs or ()), *(railway or ())])
        state = ReleaseState(self._commit, now, self._deadline, hosts, deployments)
        if not all(state.is_good(host) for host in hosts):
            self._good_since = None
        elif self._good_since is None:
            self._good_since = 0.0 if first else now
        return state._replace(good_since=self._good_since)

    def _poll_runs(self) -> list[Deployment] | None:
        try:
            return self._runs.poll() if self._runs else None
        except Refused as error:
            if self._context.github.has_token:
                raise
            self._progress.note(f"{error} Actions are not followed; Railway and the hosts are.")
            self._runs = None
            return None

    def _choose(self, found: list[Deployment]) -> tuple[Deployment, ...]:
        """Returns the deployment of each part that releases the commit, CI, and other services of the same commit."""
        parts = {each.where: each.part for each in found}
        chosen = [choose(found, where, self._commits.get(part, (self._commit,))) for where, part in parts.items()]
        return tuple(each for each in chosen if each)

    def _add_time(self, status: HostStatus, now: float) -> HostStatus:
        if status.state == "silent":
            self._progress.note(f"{status.host.name} {status.text}; Railway is believed.")
        before = self._hosts.get(status.host.name)
        since = before.since if before and before.state == status.state else now
        self._hosts[status.host.name] = status = msgspec.structs.replace(status, since=since)
        return status

    def _next_due(self, state: ReleaseState) -> float:
        moments = [self._deadline, *(each.due for each in (self._runs, self._railway, self._answers) if each)]
        service = state.deployment_of("service")
        if state.good_since is not None:
            steady = max(state.good_since, service.since if service else 0.0) + STEADY_S
            moments += [steady] if steady > state.now else []
        return min(moments)
