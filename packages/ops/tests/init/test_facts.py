"""What followed from a changed fact follows it still; nothing else in site.toml changes."""

from __future__ import annotations

import io

import pytest
from init.conftest import FJORDLIGHT, Project

from ops.init import text_files
from ops.init.command import Mode


def test_what_followed_from_a_fact_follows_it_still(project: Project):
    assert project.init(FJORDLIGHT) == 0
    facts = project.site
    assert facts.organization.email.endswith("@fjordlight.example")
    assert {facts.domains.www, facts.domains.blog, facts.domains.api, facts.domains.crm} == {
        f"{name}.fjordlight.example" for name in ("www", "blog", "api", "crm")
    }
    assert (facts.organization.legal_name, facts.blog.author) == ("Fjordlight", "Fjordlight")
    assert (facts.pages.owner, facts.pages.host) == ("sunniva", "sunniva.github.io")
    assert facts.links.source == "https://github.com/sunniva/lantern"
    assert facts.organization.founded == 2027


def test_a_new_owner_has_no_booking_link_until_they_give_one(project: Project):
    assert project.init(FJORDLIGHT) == 0
    assert project.site.links.booking == ""
    assert project.init({"links.booking": "https://cal.com/fjordlight/first"}) == 0
    assert project.site.links.booking == "https://cal.com/fjordlight/first"


def test_comments_order_and_other_facts_stay(project: Project):
    before = project.text("site.toml").splitlines()
    assert project.init({"organization.tagline": "Light where it is dark", "organization.founded": "1999"}) == 0
    after = project.text("site.toml").splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ['tagline = "Light where it is dark"', "founded = 1999"]


def test_a_host_can_have_another_name(project: Project):
    assert project.init({**FJORDLIGHT, "domains.crm": "desk.fjordlight.example"}) == 0
    assert project.site.domains.crm == "desk.fjordlight.example"
    assert project.site.domains.api == "api.fjordlight.example"


def test_tables_that_no_question_is_about_follow_too(project: Project):
    former = project.site
    record = f'[[dns.records]]\nname = "shop"\ntype = "CNAME"\nvalues = ["shop.{former.domains.site}."]\n'
    (project.root / "site.toml").write_text(f"{project.text('site.toml')}\n{record}")
    assert project.init(FJORDLIGHT) == 0
    assert project.site.dns.records[-1].values == ("shop.fjordlight.example.",)


def test_what_services_asked_of_the_old_zone_is_awaited_again(project: Project):
    record = '[[dns.records]]\nname = "key._domainkey"\ntype = "TXT"\nvalues = ["p=MIG"]\nsource = "Resend"\n'
    (project.root / "site.toml").write_text(f"{project.text('site.toml')}\n{record}")
    assert project.init(FJORDLIGHT) == 0
    assert project.site.dns.records[-1].values == ()
    assert project.init({"organization.currency": "NOK"}) == 0
    assert [each.source for each in project.site.dns.records][-1] == "Resend"


def test_a_new_owner_begins_without_the_providers_of_the_previous_one_and_is_not_live(project: Project):
    analytics = '[analytics]\nprovider = "posthog"\nkey = "phc_of_the_previous_owner"\n'
    (project.root / "site.toml").write_text(f"{project.text('site.toml')}\n{analytics}")
    assert project.init({"organization.tagline": "Light where it is dark"}) == 0
    assert project.site.analytics.provider == "posthog"
    assert project.init(FJORDLIGHT) == 0
    assert (project.site.analytics.provider, project.site.analytics.key) == ("", "")


def test_a_deleted_license_stays_deleted(project: Project):
    (project.root / "LICENSE").unlink()
    assert project.init(FJORDLIGHT) == 0
    assert not (project.root / "LICENSE").exists()


def test_the_license_keeps_its_first_holder_and_gains_one(project: Project):
    former = project.text("LICENSE")
    assert project.init({**FJORDLIGHT, "organization.legal_name": "Fjordlight AS"}) == 0
    lines = project.text("LICENSE").splitlines()
    assert set(former.splitlines()) < set(lines)
    assert "Copyright (c) 2027 Fjordlight AS" in lines
    assert project.init({"organization.legal_name": "Fjordlight ASA"}) == 0
    assert project.text("LICENSE") == "\n".join(lines).replace("Fjordlight AS", "Fjordlight ASA") + "\n"


def test_running_twice_changes_nothing(project: Project, capfd: pytest.CaptureFixture[str]):
    wishes = {**FJORDLIGHT, "organization.legal_name": "Fjordlight AS"}
    assert project.init(wishes, accent="#0f766e", fresh_content=True) == 0
    once = project.files()
    capfd.readouterr()
    assert project.init(wishes, accent="#0f766e", fresh_content=True) == 0
    assert project.files() == once
    assert "Nothing to change" in capfd.readouterr().out


def test_the_same_command_finishes_what_was_interrupted(project: Project):
    plain = project.text("site.toml")
    assert project.init(FJORDLIGHT, accent="#0f766e") == 0
    whole = project.files()
    (project.root / "site.toml").write_text(plain)  # it is written last
    assert project.init(FJORDLIGHT, accent="#0f766e") == 0
    assert project.files() == whole


def test_example_posts_stay_unless_fresh_content_is_wished(project: Project):
    assert project.init(FJORDLIGHT) == 0
    notes = sorted((project.root / "packages/blog/content/posts").glob("*.md"))
    assert all("\nauthor:" not in note.read_text() for note in notes)
    own = project.root / "packages/blog/content/posts/our-own.md"
    own.write_text("---\ntitle: Our own\ndate: 2027-01-01\n---\n")
    assert project.init(fresh_content=True) == 0
    assert own.is_file()
    assert text_files.list_examples(project.root) == []


@pytest.mark.parametrize("mode", [Mode(dry_run=True), Mode(as_json=True), Mode()])
def test_without_a_yes_nothing_is_written(project: Project, mode: Mode, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    before = project.files()
    assert project.init(FJORDLIGHT, mode=mode, accent="#0f766e") == (0 if mode.dry_run else 1)
    assert project.files() == before
