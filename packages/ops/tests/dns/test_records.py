"""Values have one form, whoever wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.dns.records import Record, from_zone_form, record, zone_form


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2606:50C0:8000:0:0:0:0:153", "2606:50c0:8000::153"),
        ("CNAME", "Galer7.GitHub.io.", "galer7.github.io."),
        ("MX", "10   Mail.example.", "10 mail.example."),
        ("CAA", "0 issue letsencrypt.org", '0 issue "letsencrypt.org"'),
        ("SRV", "1 2 443 Host.example.", "1 2 443 host.example."),
        ("TXT", 'a "quoted" word; and \\ more', 'a "quoted" word; and \\ more'),
    ],
)
def test_each_type_has_one_form(kind, written, kept):
    assert record("X.Octatech.xyz.", kind, 300, [written, written]) == Record("x.octatech.xyz", kind, 300, (kept,))


def test_a_long_text_is_cut_into_strings_of_255_bytes():
    assert zone_form("TXT", "k" * 300) == f'"{"k" * 255}" "{"k" * 45}"'


@given(st.text(max_size=700))
def test_every_text_comes_back_from_a_zone_file(text):
    assert from_zone_form("TXT", zone_form("TXT", text)) == text
