"""What is written is found, however it was typed. The rows are those of `specs/inputs/search.md`."""

from __future__ import annotations

from dataclasses import dataclass, field

import factories
import pytest

from crm.kernel import clock
from crm.kernel.actor import SYSTEM, VISITOR
from crm.kernel.db import Connection
from crm.records import leads, tasks
from crm.records.activities import actions as activity_actions
from crm.records.activities import forms as activity_forms
from crm.records.activities.models import Activity
from crm.records.companies import actions as company_actions
from crm.records.companies import api as company_api
from crm.records.companies import deletion as company_deletion
from crm.records.companies import forms as company_forms
from crm.records.contacts import actions as contact_actions
from crm.records.contacts import api as contact_api
from crm.records.contacts import deletion as contact_deletion
from crm.records.contacts import forms as contact_forms
from crm.records.contacts.models import Contact
from crm.records.leads import deletion as lead_deletion
from crm.records.tasks import actions as task_actions
from crm.workspace.search.actions import search
from crm.workspace.search.models import KINDS
from crm.workspace.search.queries import index_pending


@dataclass
class Hits:
    titles: list[str] = field(default_factory=list)
    matches: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)


async def find(conn: Connection, text: str) -> Hits:
    result = await search(conn, text, kinds=KINDS, limit=10)
    hits = [(group.kind, hit) for group in result.groups for hit in group.data]
    return Hits([hit.title for _, hit in hits], [hit.match for _, hit in hits], [kind for kind, _ in hits])


async def make_lead(conn: Connection, name: str = "Ada Lovelace", **values: object) -> leads.Lead:
    return await leads.create(conn, leads.NewLead(name=name, **values), by=SYSTEM, channel="manual")  # type: ignore[arg-type]


async def make_contact(conn: Connection, name: str, **values: object) -> Contact:
    return await contact_actions.create(conn, contact_forms.NewContact(name=name, **values), by=SYSTEM)  # type: ignore[arg-type]


PHONE_QUERIES = [
    "+49 (0)30 123-4567", "123-4567", "4567", "1234567", "+493012345", "0301234567", "030 1234567", "+49301234567",
    "004930 1234567", "49301234567", "(030) 123 45 67", "+49 030 1234567",
]  # fmt: skip


@pytest.mark.parametrize("text", PHONE_QUERIES)
@pytest.mark.parametrize("phone", ["+49 (0)30 123-4567", "+49 30 1234567", "+49301234567"])
async def test_a_phone_is_found_by_its_digits(conn: Connection, phone: str, text: str):
    await make_contact(conn, "Grace", phone=phone)
    assert (await find(conn, text)).titles == ["Grace"]
    page = await contact_api.RECORD.list_page(conn, contact_forms.ContactFilter(q=text))
    assert [each.name for each in page.data] == ["Grace"]


@pytest.mark.parametrize("text", [text for text in PHONE_QUERIES if text != "49301234567"])
async def test_a_national_number_is_found_with_and_without_the_country_code(conn: Connection, text: str):
    await make_contact(conn, "Grace", phone="030 123 4567")
    assert (await find(conn, text)).titles == ["Grace"]


async def test_the_phones_of_leads_and_companies_are_found(conn: Connection):
    await make_lead(conn, "Grace", phone="+49 (0)30 123-4567")
    await company_actions.create(conn, company_forms.NewCompany(name="Globex", phone="+49 30 765-4321"), by=SYSTEM)
    assert "leads" in (await find(conn, "3012345")).kinds
    assert (await find(conn, "7654321")).titles == ["Globex"]


async def test_another_phone_is_not_found(conn: Connection):
    await make_contact(conn, "Grace", phone="+49 (0)30 123-4567")
    for text in ("+49 30 7654321", "4568", "+49 (0)40 123-4567"):
        assert (await find(conn, text)).titles == []


