"""The way back to a release that was good: which, whether it can be, and what it means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from ops.deploy.deployments import REPLACED, SERVING, Deployment, Found
from ops.railway.faults import Trouble


class Plan(NamedTuple):
    """From what serves now, which may be nothing, to what served before."""

    service: str
    now: Deployment | None
    then: Deployment


class Impossible(Trouble):
    """There is no way back, or not now."""


def serving(found: Found, service: str) -> Deployment | None:
    """The deployment that the service runs."""
    return next((each for each in found.of(service) if each.status in SERVING), None)


def refuse_beside_another(found: Found, service: str) -> None:
    """Raises `Impossible` while a deployment of the service is under way: it would come after, and win."""
    for each in found.of(service):
        if each.under_way:
            raise Impossible(
                f"A deployment of {each.commit[:7]} is under way ({each.status}). It would come after the rollback. "
                "Wait for it with `ops deploy watch`, or cancel it in Railway."
            )


def plan(found: Found, service: str, name: str, given: str | None = None, failed: str = "") -> Plan:
    """Go back to `given` (a deployment or a commit, shortened as one likes), or to the last good one.

    `failed` is a commit that is not to be gone back to. Raises `Impossible`.
    """
    now = serving(found, service)
    known = found.of(service)
    if given:
        return Plan(name, now, _named(known, given, now))
    gone = {failed, now.commit if now else failed}
    # Of what was brought back already, the first time counts: else two rollbacks would bring the bad release back.
    first = min((each.began for each in known if each.commit in gone), default=float("inf"))
    good = [each for each in known if each.status in (*SERVING, *REPLACED) and each.began < first]
    if not good:
        raise Impossible(f"Railway knows no earlier good release of {name}. Push a commit that mends it.")
    if not good[0].can_rollback:
        raise Impossible(_too_old(good[0]))
    return Plan(name, now, good[0])


def _named(known: tuple[Deployment, ...], given: str, now: Deployment | None) -> Deployment:
    if len(given) < 6:
        raise Impossible(f"{given} is too short. Give at least six letters of a deployment or a commit.")
    found = [each for each in known if each.id.startswith(given) or each.commit.startswith(given)]
    if not found:
        raise Impossible(f"There is no deployment {given}. `ops deploy history` lists them.")
    if now in found:
        raise Impossible(f"{given} is what serves now.")
    able = [each for each in found if each.can_rollback]
    if not able:
        raise Impossible(_too_old(found[0]))
    return able[0]


def _too_old(each: Deployment) -> str:
    return (
        f"Railway cannot roll back to {each.commit[:7]}: its image is not kept any more (24 h on Free, 72 h on Hobby, "
        f"120 h on Pro). Revert on the branch and push, which builds anew: git revert --no-edit {each.commit[:7]}..HEAD"
    )


def told(plan: Plan) -> list[str]:
    """The plan, line by line."""
    now = _line(plan.now) if plan.now else "nothing"
    return [
        f"Roll back {plan.service}:",
        f"  now   {now}",
        f"  then  {_line(plan.then)}",
        "  Image and variables are those of then. The database stays as it is: its schema must suit that release.",
        "  The public site stays too. For an older one: gh workflow run deploy-web.yml --field commit=COMMIT",
    ]


def _line(each: Deployment) -> str:
    made = datetime.fromtimestamp(each.began, UTC)
    by = f", by {each.who}" if each.who else ""
    return f"{each.commit[:7] or each.id[:8]} {each.subject[:60]} ({made:%Y-%m-%d %H:%M} UTC{by})"
