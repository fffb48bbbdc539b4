"""What a model is shown when there is more than it can read: the newest whole, the old in passages.

Token counts are estimates (3.2 characters a token, a little under the usual 3.5 to 4 of Latin
scripts, and one a character for scripts without spaces), because every model counts its own way.
"""

from __future__ import annotations

import msgspec

from musespark.message import Document, Image, Message, Text, ToolCall, ToolResult, Usage
from musespark.model import Request
from musespark.phrases import phrase
from musespark.turn import Turn

_PER_TOKEN = 3.2
_IMAGE_TOKENS = 800
_KEPT_NEWEST = 4


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
        else:
            count += _text_tokens(part.text)
    return int(count)


def _text_tokens(text: str) -> float:
    if text.isascii():
        return len(text) / _PER_TOKEN
    sample = text[:2000]
    wide = sum(1 for c in sample if ord(c) > 0x2E7F) / max(len(sample), 1)
    return len(text) * (wide + (1 - wide) / _PER_TOKEN)


def fit(messages: list[Message], size: int, turn: Turn) -> tuple[list[Message], str]:
    """The messages, shortened where they would not fit a model that reads `size` tokens (a quarter
    is kept for its answer), and a sentence for the person that says so, or ""."""
    room = int(size * 0.75)
    counts = [tokens(m) for m in messages]
    if sum(counts) <= room:
        return messages, ""
    system = [m for m in messages if m.role == "system"]
    rest = [m for m in messages if m.role != "system"]
    fixed = sum(tokens(m) for m in system)
    newest: list[Message] = []
    for message in reversed(rest):
        whole = len(newest) < _KEPT_NEWEST or message.role == "tool"
        if not whole or fixed + sum(map(tokens, newest)) + tokens(message) > room * 0.7:
            break
        newest.insert(0, message)
    while newest and newest[0].role == "tool":  # a result without its call is refused everywhere
        newest.pop(0)
    if not newest:
        newest = [_cut(rest[-1], int((room - fixed) * 0.8), turn)]
    older = rest[: len(rest) - len(newest)]
    left = room - fixed - sum(map(tokens, newest)) - 40
    digest = _digest(older, left, turn.question) if older else ""
    kept = [*system]
    if digest:
        kept.append(Message("user", (Document(digest, "earlier in this conversation"),)))
        if newest[0].role == "user":
            kept.append(Message("assistant", (Text("(read)"),)))
    count = len(older) + (newest != rest[len(rest) - len(newest) :])
    return [*kept, *newest], phrase("shortened", turn.person.language, count=count)


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

    found = evidence.passages(documents)
    chosen: list[evidence.Passage] = []
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


def _cut(message: Message, room: int, turn: Turn) -> Message:
    """One message that is itself too long: its words' two ends, its documents in passages."""
    parts: list[Text | Document] = []
    question = message.text
    limit = int(room * _PER_TOKEN * 0.4)
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
