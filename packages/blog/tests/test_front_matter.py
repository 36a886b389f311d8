"""The flat reader and YAML never disagree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blog import frontmatter

_LINES = st.one_of(
    st.builds("{}: {}".format, st.sampled_from("abcde"), st.text("ab :#-[]{}'\",\\~&*!|>%@`?0.\téñ", max_size=12)),
    st.builds("  - {}".format, st.text("ab :#-[]'\"é", min_size=1, max_size=8)),
    st.builds("{}:".format, st.sampled_from("abcde")),
)


@settings(deadline=None)
@given(st.lists(_LINES, max_size=5).map("\n".join))
def test_what_the_flat_reader_accepts_yaml_reads_the_same(head):
    flat = frontmatter._flat(head)
    if flat is not None:
        assert frontmatter._yaml(head) == flat


def test_common_front_matter_needs_no_yaml():
    head = 'title: "A: b"\ndate: 2026-01-02T10:00:00Z\ntags: [a, b-c]\ndraft: false\nimage: /images/a.png'
    flat = frontmatter._flat(head)
    assert flat is not None
    assert flat["title"].value == "A: b"
    assert flat["tags"].value == ["a", "b-c"]


@pytest.mark.parametrize("head", ["title: 'it''s'", "title: >\n  folded\n  text", "tags: ['a, b', \"c\"]", "a: {b: c}"])
def test_richer_yaml_is_left_to_the_library(head):
    assert frontmatter._flat(head) is None


def test_a_folded_text_is_read():
    assert frontmatter.read("description: >\n  one\n  two")["description"].value.strip() == "one two"
