"""Companies on pages: what is different from other records."""

from __future__ import annotations

from crm.kernel.db import Connection
from crm.kernel.http.paging import Page
from crm.kernel.http.request import Request
from crm.records import activities, files, related, stages, tasks
from crm.records.common import ActiveFilter, Column, RecordPages, Values
from crm.records.companies.api import RECORD
from crm.records.companies.forms import FIELDS, FILTERS, SORTS, CompanyFilter, EditCompany, NewCompany
from crm.records.companies.models import Company

MOST_RELATED = 20
COLUMNS = (
    Column(name="name", label="Name", sort="name", style="cell-wide"),
    Column(name="domain", label="Domain", sort="domain", style="cell-some column-3"),
    Column(name="contacts", label="Contacts", style="num"),
    Column(name="open_leads", label="Open leads", sort="open_leads", descending=True, style="num"),
    Column(name="won", label="Won", sort="won", descending=True, style="num cell-some"),
    Column(name="last_contact", label="Last contact", style="column-2"),
    Column(name="tag_ids", label="Tags", style="column-3"),
    Column(name="website", label="Website", shown=False, style="cell-some column-3"),
    Column(name="phone", label="Phone", shown=False, style="column-3"),
    Column(name="created_at", label="Created", shown=False, sort="created_at", descending=True, style="column-3"),
    Column(name="updated_at", label="Changed", shown=False, sort="updated_at", descending=True, style="column-3"),
)
"""The columns of the list, in their usual order."""


async def _list_values(conn: Connection, _: Request, query: CompanyFilter, page: Page[Company]) -> Values:
    return {
        "linked_filters": [ActiveFilter(("q",), f"“{query.q}”")] if query.q else [],
        "summaries": await related.read_summaries(conn, [company.id for company in page.data]),
        "open_stages": stages.current().open_keys,
    }


async def _detail_values(conn: Connection, request: Request, company: Company) -> Values:
    return {
        "timeline": await activities.read_timeline(conn, request, company_id=company.id),
        "contacts": await related.list_contacts(conn, company.id, MOST_RELATED),
        "tasks": await tasks.read_panel(conn, request, "company_id", company.id),
        "files": await files.read_panel(conn, request, "company_id", company.id),
        "leads": await related.list_leads(conn, "company_id", company.id, MOST_RELATED),
        "most_related": MOST_RELATED,
    }


PAGES = RecordPages(
    record=RECORD, url="/companies", heading="Companies", avatar_company=True, new_form=NewCompany,
    edit_form=EditCompany, fields=FIELDS, filters=FILTERS, sorts=SORTS, columns=COLUMNS,
    list_values=_list_values, detail_values=_detail_values,
)  # fmt: skip
