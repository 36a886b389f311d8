"""The contract: the form of `shared.enquiry_form` and what the API reads are one thing."""

from __future__ import annotations

from typing import Any

import factories
import msgspec
import pytest

from crm.inbound import intake
from crm.inbound.intake.forms import TYPED, build_body, read_stored
from crm.kernel.errors import ValidationError
from crm.records import leads
from shared.enquiry_form import FIELDS, HONEYPOT

SCHEMA: dict[str, Any] = msgspec.json.schema(intake.forms.Enquiry)["$defs"]["Enquiry"]


def errors(**changes: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as raised:
        intake.forms.check(factories.build_enquiry(**changes), typed=True)
    return {error.field: error.message for error in raised.value.errors}


def parse(**changes: Any) -> intake.forms.Enquiry:
    return intake.forms.check(factories.build_enquiry(**changes), typed=True)[0]


def test_every_field_of_the_form_is_read_with_its_limit_and_says_where_its_choices_are():
    for field in FIELDS:
        rule = SCHEMA["properties"][field.name]
        assert rule["maxLength"] == field.limit
        assert ("`GET /api/form`" in rule["description"]) == bool(field.choices)


def test_the_same_fields_are_required_here_and_there():
    assert set(SCHEMA["required"]) == {field.name for field in FIELDS if field.required}


def test_nothing_a_visitor_types_is_read_that_the_form_does_not_have():
    from_the_page = {"form_version", "page", "commit", "started_at", "sent_at", "first_touch", "last_touch"}
    assert set(SCHEMA["properties"]) - from_the_page == {*(field.name for field in FIELDS), HONEYPOT}


def test_every_field_of_the_form_has_its_place_on_a_lead():
    assert set(TYPED) <= set(leads.NewLead.__struct_fields__)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_field_at_its_limit_is_taken_and_one_letter_more_is_an_error(field: Any):
    if field.choices:
        assert errors(**{field.name: "x" * (field.limit + 1)}).keys() == {field.name}
        return
    longest = (
        "a" * (field.limit - 12) + "@aaa.example"
        if field.kind == "email"
        else ("1" if field.kind == "tel" else "ä") * field.limit
    )
    if field.kind != "email":
        assert getattr(parse(**{field.name: longest}), field.name) == longest
    assert errors(**{field.name: "a" + longest}).keys() == {field.name}


def test_every_error_is_named_at_once_in_the_order_of_the_form():
    said = errors(name="", email="ada", budget="a lot", message="  ")
    assert list(said) == ["name", "email", "budget", "message"]
    assert said["name"] == "Tell us your name, so that we know whom to answer."
    assert said["budget"] == "Choose one of: under_5k, from_5k_to_15k, from_15k_to_50k, over_50k, unsure."


def test_an_error_of_the_form_and_one_of_the_address_are_named_together():
    assert list(errors(email="ada", phone="1" * 41)) == ["email", "phone"]


def test_empty_and_missing_choices_are_no_errors():
    form = parse(budget="", source=None, phone=None, company="")
    assert (form.budget, form.source, form.phone, form.company) == ("", "", "", "")


def test_null_means_not_given():
    form, _ = intake.forms.check({**factories.build_enquiry(), "phone": None}, typed=True)
    assert form.phone == ""


def test_a_nul_in_what_was_typed_is_an_error():
    assert errors(name="Grace\x00Hopper") == {"name": "Remove the NUL character."}


def test_a_number_is_no_text():
    assert errors(phone=15550100) == {"phone": "Enter text."}


def test_white_space_around_is_no_part_of_it_and_lines_end_in_one_way():
    form = parse(name="  Grace Hopper ", message="One\r\ntwo\r\n")
    assert (form.name, form.message) == ("Grace Hopper", "One\ntwo")


def test_what_the_page_adds_never_refuses_an_enquiry():
    form = parse(
        page="/" * 5000,
        commit=["x"],
        form_version=7,
        sent_at="yesterday",
        started_at=12,
        first_touch="{broken",
        last_touch={"path": "/blog/" + "x" * 5000, "referrer": 3, "utm_source": "a\x00b", "strange": "1"},
        website="\x00",
    )
    assert (len(form.page), form.commit, form.form_version, form.website) == (300, "", "7", "")
    assert (form.sent_at, form.started_at, form.first_touch) == (None, None, None)
    assert form.last_touch is not None
    assert (len(form.last_touch.path), form.last_touch.referrer, form.last_touch.utm_source) == (300, "3", "ab")


def test_a_touch_may_come_as_text_in_a_hidden_field():
    form = parse(first_touch='{"path": "/blog/", "utm_source": "news"}')
    assert form.first_touch == leads.Touch(path="/blog/", utm_source="news")


def test_unknown_fields_are_kept_within_bounds_and_refuse_nothing():
    strange = {f"field_{number}": "x" * 5000 for number in range(50)}
    form, extras = intake.forms.check(
        {**factories.build_enquiry(), "nested": {"a": [1, "\x00"]}, **strange}, typed=True
    )
    assert form.name == "Grace Hopper"
    assert len(extras) == 20
    assert extras["nested"] == '{"a":[1,"\\u0000"]}'
    assert {len(text) for name, text in extras.items() if name != "nested"} == {1000}


def test_what_is_stored_gives_the_same_enquiry_again():
    form, extras = intake.forms.check(
        factories.build_enquiry(
            sent_at="2026-11-22T10:00:00Z", first_touch={"path": "/"}, website="x", page="/", commit="abc", more="1"
        ),
        typed=True,
    )
    assert read_stored(msgspec.json.decode(msgspec.json.encode(build_body(form, extras)))) == form


def test_a_stored_enquiry_can_be_replayed_after_its_choice_was_removed_from_the_form():
    assert read_stored({"name": "Grace", "budget": "a choice of old"}).budget == "a choice of old"


def test_an_extra_field_cannot_stand_in_for_one_of_the_form():
    form, extras = intake.forms.check(factories.build_enquiry(), typed=True)
    assert build_body(form, {**extras, "name": "Mallory"})["name"] == "Grace Hopper"
