"""What the pages of a contact submit: whole forms, in which an empty field means empty."""

from __future__ import annotations

from typing import Annotated

import msgspec

from crm.contacts.forms import ChangeContact, Email, JobTitle, Name, NewContact, Notes, Phone
from crm.kernel.http.request import ANY_VERSION

LABELS = {
    "name": "name", "email": "e-mail", "phone": "phone", "job_title": "job title", "company": "company",
    "notes": "notes",
}  # fmt: skip


class EditContact(msgspec.Struct, frozen=True):
    """The page of a new contact and the edit page. `company` is a name; one that is not known yet is made."""

    name: Name
    email: Email = ""
    phone: Phone = ""
    job_title: JobTitle = ""
    company: Annotated[str, msgspec.Meta(max_length=160)] = ""
    notes: Notes = ""
    version: int = ANY_VERSION

    def new(self, company_id: int | None) -> NewContact:
        """As a contact to add."""
        return NewContact(self.name, self.email, self.phone, self.job_title, company_id, self.notes)

    def change(self, company_id: int | None) -> ChangeContact:
        """As a change of every field of the page."""
        return ChangeContact(self.name, self.email, self.phone, self.job_title, company_id, self.notes)