TICKET = "ISO-27001 audit by 2026-11-22, ticket INV-2024-001"
STACK = "We use Node.js/React and TCP/IP, see https://widgets.example/pricing"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        *((TICKET, text) for text in (
            "27001", "ISO-27001", "iso 27001", "iso27001", "2026-11-22", "INV-2024-001", "2024-001", "(ISO-27001)",
        )),
        *((STACK, text) for text in (
            "react", "ip", "pricing", "https://widgets.example/pricing", "node.js", "Node.js/React", "nodejs", "tcp/ip",
            "TCP", "widgets.example", "example/pricing",
        )),
        ("Call me—today “please”", "please"),
        ("Reach us at sales+eu@acme-labs.example.", "sales+eu@acme-labs.example"),
        ("snake_case_name and C:\\temp\\log.txt", "case"),
        ("snake_case_name and C:\\temp\\log.txt", "log.txt"),
        ("line one\nline\ttwo", "two"),
        ("The invisible wid\u00adget\u200bs", "widgets"),
        ("\uff26\uff55\uff4c\uff4c\uff57\uff49\uff44\uff54\uff48 \uff11\uff12\uff13", "fullwidth 123"),
        ("رقم ١٢٣٤", "1234"),
    ],
)  # fmt: skip
async def test_every_run_of_letters_or_digits_is_a_word_and_the_whole_token_too(
    conn: Connection, message: str, text: str
):
    lead = await make_lead(conn, message=message)
    assert "leads" in (await find(conn, text)).kinds
    assert [each.id for each in (await leads.RECORD.list_page(conn, leads.LeadFilter(q=text))).data] == [lead.id]


async def test_a_message_with_another_number_of_the_same_shape_is_not_found(conn: Connection):
    await make_lead(conn, message=TICKET)
    for text in ("27002", "INV-2024-002", "2026-11-23"):
        assert (await find(conn, text)).titles == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Łukasz Żółć", "lukasz"), ("Łukasz Żółć", "zolc"), ("Łukasz Żółć", "ŁUKASZ ŻÓŁĆ"), ("Søren Ærø", "soren"),
        ("Søren Ærø", "aero"), ("Søren Ærø", "soeren"), ("Bjørn Großmann", "grossmann"),
        ("Bjørn Großmann", "GROSSMANN"),
        ("Đukić", "dukic"), ("Yıldız", "yildiz"), ("Yıldız", "YILDIZ"), ("İnci", "inci"),
        ("Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"), ("Παπαδόπουλος", "παπαδοπουλοσ"), ("O'Brien", "obrien"),
        ("O'Brien", "o’brien"),
        ("O’Brien", "O'Brien"), ("OBrien", "O'Brien"), ("Müller", "mueller"), ("Mueller", "Müller"),
        ("Müller", "muller"),
        ("Þórr Guðmundsson", "thorr gudmundsson"), ("Ёлкин", "елкин"), ("Œuvre", "oeuvre"), ("Jean-Luc", "jeanluc"),
        ("Jean-Luc", "luc"), ("Ole\u0301", "olé"), ("김철수", "김철"), ("Ngô Đức", "ngo duc"), ("Ħamrun", "hamrun"),
    ],
)  # fmt: skip
async def test_letters_are_found_without_their_accents_and_case(conn: Connection, name: str, text: str):
    await make_contact(conn, name)
    assert (await find(conn, text)).titles == [name]
    page = await contact_api.RECORD.list_page(conn, contact_forms.ContactFilter(q=text))
    assert [each.name for each in page.data] == [name]


@pytest.mark.parametrize("text", ["東京", "東京商事", "商事", "株式会社", "京", "株式会社東京商事", "東京商"])
async def test_a_part_of_a_name_is_found_in_a_script_without_spaces(conn: Connection, text: str):
    await company_actions.create(conn, company_forms.NewCompany(name="株式会社東京商事"), by=SYSTEM)
    other = "有限会社大阪" if text == "株式会社" else "株式会社大阪物産"
    await company_actions.create(conn, company_forms.NewCompany(name=other), by=SYSTEM)
    assert (await find(conn, text)).titles == ["株式会社東京商事"]
    page = await company_api.RECORD.list_page(conn, company_forms.CompanyFilter(q=text))
    assert [each.name for each in page.data] == ["株式会社東京商事"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("onsignm", "partial"), ("consign", "partial"), ("ment", "partial"), ("carrer", "similar"),
        ("carrrier", "similar"), ("acrrier", "similar"), ("carrire", "similar"), ("karrier", "similar"),
        ("carier", "similar"), ("carriwr", "similar"), ("carrie", "partial"), ("consignemnt", "similar"),
    ],
)  # fmt: skip
async def test_half_a_word_and_one_typo_are_found(conn: Connection, text: str, match: str):
    lead = await make_lead(conn, message="Our consignment software loses the carrier's labels.")
    hits = await find(conn, text)
    assert ("leads", match) in zip(hits.kinds, hits.matches, strict=True)
    assert [each.id for each in (await leads.RECORD.list_page(conn, leads.LeadFilter(q=text))).data] == [lead.id]


