"""Reading what people and programs send."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http.forms import gather, parse
from crm.records.companies.forms import NewCompany
from crm.records.contacts.forms import NewContact
from crm.records.leads import NewLead


class Order(msgspec.Struct, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=5)]
    note: str = ""
    price: Decimal = Decimal(0)
    number: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    on: date | None = None
    kind: Literal["a", "b"] = "a"
    marks: list[str] = []
    paid: bool = False


def errors(values: dict[str, Any], *, typed: bool = True) -> dict[str, str]:
    with pytest.raises(ValidationError) as raised:
        parse(values, Order, typed=typed)
    return {error.field: error.message for error in raised.value.errors}


def test_every_error_is_named_at_once():
    assert errors({"name": "too long", "price": [], "number": 0, "kind": "c", "on": "soon"}) == {
        "name": "This is 3 characters too long. Use at most 5.",
        "price": "Enter a number.",
        "number": "Must be 1 or more.",
        "kind": "Choose one of: a, b.",
        "on": "Enter a date such as 2026-11-22.",
    }


def test_what_is_required_and_missing_or_empty_gets_the_same_error():
    assert errors({}) == errors({"name": ""}) == errors({"name": "   "}) == {"name": "This field is required."}


def test_json_holds_to_its_types_and_names():
    assert errors({"name": 5, "strange": 1}) == {"strange": "Unknown field.", "name": "Enter text."}
    assert errors({"name": "x", "paid": "true"}) == {"paid": "Enter true or false."}


def test_a_page_s_text_is_converted_and_its_buttons_are_left_alone():
    values = {"name": "x", "price": "12.50", "on": "2026-11-22", "paid": "true", "save": "1"}
    assert parse(values, Order, typed=False) == Order("x", price=Decimal("12.50"), on=date(2026, 11, 22), paid=True)


def test_a_number_or_date_left_empty_on_a_page_is_one_not_given_and_text_may_be_emptied():
    assert parse({"name": "x", "price": "", "number": "", "on": "", "note": ""}, Order, typed=False) == Order("x")


def test_white_space_around_text_goes_and_lines_end_in_one_way():
    assert parse({"name": " x ", "note": "a\r\nb\r\n"}, Order) == Order("x", note="a\nb")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "a\x00b"}, "Remove the NUL character."),
        ({"name": "x", "marks": ["a", "\x00"]}, "Remove the NUL character."),
    ],
)
def test_a_nul_is_found_wherever_it_hides(values: dict[str, Any], said: str):
    assert said in errors(values).values()


def test_a_value_too_deep_to_look_through_is_refused():
    deep: Any = "x"
    for _ in range(50):
        deep = [deep]
    assert "nested too deeply" in errors({"name": "x", "marks": deep})["marks"]


def test_a_field_that_takes_several_gathers_them_and_any_other_takes_the_last():
    pairs = [("name", "a"), ("marks", "x,y"), ("marks", "z"), ("name", "b")]
    assert gather(pairs, Order) == {"name": "b", "marks": ["x", "y", "z"]}


@given(st.dictionaries(st.sampled_from([*Order.__struct_fields__, "other"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)), st.booleans())  # fmt: skip
def test_whatever_is_sent_is_either_a_form_or_errors_in_words(values: dict[str, Any], typed: bool):
    try:
        assert isinstance(parse(values, Order, typed=typed), Order)
    except ValidationError as error:
        assert all(field_error.message.endswith(".") for field_error in error.errors)


@pytest.mark.parametrize(
    ("form", "name", "message"),
    [
        (NewLead, "email", "Enter an e-mail address, such as name@example.com."),
        (NewLead, "budget", "Choose one of: under_5k, from_5k_to_15k, from_15k_to_50k, over_50k, unsure."),
        (NewLead, "currency", "Enter the three letters of a currency, such as EUR or USD."),
        (NewContact, "email", "Enter an e-mail address, such as name@example.com."),
        (NewCompany, "domain", "Enter a domain, such as acme.com."),
        (NewCompany, "website", "Enter a web address, such as https://acme.example."),
    ],
)
def test_a_value_of_the_wrong_format_gets_a_hint(form: type[msgspec.Struct], name: str, message: str):
    with pytest.raises(ValidationError) as caught:
        parse({"name": "Ada", name: "not right"}, form)
    assert caught.value.errors == (FieldError(name, message),)
