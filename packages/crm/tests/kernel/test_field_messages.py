"""Every field of every form says what to enter when its value has the wrong format."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from crm import routes
from crm.kernel.errors import ValidationError
from crm.kernel.http import form_fields, forms

WRONG: tuple[Any, ...] = (
    "x", 1, -1, 1.5, 10**30, True, None, [], ["x"], [1], {}, "2026-13-45", "2026-11-22T10:00", "nan", "1e400", "a b",
    "<b>", "x" * 100_000,
)  # fmt: skip
GENERIC = ("This value is not valid.", "This format is not valid.")
BODIES = sorted({route.body for route in routes.table() if route.body}, key=lambda form: form.__name__)
QUERIES = sorted({route.query for route in routes.table() if route.query}, key=lambda form: form.__name__)


def list_messages(form: type[msgspec.Struct], name: str, *, typed: bool) -> set[str]:
    """What the field says to each wrong value."""
    found = set()
    for value in WRONG:
        try:
            forms.parse({name: value}, form, typed=typed)
        except ValidationError as error:
            found |= {field_error.message for field_error in error.errors if field_error.field == name}
    return found


@pytest.mark.parametrize("form", BODIES, ids=lambda form: form.__name__)
def test_every_field_of_a_body_has_a_sentence_for_each_wrong_value(form: type[msgspec.Struct]):
    for field in form_fields.plan(form):
        messages = list_messages(form, field.said, typed=True)
        assert messages, field.said
        assert messages.isdisjoint(GENERIC), field.said


@pytest.mark.parametrize("form", QUERIES, ids=lambda form: form.__name__)
def test_every_parameter_of_a_list_has_a_sentence_for_each_wrong_value(form: type[msgspec.Struct]):
    for field in form_fields.plan(form):
        assert list_messages(form, field.said, typed=False).isdisjoint(GENERIC), field.said


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("hours", 1.5, "Enter a whole number."),
        ("hours", "many", "Enter a whole number."),
        ("value", "much", "Enter a number."),
        ("owner_id", "Ada", "Enter a whole number."),
        ("next_action_on", "soon", "Enter a date such as 2026-11-22."),
        ("first_touch", "blog", "Enter an object."),
    ],
)
def test_a_sentence_says_what_to_enter(name: str, value: Any, message: str):
    new_lead = next(form for form in BODIES if form.__name__ == "NewLead")
    assert list_of(new_lead, name, value) == [message]


def test_a_moment_is_more_than_a_date():
    activity = next(form for form in BODIES if form.__name__ == "NewActivity")
    for value in ("yesterday", "2026-11-22T10:00:00", 7):
        assert list_of(activity, "at", value) == ["Enter a date and time such as 2026-11-22T14:30:00Z."]


def list_of(form: type[msgspec.Struct], name: str, value: Any) -> list[str]:
    """What the field says to this value."""
    with pytest.raises(ValidationError) as caught:
        forms.parse({name: value}, form)
    return [error.message for error in caught.value.errors if error.field == name]
