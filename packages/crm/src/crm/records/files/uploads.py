"""Forms with files (multipart/form-data, RFC 7578). They are read as they arrive, and each file is stored at once."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from crm.kernel.errors import BadRequestError, PayloadTooLargeError, UnsupportedMediaTypeError
from crm.kernel.http import forms
from crm.kernel.http.request import BODY_LIMIT, Request
from crm.records.files.models import Stored
from crm.records.files.storage import MB, Writer

MULTIPART = "multipart/form-data"
MAX_FILES = 20
_CACHE = "upload"


class Upload(msgspec.Struct, frozen=True):
    """What a form with files held. `errors` names each file that was not accepted, for which `status` stands."""

    values: list[tuple[str, str]]
    files: list[Stored]
    errors: list[str]
    status: int

    @property
    def fingerprint(self) -> bytes:
        """What is the same each time that the same form is sent."""
        pairs = [*self.values, *((file.name, file.digest) for file in self.files)]
        return urlencode(pairs, errors="replace").encode()


async def read_upload(request: Request) -> Upload:
    """Read the form of this request and store its files.

    Raises `UnsupportedMediaTypeError`, `BadRequestError`, or `PayloadTooLargeError` for more than `MAX_FILES` files.
    """
    if _CACHE not in request.scope:  # the handler is called again after a deadlock, when the body has been read
        request.scope[_CACHE] = await _read(request)
    upload: Upload = request.scope[_CACHE]
    return upload


class _Part:
    """One part of the form: a field, or a file, which has a name."""

    def __init__(self) -> None:
        self.header, self.value = bytearray(), bytearray()
        self.name = ""
        self.file_name: str | None = None

    def end_header(self) -> None:
        if self.header.lower() == b"content-disposition":
            _, options = parse_options_header(self.value.decode("latin-1"))
            self.name = options.get(b"name", b"").decode("utf-8", "replace")
            name = options.get(b"filename")
            self.file_name = None if name is None else name.decode("utf-8", "replace")
        self.header.clear()
        self.value.clear()


class _Parser:
    """Collects what one piece of the body holds as pairs of a part and its data; None says that the part is over."""

    def __init__(self, boundary: bytes) -> None:
        self.found: list[tuple[_Part, bytes | None]] = []
        self.is_complete = False
        self._part = _Part()
        self._parser = MultipartParser(boundary, {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._part.header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._part.value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self.found.append((self._part, data[start:end])),
            "on_part_end": lambda: self.found.append((self._part, None)),
            "on_end": self._complete,
        })  # fmt: skip

    def feed(self, data: bytes) -> list[tuple[_Part, bytes | None]]:
        """What these bytes hold. Raises `FormParserError`."""
        self.found.clear()
        self._parser.write(data)
        return self.found

    def _begin(self) -> None:
        self._part = _Part()

    def _end_header(self) -> None:
        self._part.end_header()

    def _complete(self) -> None:
        self.is_complete = True


class _Form:
    """What has been read of a form."""

    def __init__(self, request: Request) -> None:
        self._db = request.db
        self._limit = request.app_context.config.file_limit_mb * MB
        self._values: list[tuple[str, str]] = []
        self._files: list[Stored] = []
        self._errors: list[str] = []
        self._status, self._count, self._size = 422, 0, 0
        self._text = bytearray()
        self._writer: Writer | None = None

    async def take(self, part: _Part, data: bytes | None) -> None:
        """Take data of a part. Raises `PayloadTooLargeError`."""
        if part.file_name:
            await self._take_file(part.file_name, data)
        elif data is not None:
            self._size += len(data)
            if self._size > BODY_LIMIT:
                raise PayloadTooLargeError(f"The text of this form is longer than {BODY_LIMIT:,} bytes. Shorten it.")
            self._text += data
        else:
            if part.file_name is None:  # an input for files without any has an empty name
                self._values.append((part.name, self._text.decode("utf-8")))
            self._text.clear()

    async def _take_file(self, name: str, data: bytes | None) -> None:
        if self._writer is None:
            self._count += 1
            if self._count > MAX_FILES:
                raise PayloadTooLargeError(f"Add at most {MAX_FILES} files at once.")
            self._writer = Writer(self._db, name, self._limit)
        writer = self._writer
        if data is not None:
            await writer.write(data)
            return
        if stored := await writer.close():
            self._files.append(stored)
        else:
            self._errors.append(writer.refusal)
            self._status = PayloadTooLargeError.status if writer.is_too_large else self._status
        self._writer = None

    def finish(self) -> Upload:
        """What the form held."""
        return Upload(self._values, self._files, self._errors, self._status)


async def _read(request: Request) -> Upload:
    _, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if forms.content_type(request) != MULTIPART or not boundary:
        raise UnsupportedMediaTypeError(f"Send the form as {MULTIPART}.")
    form = _Form(request)
    try:
        parser = _Parser(boundary)
        async for chunk in request.stream():
            for part, data in parser.feed(chunk):
                await form.take(part, data)
    except (FormParserError, UnicodeDecodeError) as error:
        raise BadRequestError("The form cannot be read: it is no multipart form in UTF-8.") from error
    if not parser.is_complete:
        raise BadRequestError("The form ends too early. Send it again.")
    return form.finish()
