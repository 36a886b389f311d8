"""What is told once is followed by all that followed from it; nothing else in site.toml moves."""

from __future__ import annotations

import io

import pytest
from init.conftest import FJORDLIGHT, House

from ops.init.command import Manner


def test_what_followed_from_a_fact_follows_it_still(house: House):
    assert house.init(FJORDLIGHT) == 0
    facts = house.site
    assert facts.organization.email.endswith("@fjordlight.example")
    assert {facts.domains.www, facts.domains.blog, facts.domains.api, facts.domains.crm} == {
        f"{name}.fjordlight.example" for name in ("www", "blog", "api", "crm")
    }
    assert (facts.organization.legal_name, facts.blog.author) == ("Fjordlight", "Fjordlight")
    assert (facts.pages.owner, facts.pages.host) == ("sunniva", "sunniva.github.io")
    assert facts.links.source == "https://github.com/sunniva/lantern"
    assert facts.organization.founded == 2027


def test_another_house_has_no_booking_link_but_one_that_it_names(house: House):
    assert house.init(FJORDLIGHT) == 0
    assert house.site.links.booking == ""
    assert house.init({"links.booking": "https://cal.com/fjordlight/first"}) == 0
    assert house.site.links.booking == "https://cal.com/fjordlight/first"


def test_comments_order_and_everything_nobody_asked_about_stay(house: House):
    before = house.text("site.toml").splitlines()
    assert house.init({"organization.tagline": "Light where it is dark", "organization.founded": "1999"}) == 0
    after = house.text("site.toml").splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ['tagline = "Light where it is dark"', "founded = 1999"]


def test_a_host_can_be_called_otherwise(house: House):
    assert house.init({**FJORDLIGHT, "domains.crm": "desk.fjordlight.example"}) == 0
    assert house.site.domains.crm == "desk.fjordlight.example"
    assert house.site.domains.api == "api.fjordlight.example"


def test_tables_that_no_question_is_about_follow_too(house: House):
    former = house.site
    record = f'[[dns.records]]\nname = "shop"\ntype = "CNAME"\nvalues = ["shop.{former.domains.site}."]\n'
    (house.root / "site.toml").write_text(f"{house.text('site.toml')}\n{record}")
    assert house.init(FJORDLIGHT) == 0
    assert house.site.dns.records[-1].values == ("shop.fjordlight.example.",)


def test_what_services_told_the_former_zone_is_awaited_anew(house: House):
    record = '[[dns.records]]\nname = "key._domainkey"\ntype = "TXT"\nvalues = ["p=MIG"]\nsource = "Resend"\n'
    (house.root / "site.toml").write_text(f"{house.text('site.toml')}\n{record}")
    assert house.init(FJORDLIGHT) == 0
    assert house.site.dns.records[-1].values == ()
    assert house.init({"organization.currency": "NOK"}) == 0
    assert [each.source for each in house.site.dns.records][-1] == "Resend"


def test_the_license_keeps_its_first_holder_and_gains_one(house: House):
    former = house.text("LICENSE")
    assert house.init({**FJORDLIGHT, "organization.legal_name": "Fjordlight AS"}) == 0
    lines = house.text("LICENSE").splitlines()
    assert set(former.splitlines()) < set(lines)
    assert "Copyright (c) 2027 Fjordlight AS" in lines
    assert house.init({"organization.legal_name": "Fjordlight ASA"}) == 0
    assert house.text("LICENSE") == "\n".join(lines).replace("Fjordlight AS", "Fjordlight ASA") + "\n"


def test_running_twice_changes_nothing(house: House, capfd: pytest.CaptureFixture[str]):
    wishes = {**FJORDLIGHT, "organization.legal_name": "Fjordlight AS"}
    assert house.init(wishes, accent="#0f766e", fresh_content=True) == 0
    once = house.files()
    capfd.readouterr()
    assert house.init(wishes, accent="#0f766e", fresh_content=True) == 0
    assert house.files() == once
    assert "Nothing to change" in capfd.readouterr().out


def test_what_was_cut_short_is_finished_by_the_same_command(house: House):
    plain = house.text("site.toml")
    assert house.init(FJORDLIGHT, accent="#0f766e") == 0
    whole = house.files()
    (house.root / "site.toml").write_text(plain)  # it is written last
    assert house.init(FJORDLIGHT, accent="#0f766e") == 0
    assert house.files() == whole


def test_the_notes_stay_as_ours_or_go_when_that_is_wished(house: House):
    assert house.init(FJORDLIGHT) == 0
    notes = sorted((house.root / "packages/blog/content/posts").glob("*.md"))
    assert all("\nauthor:" not in note.read_text() for note in notes)
    own = house.root / "packages/blog/content/posts/our-own.md"
    own.write_text("---\ntitle: Our own\ndate: 2027-01-01\n---\n")
    assert house.init(fresh_content=True) == 0
    assert own.is_file()
    from ops.init import papers

    assert papers.examples(house.root) == []


@pytest.mark.parametrize("manner", [Manner(dry=True), Manner(as_json=True), Manner()])
def test_without_a_yes_nothing_is_written(house: House, manner: Manner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    before = house.files()
    assert house.init(FJORDLIGHT, manner=manner, accent="#0f766e") == (0 if manner.dry else 1)
    assert house.files() == before