async def test_two_typos_and_a_digit_that_differs_are_not_found(conn: Connection):
    await make_lead(conn, message="the carrier has order 48213")
    for text in ("kerrier", "karirer", "48214", "4821x"):
        assert (await find(conn, text)).titles == []


async def test_exact_words_rank_above_parts_and_parts_above_typos(conn: Connection):
    for name in ("Carrera", "Johann Carrer", "Carrier Ltd", "Macarrerson"):
        await make_contact(conn, name)
    hits = await find(conn, "carrer")
    assert hits.titles == ["Johann Carrer", "Carrera", "Macarrerson", "Carrier Ltd"]
    assert hits.matches == ["exact", "partial", "partial", "similar"]


async def test_a_name_ranks_above_a_message_and_a_message_above_a_note(conn: Connection):
    by_name = await make_lead(conn, "Consignment Ltd")
    by_message = await make_lead(conn, "Ada", message="about consignment")
    by_note = await make_lead(conn, "Bea")
    await note(conn, "wants consignment", lead_id=by_note.id)
    result = await search(conn, "consignment", kinds=("leads",), limit=5)
    assert [hit.id for hit in result.groups[0].data] == [by_name.id, by_message.id, by_note.id]


async def note(conn: Connection, body: str, **record: int) -> Activity:
    return await activity_actions.create(conn, activity_forms.NewActivity(kind="note", body=body, **record), by=SYSTEM)


async def test_notes_are_found_by_themselves_and_with_their_record(conn: Connection):
    lead = await make_lead(conn)
    written = await note(conn, "Prefers a zeppelin over a train.", lead_id=lead.id)
    assert (await find(conn, "zeppelin")).kinds == ["leads", "activities"]
    assert [each.id for each in (await leads.RECORD.list_page(conn, leads.LeadFilter(q="zeppelin ada"))).data] == [
        lead.id
    ]
    await activity_actions.change(conn, written, activity_forms.ChangeActivity(body="Prefers a train."), by=SYSTEM)
    assert (await find(conn, "zeppelin")).kinds == []
    assert (await find(conn, "train")).kinds == ["leads", "activities"]


async def test_a_note_that_moves_to_another_lead_is_found_there_alone(conn: Connection):
    one, other = await make_lead(conn, "Ada"), await make_lead(conn, "Bea")
    written = await note(conn, "Prefers a zeppelin.", lead_id=one.id)
    await conn.execute("UPDATE activities SET lead_id = $1 WHERE id = $2", other.id, written.id)
    assert [each.name for each in (await leads.RECORD.list_page(conn, leads.LeadFilter(q="zeppelin"))).data] == ["Bea"]


@pytest.mark.parametrize("kind", ["contact", "company"])
async def test_notes_of_contacts_and_companies_are_found(conn: Connection, kind: str):
    if kind == "contact":
        record = (await make_contact(conn, "Grace")).id
    else:
        record = (await company_actions.create(conn, company_forms.NewCompany(name="Globex"), by=SYSTEM)).id
    await note(conn, "Prefers a zeppelin.", **{f"{kind}_id": record})
    assert (await find(conn, "zeppelin")).kinds == [f"{kind}s" if kind == "contact" else "companies", "activities"]


@pytest.mark.parametrize("kind", ["", "lead", "contact", "company"])
async def test_a_task_is_found_by_its_words_until_it_is_deleted(conn: Connection, kind: str):
    lead = await make_lead(conn, company="Globex", email="ada@globex.example")
    about = {"lead": lead.id, "contact": lead.contact_id, "company": lead.company_id}
    form = tasks.NewTask(
        title="Order a zeppelin", note="With a mooring mast.", **{f"{kind}_id": about[kind]} if kind else {}
    )
    task = await tasks.create(conn, form, by=SYSTEM)
    assert (await find(conn, "zeppelin")).kinds == (["leads", "tasks"] if kind == "lead" else ["tasks"])
    result = await search(conn, "mooring", kinds=("tasks",), limit=10)
    hit = result.groups[0].data[0]
    assert (hit.title, hit.path, hit.excerpt) == ("Order a zeppelin", f"/tasks/{task.id}", "With a mooring mast.")
    assert bool(hit.detail) == bool(kind)
    await task_actions.delete(conn, task, by=SYSTEM)
    assert (await find(conn, "zeppelin")).kinds == (await find(conn, "mooring")).kinds == []
    assert not await conn.fetchval("SELECT count(*) FROM search_vocabulary WHERE word IN ('zeppelin', 'mooring')")
    await task_actions.restore(conn, task.id, by=SYSTEM)
    assert (await find(conn, "mooring")).kinds == ["tasks"]


