"""The pages of e-mail: reading, writing, templates, and each user's address and signature."""

from __future__ import annotations

from functools import partial

from crm.inbound.mailbox import pages as mailbox_pages
from crm.kernel.http.routing import Route
from crm.records.email_templates import pages as templates_pages
from crm.records.emails import compose as emails_compose
from crm.records.emails import pages as emails_pages
from crm.workspace import layout

_own = partial(Route, access=layout.own)
_read = partial(Route, access=layout.read)
_write = partial(Route, access=layout.write)
_manage = partial(Route, access=layout.manage)


def table() -> tuple[Route, ...]:
    """Every page of e-mail."""
    each, templates = "/emails/{id:id}", "/settings/templates"
    return (
        _own("GET", "/settings/mail", emails_pages.show_settings, "E-mail"),
        _own("POST", "/settings/mail", emails_pages.change_signature, "Change your signature"),
        _write("GET", "/emails/new", emails_compose.show, "Write an e-mail"),
        _write("POST", "/emails", emails_compose.send, "Send an e-mail"),
        _write("POST", "/emails/files", emails_compose.attach, "Attach files to an e-mail that is being written"),
        _write("POST", f"{each}/cancel", emails_compose.cancel, "Stop an e-mail that waits"),
        _write("POST", f"{each}/send-again", emails_compose.send_again, "Send an e-mail again"),
        _manage("GET", templates, templates_pages.list_all, "Templates"),
        _manage("GET", f"{templates}/new", templates_pages.new, "New template"),
        _manage("POST", templates, templates_pages.create, "Add a template"),
        _manage("GET", f"{templates}/{{id:id}}", templates_pages.edit, "Edit a template"),
        _manage("POST", f"{templates}/{{id:id}}", templates_pages.change, "Save a template"),
        _manage("POST", f"{templates}/{{id:id}}/delete", templates_pages.delete, "Delete a template"),
        _read("GET", each, emails_pages.show, "An e-mail"),
        _read("GET", f"{each}/raw", emails_pages.raw, "An e-mail as it arrived"),
        _read(
            "GET", f"{each}/attachments/{{position:id}}/raw", mailbox_pages.download_attachment, "A file of an e-mail"
        ),
        _write("POST", f"{each}/attach", emails_pages.attach, "Attach an e-mail to a record"),
        _write("POST", f"{each}/detach", emails_pages.detach, "Take an e-mail off its record"),
        _write("POST", f"{each}/new-lead", emails_pages.create_lead, "Create a lead from an e-mail"),
        _write("POST", f"{each}/dismiss", emails_pages.dismiss, "Dismiss an e-mail"),
        _write("POST", f"{each}/restore", emails_pages.restore, "Restore an e-mail"),
    )
