"""Follows a commit from GitHub and Railway to every host, until there is a verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from ops.cli import Clock, RateLimitedError, TokenError, UnreachableError, require_network
from ops.deploy.context import DeployContext
from ops.deploy.deployments import Deployment, choose
from ops.deploy.host_status import HostStatus, compare
from ops.deploy.progress import Progress
from ops.deploy.verdict import STEADY_S, Outcome, ReleaseState, Verdict, decide

FIRST_S, SLOWEST_S = 5.0, 60.0
# GitHub asks for a minute where it names no time.
SILENCE_S = 60.0

# For so long nothing at all may answer.
TIMEOUT_S = 10.0

T = TypeVar("T")


class Poller(Generic[T]):
    """Keeps the last answer of `ask`, or None once it raises `UnreachableError`; `note` receives the reason.

    The pause is a tenth of the time that has passed, times `factor`, from 5 s to a minute: 90 requests in an hour.
    """

    def __init__(self, ask: Callable[[], T], clock: Clock, note: Callable[[str], None], factor: float = 1.0) -> None:
        self._ask, self._clock, self._note, self._factor = ask, clock, note, factor
        self._began = self.due = clock.now()
        self.last: T | None = None

    def poll(self, *, force: bool = False) -> T | None:
        """Returns the newest answer; `force` asks before it is due. Raises `TokenError`: asking again is useless."""
        now = self._clock.now()
        if now < self.due and not force:
            return self.last
        pause = self._factor * min(max((now - self._began) / 10, FIRST_S), SLOWEST_S)
        try:
            self.last = self._ask()
        except TokenError:
            raise
        except UnreachableError as error:
            self._note(str(error))
            self.last = None
            pause *= 2
            if isinstance(error, RateLimitedError):
                requested = error.limits.silence_s(now)
                pause = SILENCE_S if requested is None else max(1.0, requested)
        self.due = self._clock.now() + pause
        return self.last


class Watch:
    """One commit on its way."""

    def __init__(self, context: DeployContext, commit: str, timeout_s: float, progress: Progress) -> None:
        self._context, self._commit, self._progress = context, commit, progress
        self._clock = clock = context.options.clock
        self._began, self._reached = clock.now(), False
        self._deadline = self._began + timeout_s
        self._hosts: dict[str, HostStatus] = {}
        self._good_since: float | None = None
        # Where this commit does not touch what a host is built from, the host's release is that of an older one.
        self._commits: dict[str, tuple[str, ...]] = {
            host.part: (commit, context.targets.newest_commit_for(host.name, commit)) for host in context.hosts
        }
        self._platforms = [
            Poller(each.list_deployments, clock, progress.note, each.slowness) for each in context.platforms
        ]
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
        except UnreachableError as error:
            lines.append(f"More cannot be fetched: {error}")
        return lines

    def _read_state(self) -> ReleaseState:
        first = not self._hosts
        lists = [poller.poll() for poller in self._platforms]
        now = self._clock.now()
        answers = self._answers.poll(force=now >= self._deadline) or ()
        self._reached |= lists.count(None) < len(lists) or any(each.state != "unreachable" for each in answers)
        if not self._reached:
            require_network(self._context.options.controls)
            if now - self._began >= TIMEOUT_S:
                raise UnreachableError(
                    "No host and no API can be reached. Check the DNS and the firewall of this machine."
                )
        hosts = tuple(self._add_time(compare(each, self._context.targets, self._commit), now) for each in answers)
        deployments = self._choose([each for found in lists for each in found or ()])
        state = ReleaseState(self._commit, now, self._deadline, hosts, deployments)
        if not all(state.is_good(host) for host in hosts):
            self._good_since = None
        elif self._good_since is None:
            self._good_since = 0.0 if first else now
        return state._replace(good_since=self._good_since)

    def _choose(self, found: list[Deployment]) -> tuple[Deployment, ...]:
        """Returns the deployment of each part that releases the commit, CI, and other services of the same commit."""
        parts = {each.where: each.part for each in found}
        chosen = [choose(found, where, self._commits.get(part, (self._commit,))) for where, part in parts.items()]
        return tuple(each for each in chosen if each)

    def _add_time(self, status: HostStatus, now: float) -> HostStatus:
        before = self._hosts.get(status.host.name)
        since = before.since if before and before.state == status.state else now
        self._hosts[status.host.name] = status = msgspec.structs.replace(status, since=since)
        return status

    def _next_due(self, state: ReleaseState) -> float:
        steady = [] if state.good_since is None else [state.now + STEADY_S]
        return min(self._deadline, self._answers.due, *(poller.due for poller in self._platforms), *steady)
