"""The pages of changed records."""

from __future__ import annotations

from collections.abc import Sequence

from crm.records.change_sets import Change

_URLS = {
    "lead": "/leads", "contact": "/contacts", "company": "/companies", "task": "/tasks", "tag": "/tags",
    "stage": "/settings/pipeline", "template": "/settings/templates", "view": "/views", "reminders": "/reminders",
    "choice": "/settings/form",
}  # fmt: skip
"""The pages of the records. That of a view leads to the list that it shows."""
_LISTS = {"view": "/leads"}
_WITHOUT_PAGE = ("tag", "reminders")
"""Records that have no page of their own."""


def find_url(noun: str, record_id: int) -> str:
    """The page of a record, or that which lists it; empty for what has none."""
    if noun in _WITHOUT_PAGE:
        return _URLS[noun]
    return f"{_URLS[noun]}/{record_id}" if noun in _URLS else ""


def find_page(changes: Sequence[Change], back: str = "") -> str:
    """The page to go to after undo: `back`, unless it is gone now; or that of the only record, or a list.

    One record that was deleted is shown again.
    """
    records = {(each.noun, each.record_id) for each in changes if each.noun in _URLS}
    if not records:
        records = {_find_subject(each) for each in changes if each.noun in ("activity", "file")}
    gone = {find_url(each.noun, each.record_id) for each in changes if each.verb in ("created", "restored")}
    path = back.partition("?")[0]
    is_gone = any(path == url or path.startswith(f"{url}/") for url in gone)
    is_back = len(records) == 1 and any(each.verb == "deleted" for each in changes)
    if back and not is_gone and not is_back:
        return back
    if len(records) == 1:
        ((noun, record_id),) = records
        url = find_url(noun, record_id)
        return _LISTS.get(noun, _URLS[noun]) if url in gone else url
    nouns = {noun for noun, _ in records}
    return next((url for noun, url in _URLS.items() if noun in nouns), "/changes")


def _find_subject(change: Change) -> tuple[str, int]:
    """The record that an activity or file is about. One of a lead names the contact and company too."""
    values = {**change.before, **change.after}
    return next((noun, values[f"{noun}_id"]) for noun in ("lead", "contact", "company") if values.get(f"{noun}_id"))
