"""The form that adds, changes and deletes a target of deliveries: a webhook endpoint or a notification channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from starlette.responses import Response

from crm.accounts import auth
from crm.kernel import views
from crm.kernel.db import Connection
from crm.kernel.errors import PreconditionFailedError
from crm.kernel.http import forms
from crm.kernel.http.forms import Draft
from crm.kernel.http.request import ANY_VERSION, Request
from crm.outbound.deliveries.targets import T, TargetTable

F = TypeVar("F", bound=msgspec.Struct)


class TargetPages(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`template` gets `values`, `errors`, `target`, `stale`, `deletion` (its errors) and `extras`."""

    url: str
    template: str
    new_values: Mapping[str, Any]
    extras: Mapping[str, Any]
    table: TargetTable[T]

    async def new(self, request: Request) -> Response:
        """The empty form."""
        return self._render(request, Draft(dict(self.new_values)))

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
            target = await self.table.lock(conn, request.id, ANY_VERSION)
            if typed != target.name:
                deletion: Draft[Any] = Draft({}, {"name": f"Type the name exactly: {target.name}"})
                return self._render(request, None, target, deletion)
            await self.table.remove(conn, target, by=request.actor)
        return views.redirect_with_toast(self.url, f"Deleted “{target.name}”.")

    async def _read(self, request: Request) -> T:
        async with request.db.connection() as conn:
            return await self.table.get(conn, request.id)

    async def _save(
        self,
        request: Request,
        form: type[F],
        action: Callable[[Connection, F], Awaitable[Response]],
        target: T | None = None,
    ) -> Response:
        draft = await forms.draft(request, form)
        try:
            with draft.collect_errors():
                form_values = draft.require_form()
                async with request.db.transaction() as conn:
                    return await action(conn, form_values)
        except PreconditionFailedError:
            draft.is_conflict = True
        return self._render(request, draft, target)

    def _render(
        self, request: Request, draft: Draft[Any] | None, target: T | None = None, deletion: Draft[Any] | None = None
    ) -> Response:
        draft = draft or Draft(msgspec.structs.asdict(target))  # type: ignore[arg-type]
        return views.page(
            request, self.template, status=deletion.status if deletion else None, draft=draft, target=target,
            url=self.url, stale=draft.is_conflict, deletion=deletion.errors if deletion else {}, **self.extras,
        )  # fmt: skip


async def post_once(request: Request, action: Callable[[Connection], Awaitable[str]], message: str) -> Response:
    """Run `action`, which returns a URL, once for each form that was shown, and go there with a toast."""
    async with request.db.transaction() as conn:
        location = await auth.post_once(request, conn, lambda: action(conn))
    return views.redirect_with_toast(location, message)
