"""What a model is shown when there is more than it can read: the newest whole, the old in passages.

Token counts are estimates (3.2 characters a token, a little under the usual 3.5 to 4 of Latin
scripts, and one a character for scripts without spaces), because every model counts its own way.
"""

from __future__ import annotations

import re

import msgspec

from musespark.message import (
    Document,
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)
from musespark.model import Request
from musespark.phrases import phrase
from musespark.turn import Turn

_PER_TOKEN = 3.2
_IMAGE_TOKENS = 800
_KEPT_NEWEST = 4
_LEAST = 60_000  # characters that are weighed passage by passage, however little there is room for


def tokens(message: Message) -> int:
    """About how many tokens a message takes."""
    count = 6.0
    for part in message.parts:
        if isinstance(part, Image):
            count += _IMAGE_TOKENS
        elif isinstance(part, ToolCall):
            count += len(part.arguments) / _PER_TOKEN
        elif isinstance(part, ToolResult):
            count += _text_tokens(part.content)
        elif not isinstance(part, File):
            count += _text_tokens(part.text)
    return int(count)


def _text_tokens(text: str) -> float:
    if text.isascii():
        return len(text) / _PER_TOKEN
    sample = text[:: len(text) // 2000 + 1]
    wide = sum(1 for c in sample if ord(c) > 0x2E7F) / max(len(sample), 1)
    return len(text) * (wide + (1 - wide) / _PER_TOKEN)


def fit(messages: list[Message], size: int, turn: Turn) -> tuple[list[Message], str]:
    """The messages, shortened where they would not fit a model that reads `size` tokens (a quarter
    is kept for its answer), and a sentence for the person that says so, or "".

    Whole stay the system's words, the person's newest message and the newest four others, as far as
    they fit; a tool's result never goes without its call. Of the rest, passages that matter."""
    room = int(size * 0.75)
    if sum(map(tokens, messages)) <= room:
        return messages, ""
    system = [m for m in messages if m.role == "system"]
    blocks = _blocks([m for m in messages if m.role != "system"])
    fixed = sum(map(tokens, system))
    if fixed > room * 0.5:
        system = [_ends(m, room * 0.5 * tokens(m) / fixed) for m in system]
        fixed = sum(map(tokens, system))
    space = room - fixed
    newest = _newest(blocks, space, turn)
    older = [m for n, block in enumerate(blocks) if n not in newest for m in block]
    kept = [m for n in sorted(newest) for m in newest[n]]
    left = space - sum(map(tokens, kept)) - 40
    digest = _digest(older, left, turn.question) if older else ""
    if digest:
        system.append(Message("user", (Document(digest, "earlier in this conversation"),)))
        if kept[0].role == "user":
            system.append(Message("assistant", (Text("(read)"),)))
    count = len(messages) - sum(any(m is k for k in (*system, *kept)) for m in messages)
    return [*system, *kept], phrase("shortened", turn.person.language, count=count)


def _blocks(messages: list[Message]) -> list[list[Message]]:
    """The messages, a call of tools and its results together: neither is taken without the other.
    Results without a call are refused everywhere, and left out."""
    blocks: list[list[Message]] = []
    for message in messages:
        if message.role != "tool":
            blocks.append([message])
        elif blocks and blocks[-1][0].calls:
            blocks[-1].append(message)
    return blocks


def _newest(blocks: list[list[Message]], space: int, turn: Turn) -> dict[int, list[Message]]:
    """The blocks to keep, by their place: the newest, and the one with the person's question."""
    last = len(blocks) - 1
    asked = next((n for n in range(last, -1, -1) if blocks[n][0].role == "user"), -1)
    kept: dict[int, list[Message]] = {}
    if asked >= 0:
        most = space * (0.8 if asked == last else 0.4)
        [question] = blocks[asked]
        kept[asked] = [question if tokens(question) <= most else _cut(question, int(most), turn)]
    used = sum(tokens(m) for block in kept.values() for m in block)
    for n in range(last, -1, -1):
        if n == asked:
            continue
        block, free = blocks[n], space * 0.7 - used
        cost = sum(map(tokens, block))
        if n == last and cost > free:  # what the tools have just said: both ends of each
            block = [_ends(m, max(free, 60) * tokens(m) / cost) for m in block]
        elif len(kept) > _KEPT_NEWEST - 1 or cost > free:
            break
        kept[n] = block
        used += sum(map(tokens, block))
    return kept


def _ends(message: Message, room: float) -> Message:
    """The message with the beginning and the end of its longest part alone."""

    def short(text: str) -> str:
        cost = _text_tokens(text)
        most = max(int(len(text) * room * 0.8 / cost), 40) if cost else 0
        if cost <= room * 0.8 or len(text) <= most:
            return text
        return f"{text[: most * 2 // 3]}\n[…]\n{text[len(text) - most // 3 :]}"

    def part(given: Part) -> Part:
        if isinstance(given, ToolResult):
            return msgspec.structs.replace(given, content=short(given.content))
        if isinstance(given, Text | Document | Reasoning):
            return msgspec.structs.replace(given, text=short(given.text))
        return given

    parts = tuple(map(part, message.parts))
    return message if parts == message.parts else msgspec.structs.replace(message, parts=parts)


def _digest(older: list[Message], room: int, question: str) -> str:
    """Of older messages the passages that matter for the question, in their order."""
    if room < 20:
        return ""
    documents = [
        Document("\n".join(p.text for p in m.parts if isinstance(p, Text | Document)), m.role)
        for m in older
    ]
    return _passages(documents, room, question)


def _passages(documents: list[Document], room: int, question: str) -> str:
    from musespark import evidence  # numpy with it: a quarter second that short talks never need
    from musespark.passage import Passage, passages

    most = max(_LEAST, room * 10) // len(documents)  # three times what there is room for
    documents = [
        d if len(d.text) <= most else Document(_likely(d.text, question, most), d.name)
        for d in documents
    ]
    found = passages(documents)
    chosen: list[Passage] = []
    used = 0.0
    for passage, _, _ in evidence.rank(question[:1000], found):
        cost = _text_tokens(passage.text) + 4
        if used + cost > room:
            continue
        used += cost
        chosen.append(passage)
        if used > room * 0.95:
            break
    chosen.sort(key=lambda p: (p.document, p.start))
    return "\n".join(f"{p.name}: {p.text}" for p in chosen)


def _likely(text: str, question: str, most: int) -> str:
    """Of a very long text the pieces with the most of the question's words, at most `most`
    characters, in their order: to weigh every passage of it would hold up everyone for seconds."""
    words: set[str] = set()
    for word in re.findall(r"\w{2,}", question[-1000:].lower()):
        if word.isascii() or len(word) < 5:
            words.add(word)
        else:  # a script without spaces, perhaps
            words.update(word[n : n + 2] for n in range(len(word) - 1))
    sought = sorted(words, key=len, reverse=True)[:40]
    size = 2000
    places = range(0, len(text), size)
    folded = text.lower()
    found = [(-sum(w in folded[at : at + size] for w in sought), at) for at in places]
    best = sorted(at for _, at in sorted(found)[: max(most // size, 1)])
    return "\n".join(text[at : at + size] for at in best)


def _cut(message: Message, room: int, turn: Turn) -> Message:
    """One message that is itself too long: its words' two ends, its documents in passages."""
    parts: list[Text | Document] = []
    question = message.text
    per_token = len(question) / max(_text_tokens(question), 1)
    limit = max(int(room * per_token * 0.4), 40)
    if len(question) > limit:
        head, tail = question[: limit // 2], question[-limit // 2 :]
        parts.append(Text(f"{head}\n[…]\n{tail}"))
    elif question:
        parts.append(Text(question))
    documents = [p for p in message.parts if isinstance(p, Document)]
    if len(question) > limit:
        documents.append(Document(question[limit // 2 : -limit // 2], "the middle of the message"))
    if documents:
        text = _passages(documents, int(room * 0.5), question[-1000:])
        parts.append(Document(text, documents[0].name))
    return msgspec.structs.replace(message, parts=tuple(parts))


def estimate(request: Request, written: str) -> Usage:
    """What a call used, when the server does not say."""
    return Usage(
        input=sum(tokens(m) for m in request.messages),
        output=int(_text_tokens(written)),
        calls=1,
    )
