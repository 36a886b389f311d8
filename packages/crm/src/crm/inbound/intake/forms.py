"""The enquiry form. Fields that a visitor types are validated. Hidden fields of the page are read as far as possible,
because a broken hidden field must not lose an enquiry."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec

from crm.accounts import form_choices
from crm.accounts.form_choices import CHOICE_FIELDS
from crm.inbound.intake.models import clean_commit
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http import forms
from crm.records.leads import Touch, with_form_fields
from crm.values import Email, Line, NormalForm, clean_line, normalize_email, normalize_phone, tidy_phone
from crm.values.dates import read_reported
from crm.values.messages import describe_choices
from shared.enquiry_form import BY_NAME, FIELDS, HONEYPOT

PAGE_LIMIT = 300
MAX_EXTRAS = 20
EXTRA_LIMIT = 1000
_MISSING = {
    "name": "Tell us your name, so that we know whom to answer.",
    "email": "Write your e-mail address, so that we can answer.",
    "message": "Write a sentence or two about what you need.",
}


def _rule(name: str) -> msgspec.Meta:
    field = BY_NAME[name]
    return msgspec.Meta(
        min_length=1 if field.required else None,
        max_length=field.limit,
        description=f"{field.label} One of the choices that `GET /api/form` gives." if field.choices else field.label,
    )


@with_form_fields(lambda each: Annotated[str, _rule(each.name)], default="", kw_only=True)
class Enquiry(msgspec.Struct, frozen=True, kw_only=True):
    """The enquiry form. What the visitor types is validated. The page adds the other fields, which are shortened and
    never rejected. Unknown fields are stored with the enquiry and otherwise ignored."""

    name: Annotated[Line, _rule("name")]
    email: Annotated[Email, _rule("email")]
    company: Annotated[Line, _rule("company")] = ""
    phone: Annotated[str, NormalForm(tidy_phone), _rule("phone")] = ""
    message: Annotated[str, _rule("message")]
    website: Annotated[str, msgspec.Meta(description="Leave it empty. People never see this field.")] = ""
    form_version: Annotated[str, msgspec.Meta(description="The version of the form.")] = ""
    page: Annotated[str, msgspec.Meta(description="The URL of the page with the form.")] = ""
    commit: Annotated[str, msgspec.Meta(description="The commit the page was built from.")] = ""
    started_at: Annotated[datetime | None, msgspec.Meta(description="When the visitor started to type.")] = None
    sent_at: Annotated[
        datetime | None,
        msgspec.Meta(description="When the visitor pressed Send, at most 30 days ago."),
    ] = None
    first_touch: Annotated[Touch | None, msgspec.Meta(description="The first visit of this visitor.")] = None
    last_touch: Annotated[Touch | None, msgspec.Meta(description="The visit with this enquiry.")] = None


TYPED = tuple(field.name for field in FIELDS)
KNOWN = frozenset(Enquiry.__struct_fields__)
_LIMITS = {HONEYPOT: 500, "form_version": 20, "page": PAGE_LIMIT, "commit": 64}
_TOUCH_LIMITS: dict[str, int] = {
    name: rule["maxLength"] for name, rule in msgspec.json.schema(Touch)["$defs"]["Touch"]["properties"].items()
}
_MOMENTS = ("started_at", "sent_at")
_TOUCHES = ("first_touch", "last_touch")
_NORMAL_FORMS: dict[str, Callable[[str], str]] = {
    "name": clean_line,
    "email": normalize_email,
    "company": clean_line,
    "phone": normalize_phone,
}
"""The worker applies these. Storing an enquiry applies only those that cost little."""


def check(values: dict[str, Any], *, typed: bool) -> tuple[Enquiry, dict[str, str]]:
    """Validate `values` as an enquiry, and return it with the unknown fields as shortened text.

    `typed` means that the values come from JSON, where a number is not text. Choices are those that this process knows,
    retired ones included. Raises `ValidationError` with a message for every invalid field.
    """
    fields = {name: values[name] for name in TYPED if values.get(name) is not None}
    fields |= _clean_hidden_fields(values)
    errors: dict[str, str] = {}
    enquiry = None
    try:
        enquiry = forms.parse(fields, Enquiry, typed=typed)
    except ValidationError as error:
        errors = {field_error.field: _describe(field_error) for field_error in error.errors}
    for name in find_unknown_choices(fields):
        errors.setdefault(name, describe_choices(key for key, _ in form_choices.current().list_options(name)))
    if errors or enquiry is None:
        raise ValidationError([FieldError(name, errors[name]) for name in TYPED if name in errors])
    return enquiry, _extras(values)


def build_body(enquiry: Enquiry, extras: dict[str, str]) -> dict[str, Any]:
    """The stored form of an enquiry: everything that was sent, by field name."""
    sent: dict[str, Any] = msgspec.to_builtins(enquiry)
    return {**extras, **{name: value for name, value in sent.items() if value or name in TYPED}}


def read_stored(body: dict[str, Any]) -> Enquiry:
    """Read a stored enquiry without validation, so that old ones can be replayed after a change of the rules."""
    texts = {name: _text(body.get(name), EXTRA_LIMIT * 64) for name in (*TYPED, *_LIMITS)}
    moments = {name: read_reported(body.get(name)) for name in _MOMENTS}
    touches = {name: Touch(**touch) if (touch := _touch(body.get(name))) else None for name in _TOUCHES}
    return Enquiry(**(texts | _normalize(texts)), **moments, **touches)  # type: ignore[arg-type]


def read_extras(body: dict[str, Any]) -> dict[str, str]:
    """The stored fields that the form does not have."""
    return {name: text for name, text in body.items() if name not in KNOWN and isinstance(text, str)}


def _normalize(texts: dict[str, str]) -> dict[str, str]:
    """The normal form of each value that has one. A value that is none by now stays as it was sent."""
    normal = {}
    for name, convert in _NORMAL_FORMS.items():
        with contextlib.suppress(ValueError):
            normal[name] = convert(texts[name])
    return normal


def _describe(error: FieldError) -> str:
    missing = error.message in ("This field is required.", "This field cannot be empty.")
    return _MISSING.get(error.field, error.message) if missing else error.message


def find_unknown_choices(values: dict[str, Any]) -> list[str]:
    """The fields whose choice this process does not know."""
    known = form_choices.current()
    texts = {name: text for name in CHOICE_FIELDS if isinstance(text := values.get(name), str) and text.strip()}
    return [name for name, text in texts.items() if not known.knows(name, text.strip())]


def _clean_hidden_fields(values: dict[str, Any]) -> dict[str, Any]:
    """The hidden fields, shortened to their limits. Unreadable ones are left out."""
    cleaned: dict[str, Any] = {name: _text(values.get(name), limit) for name, limit in _LIMITS.items()}
    cleaned["commit"] = clean_commit(cleaned["commit"])
    cleaned |= {name: moment.isoformat() for name in _MOMENTS if (moment := read_reported(values.get(name)))}
    cleaned |= {name: touch for name in _TOUCHES if (touch := _touch(values.get(name)))}
    return cleaned


def _text(value: Any, limit: int) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("\x00", "").strip()[:limit]


def _touch(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        # Without script, the page sends it as text in a hidden field.
        try:
            value = msgspec.json.decode(value.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            return {}
    if not isinstance(value, dict):
        return {}
    limited = {name: _text(value.get(name), limit) for name, limit in _TOUCH_LIMITS.items()}
    return {name: text for name, text in limited.items() if text}


def _extras(values: dict[str, Any]) -> dict[str, str]:
    unknown = [name for name in values if name not in KNOWN][:MAX_EXTRAS]
    return {_text(name, 60): _text(_flat(values[name]), EXTRA_LIMIT) for name in unknown if _text(name, 60)}


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