async def test_a_lead_shows_the_name_of_its_stage(conn: Connection):
    await make_lead(conn)
    await conn.execute("UPDATE stages SET name = 'Fresh' WHERE key = 'new'")
    result = await search(conn, "ada", kinds=("leads",), limit=1)
    assert " · Fresh · " in result.groups[0].data[0].detail


async def test_what_the_system_writes_into_timelines_is_not_found(conn: Connection):
    lead = await make_lead(conn)
    await leads.move(conn, lead, "contacted", SYSTEM)
    assert (await find(conn, "moved")).kinds == []


async def test_a_campaign_is_found(conn: Connection):
    touch = leads.Touch(utm_campaign="autumn-migration", utm_source="newsletter", referrer="news.example")
    await make_lead(conn, first_touch=touch)
    for text in ("autumn-migration", "autumn", "newsletter", "news.example"):
        assert (await find(conn, text)).kinds == ["leads"]


async def test_leads_are_found_by_the_name_of_their_owner(conn: Connection):
    owner = await factories.create_user(conn, "Niels Abel")
    lead = await make_lead(conn, "Ada", owner_id=owner.id)
    await make_lead(conn, "Bea")
    for text in ("abel", "Niels Abel", "niel", "ada abel"):
        assert [each.id for each in (await leads.RECORD.list_page(conn, leads.LeadFilter(q=text))).data] == [lead.id]
        assert (await find(conn, text)).titles[0] == "Ada"
    await conn.execute("UPDATE users SET name = 'Nora Berg' WHERE id = $1", owner.id)
    assert (await find(conn, "berg")).titles == ["Ada"]
    assert (await find(conn, "abel")).titles == []


async def test_contacts_and_leads_are_found_by_their_company_also_after_it_was_renamed(conn: Connection):
    lead = await make_lead(conn, "Ada", email="ada@globex.example", company="Globex")
    assert lead.company_id is not None
    company = await company_actions.lock(conn, lead.company_id)
    await company_actions.change(conn, company, company_forms.ChangeCompany(name="Initech"), by=SYSTEM)
    assert (await find(conn, "initech")).kinds == ["leads", "contacts", "companies"]


async def test_several_words_must_all_match(conn: Connection):
    await make_lead(conn, "Ada Lovelace", message="consignment")
    assert "leads" in (await find(conn, "lovel consignment")).kinds
    assert (await find(conn, "lovelace zeppelin")).kinds == []


@pytest.mark.parametrize(
    "text", ["!!!", "'", "''", "\\", "&|!", "<->", "🎉", "*", ":*", "(", "\u200b", "=adaq", "^adaq", "~xyzz", "@b0"]
)  # fmt: skip
async def test_text_without_words_and_operators_find_nothing_by_themselves(conn: Connection, text: str):
    await make_lead(conn, "Bob Quine", message="nothing else")
    assert (await find(conn, text)).kinds == []


async def test_a_deleted_record_is_not_found_and_leaves_no_word_behind(conn: Connection):
    lead = await make_lead(conn, "Xanthippe Quux", email="xanthippe@quux.example", company="Quuxworks")
    await note(conn, "wears a monocle", lead_id=lead.id)
    await leads.delete(conn, await leads.lock(conn, lead.id), by=SYSTEM)
    assert (await find(conn, "monocle")).kinds == []
    await contact_deletion.delete(conn, await contact_actions.lock(conn, lead.contact_id or 0), by=SYSTEM)
    await company_deletion.delete(conn, await company_actions.lock(conn, lead.company_id or 0), by=SYSTEM)
    words = {row["word"] for row in await conn.fetch("SELECT word FROM search_vocabulary")}
    assert not words & {"xanthippe", "quux", "monocle", "quuxworks", "xanthippequuxexample"}


