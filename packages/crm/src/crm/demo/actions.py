"""Fill an empty system with a believable half year, through the same doors real enquiries take."""

from __future__ import annotations

import random
import unicodedata
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crm import activities, leads, settings, trash
from crm.demo.stories import HOUSES, LONERS, LOST_REASONS, NEXT_ACTIONS, NOTES, STORIES
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, VISITOR, Actor
from crm.kernel.db import Connection
from crm.leads import ChangeLead, Lead, NewLead, Touch
from shared.enquiry_form import BUDGETS, SOURCES

DAYS = 170
LEADS = 84
STAGES: tuple[leads.Status, ...] = ("contacted", "qualified", "proposal")
VALUES = {"under_5k": 3500, "from_5k_to_15k": 9500, "from_15k_to_50k": 28000, "over_50k": 72000, "unsure": 0}
PATHS = ("/", "/blog/no-enquiry-is-ever-lost/", "/blog/counting-without-counting/", "/blog/addresses-in-disguise/")
REFERRERS = ("", "www.google.com", "news.ycombinator.com", "duckduckgo.com", "www.linkedin.com")


ONCE = "demo"


async def is_empty(connection: Connection) -> bool:
    """Whether nobody has written to this system yet. Demo data that was taken away does not come back."""
    if await settings.has_happened(connection, ONCE):
        return False
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM leads) OR EXISTS (SELECT FROM submissions)")


async def count(connection: Connection) -> int:
    """How many leads are invented."""
    number: int = await connection.fetchval("SELECT count(*) FROM leads WHERE demo")
    return number


async def remove(connection: Connection) -> int:
    """Delete what was invented, and only that; say how many leads it was. Real leads keep their contacts."""
    await trash.forget_demo(connection)
    removed = await connection.fetch("DELETE FROM leads WHERE demo RETURNING id")
    await connection.execute(
        "DELETE FROM contacts WHERE demo AND NOT EXISTS (SELECT FROM leads WHERE leads.contact_id = contacts.id)"
    )
    await connection.execute(
        """
        DELETE FROM companies
        WHERE demo AND NOT EXISTS (SELECT FROM leads WHERE leads.company_id = companies.id)
          AND NOT EXISTS (SELECT FROM contacts WHERE contacts.company_id = companies.id)
        """
    )
    return len(removed)


class Telling(msgspec.Struct, frozen=True):
    """What every part of the story needs: where it is written, its dice, the moment it ends, and who acts in it."""

    connection: Connection
    dice: random.Random
    now: datetime
    by: Actor


async def fill(connection: Connection, by: Actor = SYSTEM) -> int:
    """Invent leads over the last months, the same ones each time; say how many.

    Each is captured and worked on at its own moment, so timelines, totals and medians are those of a real half year.
    """
    dice = random.Random(7)  # noqa: S311 a story, not a secret
    now = clock.now()
    tell = Telling(connection, dice, now, by)
    moments = sorted(
        now - timedelta(days=DAYS * dice.random() ** 1.4, minutes=dice.randrange(600)) for _ in range(LEADS)
    )
    # The newest few arrived this morning and have not been answered.
    moments[-3:] = [now - timedelta(minutes=minutes) for minutes in (310, 95, 12)]
    for index, moment in enumerate(moments):
        await _live(tell, index, moment, fresh=index >= LEADS - 5)
    await settings.note(connection, ONCE)
    return LEADS


async def _live(tell: Telling, number: int, moment: datetime, *, fresh: bool) -> None:
    form = _enquiry(tell.dice, number, moment)
    with clock.at(moment):
        lead = await leads.create(tell.connection, form, by=VISITOR, channel="site", received_at=moment, demo=True)
    if fresh:
        return
    moment += timedelta(minutes=tell.dice.choice((14, 35, 50, 80, 140, 260, 900, 1500)))
    age = (tell.now - moment).days
    steps = tell.dice.choices((1, 2, 3), weights=(5, 4, 3) if age < 30 else (2, 3, 6))[0]
    for stage in STAGES[:steps]:
        if moment >= tell.now:
            return
        lead = await _step(tell, lead, stage, moment)
        moment += timedelta(days=tell.dice.randrange(1, 9), minutes=tell.dice.randrange(300))
    if moment < tell.now and (age > 45 or tell.dice.random() < 0.2):
        await _close(tell, lead, moment)
    else:
        await _plan(tell, lead, min(moment, tell.now - timedelta(minutes=5)))


async def _step(tell: Telling, lead: Lead, stage: leads.Status, moment: datetime) -> Lead:
    kind, body = tell.dice.choice(NOTES)
    with clock.at(moment):
        moved = await leads.move(tell.connection, lead, stage, tell.by)
    with clock.at(moment + timedelta(minutes=4)):
        await activities.record(
            tell.connection, kind=kind, body=body, by=tell.by, lead_id=lead.id, contact_id=lead.contact_id,
            company_id=lead.company_id,
        )  # fmt: skip
    return moved


async def _close(tell: Telling, lead: Lead, moment: datetime) -> None:
    won = tell.dice.random() < 0.45
    reason = "" if won else tell.dice.choice(LOST_REASONS)
    with clock.at(moment):
        await leads.move(tell.connection, lead, "won" if won else "lost", tell.by, lost_reason=reason)


async def _plan(tell: Telling, lead: Lead, moment: datetime) -> None:
    """Most open leads have a next action, some of them overdue; a few have gone quiet."""
    if tell.dice.random() < 0.25:
        return
    on = (tell.now + timedelta(days=tell.dice.randrange(-4, 15))).date()
    plan = ChangeLead(next_action=tell.dice.choice(NEXT_ACTIONS), next_action_on=on)
    with clock.at(moment):
        await leads.change(tell.connection, lead, plan, by=tell.by)


def _enquiry(dice: random.Random, number: int, moment: datetime) -> NewLead:
    story = STORIES[number * 5 % len(STORIES)]
    if number % 9 == 4:
        name, email = LONERS[number // 9 % len(LONERS)]
        company = ""
    else:
        # Every company comes round before one comes again, so neighbors in a list differ.
        context = HOUSES[number * 7 % len(HOUSES)]
        name, company = dice.choice(context.people), context.name
        plain = unicodedata.normalize("NFKD", name.split()[0].lower()).encode("ascii", "ignore").decode()
        email = f"{plain}@{context.domain}"
    budget = dice.choice(BUDGETS).value
    first = moment - timedelta(days=dice.randrange(0, 20), minutes=dice.randrange(300))
    choices: dict[str, Any] = {
        "budget": budget, "project_type": story.project_type, "source": dice.choice(SOURCES).value,
    }  # fmt: skip
    return NewLead(
        name=name, email=email, company=company, message=story.message,
        value=float(VALUES[budget]), hours=VALUES[budget] // 95,
        phone=f"+44 1632 960{dice.randrange(100, 999)}" if dice.random() < 0.3 else "",
        first_touch=Touch(path=dice.choice(PATHS), referrer=dice.choice(REFERRERS), at=_stamp(first)),
        last_touch=Touch(path="/", referrer="", at=_stamp(moment)),
        **choices,
    )  # fmt: skip


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
