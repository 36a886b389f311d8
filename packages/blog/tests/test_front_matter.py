"""The small parser and PyYAML always agree."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from blog import front_matter

_LINES = st.one_of(
    st.builds("{}: {}".format, st.sampled_from("abcde"), st.text("ab :#-[]{}'\",\\~&*!|>%@`?0.\téñ", max_size=12)),
    st.builds("  - {}".format, st.text("ab :#-[]'\"é", min_size=1, max_size=8)),
    st.builds("{}:".format, st.sampled_from("abcde")),
)


@settings(deadline=None)
@example("a: 0\t")
@given(st.lists(_LINES, max_size=5).map("\n".join))
def test_pyyaml_reads_what_the_small_parser_accepts_in_the_same_way(head):
    entries = front_matter._parse_flat(head)
    if entries is not None:
        assert front_matter._parse_yaml(head) == entries


def test_common_front_matter_needs_no_pyyaml():
    head = 'title: "A: b"\ndate: 2026-01-02T10:00:00Z\ntags: [a, b-c]\ndraft: false\nimage: /images/a.png'
    entries = front_matter._parse_flat(head)
    assert entries is not None
    assert entries["title"].value == "A: b"
    assert entries["tags"].value == ["a", "b-c"]


@pytest.mark.parametrize("head", ["title: 'it''s'", "title: >\n  folded\n  text", "tags: ['a, b', \"c\"]", "a: {b: c}"])
def test_other_yaml_is_left_to_pyyaml(head):
    assert front_matter._parse_flat(head) is None


def test_a_folded_text_is_read():
    assert front_matter.parse_entries("description: >\n  one\n  two")["description"].value.strip() == "one two"
