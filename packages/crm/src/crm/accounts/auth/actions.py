"""What can be done with users: create them, change their profile, change or reset their password."""

from __future__ import annotations

from asyncio import to_thread

from crm.accounts import account_mail
from crm.accounts.account_mail import AccountMail
from crm.accounts.audit import AuditAction, Target, record_audit, record_refusal
from crm.accounts.auth import passwords, queries, sessions, throttle
from crm.accounts.auth.hashing import check_password, hash_password
from crm.accounts.auth.models import Session, User
from crm.accounts.permissions import Role
from crm.kernel import clock
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.errors import (
    ConflictError,
    FieldError,
    NotFoundError,
    RateLimitedError,
    ServiceUnavailableError,
    ValidationError,
)


def normalize_email(email: str) -> str:
    """The form in which an e-mail address is stored and compared."""
    return email.strip().lower()


async def create_user(
    connection: Connection, *, email: str, name: str, password: str, role: Role = "owner", by: Actor = SYSTEM
) -> User:
    """Create a user.

    Raises `ValidationError` for an invalid e-mail, name or password, and `ConflictError` if the e-mail is taken.
    """
    email, name, password = normalize_email(email), name.strip(), passwords.normalize(password)
    errors = []
    if not looks_like_email(email):
        errors.append(FieldError("email", "Enter an e-mail address, such as name@example.org."))
    if not name or len(name) > 120:
        errors.append(FieldError("name", "Enter a name of 1 to 120 characters."))
    if error := await to_thread(passwords.find_error, password, email=email, name=name):
        errors.append(FieldError("password", error))
    if errors:
        raise ValidationError(errors)
    password_hash = await hash_password(password)
    return await add_user(connection, email=email, name=name, password_hash=password_hash, role=role, by=by)


async def add_user(connection: Connection, *, email: str, name: str, password_hash: str, role: Role, by: Actor) -> User:
    """Add a user whose values were checked. Raises `ConflictError` if the e-mail is taken."""
    user = await queries.insert(
        connection, email=email, name=name, password_hash=password_hash, role=role, at=clock.now()
    )
    if user is None:
        raise ConflictError(f"A user with the e-mail {email} already exists.")
    await record_audit(
        connection,
        AuditAction.USER_CREATED,
        by=by,
        target=Target("user", user.id, user.email),
        after={"name": name, "role": role},
    )
    return user


async def ensure_admin(connection: Connection, email: str, password: str) -> bool:
    """Create the first user unless the e-mail exists, and return whether it was new. An existing user stays unchanged.

    Raises `ValidationError` as `create_user` does.
    """
    email = normalize_email(email)
    if await queries.find_by_email(connection, email):
        return False
    await create_user(connection, email=email, name=_guess_name(email), password=password)
    return True


async def change_password(
    context: AppContext, session: Session, user: User, *, current: str, new: str, by: Actor
) -> int:
    """Change the password, end every other session, and return how many ended.

    Takes the context because hashing is too slow for a transaction. Wrong passwords are counted for the session, so
    changing the address does not help whoever has stolen it. Raises `ValidationError` if `current` is wrong or `new`
    is not accepted, `RateLimitedError` after too many attempts, and `ServiceUnavailableError`.
    """
    current, new = passwords.normalize(current), passwords.normalize(new)
    errors = []
    if not await check_current_password(context, session, user, current, by):
        errors.append(FieldError("current", "Wrong current password."))
    if error := await to_thread(passwords.find_error, new, email=user.email, name=user.name):
        errors.append(FieldError("new", error))
    elif new == current:
        errors.append(FieldError("new", "This is your current password. Choose another."))
    if errors:
        raise ValidationError(errors)
    new_hash = await hash_password(new)
    async with context.db.transaction() as connection:
        await queries.set_password_hash(connection, user.id, new_hash, clock.now())
        ended = await sessions.end_others(connection, session)
        await account_mail.enqueue(connection, context, build_password_notice(context, user))
        await record_audit(
            connection, AuditAction.PASSWORD_CHANGED, by=by, target=Target("user", user.id, user.email),
            after={"sessions_ended": ended},
        )  # fmt: skip
        return ended


async def check_current_password(context: AppContext, session: Session, user: User, password: str, by: Actor) -> bool:
    """Whether this is the user's password. Throttled as signing in is."""
    account, client = context.digest("password", str(user.id)), context.digest("password", f"session {session.id}")
    target = Target("user", user.id, user.email)
    try:
        async with context.db.transaction() as connection:
            attempt = await throttle.count_attempt(connection, account, client)
            encoded = await queries.read_password_hash(connection, user.id)
    except RateLimitedError:
        async with context.db.transaction() as connection:
            await record_refusal(connection, AuditAction.PASSWORD_CHECK_BLOCKED, by=by, target=target)
        raise
    try:
        is_correct = await check_password(encoded, password)
    except ServiceUnavailableError:
        async with context.db.connection() as connection:
            await throttle.take_back(connection, attempt)
        raise
    async with context.db.transaction() as connection:
        if is_correct:
            await throttle.clear(connection, account, client)
        else:
            await record_refusal(connection, AuditAction.PASSWORD_CHECK_FAILED, by=by, target=target)
    return is_correct


def build_password_notice(context: AppContext, user: User) -> AccountMail:
    """The mail that tells a user about a new password."""
    name = context.config.site.organization.name
    body = (
        f"The password of {user.email} in the CRM of {name} was changed.\n\n"
        "If it was not you, ask for a new password at once, and tell an owner of the team:\n"
        f"{context.config.base_url}/forgot-password\n"
    )
    return AccountMail(user.email, f"Your password for the CRM of {name} was changed", body)


async def reset_password(connection: Connection, *, email: str, password: str) -> User:
    """Change a user's password without the current one, and end all their sessions.

    Only for commands, because it hashes inside the transaction. Raises `NotFoundError`, or `ValidationError` if the
    password is not accepted.
    """
    row = await queries.find_by_email(connection, normalize_email(email))
    if row is None:
        raise NotFoundError(f"No user has the e-mail {normalize_email(email)}.")
    user, _ = row
    password = passwords.normalize(password)
    if error := await to_thread(passwords.find_error, password, email=user.email, name=user.name):
        raise ValidationError([FieldError("password", error)])
    await queries.set_password_hash(connection, user.id, await hash_password(password), clock.now())
    await sessions.end_all(connection, user.id)
    await record_audit(connection, AuditAction.PASSWORD_RESET, by=SYSTEM, target=Target("user", user.id, user.email))
    return user


async def change_profile(connection: Connection, user: User, *, name: str, theme: str, by: Actor) -> User:
    """Change a user's name and theme."""
    changed = await queries.update(connection, user.id, name=name, theme=theme, at=clock.now())
    if changed.name != user.name:
        await record_audit(
            connection, AuditAction.USER_CHANGED, by=by, target=Target("user", user.id, user.email),
            before={"name": user.name}, after={"name": changed.name},
        )  # fmt: skip
    return changed


def looks_like_email(email: str) -> bool:
    """Whether `email` has the form of a mail address."""
    local, at, domain = email.rpartition("@")
    printable = email.isprintable() and " " not in email
    return bool(at and local and "." in domain.strip(".")) and printable and len(email) <= 254


def _guess_name(email: str) -> str:
    words = email.partition("@")[0].replace(".", " ").replace("_", " ").replace("-", " ")
    return words.title() or "Owner"
