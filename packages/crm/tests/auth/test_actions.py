"""People are let in, and their passwords hold."""

from __future__ import annotations

import pytest

from crm.accounts import auth
from crm.accounts.auth import passwords, queries
from crm.accounts.auth.hashing import check_password
from crm.kernel.db import Connection
from crm.kernel.errors import ConflictError, ValidationError

GOOD = "three calm otters swim"


async def test_a_person_is_let_in_with_a_hash_and_not_a_password(conn: Connection) -> None:
    user = await auth.create_user(conn, email=" Grace@Navy.example ", name=" Grace Hopper ", password=GOOD)
    assert (user.email, user.name, user.theme) == ("grace@navy.example", "Grace Hopper", "system")
    encoded = await queries.read_password_hash(conn, user.id)
    assert encoded.startswith("$argon2id$")
    assert await check_password(encoded, GOOD)
    assert user in await auth.list_users(conn)


async def test_all_that_is_wrong_with_a_person_is_said_at_once(conn: Connection) -> None:
    with pytest.raises(ValidationError) as error:
        await auth.create_user(conn, email="grace", name="", password="short")
    assert [field_error.field for field_error in error.value.errors] == ["email", "name", "password"]


async def test_an_address_belongs_to_one_person(conn: Connection) -> None:
    await auth.create_user(conn, email="grace@navy.example", name="Grace", password=GOOD)
    with pytest.raises(ConflictError, match="already"):
        await auth.create_user(conn, email="GRACE@navy.example", name="Another", password=GOOD)


@pytest.mark.parametrize(
    "password",
    [
        "eleven char", "x" * 201, "grace@navy.example", "Grace Brewster Hopper", "Password1234", "qwertyuiop123",
        "aaaaaaaaaaaaaaaa", "correct horse battery staple", "P@ssw0rd1234", "Summer2024!!", "Octatech2026!",
        "Octatech-2026-2026", "Grace-Hopper-1906", "grace.hopper.navy", "Welcome12345!", "Administrator1!",
        "qwerty!QWERTY1", "hunter2hunter2", "hello@octatech.xyz", "a-long-sentence-of-your-own",
        "x9" * 50 + "yz", "twelve chars",
    ],
)  # fmt: skip
async def test_a_password_anyone_would_try_is_refused(conn: Connection, password: str) -> None:
    with pytest.raises(ValidationError) as error:
        await auth.create_user(conn, email="grace@navy.example", name="Grace Brewster Hopper", password=password)
    assert [field_error.field for field_error in error.value.errors] == ["password"]


@pytest.mark.parametrize(
    "password",
    [
        "twelve purple chars",
        "нет пароля тут",
        "🦦🦦🦢🦢🐸🐸🦊🦊🐳🐳🐙🐙",
        "Octatech grows tomatoes quietly",
        "jDk39fkLs02m",
    ],
)
def test_any_long_password_of_ones_own_will_do(password: str) -> None:
    assert passwords.find_error(passwords.normalize(password), email="a@b.example", name="A") == ""


def test_a_password_is_the_same_from_every_keyboard() -> None:
    assert passwords.normalize("cafe\u0301 au lait, toujours ") == passwords.normalize("caf\u00e9 au lait, toujours")


async def test_the_first_person_comes_from_the_environment_and_is_never_changed_by_it(conn: Connection) -> None:
    assert await auth.ensure_admin(conn, "Owner@Navy.example", GOOD)
    before = await queries.find_by_email(conn, "owner@navy.example")
    assert not await auth.ensure_admin(conn, "owner@navy.example", "quite another password")
    assert await queries.find_by_email(conn, "owner@navy.example") == before
