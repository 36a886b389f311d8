"""The list of leads, contacts or companies, with search, filters, columns, saved views and paging."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.errors import ValidationError
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request
from crm.records import saved_views, tags
from crm.records.common import column_sizes, columns, filter_chips, list_state
from crm.records.common.prev_next import list_query
from crm.records.common.record_pages import RecordPages, Values

NO_FILTERS: Values = {"filter_choices": {}, "linked_filters": [], "tabbed": []}


async def list_records(pages: RecordPages, request: Request) -> Response:
    """The list with search, filters, sort and paging; for htmx only the rows.

    What the URL asks for and is wrong or unknown is named and left out; a wrong value stays in its control. The forms
    of filters and columns lead on to the list that they ask for.
    """
    changed = columns.read_change(request, pages.columns)
    if changed is None:
        changed = filter_chips.read_change(request, pages.filters)
    if changed is not None:
        return responses.see_other(f"{pages.url}?{changed}" if changed else pages.url)
    query, errors = _read_query(pages, request)
    async with request.db.connection() as conn:
        try:
            page = await pages.record.list_page(conn, query)
        except ValidationError as error:  # of a value that only the database can judge
            query, errors = _read_query(pages, request, {each.field: each.message for each in error.errors})
            page = await pages.record.list_page(conn, query)
        values = {**NO_FILTERS, **await pages.list_values(conn, request, query, page)}
        saved = await saved_views.list_views(conn, pages.record.plural, request.actor.id)
        tag_set = await tags.read_tags(conn)
        sizes = await column_sizes.read_sizes(conn, request, pages.record.plural)
    # Without a tag on the page its column would only take room from the others.
    is_tagged = any(tag_set.of(record.tag_ids) for record in page.data)
    chosen = columns.read_columns(request, pages.columns, without=() if is_tagged else ("tag_ids",))
    chosen = column_sizes.apply_sizes(chosen, sizes)
    choices = {**values.pop("filter_choices"), "tag": tuple((tag.id, tag.name) for tag in tag_set.every)}
    chips = [
        chip
        for chip in filter_chips.list_chips(pages.filters, query, choices)
        if not (chip.operator == "is" and chip.names[0] in values["tabbed"])
    ]
    base = [(name, value) for name, value in request.asked if name not in errors and name != "cursor"]
    state = list_state.read_state(base)
    shown = dict(request.asked).get("view", "")
    view = next((each for each in saved if str(each.view.id) == shown), None)
    return views.page(
        request, "common/list.html", block="rows", headers=views.clean_url(request), pages=pages,
        status=422 if errors else 200, errors=errors, labels=filter_chips.list_labels(pages.filters),
        parts=f"{pages.record.plural}/list_parts.html", page=page, query=query, columns=chosen,
        sizes=sizes, filter_choices=choices, tags=tag_set, active_filters=[*values["linked_filters"], *chips],
        list_base=urlencode(base), saved_views=saved,
        open_view=view, state=state, new_state=column_sizes.add_to_state(base, sizes),
        differs=view is not None and state != list_state.read_query(view.view.query),
        unknown=[*_list_unknown(pages, request), *chosen.unknown],
        list_query=list_query(pages.record, request), **values,
    )  # fmt: skip


def _read_query(
    pages: RecordPages, request: Request, wrong: Mapping[str, str] | None = None
) -> tuple[Any, dict[str, str]]:
    """What the URL asks for, without what is `wrong` or cannot be read, and the message for each of these."""
    form = pages.record.filter
    errors = dict(wrong or {})
    try:
        query: Any = _parse(form, request, errors)
    except ValidationError as error:
        errors |= {each.field: each.message for each in error.errors}
        query = _parse(form, request, errors)
    sorts = pages.record.table.sorts
    if query.sort and query.sort.removeprefix("-") not in sorts:
        errors["sort"] = f"There is no such order. Sort by one of: {', '.join(sorted(sorts))}."
        query = msgspec.structs.replace(query, sort="", cursor="")
    return query, errors


def _parse(form: type[msgspec.Struct], request: Request, without: Mapping[str, str]) -> Any:
    pairs = [pair for pair in request.asked if pair[0] not in without]
    return forms.parse(forms.gather(pairs, form), form, typed=False)


def _list_unknown(pages: RecordPages, request: Request) -> list[str]:
    """The parameters of the URL that this list does not know, such as a filter by a field that is gone."""
    own = (columns.PARAMETER, column_sizes.PARAMETER)
    known = {*pages.record.filter.__struct_fields__, *list_state.NOT_STATE, *own}
    return [name[:60] for name in dict.fromkeys(name for name, value in request.asked if value) if name not in known]
