from __future__ import annotations

from typing import Any

import factories
import pytest

from crm.inbound import intake
from crm.inbound.intake.spam import Verdict, judge


def verdict(*, origin: str = "http://site.test", others: int = 0, **changes: Any) -> Verdict:
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
        ({"message": "http://a.example " * 6}, "6 links"),
        ({"message": "See <a href='x'>this</a>"}, "HTML or script"),
        ({"message": "[url=x]this[/url]"}, "HTML or script"),
        ({"name": "Win now www.win.example"}, "Link in the name"),
        ({"message": "Backlinks and SEO services for you"}, "backlink, seo services"),
        ({"started_at": "2026-11-22T10:00:00Z", "sent_at": "2026-11-22T10:00:00.900Z"}, "0.9 seconds"),
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
