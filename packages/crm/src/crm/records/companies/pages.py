"""Companies on pages: what is different from other records."""

from __future__ import annotations

from crm.kernel.db import Connection
from crm.kernel.http.paging import Page
from crm.kernel.http.request import Request
from crm.records import activities, related, stages, tasks
from crm.records.common import ActiveFilter, RecordPages, Values
from crm.records.companies import deletion
from crm.records.companies.api import RECORD
from crm.records.companies.forms import FIELDS, FILTERS, SORTS, CompanyFilter, EditCompany, NewCompany
from crm.records.companies.models import Company

MOST_RELATED = 20


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
        "leads": await related.list_leads(conn, "company_id", company.id, MOST_RELATED),
        "most_related": MOST_RELATED,
    }


PAGES = RecordPages(
    record=RECORD, url="/companies", heading="Companies", avatar_company=True, new_form=NewCompany,
    edit_form=EditCompany, fields=FIELDS, filters=FILTERS, sorts=SORTS, restore=deletion.restore,
    list_values=_list_values, detail_values=_detail_values,
)  # fmt: skip
