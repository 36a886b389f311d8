"""Carries a rollback out, and watches until what was brought back serves."""

from __future__ import annotations

from typing import Any

from ops.deploy import deployments, rollback
from ops.deploy.delivery import Outcome
from ops.deploy.deployments import Found, Service
from ops.deploy.opening import NO_TOKEN, Opened
from ops.deploy.rollback import Plan
from ops.deploy.screen import Screen
from ops.deploy.standing import Wanted
from ops.deploy.watch import Ended, Span, Watch
from ops.railway.api import Api
from ops.railway.faults import Trouble


def planned(house: Opened, ident: str | None, failed: str = "") -> Plan:
    """What would be done. Raises `Impossible` without a way back, or beside another deployment."""
    _, service, found = _found(house)
    rollback.refuse_beside_another(found, service.id)
    return rollback.plan(found, service.id, service.name, ident, failed)


def carry_out(house: Opened, plan: Plan, span: Span, screen: Screen) -> Ended:
    """Bring it back, then watch until the hosts of the service serve exactly that."""
    api, _, found = _found(house)
    before = frozenset(each.id for each in found.deployments)
    deployments.roll_back(api, plan.then)
    own = [host for host in house.asked.hosts if host.part == "service"]
    wanted = Wanted(plan.then.commit, house.commits, exact=True)
    return Watch(wanted, house.asked._replace(github=None, hosts=own), span, screen, before).until_told()


def take_back(house: Opened, ended: Ended, span: Span, screen: Screen) -> dict[str, Any]:
    """What came of `--rollback-on-fail`, for the report."""
    failed = ended.delivery.commit
    if ended.verdict.where != "Railway":
        return _not_done(f"Nothing was rolled back: it is not the service that failed, but {ended.verdict.where}.")
    try:
        _, service, found = _found(house)
        now = rollback.serving(found, service.id)
        if now and now.commit != failed:
            return _not_done(f"Nothing had to be rolled back: {now.commit[:7]} still serves.")
        plan = planned(house, None, failed)
        screen.note(f"Rolling back to {plan.then.commit[:7]} {plan.then.subject}")
        back = carry_out(house, plan, span, screen)
    except Trouble as trouble:
        return _not_done(f"It could not be rolled back. {trouble}")
    if back.verdict.outcome is not Outcome.LIVE:
        return _not_done(f"The rollback to {plan.then.commit[:7]} did not come through: {back.verdict.what}")
    return {"done": True, "commit": plan.then.commit, "what": f"Rolled back: {plan.then.commit[:7]} serves again."}


def _found(house: Opened) -> tuple[Api, Service, Found]:
    api, service = house.asked.railway, house.asked.service
    if api is None or service is None:
        raise Trouble(NO_TOKEN)
    return api, service, deployments.found(api, service.place)


def _not_done(what: str) -> dict[str, Any]:
    return {"done": False, "commit": "", "what": what}
