"""A snapshot of the form's choices: what is read of it, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.enquiry_form import BY_NAME, FIELDS
from shared.form_snapshot import SnapshotError, apply_snapshot, read_snapshot, take_snapshot, write_snapshot


def encode(**choices: Any) -> bytes:
    return json.dumps({"choices": choices}).encode()


def test_what_is_written_is_read_again() -> None:
    snapshot = take_snapshot(FIELDS)
    assert read_snapshot(write_snapshot(snapshot)) == snapshot
    assert apply_snapshot(snapshot) == FIELDS


def test_a_field_that_the_snapshot_does_not_know_keeps_its_choices_and_one_that_the_form_lacks_is_left_out() -> None:
    snapshot = read_snapshot(encode(source=[{"value": "fair", "label": "A fair"}], gone=[{"value": "a", "label": "A"}]))
    fields = {field.name: field for field in apply_snapshot(snapshot)}
    assert [choice.label for choice in fields["source"].choices] == ["A fair"]
    assert fields["budget"] == BY_NAME["budget"]
    assert fields["name"] == BY_NAME["name"]
    assert "gone" not in fields


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "truncated"),
        (b"\xff", "malformed"),
        (b"[]", "Expected `object`"),
        (b"{}", "missing required field `choices`"),
        (encode(source=[{"value": "A b", "label": "A"}]), "matching regex"),
        (encode(source=[{"value": "a", "label": ""}]), "length >= 1"),
        (encode(source=[{"value": "a", "label": "x" * 81}]), "length <= 80"),
        (encode(source=[{"value": "a"}]), "missing required field `label`"),
        (encode(source=[]), "`source` has no choices"),
        (encode(source=[{"value": "a", "label": "A"}, {"value": "a", "label": "B"}]), "a choice twice: a"),
        (b" " * 300_000, "larger than"),
    ],
)
def test_what_is_no_snapshot_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(SnapshotError, match=reason):
        read_snapshot(data)
