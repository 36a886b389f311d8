"""The entries of the audit log, and the registry of what they record."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from crm.values import LabeledName

ActorKind = Literal["person", "key", "visitor", "system"]


class AuditAction(LabeledName):
    """A `noun.verb` in the past tense."""

    SIGNED_IN = "session.started", "Signed in"
    SIGN_IN_FAILED = "session.failed", "Sign-in failed"
    SIGN_IN_BLOCKED = "session.blocked", "Sign-in blocked"
    SIGN_IN_DISABLED = "session.disabled", "Sign-in to a disabled account"
    CODE_FAILED = "session.code_failed", "Wrong code at sign-in"
    RECOVERY_CODE_USED = "session.recovery_code_used", "Signed in with a recovery code"
    SIGNED_OUT = "session.signed_out", "Signed out"
    SESSIONS_ENDED = "session.ended", "Session ended"
    USER_CREATED = "user.created", "User created"
    USER_CHANGED = "user.changed", "User changed"
    USER_INVITED = "user.invited", "Invited to the team"
    INVITATION_REVOKED = "invitation.revoked", "Invitation revoked"
    ROLE_CHANGED = "user.role_changed", "Role changed"
    USER_DISABLED = "user.disabled", "User disabled"
    USER_ENABLED = "user.enabled", "User enabled"
    PASSWORD_CHANGED = "password.changed", "Password changed"
    PASSWORD_LINK_SENT = "password.link_sent", "Link for a lost password sent"
    PASSWORD_RESET = "password.reset", "Password reset"
    PASSWORD_CHECK_FAILED = "password.check_failed", "Wrong current password"
    PASSWORD_CHECK_BLOCKED = "password.check_blocked", "Password change blocked"
    TWO_FACTOR_ADDED = "two_factor.added", "Two-factor authentication turned on"
    TWO_FACTOR_REMOVED = "two_factor.removed", "Two-factor authentication turned off"
    RECOVERY_CODES_RENEWED = "two_factor.codes_renewed", "Recovery codes replaced"
    PASSKEY_ADDED = "passkey.added", "Passkey added"
    PASSKEY_REMOVED = "passkey.removed", "Passkey removed"
    PASSKEY_REFUSED = "passkey.refused", "Passkey refused"
    IDENTITY_LINKED = "identity.linked", "Account of the OpenID provider linked"
    IDENTITY_UNLINKED = "identity.unlinked", "Account of the OpenID provider unlinked"
    IDENTITY_REFUSED = "identity.refused", "Sign-in through the OpenID provider refused"
    API_KEY_CREATED = "api_key.created", "API key created"
    API_KEY_REVOKED = "api_key.revoked", "API key revoked"
    CALENDAR_CREATED = "calendar.created", "Calendar address created"
    CALENDAR_REVOKED = "calendar.revoked", "Calendar address revoked"
    WEBHOOK_CREATED = "webhook.created", "Webhook added"
    WEBHOOK_CHANGED = "webhook.changed", "Webhook changed"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated", "Webhook secret rotated"
    WEBHOOK_DELETED = "webhook.deleted", "Webhook deleted"
    CHANNEL_CREATED = "channel.created", "Notification channel added"
    CHANNEL_CHANGED = "channel.changed", "Notification channel changed"
    CHANNEL_DELETED = "channel.deleted", "Notification channel deleted"
    STAGE_CREATED = "stage.created", "Stage added"
    STAGE_CHANGED = "stage.changed", "Stage changed"
    STAGE_DELETED = "stage.deleted", "Stage deleted"
    CHOICE_CREATED = "choice.created", "Choice of the form added"
    CHOICE_CHANGED = "choice.changed", "Choice of the form changed"
    CHOICE_DELETED = "choice.deleted", "Choice of the form deleted"
    SETTINGS_CHANGED = "settings.changed", "Settings changed"
    SECRETS_ENCRYPTED = "secrets.encrypted", "Secrets encrypted with a new key"
    ORIGIN_REFUSED = "origin.refused", "Request from another site refused"
    DATA_EXPORTED = "data.exported", "All records exported"
    DATA_IMPORTED = "data.imported", "Records imported"
    IMPORT_UNDONE = "data.import_undone", "Import undone"
    RECORD_DELETED = "record.deleted", "Deleted permanently"


REFUSALS = (
    AuditAction.SIGN_IN_FAILED,
    AuditAction.SIGN_IN_BLOCKED,
    AuditAction.SIGN_IN_DISABLED,
    AuditAction.CODE_FAILED,
    AuditAction.PASSKEY_REFUSED,
    AuditAction.IDENTITY_REFUSED,
    AuditAction.PASSWORD_CHECK_FAILED,
    AuditAction.PASSWORD_CHECK_BLOCKED,
    AuditAction.ORIGIN_REFUSED,
)
"""Entries that whoever is refused causes."""
LABELS = {action.value: action.label for action in AuditAction}


class Target(msgspec.Struct, frozen=True):
    """What an entry is about. `name` holds no data of visitors or contacts, because entries outlive an erasure."""

    kind: str = ""
    id: int | None = None
    name: str = ""


class AuditEntry(msgspec.Struct, frozen=True):
    """Who (`actor_…`) did what (`action`) to whom or what (`target_…`), when (`at`) and from where (`client_ip`).

    `before` and `after` hold the values that changed. Secrets are never among them.
    """

    id: int
    at: datetime
    action: str
    actor_kind: ActorKind
    actor_id: int | None
    actor_name: str
    client_ip: str
    target_kind: str
    target_id: int | None
    target_name: str
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def label(self) -> str:
        """The action as people read it."""
        return LABELS.get(self.action, self.action)

    @property
    def subject(self) -> str:
        """What the entry is about, unless the actor says it already."""
        if self.target_name:
            return "" if self.target_name == self.actor_name else self.target_name
        number = f" {self.target_id}" if self.target_id else ""
        return f"{self.target_kind}{number}" if self.target_kind else ""

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """Each changed value: its name, and how it was before (empty for a new thing) and after."""
        names = dict.fromkeys((*self.before, *self.after))
        return [
            (_NAMES.get(name, name.replace("_", " ").capitalize()), _text(self.before, name), _text(self.after, name))
            for name in names
            if not (name == "name" and self.target_name in (self.after.get(name), self.before.get(name)))
            or (name in self.before and name in self.after)
        ]


_NAMES = {
    "url": "URL",
    "api_keys_revoked": "API keys revoked",
    "active": "On",
    "expires_at": "Expires",
    "delivery_days": "Keep delivery history for (days)",
    "quarantine_days": "Keep possible spam for (days)",
    "audit_days": "Keep the audit log for (days)",
}


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name, "")
    if value is None or value == [] or (value == "" and name in values):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    # Times are stored to the microsecond; people need the day.
    return str(value)[:10] if name.endswith("_at") else str(value)
