"""In production the zone is kept by Cloudflare; here by a stand-in for its API."""

from __future__ import annotations

import pytest
from fake_cloudflare import TOKEN

ZONE = "octatech.xyz"


@pytest.fixture
def kept(dns_command, cloudflare):
    """The zone at Cloudflare, and the commands that speak to it."""
    dns_command.change('provider = "rfc2136"', 'provider = "cloudflare"')
    dns_command.environ["CLOUDFLARE_TOKEN"] = TOKEN

    def run(command, *words, typed=""):
        return dns_command.run(command, "--api", cloudflare.address, *words, typed=typed)

    return run


def test_a_plan_only_reads(kept, cloudflare):
    result = kept("plan")
    assert (result.status, result.err) == (2, "")
    assert "14 to add" in result.out
    assert {line.split()[0] for line in cloudflare.requests} == {"GET"}


def test_what_is_applied_is_there_and_applied_again_there_is_nothing_to_do(kept, cloudflare):
    assert kept("apply", "--yes").status == 0
    assert cloudflare.values("www.octatech.xyz", "CNAME") == ["galer7.github.io"]
    assert len(cloudflare.values(ZONE, "AAAA")) == 4
    assert cloudflare.values("send.octatech.xyz", "MX") == ["feedback-smtp.eu-west-1.amazonses.com"]
    again = kept("apply", "--yes")
    assert (again.status, again.out) == (0, "Nothing to do.\n")


def test_what_nobody_asked_for_is_kept(kept, cloudflare):
    cloudflare.add("CNAME", "shop.octatech.xyz", "shops.example")
    assert kept("apply", "--yes").status == 0
    assert cloudflare.values("shop.octatech.xyz", "CNAME") == ["shops.example"]
    assert kept("apply", "--yes", "--prune").status == 0
    assert cloudflare.values("shop.octatech.xyz", "CNAME") == []


def test_a_record_of_ours_changed_by_hand_is_mended_and_its_comment_stays(kept, cloudflare):
    cloudflare.add("CNAME", "www.octatech.xyz", "elsewhere.example", comment="by Ada", tags=["site"])
    assert kept("apply", "--yes").status == 0
    (www,) = [each for each in cloudflare.records.values() if each["name"] == "www.octatech.xyz"]
    assert (www["content"], www["comment"], www["tags"]) == ("galer7.github.io", "by Ada", ["site"])


def test_a_record_that_cloudflare_stands_before_is_not_laid_bare_by_the_way(kept, cloudflare):
    cloudflare.add("CNAME", "www.octatech.xyz", "galer7.github.io", proxied=True, ttl=1)
    result = kept("apply", "--yes")
    assert result.status == 3
    assert "proxy: Traffic would no longer pass through Cloudflare" in result.out
    assert kept("apply", "--yes", "--force", "proxy").status == 0
    assert kept("plan").status == 0


def test_a_service_at_the_top_is_an_alias_there(kept, cloudflare, dns_command):
    dns_command.change('site = "octatech.xyz"', 'site = "about.octatech.xyz"')
    dns_command.change("ttl_s = 300", 'ttl_s = 300\nzone = "octatech.xyz"')
    dns_command.record("@", "ALIAS", "g05ns7.up.railway.app.")
    assert kept("apply", "--yes").status == 0
    assert cloudflare.values(ZONE, "CNAME") == ["g05ns7.up.railway.app"]
    assert kept("plan").status == 0


def test_a_long_key_arrives_and_stays(kept, cloudflare, dns_command):
    dns_command.record("long._domainkey", "TXT", "v=DKIM1; p=" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" * 13)
    assert kept("apply", "--yes").status == 0
    assert kept("plan").status == 0
    (long,) = cloudflare.values("long._domainkey.octatech.xyz", "TXT")
    assert max(len(piece) for piece in long.strip('"').split('" "')) <= 255


def test_many_pages_of_records_are_all_read(kept, cloudflare):
    for number in range(230):
        cloudflare.add("A", f"host{number}.octatech.xyz", "192.0.2.1")
    assert len(kept("plan", "--json").json["kept"]) == 230


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (429, "limit of 1,200 requests in five minutes is used up. Wait so long and run it again"),
        (401, "refuses CLOUDFLARE_TOKEN. Make one under My Profile, API Tokens"),
        (403, "refuses CLOUDFLARE_TOKEN (of the tests). Make one"),
        (400, "Cloudflare refuses: of the tests."),
        (500, "answers 500"),
        (503, "out of order"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(kept, cloudflare, status, why):
    cloudflare.failures = [status]
    result = kept("plan")
    assert result.status == 1
    assert why in result.err
    assert len(result.err.splitlines()) == 1


def test_a_limit_in_the_middle_leaves_what_was_done_and_the_rest_follows(kept, cloudflare):
    answer = cloudflare.answer

    def limit(method, *rest):
        if method == "POST" and len(cloudflare.records) == 5:
            cloudflare.failures = [429]
            cloudflare.answer = answer
        return answer(method, *rest)

    cloudflare.answer = limit
    result = kept("apply", "--yes")
    assert (result.status, len(cloudflare.records)) == (1, 5)
    assert "what was done stays done" in result.err
    assert kept("apply", "--yes").status == 0
    assert kept("plan").status == 0


def test_a_wrong_token_is_refused_and_never_shown(kept, dns_command):
    dns_command.environ["CLOUDFLARE_TOKEN"] = "a-wrong-token"
    result = kept("plan")
    assert (result.status, "Invalid access token" in result.err) == (1, True)
    assert "a-wrong-token" not in result.out + result.err


def test_without_a_token_it_says_where_to_make_one(kept, dns_command):
    dns_command.environ["CLOUDFLARE_TOKEN"] = ""
    assert kept("plan").err.startswith("Error: CLOUDFLARE_TOKEN is missing. Make one under")


def test_a_zone_that_the_token_does_not_see_is_named_beside_those_it_sees(kept, cloudflare):
    cloudflare.zones = {"other.example": "1"}
    result = kept("apply", "--yes")
    assert result.status == 1
    assert "shows this token no zone octatech.xyz, but other.example" in result.err
    assert cloudflare.records == {}


def test_a_provider_that_is_down_is_one_line(dns_command):
    dns_command.change('provider = "rfc2136"', 'provider = "cloudflare"')
    dns_command.environ["CLOUDFLARE_TOKEN"] = TOKEN
    result = dns_command.run("plan", "--api", "http://127.0.0.1:9", "--json")
    assert result.status == 1
    assert result.json["error"] == "Cloudflare's API cannot be reached (ConnectionError). Run it again later."
