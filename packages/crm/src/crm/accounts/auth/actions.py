"""What can be done with users: create them, change their profile, change or reset their password."""

from __future__ import annotations

from crm.accounts.auth import passwords, queries, sessions
from crm.accounts.auth.models import Session, User
from crm.kernel import clock
from crm.kernel.db import Connection, Database
from crm.kernel.errors import ConflictError, FieldError, NotFoundError, ValidationError
from crm.kernel.security.passwords import check_password, hash_password


def normalize_email(email: str) -> str:
    """The form in which an e-mail address is stored and compared."""
    return email.strip().lower()


async def create_user(connection: Connection, *, email: str, name: str, password: str) -> User:
    """Create a user.

    Raises `ValidationError` for an invalid e-mail, name or password, and `ConflictError` if the e-mail is taken.
    """
    email, name, password = normalize_email(email), name.strip(), passwords.normalize(password)
    errors = []
    if not _looks_like_email(email):
        errors.append(FieldError("email", "Enter an e-mail address, such as name@example.org."))
    if not name or len(name) > 120:
        errors.append(FieldError("name", "Enter a name of 1 to 120 characters."))
    if error := passwords.find_error(password, email=email, name=name):
        errors.append(FieldError("password", error))
    if errors:
        raise ValidationError(errors)
    password_hash = await hash_password(password)
    user = await queries.insert(connection, email=email, name=name, password_hash=password_hash, at=clock.now())
    if user is None:
        raise ConflictError(f"A user with the e-mail {email} already exists.")
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


async def change_password(database: Database, session: Session, user: User, *, current: str, new: str) -> int:
    """Change the password, end every other session, and return how many ended.

    Takes the database because hashing is too slow for a transaction. Raises `ValidationError` if `current` is wrong
    or `new` is not accepted.
    """
    current, new = passwords.normalize(current), passwords.normalize(new)
    async with database.connection() as connection:
        current_hash = await queries.read_password_hash(connection, user.id)
    errors = []
    if not await check_password(current_hash, current):
        errors.append(FieldError("current", "Wrong current password."))
    if error := passwords.find_error(new, email=user.email, name=user.name):
        errors.append(FieldError("new", error))
    elif new == current:
        errors.append(FieldError("new", "This is your current password. Choose another."))
    if errors:
        raise ValidationError(errors)
    new_hash = await hash_password(new)
    async with database.transaction() as connection:
        await queries.set_password_hash(connection, user.id, new_hash, clock.now())
        return await sessions.end_others(connection, session)


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
    if error := passwords.find_error(password, email=user.email, name=user.name):
        raise ValidationError([FieldError("password", error)])
    await queries.set_password_hash(connection, user.id, await hash_password(password), clock.now())
    await sessions.end_all(connection, user.id)
    return user


async def change_profile(connection: Connection, user: User, *, name: str, theme: str) -> User:
    """Change a user's name and theme."""
    return await queries.update(connection, user.id, name=name, theme=theme, at=clock.now())


def _looks_like_email(email: str) -> bool:
    local, at, domain = email.rpartition("@")
    printable = email.isprintable() and " " not in email
    return bool(at and local and "." in domain.strip(".")) and printable and len(email) <= 254


def _guess_name(email: str) -> str:
    words = email.partition("@")[0].replace(".", " ").replace("_", " ").replace("-", " ")
    return words.title() or "Owner"
