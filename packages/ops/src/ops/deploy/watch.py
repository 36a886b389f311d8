"""Follows a commit from GitHub and Railway to every host, until there is a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import httpx
import msgspec

from ops.deploy import deployments, hosts, phases, verdict
from ops.deploy.clock import Clock
from ops.deploy.delivery import Delivery, Verdict, waiting
from ops.deploy.deployments import Deployment, Event, Found, Service
from ops.deploy.github import BLOG, CI, SITE, GitHub, Run, newest
from ops.deploy.hosts import Host, Look
from ops.deploy.pace import Pace
from ops.deploy.phases import Phase
from ops.deploy.screen import Screen
from ops.deploy.source import Source
from ops.deploy.standing import Seen, Wanted
from ops.railway.api import Api
from ops.railway.faults import Refused
from ops.railway.limits import Limits

# Free plans of Railway may ask 100 times an hour.
RAILWAY_AN_HOUR = 80
HOSTS_AN_HOUR = 720

T = TypeVar("T")


class Asked(NamedTuple):
    """Whom to ask. `service` belongs to `railway`: without a token there is neither."""

    client: httpx.Client
    hosts: Sequence[Host]
    github: GitHub | None = None
    railway: Api | None = None
    service: Service | None = None


class Span(NamedTuple):
    """For how long it is watched at most, and by which clock."""

    clock: Clock
    timeout_s: float


class Ended(NamedTuple):
    """`live_s` is how long it took from the push, where that is known."""

    verdict: Verdict
    delivery: Delivery
    timeline: list[Phase]
    events: tuple[Event, ...]
    live_s: float | None


class Watch:
    """One commit on its way. `before` are deployments that are not meant, when one is brought back."""

    def __init__(
        self, wanted: Wanted, asked: Asked, span: Span, screen: Screen, before: frozenset[str] = frozenset()
    ) -> None:
        self._wanted, self._asked, self._screen, self._before = wanted, asked, screen, before
        self._clock = clock = span.clock
        self._began = clock.now()
        self._deadline = self._began + span.timeout_s
        self._web: Deployment | None = None
        self._seen_at: dict[str, float] = {}
        self._stood: dict[str, tuple[str, float]] = {}
        self._good_since: float | None = None
        self._rounds = 0
        self._runs: Source[tuple[Run, ...]] | None = None
        self._found: Source[Found] | None = None
        if github := asked.github:
            self._runs = self._source(github.runs, lambda: github.limits, github.an_hour)
        if asked.railway:
            railway = asked.railway
            self._found = self._source(self._deployments, lambda: railway.limits, RAILWAY_AN_HOUR)
        self._looks = self._source(self._look_at_hosts, Limits, HOSTS_AN_HOUR)

    def until_told(self) -> Ended:
        """Ask and wait until there is a verdict, at the latest when the time is up. Raises `Refused`."""
        with self._screen.watching():
            while True:
                given = self._known()
                zero = phases.pushed_at(given, self._began)
                events = self._events(given)
                timeline = phases.timeline(given, events, self._seen_at, zero)
                self._screen.progress(timeline, waiting(given), zero)
                if told := verdict.judge(given):
                    return Ended(told, given, timeline, events, self._live_s(timeline, zero))
                self._clock.rest(max(1.0, self._wake(given) - self._clock.now()))

    def _known(self) -> Delivery:
        now = self._clock.now()
        runs = self._listed(now)
        found = self._found.look(now) if self._found else None
        if self._found and self._found.given_up:
            self._screen.note("Railway is not asked again before the time is up; the hosts decide.")
            found = None
        looks = self._looks.look(now, anyway=now >= self._deadline) or ()
        commit = self._wanted.commit
        self._web, others = self._newest(self._mine(found))
        seen = tuple(self._dated(self._wanted.seen(look), now) for look in looks)
        listed = self._runs is not None and self._runs.last is not None
        named = (("ci", CI), ("site", SITE), ("blog", BLOG)) if listed else ()
        given = Delivery(
            commit, now, self._deadline, seen, tuple((name, newest(runs, file, commit)) for name, file in named),
            self._asked.service, self._web, others, self._good_since,
        )  # fmt: skip
        return self._noticed(given)

    def _dated(self, seen: Seen, now: float) -> Seen:
        stand, since = self._stood.get(seen.host.name, (seen.stand, now))
        since = since if stand == seen.stand else now
        self._stood[seen.host.name] = (seen.stand, since)
        return msgspec.structs.replace(seen, since=since)

    def _listed(self, now: float) -> tuple[Run, ...]:
        try:
            return (self._runs.look(now) if self._runs else None) or ()
        except Refused as fault:
            if self._asked.github and self._asked.github.known:
                raise
            self._screen.note(f"{fault} Actions are not followed; Railway and the hosts are.")
            self._runs = None
            return ()

    def _noticed(self, given: Delivery) -> Delivery:
        """Remember when what was first seen to be good."""
        first, self._rounds = self._rounds == 0, self._rounds + 1
        for seen in given.hosts:
            if seen.good and not first:
                self._seen_at.setdefault(seen.host.name, given.now)
            elif seen.stand == "silent":
                self._screen.note(f"{seen.host.name} {seen.words}; what Railway says must do.")
        if not given.good:
            self._good_since = None
        elif self._good_since is None:
            self._good_since = 0.0 if first else given.now
        return given._replace(good_since=self._good_since)

    def _newest(self, mine: list[Deployment]) -> tuple[Deployment | None, tuple[Deployment, ...]]:
        """The deployment of the service that serves the hosts, and those of the other services."""
        newest: dict[str, Deployment] = {}
        for each in mine:
            newest.setdefault(each.service_id or "", each)
        web = newest.pop(self._asked.service.id, None) if self._asked.service else None
        return web, tuple(newest.values())

    def _deployments(self) -> Found:
        if self._asked.railway is None or self._asked.service is None:
            return Found(())
        follow = self._web.id if self._web else None
        told = deployments.found(self._asked.railway, self._asked.service.place, follow)
        web, _ = self._newest(self._mine(told))
        if web and web.id != follow:
            told = deployments.found(self._asked.railway, self._asked.service.place, web.id)
        return told

    def _mine(self, found: Found | None) -> list[Deployment]:
        known = found.deployments if found else ()
        return [each for each in known if each.commit == self._wanted.commit and each.id not in self._before]

    def _events(self, given: Delivery) -> tuple[Event, ...]:
        return self._found.last.events if self._found and self._found.last and given.web else ()

    def _look_at_hosts(self) -> tuple[Look, ...]:
        return tuple(hosts.look(self._asked.client, host) for host in self._asked.hosts)

    def _wake(self, given: Delivery) -> float:
        """When there is something to do next."""
        sources = [self._runs, self._found, self._looks]
        moments = [self._deadline, *(source.pace.due for source in sources if source)]
        if given.good:
            turned = given.web.since if given.web else 0.0
            settled = max(self._good_since or 0.0, turned) + verdict.STEADY_S
            moments += [settled] if settled > given.now else []
        return min(moments)

    def _live_s(self, timeline: Sequence[Phase], zero: float) -> float | None:
        if self._good_since:
            return self._good_since - zero
        # It was live before anybody looked; then the phases tell, where there are some.
        ends = [phase.ended_s for phase in timeline if phase.ended_s is not None and phase.name != "DRAIN_INSTANCES"]
        return max(ends, default=None)

    def _source(self, ask: Callable[[], T], limits: Callable[[], Limits], an_hour: int) -> Source[T]:
        return Source(ask, limits, Pace(self._clock, an_hour, self._deadline), self._screen.note)
