"""The people and enquiries of the sample data. All names are invented; company domains end in .example (RFC 2606)."""

from __future__ import annotations

import msgspec

from crm.records import activities


class SampleCompany(msgspec.Struct, frozen=True):
    """A company and the people in it."""

    name: str
    domain: str
    people: tuple[str, ...]


class Story(msgspec.Struct, frozen=True):
    """A sample enquiry and its kind of project."""

    project_type: str
    message: str


class SampleSpam(msgspec.Struct, frozen=True):
    """A sample enquiry that was held, with its score and the reasons."""

    name: str
    email: str
    message: str
    score: int
    reasons: tuple[str, ...]


COMPANIES: tuple[SampleCompany, ...] = (
    SampleCompany("Brightwater Labs", "brightwater.example", ("Marta Lindqvist", "Owen Achebe")),
    SampleCompany("Kestrel Freight", "kestrelfreight.example", ("Ivo Marek", "Nadia Rahal")),
    SampleCompany("Alder & Finch", "alderfinch.example", ("Grace Whitlock",)),
    SampleCompany("Nordlys Energi", "nordlys.example", ("Sunniva Dahl", "Jonas Berg")),
    SampleCompany("Tessera Health", "tessera.example", ("Priya Raman", "Tomás Ferreira")),
    SampleCompany("Quillmark Publishing", "quillmark.example", ("Eleanor Voss",)),
    SampleCompany("Harbour Row Dental", "harbourrow.example", ("Daniel Osei",)),
    SampleCompany("Lumen Cartography", "lumencarto.example", ("Aiko Tanabe", "Bram de Wit")),
    SampleCompany("Fieldnote Agritech", "fieldnote.example", ("Rosa Iglesias",)),
    SampleCompany("Copperline Rail", "copperline.example", ("Stefan Ionescu", "Hannah Brandt")),
    SampleCompany("Oakhurst School Trust", "oakhurst.example", ("Margaret Lowe",)),
    SampleCompany("Paper Lantern Games", "paperlantern.example", ("Kenji Mori", "Zoë Laurent")),
    SampleCompany("Vantage Surveyors", "vantage.example", ("Callum Reid",)),
    SampleCompany("Ostra Seafoods", "ostra.example", ("Inês Carvalho",)),
    SampleCompany("Meridian Instruments", "meridian.example", ("Viktor Hahn", "Ada Okonkwo")),
    SampleCompany("Greenlane Couriers", "greenlane.example", ("Leila Haddad",)),
    SampleCompany("Sable & Thorn", "sablethorn.example", ("Beatrix Thorn",)),
    SampleCompany("Polaris Credit Union", "polaris.example", ("Marcus Webb", "Irina Petrova")),
    SampleCompany("Hollow Tree Furniture", "hollowtree.example", ("Astrid Holm",)),
    SampleCompany("Cardinal Clinics", "cardinal.example", ("Samuel Mensah",)),
    SampleCompany("Tidewater Marine", "tidewater.example", ("Fergus Doyle",)),
    SampleCompany("Almanac Travel", "almanac.example", ("Chiara Bianchi",)),
    SampleCompany("Foundry Street Theatre", "foundrystreet.example", ("Rhiannon Price",)),
    SampleCompany("Bluebell Veterinary", "bluebell.example", ("Emily Carter",)),
)

# People with a private e-mail and no company.
PRIVATE_PEOPLE: tuple[tuple[str, str], ...] = (
    ("Piotr Zielinski", "piotr.zielinski@gmail.com"),
    ("Amara Nwosu", "amara.nwosu@outlook.com"),
    ("Julien Moreau", "j.moreau@proton.me"),
    ("Wei Chen", "wei.chen@gmail.com"),
)

