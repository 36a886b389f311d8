"""What the pages of a company submit: whole forms, in which an empty field means empty."""

from __future__ import annotations

import msgspec

from crm.companies.forms import ChangeCompany, Domain, Name, Notes, Phone, Website
from crm.kernel.http.request import ANY_VERSION

LABELS = {"name": "name", "domain": "domain", "website": "website", "phone": "phone", "notes": "notes"}


class EditCompany(msgspec.Struct, frozen=True):
    """The edit page. `version` is the one the page was made from."""

    name: Name
    domain: Domain = ""
    website: Website = ""
    phone: Phone = ""
    notes: Notes = ""
    version: int = ANY_VERSION

    def change(self) -> ChangeCompany:
        """As a change of every field of the page."""
        return ChangeCompany(**{name: getattr(self, name) for name in LABELS})
