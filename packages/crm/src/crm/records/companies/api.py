"""Companies in the API."""

from __future__ import annotations

from crm.records.base import Record
from crm.records.companies import actions, deletion
from crm.records.companies.forms import ChangeCompany, CompanyFilter, NewCompany
from crm.records.companies.queries import TABLE

RECORD = Record(
    noun="company", plural="companies", table=TABLE, filter=CompanyFilter, new=NewCompany, changes=ChangeCompany,
    apply_filters=actions.apply_filters,
    create=actions.create, change=actions.change, delete=deletion.delete, restore=deletion.restore,
)  # fmt: skip
