"""The form that adds, changes and deletes a target of deliveries: a webhook endpoint or a notification channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from starlette.responses import Response

from crm.kernel import views
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.errors import PreconditionFailedError, ValidationError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request


class Target(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Target)


class Actions(Protocol[T]):
    """The module of what people do with these targets."""

    async def get(self, connection: Connection, target_id: int, /) -> T: ...
    async def lock(self, connection: Connection, target_id: int, version: int, /) -> T: ...
    async def remove(self, connection: Connection, target: T, /, *, by: Actor) -> None: ...


F = TypeVar("F", bound=msgspec.Struct)


class TargetPages(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`template` gets `values`, `errors`, `target`, `stale`, `deletion` (its errors) and `extras`."""

    url: str
    template: str
    new_values: Mapping[str, Any]
    extras: Mapping[str, Any]
    actions: Actions[T]

    async def new(self, request: Request) -> Response:
        """The empty form."""
        return self._render(request, Draft(dict(self.new_values), {}, None))

    async def edit(self, request: Request) -> Response:
        """The form with what is stored."""
        return self._render(request, None, await self._read(request))

    async def create(
        self, request: Request, form: type[F], insert: Callable[[Connection, F], Awaitable[Response]]
    ) -> Response:
        """Respond with the result of `insert`, or with the form and what is wrong with it."""
        return await self._save(request, form, insert)

    async def change(
        self, request: Request, form: type[F], update: Callable[[Connection, F], Awaitable[Response]]
    ) -> Response:
        """The same with `update`. If somebody else saved meanwhile, the form shows both and loses nothing."""
        return await self._save(request, form, update, await self._read(request))

    async def remove(self, request: Request) -> Response:
        """Delete it with its deliveries, once its name was typed."""
        typed = dict(await forms.read_form(request)).get("name", "").strip()
        async with request.db.transaction() as conn:
            target = await self.actions.lock(conn, request.id, ANY_VERSION)
            if typed != target.name:
                deletion = {"name": f"Type the name exactly: {target.name}"}
                return self._render(request, None, target, status=422, deletion=deletion)
            await self.actions.remove(conn, target, by=request.actor)
        return views.redirect_with_toast(self.url, f"Deleted “{target.name}”.")

    async def _read(self, request: Request) -> T:
        async with request.db.connection() as conn:
            return await self.actions.get(conn, request.id)

    async def _save(
        self,
        request: Request,
        form: type[F],
        action: Callable[[Connection, F], Awaitable[Response]],
        target: T | None = None,
    ) -> Response:
        draft = await forms.draft(request, form)
        if draft.form is None:
            return self._render(request, draft, target, status=422)
        try:
            async with request.db.transaction() as conn:
                return await action(conn, draft.form)
        except ValidationError as error:
            draft.add_errors(error)
            return self._render(request, draft, target, status=422)
        except PreconditionFailedError:
            return self._render(request, draft, target, status=409)

    def _render(
        self,
        request: Request,
        draft: Draft[Any] | None,
        target: T | None = None,
        *,
        status: int = 200,
        deletion: Mapping[str, str] | None = None,
    ) -> Response:
        values = draft.values if draft else msgspec.structs.asdict(target)  # type: ignore[arg-type]
        return views.page(
            request, self.template, status=status, values=values, errors=draft.errors if draft else {}, target=target,
            url=self.url, stale=status == 409, deletion=deletion or {}, **self.extras,
        )  # fmt: skip
