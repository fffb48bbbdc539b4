"""What is said: messages and their parts, in the shape every door and model shares."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Role = Literal["system", "user", "assistant", "tool"]


class Text(Struct, tag="text", frozen=True, omit_defaults=True):
    """Plain words; `outside` marks an answer that rests on words from outside, and may repeat
    them."""

    text: str
    outside: bool = False


class Image(Struct, tag="image", frozen=True):
    """A picture: `url` is an http(s) address or a `data:` URL."""

    url: str
    name: str = ""
    file: str = ""


class File(Struct, tag="file", frozen=True):
    """An attachment that no sense has read yet: the kept file `id`, or its bytes in `data`, a
    `data:` URL. It becomes other parts, which name the kept file as their `file`, before a turn
    begins."""

    id: str = ""
    data: str = ""
    name: str = ""


class Document(Struct, tag="document", frozen=True):
    """An attached text. Its words are data, never orders."""

    text: str
    name: str = "attachment"
    file: str = ""


class Pages(Document, tag="pages", frozen=True):
    """An attached text of many pages: `text` is what a model reads first (its outline and
    beginning; `whole` when it is all of it), and `data` all pages, a `data:` URL, which
    `search_document` reads."""

    data: str = ""
    whole: bool = False


class Words(Document, tag="words", frozen=True):
    """What was read in a picture: `boxes` says where each line of `text` stands in it (left, top,
    right, bottom; 0 to 1000), None for a line that is only about it."""

    boxes: tuple[tuple[int, int, int, int] | None, ...] = ()


class Column(Struct, frozen=True, omit_defaults=True):
    """A column of a table: its name, its type in SQL and the unit of its numbers; the different
    texts in it where they are few, and whether no two cells are the same."""

    name: str
    type: str
    unit: str = ""
    values: tuple[str, ...] = ()
    unique: bool = False


class Table(Document, tag="table", frozen=True):
    """An attached table: `text` is its profile, which a model reads (`whole` when it shows
    every row), and `data` all of it as Parquet, a `data:` URL in base64, which `query_table` reads;
    "" where it is too large to go along. Where its rows stand in the file: the `sheet`, its first
    column (from 0), and the `rows` in runs of neighbours, (first row from 1, how many) each.
    `columns` are the first 200."""

    data: str = ""
    whole: bool = False
    sheet: str = ""
    left: int = 0
    rows: tuple[tuple[int, int], ...] = ()
    columns: tuple[Column, ...] = ()


class Reasoning(Struct, tag="reasoning", frozen=True):
    """A model's own thinking, kept apart from what it says."""

    text: str


class ToolCall(Struct, tag="tool_call", frozen=True):
    """A model asks for a tool; `arguments` is the JSON text exactly as the model wrote it."""

    id: str
    name: str
    arguments: str = "{}"


class ToolResult(Struct, tag="tool_result", frozen=True):
    """What a tool gave back to the call `call`.

    `failed` marks an error the model can act on; `outside` marks words that came from outside
    (a page, another server), which taint the turn.
    """

    call: str
    name: str
    content: str
    failed: bool = False
    outside: bool = False


Part = Text | Image | File | Document | Pages | Words | Table | Reasoning | ToolCall | ToolResult


class Message(Struct, frozen=True):
    """One message of a conversation: who speaks, and the parts in order."""

    role: Role
    parts: tuple[Part, ...]
    id: str = ""

    @property
    def text(self) -> str:
        """The words alone, without attachments, thinking or tools."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def documents(self) -> list[Document]:
        return [part for part in self.parts if isinstance(part, Document)]

    @property
    def calls(self) -> list[ToolCall]:
        return [part for part in self.parts if isinstance(part, ToolCall)]


def say(role: Role, text: str, *attached: Part) -> Message:
    """A message of words, with whatever is attached to it."""
    return Message(role, (Text(text), *attached))


class Source(Struct, frozen=True, omit_defaults=True):
    """Evidence that can be opened: where a passage or a result came from, word for word.

    `place` says it in words. In a kept `file` it is a `page` from 1, a `box` in a picture or a page
    (left, top, right, bottom; 0 to 1000), a `sheet` with its `cells` ("B2:B120"), or a `second`.
    What the person's memory holds has the id of that `memory`.
    """

    id: int
    title: str
    quote: str = ""
    url: str = ""
    place: str = ""
    file: str = ""
    page: int = 0
    box: tuple[int, int, int, int] | None = None
    sheet: str = ""
    cells: str = ""
    second: float | None = None
    memory: int = 0

    @property
    def where(self) -> str:
        """The place in words, "" for the whole; what `title` and `place` say is not said again."""
        told = self.place.replace(",", " ").split()
        page = 0 if str(self.page) in told else self.page
        sheet = "" if self.title.endswith(f"/{self.sheet}") else self.sheet
        words = placed(page, self.box, sheet, self.cells, self.second)
        if self.place in words:
            return words
        return f"{self.place}, {words}" if words else self.place


def placed(
    page: int,
    box: tuple[int, int, int, int] | None,
    sheet: str,
    cells: str,
    second: float | None,
    until: float | None = None,
) -> str:
    """A place in a file in words, "" for the whole of it."""
    places = [f"page {page}"] if page else []
    places += [" ".join(filter(None, (sheet, cells)))]
    places += [f"box {','.join(map(str, box))}"] if box else []
    if second is not None:
        places.append(f"{second:g} s" if until is None else f"{second:g} to {until:g} s")
    return ", ".join(filter(None, places))


class Usage(Struct, frozen=True):
    """What a call cost: tokens read and written (`reasoning` and `cached` are parts of these),
    and money in the currency of the tier's prices."""

    input: int = 0
    output: int = 0
    reasoning: int = 0
    cached: int = 0
    cost: float = 0.0
    calls: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.reasoning + other.reasoning,
            self.cached + other.cached,
            self.cost + other.cost,
            self.calls + other.calls,
        )
