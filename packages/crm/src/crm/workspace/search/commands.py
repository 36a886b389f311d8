"""The pages and actions that the search finds beside records: what a person's role allows, by the words of its name."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from crm.accounts.auth import User
from crm.accounts.permissions import Permission
from crm.kernel.http.request import Request

SETTINGS = "settings_nav.html"
"""The template that lists the pages of the settings."""


class Command(msgspec.Struct, frozen=True):
    """A page that a command opens. `words` are others that people call it by."""

    title: str
    path: str
    icon: str
    permission: Permission = "read"
    words: str = ""


ACTIONS = (
    Command("New lead", "/leads/new", "plus", "write", "add create opportunity deal"),
    Command("New contact", "/contacts/new", "plus", "write", "add create person"),
    Command("New company", "/companies/new", "plus", "write", "add create organization"),
    Command("New task", "/tasks/new", "plus", "write", "add create todo reminder"),
    Command("Import a file", "/imports/new", "upload", "write", "csv upload contacts companies leads spreadsheet"),
    Command("Go to Today", "/", "sun", words="home dashboard queue"),
    Command("Go to Inbox", "/inbox", "inbox", words="enquiries messages"),
    Command("Go to Leads", "/leads", "handshake", words="deals opportunities list"),
    Command("Go to Pipeline", "/pipeline", "square-kanban", words="board stages cards deals"),
    Command("My leads", "/leads?whose=mine", "handshake", words="mine own"),
    Command("Leads without a next step", "/leads?has_next_action=false", "handshake", words="stale follow"),
    Command("Go to Contacts", "/contacts", "users", words="people persons list"),
    Command("Go to Companies", "/companies", "briefcase", words="organizations list"),
    Command("Go to Tasks", "/tasks", "list-checks", words="todo list reminders"),
    Command("Go to Reports", "/reports", "chart-column", words="numbers sources forecast"),
    Command("Recent changes", "/changes", "history", words="undo history who"),
    Command("Keyboard shortcuts", "/shortcuts", "keyboard", "own", "keys help"),
)
MANAGED = (
    Command("Invite to the team", "/settings/team/invite", "user-plus", "manage", "add user colleague"),
    Command("New API key", "/settings/keys/new", "key", "manage", "add create token"),
    Command("New webhook", "/settings/webhooks/new", "webhook", "manage", "add create"),
    Command("New notification channel", "/settings/notifications/new", "bell", "manage", "add create"),
)


def list_commands(request: Request, user: User, text: str, *, every: bool = False) -> tuple[list[Command], ...]:
    """The actions, and the pages of the settings, that match every word and that the person may use.

    Without words these are the actions of every day; with `every` all of them.
    """
    words = text.casefold().split()
    if not words and not every:
        return _filter(ACTIONS, user, words), []
    return _filter((*ACTIONS, *MANAGED), user, words), _filter(_list_settings(request), user, words)


def _filter(commands: Sequence[Command], user: User, words: Sequence[str]) -> list[Command]:
    return [each for each in commands if user.can(each.permission) and _matches(each, words)]


def _matches(command: Command, words: Sequence[str]) -> bool:
    known = f"{command.title} {command.words}".casefold().split()
    return all(any(each.startswith(word) for each in known) for word in words)


def _list_settings(request: Request) -> list[Command]:
    nav = request.app.state.views.env.get_template(SETTINGS).module
    return [
        Command(
            word,
            path,
            icon,
            "own" if path in nav.open_to_all else "manage",
            f"settings {group} {nav.words.get(path, '')}",
        )
        for group, pages in nav.groups
        for path, word, icon in pages
    ]
