"""Companies in the API."""

from __future__ import annotations

from crm.companies import actions, deletion
from crm.companies.forms import ChangeCompany, CompanyFilter, NewCompany
from crm.companies.queries import TABLE
from crm.records import Record

RECORD = Record(
    noun="company", plural="companies", table=TABLE, filter=CompanyFilter, new=NewCompany, changes=ChangeCompany,
    list_page=actions.list_companies, create=actions.create, change=actions.change, delete=deletion.delete,
)  # fmt: skip
