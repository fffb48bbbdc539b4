"""A file that a form brings, written to disk while it comes, and the form's few other fields."""

from __future__ import annotations

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from musespark.asked import Wrong, named
from musespark.files import Draft, too_large

_FIELD = 1_000  # bytes of a field that is no file
_FIELDS = 20
_REST = 65_536  # bytes of a form beside its file


class Form:
    """What was found of a form so far: its `fields`, and the `name` of its file, None for none."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.name: str | None = None
        self.fields: dict[str, str] = {}
        self.ended = False
        self._pieces: list[bytes] = []  # of the file, not yet written
        self._header = self._value = b""
        self._field = ""
        self._data = b""
        self._file = False

    # what the parser calls

    def on_part_begin(self) -> None:
        self._header = self._value = self._data = b""
        self._field, self._file = "", False

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, given = parse_options_header(self._value)
            self._field = given.get(b"name", b"").decode(errors="replace")
            name = given.get(b"filename")
            if self._field == "file":
                if self.name is not None:
                    raise Wrong("The form brings two files.", "file", next="Send one at a time.")
                self._file = True
                self.name = named((name or b"").decode(errors="replace"))
        self._header = self._value = b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file:
            self._pieces.append(data[start:end])
            return
        self._data += data[start:end]
        if len(self._data) > _FIELD:
            raise Wrong(f"The field {self._field[:40]!r} is too long.", self._field[:40])

    def on_part_end(self) -> None:
        if not self._file:
            self.fields[self._field] = self._data.decode(errors="replace")
            if len(self.fields) > _FIELDS:
                raise Wrong("The form has too many fields.", next="Send file and purpose.")

    def on_end(self) -> None:
        self.ended = True

    async def store(self) -> None:
        """Write what has come of the file."""
        pieces, self._pieces = self._pieces, []
        for piece in pieces:
            await self.draft.write(piece)


async def received(request: Request, draft: Draft) -> Form:
    """The form of a request, its file in `draft`. Raises Problem for one that is no form, has no
    file, is too long or is cut off."""
    kind, given = parse_options_header(request.headers.get("content-type", ""))
    boundary = given.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise Wrong("The request is no form.", next=_NEXT)
    if int(request.headers.get("content-length") or 0) > draft.largest + _REST:
        raise too_large(draft.largest)
    form = Form(draft)
    callbacks = {
        name: getattr(form, name)
        for name in ("on_part_begin", "on_part_data", "on_part_end", "on_header_field",
                     "on_header_value", "on_header_end", "on_end")
    }  # fmt: skip
    parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]
    try:
        async for piece in request.stream():
            parser.write(piece)
            await form.store()
    except MultipartParseError as error:
        raise Wrong("The form cannot be read.", why=f"{error}.", next=_NEXT) from None
    except ClientDisconnect:
        raise _cut() from None
    if not form.ended:
        raise _cut()
    if form.name is None:
        raise Wrong("The form has no file.", "file", next=_NEXT)
    if not draft.size:
        raise Wrong(
            f"{form.name or 'The file'} is empty.", "file", code="empty_file",
            why="It has no bytes.", next="Check that it was saved or sent whole.",
        )  # fmt: skip
    return form


_NEXT = "Send multipart/form-data with the fields file and purpose."


def _cut() -> Wrong:
    return Wrong(
        "The file was cut off on its way.", "file", code="upload_cut_off",
        why="The form did not come to its end; nothing of it was kept.", next="Send it again.",
    )  # fmt: skip
