"""Is it live, will it never be, or is it to be waited for? Told from what is known at a moment."""

from __future__ import annotations

from ops.deploy.delivery import Delivery, Outcome, Verdict, service_name, waiting
from ops.deploy.deployments import BAD, REPLACED, SERVING
from ops.deploy.standing import Seen

# A deployment has been known to crash just after it succeeded.
STEADY_S = 20
# The old release goes on serving for `overlapSeconds`, and the edge needs a moment to turn to the new one.
TURN_S = 90
# One bad answer proves nothing.
MOMENT_S = 45
# Browsers and GitHub's edge may keep a page for so long.
PAGES_S = 600


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
            name = service_name(given, deployment)
            where = "Railway" if deployment is given.web else name
            what = f"The deployment of {name} {'crashed' if deployment.status == 'CRASHED' else 'failed'}"
            fix = f"See {given.service.page(deployment)}" if given.service else ""
            return Verdict(Outcome.FAILED, where, what, fix)
    return _broken(given)


def _broken(given: Delivery) -> Verdict | None:
    """The new release serves, and it does not serve well. A moment of it is forgiven."""
    if given.web is None or given.web.status not in SERVING or given.now - given.web.since < TURN_S:
        return None
    if all(seen.stand == "away" for seen in given.hosts):
        # Then it is more likely that we are.
        return None
    for seen in given.hosts:
        bad = seen.stand in ("unwell", "away") and seen.host.part == "service"
        if bad and given.now - seen.since >= MOMENT_S:
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