STORIES: tuple[Story, ...] = (
    Story(
        "existing_system",
        "Our booking system was written eight years ago by someone who has left. It works, but every change takes "
        "weeks and nobody dares to upgrade it. We would like an honest opinion: repair or replace?",
    ),
    Story(
        "new_product",
        "We run field tests on paper and type them up at night. We would like a small web application that works "
        "on a tablet without a connection and syncs later. About 15 people would use it.",
    ),
    Story(
        "integration",
        "Orders come in through three channels and are copied by hand into the warehouse program. Can you connect "
        "them so that stock is right? The warehouse program has an old SOAP interface.",
    ),
    Story(
        "operations",
        "Twice this quarter the site was down for hours before anybody noticed. We need monitoring, backups that "
        "really restore, and someone to explain both to us.",
    ),
    Story(
        "advice",
        "We have two offers for a rebuild that differ by a factor of four. Could you read them with us for a day "
        "and tell us what each leaves out?",
    ),
    Story(
        "existing_system",
        "Reports that took seconds now take minutes. The database is PostgreSQL, about 200 GB. We suspect the "
        "queries, our hosting company suspects the disks. Please look before we buy bigger ones.",
    ),
    Story(
        "new_product",
        "Members should be able to renew, pay and print their card by themselves. Today two of us do it by e-mail. "
        "We have a list of 4,000 members in a spreadsheet.",
    ),
    Story(
        "integration",
        "Our instruments write CSV files to a network drive. We want the readings in a database, with alarms when "
        "a value leaves its range, and a page our customers can look at.",
    ),
    Story(
        "operations",
        "We deploy by copying files on Friday evenings. Please help us to a pipeline with tests that a team of "
        "three can keep running without a specialist.",
    ),
    Story(
        "advice",
        "An auditor asked how we would recover from losing our server. We could not answer. Can we do a rehearsal "
        "with you before the next audit in spring?",
    ),
    Story(
        "other",
        "One of your articles described exactly our problem with duplicate webhooks. Could we book two hours to go "
        "through our own code with you?",
    ),
    Story(
        "existing_system",
        "Our Django application is stuck on a version without security updates. We need it brought forward in "
        "steps, with tests, while the shop stays open.",
    ),
)

NOTES: tuple[tuple[activities.Kind, str], ...] = (
    ("call", "Talked for twenty minutes. Clear about what hurts, less clear about who decides. Will send figures."),
    ("note", "Found the article on restore drills first, then the landing page."),
    ("email", "Sent a summary of what we understood and three questions."),
    ("meeting", "Walked through the current system together. Smaller than feared; the import is the hard part."),
    ("call", "Budget is approved in principle. They want to start after the holidays."),
    ("note", "Decision is between us and doing nothing. Keep the first step small."),
    ("email", "Sent the proposal: two weeks to stabilize, then decide."),
    ("meeting", "Demo of the first slice went well. They asked for a price for the rest."),
)

NEXT_ACTIONS: tuple[str, ...] = (
    "Send the summary",
    "Call about the figures",
    "Prepare the proposal",
    "Ask for access to the staging system",
    "Follow up on the offer",
    "Book the review day",
)

ASKED_AGAIN = "No budget: not before next year"
SAMPLE_REASONS: tuple[str, ...] = (
    "Chose somebody else",
    ASKED_AGAIN,
    "Not a fit for us: solved it themselves",
    "No answer",
)
"""Choices of the form that asks why, some with words. Those who had no budget are asked again."""

COLLEAGUES: tuple[tuple[str, str], ...] = (
    ("Mihai Stan", "mihai@team.example"),
    ("Clara Weiss", "clara@team.example"),
)
"""With the user who adds the sample data they are three who own leads."""
VIEWER, FORMER = ("Tomas Rivera", "tomas@team.example"), ("Ines Costa", "ines@team.example")
"""Somebody who only reads, and somebody who has left."""
INVITED = "noah@team.example"

FAILED_ENQUIRY = (
    "Henrik Solberg",
    "henrik@fjordhytter.example",
    "We rent out forty cabins and double-book about one a month. Could you look at our calendar before the summer?",
)

SPAM: tuple[SampleSpam, ...] = (
    SampleSpam(
        "SEO Wizard",
        "rank@seo-wizard.example",
        "Get first page rankings guaranteed! http://a.example http://b.example http://c.example http://d.example",
        6,
        ("4 links in the message (+3)", "Words common in spam: seo services (+3)"),
    ),
    SampleSpam(
        "Crypto Desk",
        "desk@fast-coins.example",
        "Double your bitcoin investment today <a href='http://x.example'>here</a>",
        8,
        ("HTML or script in the text (+5)", "Words common in spam: bitcoin investment (+3)"),
    ),
    SampleSpam(
        "Lena",
        "lena@mail-blast.example",
        "We have 10 million fresh e-mail addresses for your marketing. Buy now!",
        10,
        ("The hidden field was filled in (+10)",),
    ),
)

VIEWS = (
    ("leads", "Hot leads", "sort=-value&status=proposal&status=qualified"),
    (
        "leads",
        "Large budgets",
        "budget=from_15k_to_50k&budget=over_50k&columns=contact%2Cstatus%2Cbudget%2Cvalue%2Cowner_id",
    ),
    ("contacts", "Contacts with a phone", "phone_empty=false"),
)  # fmt: skip
"""Saved views: kind, name and query."""
TAGS = (("Referral", "green"), ("Urgent", "red"), ("Partner", "purple"), ("Newsletter", "blue"))
"""Tags: name and color."""
