from __future__ import annotations

from typing import Any

import factories
import pytest

from crm.inbound import intake
from crm.inbound.intake.spam import Verdict, judge


def verdict(*, origin: str = "http://site.test", others: int = 0, **changes: Any) -> Verdict:
    origin = changes.pop("origin", origin)
    form, _ = intake.forms.check(factories.build_enquiry(**changes), typed=True)
    return judge(form, origin=origin, repeats=others)


def test_an_honest_enquiry_scores_nothing():
    assert verdict() == Verdict(0, [])


def test_an_enquiry_with_a_link_to_the_sender_s_site_passes():
    assert not verdict(message="This is our shop: https://shop.example and its code: https://code.example/shop").is_held


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"website": "https://x.example"}, "hidden field"),
        ({"message": "http://a.example " * 6, "name": "Win now www.win.example"}, "6 links"),
        ({"message": "See <a href='https://x.example'>this</a>"}, "Markup of a link"),
        ({"message": "[url=http://x.example]this[/url]"}, "Markup of a link"),
        ({"name": "Win now www.win.example", "message": "Forex"}, "Link in the name"),
        ({"message": "Backlinks and SEO services for you"}, "backlink, seo services"),
        ({"started_at": "2026-11-22T10:00:00Z", "sent_at": "2026-11-22T10:00:00.900Z", "origin": ""}, "0.9 seconds"),
    ],
)
def test_what_programs_do_is_held_with_the_reason(changes: dict[str, Any], reason: str):
    found = verdict(**changes)
    assert found.is_held
    assert any(reason in said for said in found.reasons)


def test_a_person_who_types_for_three_seconds_is_not_held():
    assert verdict(started_at="2026-11-22T10:00:00Z", sent_at="2026-11-22T10:00:03Z").score == 0


def test_a_clock_that_goes_backwards_holds_nobody():
    assert verdict(started_at="2026-11-22T10:00:09Z", sent_at="2026-11-22T10:00:03Z").score == 0


def test_a_program_without_an_origin_counts_and_is_not_held_for_that_alone():
    found = verdict(origin="")
    assert found.score > 0
    assert not found.is_held


def test_the_same_message_from_one_other_address_passes_and_from_three_is_held():
    assert not verdict(others=1).is_held
    assert verdict(others=3).is_held


@pytest.mark.parametrize("email", ["x@a-b-c-d-e.example", "x@shop1234567.example", "x@xkcdqwrtpsdfgh.example"])
def test_a_mail_domain_no_person_would_choose_counts(email: str):
    assert 0 < verdict(email=email).score < 5


@pytest.mark.parametrize("email", ["x@xn--mller-kva.de", "x@1und1.de", "x@rhythm-works.example", "x@163.com"])
def test_a_mail_domain_people_have_counts_nothing(email: str):
    assert verdict(email=email).score == 0


def test_every_point_has_its_reason():
    found = verdict(website="x", name="www.win.example", origin="")
    assert found.score == sum(int(said.rpartition("+")[2].rstrip(")")) for said in found.reasons)


@pytest.mark.parametrize(
    "message",
    [
        "We need a PostgreSQL specialist. See https://a.example, https://b.example and https://c.example.",
        "We run the Casinelli restaurants and want a forexample of good design.",
        "Our `<form>` breaks, and <script> tags are blocked. The <svg> is fine, the <a href> is not.",
        "It prints `<a href='https://x.example'>` instead of a link.",
        "Stack: JavaScript: React, TypeScript: Node. <iframe src='/map'> is empty.",
    ],
)
def test_what_engineers_write_is_no_spam(message: str):
    assert not verdict(message=message).is_held
    assert not any("spam" in said or "Markup" in said for said in verdict(message=message).reasons)


@pytest.mark.parametrize(
    "word", ["casino", "Casinos", "CIALIS", "guest  post", "guest\npost", "(viagra)", "backlinks."]
)
def test_a_word_of_spam_counts_however_it_is_written(word: str):
    assert verdict(message=f"Interested in {word}").score == 3


SOFT_SIGNALS = [
    {"message": "http://a.example " * 40},
    {"message": "Casino"},
    {"name": "Acme www.acme.example"},
    {"started_at": "2026-11-22T10:00:00Z", "sent_at": "2026-11-22T10:00:00.100Z"},
    {"email": "x@a-b-c-d-e.example"},
    {"origin": ""},
]


@pytest.mark.parametrize("changes", SOFT_SIGNALS)
def test_one_soft_signal_alone_never_holds_an_enquiry(changes: dict[str, Any]):
    found = verdict(**changes)
    assert found.score > 0
    assert not found.is_held