async def test_a_restored_record_is_found_again_with_its_notes(conn: Connection):
    lead = await make_lead(conn, "Xanthippe")
    await note(conn, "wears a monocle", lead_id=lead.id)
    await leads.delete(conn, await leads.lock(conn, lead.id), by=SYSTEM)
    await lead_deletion.restore(conn, lead.id, by=SYSTEM)
    assert (await find(conn, "monocle")).kinds == ["leads", "activities"]


async def test_a_very_long_text_is_stored_and_its_beginning_found(conn: Connection):
    lead = await make_lead(conn)
    for number in range(12):
        await note(conn, f"note{number} " + " ".join(f"word{number}x{each}" for each in range(1700)), lead_id=lead.id)
    await note(conn, "東" * 20_000, lead_id=lead.id)
    await note(conn, "x" * 20_000, lead_id=lead.id)
    assert (await find(conn, "note7")).kinds[-1] == "activities"


async def test_the_excerpt_shows_the_words_that_were_found(conn: Connection):
    lead = await make_lead(conn, message="lorem ipsum " * 40 + "the zeppelin lands " + "dolor sit " * 40)
    result = await search(conn, "Zeppelin", kinds=("leads",), limit=1)
    hit = result.groups[0].data[0]
    assert "zeppelin lands" in hit.excerpt
    assert hit.excerpt.startswith("… ") and hit.excerpt.endswith(" …")
    assert hit.path == f"/leads/{lead.id}"


async def test_a_long_table_gives_the_newest_matches_of_a_common_word_and_every_rare_one(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("crm.workspace.search.actions.LONG", 1)
    await conn.execute(
        """
        INSERT INTO leads (id, reference, name, message, channel, received_at, status_at, created_at, updated_at)
        OVERRIDING SYSTEM VALUE
        SELECT 9000000 + n * 500, 'P-' || n, 'Person ' || n, CASE WHEN n IN (3, 390) THEN 'rare' ELSE 'common' END,
               'api', now(), now(), now(), now()
        FROM generate_series(1, 400) AS n
        """
    )
    newest = await search(conn, "common", kinds=("leads",), limit=3)
    assert [hit.detail.split(" · ")[0] for hit in newest.groups[0].data] == ["Person 400", "Person 399", "Person 398"]
    assert newest.groups[0].more
    rare = await search(conn, "rare", kinds=("leads",), limit=3)
    assert [hit.detail.split(" · ")[0] for hit in rare.groups[0].data] == ["Person 390", "Person 3"]


async def test_names_sort_where_a_reader_expects_them(conn: Connection):
    typed = "Zoë Łukasz Lovelace Luna Ærø ada Öberg Oberon Obama Đukić Duke Yıldız"
    for name in typed.split():
        await make_contact(conn, name)
    names = [each.name for each in (await contact_api.RECORD.list_page(conn, contact_forms.ContactFilter())).data]
    assert names == [
        "ada", "Ærø", "Duke", "Đukić", "Lovelace", "Łukasz", "Luna", "Obama", "Öberg", "Oberon", "Yıldız", "Zoë",
    ]  # fmt: skip


async def test_a_list_sorted_by_name_is_paged_also_through_names_that_grow_when_normalized(conn: Connection):
    names = ["\ufdfa" * 23 + f" {number}" for number in range(5)]
    for name in names:
        await make_contact(conn, name)
    cursor: str | None = ""
    seen: list[str] = []
    while cursor is not None:
        page = await contact_api.RECORD.list_page(conn, contact_forms.ContactFilter(limit=2, cursor=cursor))
        seen += [each.name for each in page.data]
        cursor = page.next_cursor
        assert len(cursor or "") <= 1000
    assert sorted(seen) == sorted(names)


async def test_companies_whose_names_differ_in_case_accents_or_spaces_are_one(conn: Connection):
    first = await make_lead(conn, "Ada", company="Société  Générale")
    second = await make_lead(conn, "Bea", company="SOCIETE GENERALE")
    assert first.company_id == second.company_id


async def test_enquiries_that_are_made_into_leads_together_are_all_found(conn: Connection):
    arrivals = [
        leads.Arrival(
            form=leads.NewLead(name=f"Zephyrine {number}", email=f"z{number}@acme.example"), reference=f"E-{number}",
            received_at=clock.now(), synthetic=False,
        )
        for number in range(3)
    ]  # fmt: skip
    await leads.create_from_enquiries(conn, arrivals, by=VISITOR)
    assert await index_pending(conn, 100) == 7
    assert (await find(conn, "zephyrine")).kinds == ["leads"] * 3 + ["contacts"] * 3
