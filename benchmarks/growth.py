"""How a system of this kind behaves under more load: a queue with measured service times, and an invented consultancy.

The model. A request waits for the one thread of its web process, which works on it for `web_s` seconds. Then it waits
for one of the processors of the database, which works for `database_s`. What else an unloaded request was seen to take
(sockets, the commit reaching the disk) is `rest`: a pause that nobody waits for. Balancers send a request to any web
process, without asking which is free. Arrivals are a Poisson process for each sort of request, but for programs that
poll, which keep their beat. Everything follows from the seed.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """One sort of request: seconds of processor time, and seconds of anything else as they were seen, unloaded."""

    web_s: float
    database_s: float
    rest: tuple[float, ...]


class Arrival(NamedTuple):
    at: float
    kind: str


class Seen(NamedTuple):
    """`waits` and `takes` are seconds, one for each request; utilizations are shares of one."""

    waits: list[float]
    takes: list[float]
    web: float
    database: float


class Load(NamedTuple):
    """A consultancy on a working day; its busiest hour is what counts.

    Enquiries come in 24 hours, and a fifth of them in the busiest hour. Each person looks at a page every
    `page_every_s` seconds while at work, twice as often in that hour, and changes something at every tenth. Programs
    ask for a list every `poll_every_s`; a watch asks for health every `probe_every_s`, whatever the load.
    """

    enquiries_a_day: float = 20
    people: float = 5
    hours_a_day: float = 8
    page_every_s: float = 60
    programs: float = 3
    poll_every_s: float = 60
    probe_every_s: float = 15
    busiest_share: float = 0.2
    hurry: float = 2
    working_days: int = 250

    def times(self, factor: float) -> Load:
        """The same with `factor` times as many enquiries, people and programs."""
        return self._replace(
            enquiries_a_day=self.enquiries_a_day * factor,
            people=self.people * factor,
            programs=self.programs * factor,
        )

    def rates(self, *, busiest: bool) -> dict[str, float]:
        """Requests a second by kind: in the busiest hour, or on average over the working day."""
        looks = self.people / self.page_every_s * (self.hurry if busiest else self.hours_a_day / 24)
        share = self.busiest_share / 3600 if busiest else 1 / 86_400
        return {
            "enquiry": self.enquiries_a_day * share,
            **{kind: looks * part for kind, part in LOOKS.items()},
            "list": self.programs / self.poll_every_s,
            "health": 1 / self.probe_every_s,
        }

    def changes_a_year(self) -> float:
        looks = self.people * self.hours_a_day * 3600 / self.page_every_s
        return looks * LOOKS["change"] * self.working_days


LOOKS: Mapping[str, float] = {"page leads": 0.4, "page lead": 0.4, "page today": 0.1, "change": 0.1}
"""What people do, as shares of their requests."""
EVEN = ("list", "health")
"""Programs keep their beat."""


def generate_hour(load: Load, seed: int, seconds: float = 3600) -> list[Arrival]:
    """The arrivals of the busiest hour, in order."""
    chance = random.Random(seed)
    arrivals: list[Arrival] = []
    for kind, rate in load.rates(busiest=True).items():
        arrivals += (
            generate_steady(kind, rate, seconds, chance)
            if kind in EVEN
            else generate_poisson(kind, rate, seconds, chance)
        )
    return sorted(arrivals)


def generate_poisson(kind: str, rate: float, seconds: float, chance: random.Random) -> list[Arrival]:
    """Arrivals that know nothing of each other, `rate` a second on average."""
    found, at = [], chance.expovariate(rate) if rate > 0 else seconds
    while at < seconds:
        found.append(Arrival(at, kind))
        at += chance.expovariate(rate)
    return found


def generate_steady(kind: str, rate: float, seconds: float, chance: random.Random) -> list[Arrival]:
    """Arrivals as of one clock that began at a moment of chance."""
    every = 1 / rate
    at, found = chance.uniform(0, every), []
    while at < seconds:
        found.append(Arrival(at, kind))
        at += every
    return found


def simulate(arrivals: Iterable[Arrival], kinds: Mapping[str, Kind], *, webs: int, processors: int, seed: int) -> Seen:
    """Let these requests, which are in order, go through `webs` web processes and a database of so many processors."""
    chance = random.Random(seed)
    free = [0.0] * webs
    busy_web = busy_database = end = 0.0
    through: list[tuple[float, float, float, Kind]] = []
    for at, name in arrivals:
        kind = kinds[name]
        process = chance.randrange(webs)
        begun = max(at, free[process])
        free[process] = begun + kind.web_s
        busy_web += kind.web_s
        through.append((free[process], at, begun - at, kind))
    waits, takes = [], []
    servers = [0.0] * processors
    for ready, at, waited, kind in sorted(through, key=lambda each: each[0]):
        begun = max(ready, heapq.heappop(servers))
        done = begun + kind.database_s
        heapq.heappush(servers, done)
        busy_database += kind.database_s
        waits.append(waited + begun - ready)
        takes.append(done + chance.choice(kind.rest) - at)
        end = max(end, done)
    span = end or 1.0
    return Seen(waits, takes, busy_web / span / webs, busy_database / span / processors)


def compute_percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed; 0 where there are none."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)] if values else 0.0


class Bytes(NamedTuple):
    """Bytes in the database for one enquiry, or one change: what stays, and what is deleted after `days`."""

    stays: float
    passes: float
    days: int

    def after_a_year(self, number: float) -> float:
        """Bytes held after the first year of so many a year, evenly spread."""
        return number * (self.stays + self.passes * min(self.days, 365) / 365)
