from __future__ import annotations

import msgspec
import pytest

from crm.kernel.errors import ConflictError, FieldError, NotFoundError, ValidationError
from crm.kernel.http.forms import Draft
from crm.kernel.http.paging import Where


class Filters(msgspec.Struct, frozen=True):
    kind: tuple[str, ...] = ()
    done: bool | None = None
    name: str = ""


def test_what_a_block_refuses_becomes_errors_of_the_draft() -> None:
    draft: Draft[Filters] = Draft({"name": "Ada"}, form=Filters())
    assert draft.status == 200
    with draft.collect_errors():
        raise ValidationError([FieldError("name", "Too short."), FieldError("kind", "Unknown.")])
    assert draft.errors == {"name": "Too short.", "kind": "Unknown."}
    assert (draft.status, draft.values) == (422, {"name": "Ada"})


def test_a_form_with_errors_stops_the_block_and_keeps_each_first_message() -> None:
    draft: Draft[Filters] = Draft({}, {"name": "This field is required."})
    written = False
    with draft.collect_errors():
        draft.require_form()
        written = True
    assert not written
    assert draft.errors == {"name": "This field is required."}


def test_a_conflict_becomes_the_error_of_the_named_field() -> None:
    draft: Draft[Filters] = Draft({}, form=Filters())
    with draft.collect_errors(conflict="kind"):
        raise ConflictError("It has leads.")
    assert (draft.errors, draft.status) == ({"kind": "It has leads."}, 409)


def test_all_other_errors_pass() -> None:
    draft: Draft[Filters] = Draft({}, form=Filters())
    with pytest.raises(ConflictError), draft.collect_errors():
        raise ConflictError("It has leads.")
    with pytest.raises(NotFoundError), draft.collect_errors(conflict="kind"):
        raise NotFoundError
    assert draft.status == 200


def test_only_filters_that_have_a_value_add_their_condition() -> None:
    conditions = {"kind": "kind = ANY({})", "done": "done = {}", "name": "name = {}"}
    none, two = Where(), Where(["true"])
    none.add_given(Filters(), conditions)
    two.add_given(Filters(done=False, name="Ada"), conditions)
    assert (str(none), none.values) == ("true", [])
    assert (str(two), two.values) == ("true AND done = $1 AND name = $2", [False, "Ada"])
