"""Fills an empty system with half a year of sample data, through the actions that real enquiries use."""

from __future__ import annotations

import random
import unicodedata
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from crm.accounts import audit, settings
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, VISITOR, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.records import activities, change_sets, leads, trash
from crm.records.leads import ChangeLead, Lead, NewLead, Touch
from crm.workspace.demo import queries, sample_emails, sample_files, sample_tasks, surroundings, working_hours
from crm.workspace.demo.stories import (
    ASKED_AGAIN,
    COMPANIES,
    NEXT_ACTIONS,
    NOTES,
    PRIVATE_PEOPLE,
    SAMPLE_REASONS,
    STORIES,
    TAGS,
)
from shared.enquiry_form import BUDGETS, SOURCES

DAYS = 170
LEADS = 84
SAMPLE_STAGES: tuple[leads.Status, ...] = ("contacted", "qualified", "proposal")
VALUES = {"under_5k": 3500, "from_5k_to_15k": 9500, "from_15k_to_50k": 28000, "over_50k": 72000, "unsure": 0}
PATHS = ("/", "/blog/no-enquiry-is-ever-lost/", "/blog/counting-without-counting/", "/blog/addresses-in-disguise/")
REFERRERS = ("", "www.google.com", "news.ycombinator.com", "duckduckgo.com", "www.linkedin.com")


DEMO_ADDED = "demo"


async def is_empty(connection: Connection) -> bool:
    """Whether the system has no data and never had sample data."""
    if await settings.has_happened(connection, DEMO_ADDED):
        return False
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM leads) OR EXISTS (SELECT FROM submissions)")


async def remove(connection: Connection, *, by: Actor = SYSTEM) -> int:
    """Delete the sample data and return how many leads that were. Real leads keep their contacts."""
    await trash.forget_demo(connection)
    ids = await settings.read_note(connection, DEMO_ADDED)
    if isinstance(ids, dict):
        await queries.delete_by_id(connection, ids)
        await settings.note(connection, DEMO_ADDED)
    done = await connection.fetch(
        "DELETE FROM tasks WHERE demo OR lead_id IN (SELECT id FROM leads WHERE demo) RETURNING id"
    )
    removed = await connection.fetch("DELETE FROM leads WHERE demo RETURNING id")
    for noun, rows in (("task", done), ("lead", removed)):
        await change_sets.delete_of_records(connection, noun, [row["id"] for row in rows])
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
    target, after = audit.Target("sample data"), {"leads": len(removed)}
    await audit.record_audit(connection, audit.AuditAction.RECORD_DELETED, by=by, target=target, after=after)
    return len(removed)


class Scene(msgspec.Struct, frozen=True):
    """What the functions below share: the connection, the random numbers, the current time, the time zone and the
    users who work on leads."""

    connection: Connection
    dice: random.Random
    now: datetime
    zone: ZoneInfo
    team: list[Actor]


async def fill(connection: Connection, context: AppContext, by: Actor = SYSTEM) -> int:
    """Create sample leads over the last months and return how many. They are the same every time.

    Each lead is created and worked on at its own time, so timelines, totals and medians look real. Around them are
    colleagues, enquiries in every state, a webhook and a channel. Nothing of it sends anything.
    """
    dice = random.Random(7)  # noqa: S311 sample data, no secret
    now = clock.now()
    zone = ZoneInfo((await settings.read(connection)).time_zone)
    colleagues = await surroundings.create_colleagues(connection)
    scene = Scene(connection, dice, now, zone, [by, *colleagues])
    moments = sorted(
        working_hours.spread(now - timedelta(days=DAYS * dice.random() ** 1.4, minutes=dice.randrange(600)), zone)
        for _ in range(LEADS)
    )
    # The newest three have not been answered.
    newest = working_hours.latest(now - timedelta(minutes=12), zone)
    moments[-3:] = [working_hours.latest(newest - timedelta(minutes=minutes), zone) for minutes in (298, 83, 0)]
    created = [
        await _create_lead(scene, index, moment, fresh=index >= LEADS - 5)
        for index, moment in enumerate(sorted(moments))
    ]
    await _delete_one(scene)
    latest = created[:-7:-1]
    # The fresh leads wait for an answer; those before them are being worked on.
    worked_on = [lead for lead in created[:-5] if not lead.closed][-3:]
    await sample_tasks.create_tasks(connection, now, zone, worked_on, by)
    await sample_files.create_files(connection, now, zone, worked_on, by)
    others = await surroundings.create_others(connection)
    ids = {
        **others,
        "users": [*others["users"], *(each.id for each in colleagues)],
        "submissions": await surroundings.create_enquiries(connection, zone, latest[:3]),
        "templates": await sample_emails.create_templates(connection),
        "emails": await sample_emails.create_emails(connection, context, zone, created[-14:-6]),
        "webhooks": [await surroundings.create_webhook(connection, context, zone, latest)],
        "channels": [await surroundings.create_channel(connection, context, latest)],
        "tags": await queries.insert_tags(connection, TAGS, [lead.id for lead in created], now),
        "saved_views": await surroundings.create_views(connection),
    }
    await settings.note(connection, DEMO_ADDED, ids)
    return LEADS


