"""What the enquiry form sends. What a visitor types is checked and told; what the page adds is taken as far as it can
be read, because no enquiry may be lost for a broken hidden field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from crm.intake import emails
from crm.kernel.errors import FieldError, ValidationError
from crm.kernel.http import forms
from crm.leads import Touch, with_form_fields
from shared.enquiry_form import BY_NAME, FIELDS, HONEYPOT

PAGE_LIMIT = 300
EXTRAS = 20
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
        description=field.label,
        extra_json_schema={"enum": ["", *(choice.value for choice in field.choices)]} if field.choices else None,
    )


@with_form_fields(lambda each: Annotated[str, _rule(each.name)], default="", kw_only=True)
class Enquiry(msgspec.Struct, frozen=True, kw_only=True):
    """The enquiry form. What a visitor types is checked. What the page adds is cut to what fits and is never a reason
    to refuse. Names that are not listed here are kept with the enquiry and ignored."""

    name: Annotated[str, _rule("name")]
    email: Annotated[str, _rule("email")]
    company: Annotated[str, _rule("company")] = ""
    phone: Annotated[str, _rule("phone")] = ""
    message: Annotated[str, _rule("message")]
    website: Annotated[str, msgspec.Meta(description="Leave it empty: people never see this field.")] = ""
    form_version: Annotated[str, msgspec.Meta(description="Which form was filled in.")] = ""
    page: Annotated[str, msgspec.Meta(description="Address of the page with the form.")] = ""
    commit: Annotated[str, msgspec.Meta(description="The commit that page was built from.")] = ""
    started_at: Annotated[datetime | None, msgspec.Meta(description="When the visitor began to type.")] = None
    sent_at: Annotated[
        datetime | None,
        msgspec.Meta(description="When Send was pressed. A late arrival keeps this time, up to 30 days back."),
    ] = None
    first_touch: Annotated[Touch | None, msgspec.Meta(description="The visit that first led here.")] = None
    last_touch: Annotated[Touch | None, msgspec.Meta(description="The visit that led to this enquiry.")] = None


TYPED = tuple(field.name for field in FIELDS)
KNOWN = frozenset(Enquiry.__struct_fields__)
_LIMITS = {HONEYPOT: 500, "form_version": 20, "page": PAGE_LIMIT, "commit": 64}
_TOUCH_LIMITS: dict[str, int] = {
    name: rule["maxLength"] for name, rule in msgspec.json.schema(Touch)["$defs"]["Touch"]["properties"].items()
}
_MOMENTS = ("started_at", "sent_at")
_TOUCHES = ("first_touch", "last_touch")


def check(values: dict[str, Any], *, typed: bool) -> tuple[Enquiry, dict[str, str]]:
    """`values` as an enquiry, and whatever else was sent, bounded, as text.

    `typed`: the values come from JSON, so a number is no text. Raises `ValidationError` with every field the visitor
    must look at again, in words for them.
    """
    kept = {name: values[name] for name in TYPED if values.get(name) is not None}
    kept |= _soften(values)
    faults: dict[str, str] = {}
    enquiry = None
    try:
        enquiry = forms.parse(kept, Enquiry, typed=typed)
    except ValidationError as trouble:
        faults = {fault.field: _in_words(fault) for fault in trouble.faults}
    for name, message in _faults_of_meaning(kept):
        faults.setdefault(name, message)
    if faults or enquiry is None:
        raise ValidationError([FieldError(name, faults[name]) for name in TYPED if name in faults])
    return enquiry, _extras(values)


def body_of(enquiry: Enquiry, extras: dict[str, str]) -> dict[str, Any]:
    """What is stored of an enquiry: everything that was sent, by the names it was sent under."""
    sent: dict[str, Any] = msgspec.to_builtins(enquiry)
    return {**extras, **{name: value for name, value in sent.items() if value or name in TYPED}}


def enquiry_of(body: dict[str, Any]) -> Enquiry:
    """A stored enquiry again. Nothing is checked: what was once taken in can be replayed after any change of rules."""
    texts = {name: _text(body.get(name), EXTRA_LIMIT * 64) for name in (*TYPED, *_LIMITS)}
    moments = {name: _moment(body.get(name)) for name in _MOMENTS}
    touches = {name: Touch(**touch) if (touch := _touch(body.get(name))) else None for name in _TOUCHES}
    return Enquiry(**texts, **moments, **touches)  # type: ignore[arg-type]


def extras_of(body: dict[str, Any]) -> dict[str, str]:
    """What was sent under names the form does not have."""
    return {name: text for name, text in body.items() if name not in KNOWN and isinstance(text, str)}


def _in_words(fault: FieldError) -> str:
    missing = fault.message in ("This is needed.", "This cannot be empty.")
    return _MISSING.get(fault.field, fault.message) if missing else fault.message


def _faults_of_meaning(values: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for field in FIELDS:
        value = values.get(field.name)
        text = value.strip() if isinstance(value, str) else ""
        if text and field.choices and text not in {choice.value for choice in field.choices}:
            found.append((field.name, "Choose one of the values offered."))
        if text and field.kind == "email" and (said := emails.fault_of(text)):
            found.append((field.name, said))
    return found


def _soften(values: dict[str, Any]) -> dict[str, Any]:
    """What the page adds, cut and mended until it fits; what cannot be read is left out."""
    soft: dict[str, Any] = {name: _text(values.get(name), limit) for name, limit in _LIMITS.items()}
    soft |= {name: moment.isoformat() for name in _MOMENTS if (moment := _moment(values.get(name)))}
    soft |= {name: touch for name in _TOUCHES if (touch := _touch(values.get(name)))}
    return soft


def _text(value: Any, limit: int) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("\x00", "").strip()[:limit]


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _touch(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        # A page without fetch sends it as text in a hidden field.
        try:
            value = msgspec.json.decode(value.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            return {}
    if not isinstance(value, dict):
        return {}
    fitted = {name: _text(value.get(name), limit) for name, limit in _TOUCH_LIMITS.items()}
    return {name: text for name, text in fitted.items() if text}


def _extras(values: dict[str, Any]) -> dict[str, str]:
    strange = [name for name in values if name not in KNOWN][:EXTRAS]
    return {_text(name, 60): _text(_flat(values[name]), EXTRA_LIMIT) for name in strange if _text(name, 60)}


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
