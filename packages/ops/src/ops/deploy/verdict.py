"""Is it live, will it never be, or is it to be waited for? Told from what is known at a moment."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from ops.deploy.deployments import BAD, REPLACED, SERVING, Deployment, Service
from ops.deploy.github import Run
from ops.deploy.standing import Seen

# A deployment has been known to crash just after it succeeded.
STEADY_S = 20
# The old release goes on serving for `overlapSeconds`, and the edge needs a moment to turn to the new one.
TURN_S = 90
# Browsers and GitHub's edge may keep a page for so long.
PAGES_S = 600


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


def judge(delivery: Delivery) -> Verdict | None:
    """The verdict; nothing while it is to be waited for."""
    for look in (_approval, _failure, _live, _stale, _late):
        if verdict := look(delivery):
            return verdict
    return None


def _approval(given: Delivery) -> Verdict | None:
    if given.web and given.service and given.web.status == "NEEDS_APPROVAL":
        page = given.service.page(given.web)
        what = "Railway waits for somebody to approve this deployment; the old version serves meanwhile"
        return Verdict(Outcome.OLD, "Railway", what, f"Open {page} and click Approve. Then watch again.")
    for name, run in given.runs:
        if run and (run.status == "waiting" or run.conclusion == "action_required"):
            click = "Review deployments, then Approve and deploy" if run.status == "waiting" else "Approve and run"
            what = f"GitHub waits for somebody to approve {run.workflow}; the old version serves meanwhile"
            return Verdict(Outcome.OLD, name, what, f"Open {run.html_url} and click {click}. Then watch again.")
    return None


def _failure(given: Delivery) -> Verdict | None:
    for name, run in given.runs:
        if run is None or not run.done or run.fine:
            continue
        if run.conclusion == "cancelled":
            if given.good:
                continue
            what = f"{run.workflow} was cancelled, as CI does when a newer commit comes"
            return Verdict(Outcome.FAILED, name, what, f"Watch the newer commit, or run it again: {run.html_url}")
        return Verdict(Outcome.FAILED, name, f"{run.workflow} ended with {run.conclusion}", f"See {run.html_url}")
    for deployment in [found for found in (given.web, *given.others) if found]:
        # A service that runs by the clock is called crashed when a run of it fails, which says nothing of the release.
        if deployment.status in BAD and (deployment is given.web or deployment.status == "FAILED"):
            name = _name(given, deployment)
            where = "Railway" if deployment is given.web else name
            what = f"The deployment of {name} {'crashed' if deployment.status == 'CRASHED' else 'failed'}"
            fix = f"See {given.service.page(deployment)}" if given.service else ""
            return Verdict(Outcome.FAILED, where, what, fix)
    if given.web and given.web.status in SERVING and given.now - given.web.since >= TURN_S:
        for seen in given.hosts:
            if seen.stand == "unwell" and seen.host.part == "service":
                what = f"{seen.host.name} {seen.words} since the new release serves"
                return Verdict(Outcome.FAILED, "Railway", what, f"Look at {seen.host.url}")
    return None


def _live(given: Delivery) -> Verdict | None:
    under_way = [found for found in (given.web, *given.others) if found and found.under_way]
    if not given.good or given.good_since is None or under_way:
        return None
    turned = given.web.since if given.web and given.web.status in SERVING else 0.0
    if given.now - max(given.good_since, turned) < STEADY_S:
        return None
    return Verdict(
        Outcome.LIVE, "", f"{given.commit[:7]} is live on {', '.join(seen.host.name for seen in given.hosts)}"
    )


def _stale(given: Delivery) -> Verdict | None:
    """The old version serves although everything that would bring the new one is done."""
    for seen in given.hosts:
        if seen.stand != "old":
            continue
        if verdict := (_stale_service if seen.host.part == "service" else _stale_page)(given, seen):
            return verdict
    return None


def _stale_service(given: Delivery, seen: Seen) -> Verdict | None:
    web = given.web
    if web is None or given.now - web.since < TURN_S:
        return None
    still = f"{seen.host.name} still {seen.words}"
    if web.status in SERVING:
        fix = "Look whether another service or an old deployment holds the domain; `ops deploy status` shows the hosts."
        return Verdict(Outcome.OLD, "Railway", f"{still}, though Railway calls the deployment {web.status}", fix)
    if web.status == "SKIPPED":
        why = (
            f"though {seen.changed[0]} has changed" if seen.changed else "and the checkout cannot tell what has changed"
        )
        fix = "Deploy it by hand in Railway, and compare the watch patterns with `ops railway check`."
        return Verdict(Outcome.OLD, "Railway", f"{still}: Railway skipped this commit, {why}", fix)
    if web.status in REPLACED:
        fix = "`ops deploy history` says by which."
        return Verdict(Outcome.OLD, "Railway", f"{still}: another deployment took the place of this one", fix)
    return None


def _stale_page(given: Delivery, seen: Seen) -> Verdict | None:
    run = given.run(seen.host.part)
    if run is None or not run.fine or given.now - run.updated_at.timestamp() < PAGES_S:
        return None
    what = f"{seen.host.name} still {seen.words}, though {run.workflow} published the commit"
    return Verdict(Outcome.OLD, seen.host.name, what, "See which repository and branch its Pages settings name.")


def _late(given: Delivery) -> Verdict | None:
    if given.now < given.deadline:
        return None
    web_done = given.web is not None and given.web.status in (*SERVING, *REPLACED, "SKIPPED")
    for seen in given.hosts:
        run = given.run(seen.host.part)
        if seen.stand == "old" and (web_done if seen.host.part == "service" else run is not None and run.fine):
            what = f"{seen.host.name} still {seen.words}, though the new version was delivered"
            return Verdict(Outcome.OLD, seen.host.name, what, "Watch again, or look at `ops deploy status`.")
    waits = waiting(given)
    fix = "Watch again with a longer --timeout. What was begun goes on meanwhile."
    if given.runs and not any(run for _, run in given.runs) and given.web is None:
        fix = "Was it pushed? Nothing has been heard of it."
    return Verdict(Outcome.LATE, waits[0].partition(":")[0] if waits else "", f"Out of time. {'; '.join(waits)}", fix)


def waiting(given: Delivery) -> list[str]:
    """What is still to come, a phrase for each."""
    found = [
        f"{name}: {run.workflow} {run.status.replace('_', ' ')}" for name, run in given.runs if run and not run.done
    ]
    for deployment in [each for each in (given.web, *given.others) if each and each.under_way]:
        minutes = round((given.now - deployment.since) / 60)
        found.append(f"Railway: {_name(given, deployment)} {deployment.status} for {minutes} min")
    return found + [f"{seen.host.name}: {seen.words}" for seen in given.hosts if not seen.good]


def _name(given: Delivery, deployment: Deployment) -> str:
    names = given.service.names if given.service else {}
    return names.get(deployment.service_id or "", "a service")
