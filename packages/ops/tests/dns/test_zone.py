"""The zone follows from the facts and from what others ask for."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ops.dns import zone
from ops.dns.records import RecordError, record
from shared import site_config
from shared.site_config import DnsRecord

FACTS = site_config.load(Path(__file__).parents[1] / "octatech.toml")
CNAME = record("api.octatech.xyz", "CNAME", 300, ["g05ns7.up.railway.app."])
PROOF = record("_railway-verify.api.octatech.xyz", "TXT", 300, ["railway-verify=abc"])


def make_site(*records, domains=None, email=None, **dns):
    entry = msgspec.structs.replace(FACTS.dns, records=(*FACTS.dns.records, *records), **dns)
    return msgspec.structs.replace(
        FACTS,
        dns=entry,
        domains=msgspec.structs.replace(FACTS.domains, **(domains or {})),
        organization=msgspec.structs.replace(FACTS.organization, email=email or FACTS.organization.email),
    )


def build_values(facts=FACTS, asked=()):
    return {(each.name, each.type): each.values for each in zone.build_records(facts, asked)}


def test_the_site_has_every_address_of_pages_of_both_kinds():
    assert build_values()["octatech.xyz", "A"] == (
        "185.199.108.153",
        "185.199.109.153",
        "185.199.110.153",
        "185.199.111.153",
    )
    assert build_values()["octatech.xyz", "AAAA"][0] == "2606:50c0:8000::153"
    assert len(build_values()["octatech.xyz", "AAAA"]) == 4


@pytest.mark.parametrize("name", ["www", "blog"])
def test_www_and_blog_are_aliases_of_the_host_of_pages_and_not_of_the_site(name):
    assert build_values()[f"{name}.octatech.xyz", "CNAME"] == ("galer7.github.io.",)


def test_a_site_below_the_top_of_its_zone_is_an_alias_too():
    entry = build_values(make_site(zone="octatech.xyz", domains={"site": "about.octatech.xyz"}))
    assert entry["about.octatech.xyz", "CNAME"] == ("galer7.github.io.",)
    assert ("octatech.xyz", "A") not in entry


def test_only_the_authority_that_pages_and_railway_use_may_issue_certificates():
    issue = [value for value in build_values()["octatech.xyz", "CAA"] if " issue" in value]
    assert issue == ['0 issue "letsencrypt.org"']


def test_reports_about_mail_go_nowhere_where_the_address_is_in_another_zone():
    assert build_values()["_dmarc.octatech.xyz", "TXT"] == ("v=DMARC1; p=none; rua=mailto:hello@octatech.xyz",)
    assert build_values(make_site(email="me@mail.example"))["_dmarc.octatech.xyz", "TXT"] == ("v=DMARC1; p=none",)


def test_what_is_asked_for_now_counts_more_than_what_was_recorded():
    old = DnsRecord("api", "CNAME", ("old.up.railway.app.",))
    assert build_values(make_site(old))["api.octatech.xyz", "CNAME"] == ("old.up.railway.app.",)
    assert build_values(make_site(old), [CNAME])["api.octatech.xyz", "CNAME"] == ("g05ns7.up.railway.app.",)


def test_what_is_recorded_counts_more_than_what_we_would_say():
    strict = DnsRecord("_dmarc", "TXT", ("v=DMARC1; p=reject",))
    assert build_values(make_site(strict))["_dmarc.octatech.xyz", "TXT"] == ("v=DMARC1; p=reject",)


def test_two_entries_of_one_name_are_one_set():
    one, two = (DnsRecord("@", "txt", (value,)) for value in ("google-site-verification=1", "MS=2"))
    assert build_values(make_site(one, two))["octatech.xyz", "TXT"] == ("MS=2", "google-site-verification=1")


def test_what_nobody_has_set_is_awaited_until_it_is_set():
    def missing(asked):
        return {(each.name, each.type): each.source for each in zone.list_awaited(FACTS, asked)}

    assert "RAILWAY_TOKEN" in missing([])["api.octatech.xyz", "CNAME"]
    assert missing([])["resend._domainkey.octatech.xyz", "TXT"] == "Resend, Domains"
    assert "GitHub" in missing([])["_github-pages-challenge-galer7.octatech.xyz", "TXT"]
    assert set(missing([])) - set(missing([CNAME, PROOF])) == {(CNAME.name, "CNAME"), (PROOF.name, "TXT")}


def test_a_service_at_the_top_of_the_zone_is_an_alias_that_the_provider_flattens():
    below = {name: f"{name}.api.octatech.xyz" for name in ("site", "www", "blog", "crm")}
    apex = make_site(zone="api.octatech.xyz", domains=below)
    assert build_values(apex, [CNAME])["api.octatech.xyz", "ALIAS"] == ("g05ns7.up.railway.app.",)
    assert ("api.octatech.xyz", "CNAME") not in build_values(apex, [CNAME])


def test_a_host_outside_the_zone_is_refused():
    with pytest.raises(RecordError, match=r"www\.example\.org is not in the zone octatech\.xyz"):
        zone.build_records(make_site(domains={"www": "www.example.org"}))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (DnsRecord("x", "WEIRD", ("1",)), "unknown record type WEIRD"),
        (DnsRecord("x", "A", ("300.1.1.1",)), "'300.1.1.1' cannot be"),
        (DnsRecord("x", "AAAA", ("192.0.2.1",)), "cannot be"),
        (DnsRecord("x", "MX", ("feedback.example.",)), "cannot be"),
        (DnsRecord("x", "CAA", ("letsencrypt.org",)), "cannot be"),
        (DnsRecord("x", "CNAME", ("*.up.railway.app.",)), "not the name of a host"),
        (DnsRecord("x", "CNAME", ("a.example.", "b.example.")), "2 values"),
        (DnsRecord("-x", "A", ("192.0.2.1",)), "is not a name"),
        (DnsRecord("x..y", "A", ("192.0.2.1",)), "is not a name"),
        (DnsRecord("www", "TXT", ("beside an alias",)), "cannot be CNAME and TXT at once"),
        (DnsRecord("@", "ALIAS", ("pages.example.",)), "cannot be A and AAAA and ALIAS"),
    ],
)
def test_a_record_that_cannot_be_is_named_with_the_reason(entry, why):
    with pytest.raises(RecordError, match=r"octatech\.xyz") as refused:
        zone.build_records(make_site(entry))
    assert why in str(refused.value)
