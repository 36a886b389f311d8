"""Related records: the only queries that read the tables of several kinds of records. They write nothing."""

from crm.records.related.models import RelatedEmail
from crm.records.related.queries import (
    COMPANY_SORTS,
    CONTACT_SORTS,
    LEAD_SORTS,
    check_references,
    check_unused,
    find_bounce,
    find_emails,
    find_name,
    is_unused,
    list_contacts,
    list_enquired_values,
    list_leads,
    list_waiting_emails,
    places_sql,
    read_summaries,
    read_task_places,
)

__all__ = [
    "COMPANY_SORTS",
    "CONTACT_SORTS",
    "LEAD_SORTS",
    "RelatedEmail",
    "check_references",
    "check_unused",
    "find_bounce",
    "find_emails",
    "find_name",
    "is_unused",
    "list_contacts",
    "list_enquired_values",
    "list_leads",
    "list_waiting_emails",
    "places_sql",
    "read_summaries",
    "read_task_places",
]