async def _create_lead(scene: Scene, number: int, moment: datetime, *, fresh: bool) -> Lead:
    form = _enquiry(scene.dice, number, moment)
    with clock.at(moment):
        lead = await leads.create(scene.connection, form, by=VISITOR, channel="site", received_at=moment, demo=True)
    if fresh:
        return lead
    by = scene.team[scene.dice.choices(range(len(scene.team)), weights=(5, 3, 2))[0]]
    moment = _later(scene, moment, timedelta(minutes=scene.dice.choice((14, 35, 50, 80, 140, 260, 900, 1500))))
    age = (scene.now - moment).days
    steps = scene.dice.choices((1, 2, 3), weights=(5, 4, 3) if age < 30 else (2, 3, 6))[0]
    for stage in SAMPLE_STAGES[:steps]:
        if moment >= scene.now:
            return lead
        lead = await _advance(scene, lead, stage, moment, by)
        moment = _later(scene, moment, timedelta(days=scene.dice.randrange(1, 9), minutes=scene.dice.randrange(300)))
    if moment < scene.now and (age > 45 or scene.dice.random() < 0.2):
        return await _close(scene, lead, moment, by)
    last = working_hours.latest(scene.now - timedelta(minutes=5), scene.zone)
    await _plan(scene, lead, max(min(moment, last), lead.updated_at), by)
    return lead


def _record(scene: Scene, moment: datetime, by: Actor) -> AbstractContextManager[None]:
    """A change set of its own for what can still be undone."""
    return change_sets.record_as(by) if scene.now - moment < change_sets.UNDO_PERIOD else nullcontext()


def _later(scene: Scene, moment: datetime, pause: timedelta) -> datetime:
    return working_hours.earliest(moment + pause, scene.zone)


async def _delete_one(scene: Scene) -> None:
    """One more lead, which is in the trash."""
    moment = working_hours.latest(scene.now - timedelta(days=6), scene.zone)
    form = msgspec.structs.replace(_enquiry(scene.dice, LEADS, moment), message="Test, please ignore.")
    with clock.at(moment):
        lead = await leads.create(scene.connection, form, by=VISITOR, channel="site", received_at=moment, demo=True)
    with clock.at(_later(scene, moment, timedelta(minutes=50))):
        await leads.delete(scene.connection, lead, by=scene.team[0])


async def _advance(scene: Scene, lead: Lead, stage: leads.Status, moment: datetime, by: Actor) -> Lead:
    kind, body = scene.dice.choice(NOTES)
    with clock.at(moment), _record(scene, moment, by):
        if lead.owner_id is None and by.id:
            lead = await leads.change(scene.connection, lead, ChangeLead(owner_id=by.id), by=by)
        moved = await leads.move(scene.connection, lead, stage, by)
    with clock.at(moment + timedelta(minutes=4)):
        await activities.record(
            scene.connection, kind=kind, body=body, by=by, lead_id=lead.id, contact_id=lead.contact_id,
            company_id=lead.company_id,
        )  # fmt: skip
    return moved


async def _close(scene: Scene, lead: Lead, moment: datetime, by: Actor) -> Lead:
    won = scene.dice.random() < 0.45
    reason = "" if won else scene.dice.choice(SAMPLE_REASONS)
    change = ChangeLead(status="won", starts_on=_choose_start(lead, moment, 25))
    if not won:
        change = ChangeLead(status="lost", lost_reason=reason)
    if reason == ASKED_AGAIN:
        on = working_hours.next_working_day((moment + timedelta(days=182)).date())
        change = msgspec.structs.replace(change, next_action="Ask again", next_action_on=on)
    with clock.at(moment), _record(scene, moment, by):
        return await leads.change(scene.connection, lead, change, by=by)


async def _plan(scene: Scene, lead: Lead, moment: datetime, by: Actor) -> None:
    """Give most open leads a start and a next step, some of them overdue. The rest have gone quiet."""
    if lead.value:
        with clock.at(moment):
            start = ChangeLead(starts_on=_choose_start(lead, scene.now, 120))
            lead = await leads.change(scene.connection, lead, start, by=by)
    if scene.dice.random() < 0.25:
        return
    on = working_hours.next_working_day((scene.now + timedelta(days=scene.dice.randrange(-4, 15))).date())
    plan = ChangeLead(next_action=scene.dice.choice(NEXT_ACTIONS), next_action_on=on)
    with clock.at(moment), _record(scene, moment, by):
        await leads.change(scene.connection, lead, plan, by=by)


def _choose_start(lead: Lead, moment: datetime, within: int) -> date:
    """A working day at most so many days later, the same for this lead every time."""
    days = random.Random(lead.name).randrange(5, within)  # noqa: S311 sample data, no secret
    return working_hours.next_working_day((moment + timedelta(days=days)).date())


def _enquiry(dice: random.Random, number: int, moment: datetime) -> NewLead:
    story = STORIES[number * 5 % len(STORIES)]
    if number % 9 == 4:
        name, email = PRIVATE_PEOPLE[number // 9 % len(PRIVATE_PEOPLE)]
        company = ""
    else:
        # Every company appears before one repeats, so neighbors in a list differ.
        sample = COMPANIES[number * 7 % len(COMPANIES)]
        name, company = dice.choice(sample.people), sample.name
        plain = unicodedata.normalize("NFKD", name.split()[0].lower()).encode("ascii", "ignore").decode()
        email = f"{plain}@{sample.domain}"
    budget = dice.choice(BUDGETS).value
    first = moment - timedelta(days=dice.randrange(0, 20), minutes=dice.randrange(300))
    choices: dict[str, Any] = {
        "budget": budget, "project_type": story.project_type, "source": dice.choice(SOURCES).value,
    }  # fmt: skip
    return NewLead(
        name=name, email=email, company=company, message=story.message,
        value=float(VALUES[budget]), hours=VALUES[budget] // 285,
        phone=f"+44 1632 960{dice.randrange(100, 999)}" if dice.random() < 0.3 else "",
        first_touch=Touch(path=dice.choice(PATHS), referrer=dice.choice(REFERRERS), at=_stamp(first)),
        last_touch=Touch(path="/", referrer="", at=_stamp(moment)),
        **choices,
    )  # fmt: skip


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
