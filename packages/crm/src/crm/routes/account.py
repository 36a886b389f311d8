"""The pages of signing in and of one's own account."""

from __future__ import annotations

from functools import partial

from crm.accounts.auth import confirm, openid_pages, passkey_pages, recovery, sign_in, two_factor
from crm.accounts.auth import pages as auth_pages
from crm.accounts.users import public as users_public
from crm.kernel.http.access_policy import public, visitor
from crm.kernel.http.request import KB
from crm.kernel.http.routing import Route
from crm.workspace import layout
from crm.workspace.calendar_feed import pages as calendar_pages
from crm.workspace.reminders import pages as reminders_pages

_own = partial(Route, access=layout.own)
_sensitive_own = partial(Route, access=layout.sensitive_own)


def table() -> tuple[Route, ...]:
    """The pages of the account."""
    sessions, own_passkeys = "/profile/sessions", "/profile/passkeys"
    return (
        Route("GET", "/sign-in", sign_in.show, "Sign in", visitor),
        Route("POST", "/sign-in", sign_in.sign_in, "Sign in", visitor, body_limit=16 * KB),
        # With a form that was sent after its session had ended.
        Route("POST", "/sign-in/again", sign_in.sign_in, "Sign in and keep what was typed", visitor),
        Route("GET", "/invitations/{id:id}/{token:str}", users_public.show, "An invitation to the team", visitor),
        Route("POST", "/invitations/{id:id}/{token:str}", users_public.accept, "Create an account", visitor),
        Route("GET", "/forgot-password", recovery.show, "Forgotten password", visitor),
        Route("POST", "/forgot-password", recovery.send, "Send a link for a new password", visitor),
        Route("GET", "/reset-password/{id:id}/{token:str}", recovery.choose, "Choose a new password", visitor),
        Route("POST", "/reset-password/{id:id}/{token:str}", recovery.reset, "Set a new password", visitor),
        _own("GET", "/confirm", confirm.show, "Confirm it is you"),
        _own("POST", "/confirm", confirm.confirm, "Confirm the session"),
        _own("POST", "/confirm/passkey", passkey_pages.confirm_with_passkey, "Confirm the session with a passkey"),
        _own("POST", "/confirm/again", confirm.keep, "Confirm it is you and keep what was typed"),
        Route("POST", "/sign-in/code", two_factor.sign_in_with_code, "Enter the code of the sign-in", visitor),
        Route("POST", "/sign-in/passkey", passkey_pages.sign_in_with_passkey, "Sign in with a passkey", visitor),
        Route("GET", "/sign-in/openid", openid_pages.start, "Go to the OpenID provider", visitor),
        Route("GET", "/sign-in/openid/callback", openid_pages.sign_in_with_openid, "Come back from there", visitor),
        _sensitive_own("POST", "/profile/identities/{id:id}/remove", openid_pages.unlink, "Unlink an account"),
        _sensitive_own("GET", own_passkeys, passkey_pages.show, "Passkeys"),
        _sensitive_own("POST", own_passkeys, passkey_pages.add, "Add a passkey"),
        _sensitive_own("POST", f"{own_passkeys}/{{id:id}}/remove", passkey_pages.remove, "Remove a passkey"),
        _sensitive_own("GET", "/profile/two-factor", two_factor.show, "Two-factor authentication"),
        _sensitive_own("POST", "/profile/two-factor/start", two_factor.start, "Set a second factor up"),
        _sensitive_own("POST", "/profile/two-factor/confirm", two_factor.confirm, "Turn the second factor on"),
        _sensitive_own("POST", "/profile/two-factor/codes", two_factor.renew, "Replace the recovery codes"),
        _sensitive_own("POST", "/profile/two-factor/remove", two_factor.remove, "Turn the second factor off"),
        _own("POST", "/sign-out", sign_in.sign_out, "Sign out"),
        _own("GET", "/profile", auth_pages.show, "Profile"),
        _own("POST", "/profile", auth_pages.change, "Change name and theme"),
        _own("GET", "/calendar", calendar_pages.show, "Calendar"),
        _own("POST", "/calendar", calendar_pages.create, "Create the address of the calendar"),
        _own("POST", "/calendar/revoke", calendar_pages.revoke, "Revoke the address of the calendar"),
        Route("GET", "/calendar/{token:str}", calendar_pages.read, "The calendar of a user, for a program", public),
        _own("GET", "/reminders", reminders_pages.show, "Reminders"),
        _own("POST", "/reminders", reminders_pages.change, "Change working hours and reminders"),
        _own("POST", "/profile/password", auth_pages.change_password, "Change password"),
        _own("POST", f"{sessions}/{{id:id}}/end", auth_pages.end_session, "End a session"),
        _own("POST", f"{sessions}/end-others", auth_pages.end_other_sessions, "End every other session"),
    )
