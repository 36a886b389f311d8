from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crm.values import (
    clean_line,
    formats,
    has_visible_character,
    in_zone,
    is_placeholder,
    make_comparable,
    normalize_currency,
    normalize_domain,
    normalize_moment,
    normalize_phone,
    normalize_website,
    parse_moment,
    phone_url,
    registrable_domain,
)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("+49 (0)30 123-4567", "+49 30 1234567"),
        ("\u202a+49 30 1234567\u202c", "+49 30 1234567"),
        ("tel:0049\u00a0301234567", "+49 30 1234567"),
        ("＋４９ ３０ １２３４５６７", "+49 30 1234567"),
        ("+1 (212) 555-0123 x12", "+1 212-555-0123 ext. 12"),
        ("030 123456", "030 123456"),
        ("+49 30 1234567 after 5 pm", "+49 30 1234567 after 5 pm"),
        ("+49 30 1234567 / +49 30 7654321", "+49 30 1234567 / +49 30 7654321"),
        ("-", ""),
        ("n/a", ""),
    ],
)
def test_a_phone_number_has_one_form_and_nothing_else_is_lost(typed: str, normal: str):
    assert normalize_phone(typed) == normal
    assert normalize_phone(normal) == normal


def test_a_phone_number_without_a_digit_is_refused():
    with pytest.raises(ValueError, match=r"such as \+49 30 1234567"):
        normalize_phone("call me")


@pytest.mark.parametrize(
    ("phone", "url"),
    [
        ("+49 (0)30 123-4567", "tel:+49301234567"),
        ("+49 30 1234567 ext. 12", "tel:+49301234567;ext=12"),
        ("030/123 45", "tel:03012345"),
        ("(030) 123 45 or ask Ada", "tel:03012345"),
        ('1"><script>', "tel:1"),
        ("ask Ada", ""),
    ],
)
def test_a_link_calls_the_number_and_holds_nothing_else(phone: str, url: str):
    assert phone_url(phone) == url


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("acme.example", "https://acme.example"),
        ("//acme.example/a", "https://acme.example/a"),
        ("HTTP://ACME.example/A?b=C#d", "http://acme.example/A?b=C#d"),
        ("https://xn--mnchen-3ya.example", "https://münchen.example"),
        ("acme.example:8443", "https://acme.example:8443"),
        ("\u200bacme.example ", "https://acme.example"),
    ],
)
def test_a_website_is_understood_without_its_scheme(typed: str, normal: str):
    assert normalize_website(typed) == normal


@pytest.mark.parametrize(
    "typed", ["javascript:alert(1)", "ftp://acme.example", "acme", "https://a b.example", "https://x:y@acme.example"]
)
def test_anything_but_a_web_address_is_refused(typed: str):
    with pytest.raises(ValueError, match="such as https"):
        normalize_website(typed)


@pytest.mark.parametrize("typed", ["Acme.Example", "@acme.example", "ada@acme.example", "https://www.acme.example/a"])
def test_a_domain_is_understood_however_it_is_written(typed: str):
    assert normalize_domain(typed) == "acme.example"


def test_a_domain_has_one_form_in_its_own_script():
    assert normalize_domain("XN--MNCHEN-3YA.example") == normalize_domain("münchen.example") == "münchen.example"


def test_the_registrable_domain_follows_the_public_suffix_list():
    assert registrable_domain("outlook.acme.co.uk") == "acme.co.uk"
    assert registrable_domain("co.uk") == ""


@pytest.mark.parametrize(("typed", "code"), [("usd", "USD"), (" €", "EUR"), ("", "")])
def test_a_currency_is_understood(typed: str, code: str):
    assert normalize_currency(typed) == code


@pytest.mark.parametrize("typed", ["xyz", "$", "euro"])
def test_what_is_no_currency_is_refused(typed: str):
    with pytest.raises(ValueError, match="three letters"):
        normalize_currency(typed)


@pytest.mark.parametrize("text", ["", " ", "\u200b\ufeff", "\u3164", "\u2800", "\u115f\u1160", "\u034f", "\U000e0041"])
def test_text_of_invisible_characters_shows_nothing(text: str):
    assert not has_visible_character(text)
    assert clean_line(text) == ""


def test_a_name_keeps_its_letters_and_loses_what_changes_the_direction():
    assert clean_line("Ada\u202e  Love\u00a0lace\t\u2066X\u2069") == "Ada Love lace X"
    assert clean_line("Zoe\u0308") == "Zoë"
    assert clean_line("علی\u200cرضا") == "علی\u200cرضا"


@pytest.mark.parametrize("typed", ["Ada Lovelace", "ada\u00a0 lovelace", "ADA\tLOVELACE ", "Ada\u200b Lovelace"])
def test_names_that_look_alike_are_equal_for_a_confirmation(typed: str):
    assert make_comparable(typed) == make_comparable("Ada  Lovelace")


@pytest.mark.parametrize("text", ["n/a", "N.A.", "-", "—", "none", "Test", "test  test", "...", "keine", "?"])
def test_placeholders_are_known(text: str):
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["Acme", "東京商事", "3M", "No Name GmbH", "Testo SE"])
def test_names_are_no_placeholders(text: str):
    assert not is_placeholder(text)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "1899-12-31", "2201-01-01"])
def test_dates_far_away_are_refused(text: str):
    with pytest.raises(ValueError, match="between 1900 and 2200"):
        normalize_moment(text)


def test_a_date_begins_at_midnight_of_the_zone():
    assert parse_moment("2026-11-22", "Europe/Bucharest") == datetime(2026, 11, 21, 22, tzinfo=UTC)


def test_a_moment_at_the_end_of_the_calendar_can_be_shown():
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert in_zone(last, "Europe/Bucharest") == last
    assert "9999" in formats.when(last, "Europe/Bucharest", last - timedelta(days=400))
    assert "23:59 UTC" in formats.stamp(last, "Europe/Bucharest")


def test_amounts_have_one_form_and_are_never_added_across_currencies():
    assert formats.format_money(Decimal("12500.00"), "EUR") == "EUR 12,500"
    assert formats.format_money(1000.5, "USD") == "USD 1,000.50"
    totals = [("EUR", Decimal(1000)), ("JPY", Decimal(500000)), ("USD", Decimal(1000))]
    assert formats.format_totals(totals) == "EUR 1,000 · JPY 500,000 · USD 1,000"


def test_a_moment_that_a_browser_reported_reads_as_any_other():
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert ">today 12:30</time>" in formats.when("2026-11-22T10:30:00Z", "Europe/Bucharest", now)
    assert formats.when("<b>soon</b>", "UTC", now) == "&lt;b&gt;soon&lt;/b&gt;"
