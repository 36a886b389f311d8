"""What happens to people: they are let in for the first time, renamed, given another password."""

from __future__ import annotations

from crm.auth import passwords, queries, sessions
from crm.auth.models import Session, User
from crm.kernel import clock
from crm.kernel.db import Connection, Database
from crm.kernel.errors import ConflictError, FieldError, NotFoundError, ValidationError
from crm.kernel.security.passwords import check_password, hash_password


def email_key(email: str) -> str:
    """An address as it is stored and compared."""
    return email.strip().lower()


async def create_user(connection: Connection, *, email: str, name: str, password: str) -> User:
    """Let a person in.

    Raises `ValidationError` for a bad address, name or password, `ConflictError` when the address is taken.
    """
    email, name, password = email_key(email), name.strip(), passwords.normal(password)
    faults = []
    if not _looks_like_email(email):
        faults.append(FieldError("email", "Write it as name@example.org."))
    if not name or len(name) > 120:
        faults.append(FieldError("name", "Give a name of 1 to 120 characters."))
    if said := passwords.faults_of(password, email=email, name=name):
        faults.append(FieldError("password", said))
    if faults:
        raise ValidationError(faults)
    encoded = await hash_password(password)
    user = await queries.insert(connection, email=email, name=name, password_hash=encoded, at=clock.now())
    if user is None:
        raise ConflictError(f"There is already a person with the address {email}.")
    return user


async def ensure_admin(connection: Connection, email: str, password: str) -> bool:
    """Let the first person in, and say whether they were new; an existing person is left exactly as they are.

    Raises `ValidationError` as `create_user` does.
    """
    email = email_key(email)
    if await queries.by_email(connection, email):
        return False
    await create_user(connection, email=email, name=_name_of(email), password=password)
    return True


async def change_password(database: Database, session: Session, user: User, *, current: str, new: str) -> int:
    """Replace the password and end every other session; says how many were ended.

    Takes the database, since two slow hashes have no place inside a transaction. Raises `ValidationError` when
    `current` is wrong or `new` will not do.
    """
    current, new = passwords.normal(current), passwords.normal(new)
    async with database.connection() as connection:
        encoded = await queries.password_hash(connection, user.id)
    faults = []
    if not await check_password(encoded, current):
        faults.append(FieldError("current", "That is not your password now."))
    if said := passwords.faults_of(new, email=user.email, name=user.name):
        faults.append(FieldError("new", said))
    elif new == current:
        faults.append(FieldError("new", "That is the password you have. Choose another."))
    if faults:
        raise ValidationError(faults)
    replaced = await hash_password(new)
    async with database.transaction() as connection:
        await queries.set_password_hash(connection, user.id, replaced, clock.now())
        return await sessions.end_others(connection, session)


async def reset_password(connection: Connection, *, email: str, password: str) -> User:
    """Replace the password of whoever has `email` and end all their sessions, without asking for the old one.

    For commands, not for pages: hashing waits inside the transaction. Raises `NotFoundError`, or `ValidationError` for
    a password that will not do.
    """
    found = await queries.by_email(connection, email_key(email))
    if found is None:
        raise NotFoundError(f"Nobody signs in with {email_key(email)}.")
    user, _ = found
    password = passwords.normal(password)
    if said := passwords.faults_of(password, email=user.email, name=user.name):
        raise ValidationError([FieldError("password", said)])
    await queries.set_password_hash(connection, user.id, await hash_password(password), clock.now())
    await sessions.end_all(connection, user.id)
    return user


async def change_profile(connection: Connection, user: User, *, name: str, theme: str) -> User:
    """Give a person another name or theme."""
    return await queries.update(connection, user.id, name=name, theme=theme, at=clock.now())


def _looks_like_email(email: str) -> bool:
    local, at, domain = email.rpartition("@")
    printable = email.isprintable() and " " not in email
    return bool(at and local and "." in domain.strip(".")) and printable and len(email) <= 254


def _name_of(email: str) -> str:
    words = email.partition("@")[0].replace(".", " ").replace("_", " ").replace("-", " ")
    return words.title() or "Owner"
