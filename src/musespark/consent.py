"""The one gate: what a turn that has read words from outside may still do.

Words from a page, a document, a post or another server are data. Once a turn has read some it is
tainted, and from then on nothing that acts (sends, publishes, buys, changes) runs in it unless the
person named that tool or approved that very call. Nor does it carry away what was recalled of the
person. The rule looks at the turn and the tool alone, never at what a model says: no wording can
talk its way past it. The gate knows nothing of modes or doors.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from msgspec import structs

from musespark.message import Document, Image, Source, Text, ToolResult
from musespark.person import may as may_role
from musespark.plain import fence as fence
from musespark.plain import visible as visible
from musespark.problem import Problem
from musespark.tool import Outside, Tool
from musespark.turn import Turn

# Addresses met in words from outside, by person and conversation. One that falls out, or a process
# that starts anew, only makes the gate stricter.
_TALKS, _ADDRESSES, _LONGEST = 1_000, 2_000, 2_048
_met: OrderedDict[tuple[str, str], set[str]] = OrderedDict()
# Hashes of answers that rest on words from outside.
_ANSWERS = 20_000
_answers: OrderedDict[bytes, None] = OrderedDict()

_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\^{}|]+", re.IGNORECASE)
# What a tool would be given is taken whole up to the next blank: nothing may hide behind a quote.
_WRITTEN = re.compile(r"https?:\S*", re.IGNORECASE)
_AFTER = ".,;:!?…»”’*_~。，、)]}>'\"`"


def taint(turn: Turn, result: object) -> None:
    """Mark the turn when `result` holds words from outside: an `Outside`, or anything whose
    `outside` is true (a tool's result, a failed call that quotes another server, the tool itself).
    The addresses in it count as met from now on (see `gate`). A taint is never taken back."""
    if isinstance(result, Outside):
        words = f"{result.text} {result.source.url if result.source else ''}"
    elif getattr(result, "outside", False) is True:
        words = str(getattr(result, "content", "") or getattr(result, "text", ""))
    else:
        return
    turn.tainted = True
    turn.quoted.append(words)
    meet(turn, addresses(words))


def look_back(turn: Turn) -> None:
    """Before a turn begins: what its conversation read before counts as read. What is attached,
    an answer that rests on words from outside and what a tool brought from there taint the turn;
    the latter is fenced anew. A client that keeps the conversation itself sends answers back as
    words of nobody: those that this process gave lately are known again."""
    for place, message in enumerate(turn.messages):
        if any(isinstance(part, Document | Image) or _outside(part) for part in message.parts):
            turn.tainted = True
        if _answers and message.role == "assistant" and _print(turn, message.text) in _answers:
            turn.tainted = True
        if message.role == "tool" and any(_outside(part) for part in message.parts):
            parts = tuple(_fenced(turn, part) for part in message.parts)
            turn.messages[place] = structs.replace(message, parts=parts)


def look_forth(turn: Turn) -> None:
    """When a turn has ended: its answer is known again, where it rests on words from outside."""
    if turn.tainted and turn.answer:
        _answers[_print(turn, turn.answer)] = None
        while len(_answers) > _ANSWERS:
            _answers.popitem(last=False)


def _print(turn: Turn, answer: str) -> bytes:
    text = answer.strip()
    words = f"{turn.person.id} {text[:500]} {text[-500:]}"
    return hashlib.sha256(words.encode("utf-8", "replace")).digest()


def _outside(part: object) -> bool:
    return getattr(part, "outside", False) is True


def _fenced(turn: Turn, part: Any) -> Any:
    if not isinstance(part, ToolResult) or not part.outside:
        return part
    taint(turn, part)
    return structs.replace(part, content=fence(part.content, Source(0, part.name)), outside=False)


def may(turn: Turn, purpose: str) -> bool:
    """Whether a turn may read what is kept for a purpose. An incognito turn may not, and so leaves
    no trace in what it says either; memory alone may be asked for by the turn itself, and be
    switched off by it (`turn.memory`)."""
    who = turn.person
    if purpose not in who.purposes or not may_role(who.role, "remember"):
        return False
    wished = turn.memory if purpose == "memory" else None
    return not turn.incognito if wished is None else wished


def reveal(turn: Turn, words: Iterable[str], *, of_others: bool = False) -> None:
    """Private words were recalled for this turn: the gate lets none of them out of it unasked. What
    others said (in a group, in what was imported, in an answer that rests on a page) is from
    outside as well, and taints; one's own words do not."""
    found = list(words)
    turn.recalled.extend(found)
    if of_others and found:
        turn.tainted = True
        for text in found:
            meet(turn, addresses(text))


def meet(turn: Turn, found: Iterator[str] | list[str]) -> None:
    """Addresses that stood, word for word, in what this conversation read: the links of a page."""
    own = (turn.person.id, turn.conversation)
    known = _met.setdefault(own, set())
    _met.move_to_end(own)
    for address in found:
        if len(known) >= _ADDRESSES:
            break
        known.add(_same(address))
    while len(_met) > _TALKS:
        _met.popitem(last=False)


def drop(gone: Callable[[str], bool]) -> None:
    """Let go of the addresses that those who are gone have met."""
    for own in [own for own in _met if gone(own[0])]:
        del _met[own]


def addresses(text: str) -> Iterator[str]:
    """The web addresses that stand in `text`, without the punctuation around them."""
    for found in _ADDRESS.findall(text):
        if len(found) > _LONGEST:
            continue
        found = found.rstrip(".,;:!?…»”’*_~。，、")
        while found.endswith((")", "]")) and found.count(found[-1]) > found.count(
            "(" if found[-1] == ")" else "["
        ):
            found = found[:-1].rstrip(".,;:!?")
        yield found


class NeedsApproval(Problem):
    """A call that the person must say yes to first: exactly this `tool` with these `arguments`.
    `waiting` is the approval that was put before them, where there is somebody to ask."""

    def __init__(
        self, code: Wanted, tool: Tool, arguments: Mapping[str, Any] | None, detail: str = ""
    ) -> None:
        what, why, how = _SAID[code]
        said = f"{_from(tool)}{_with(arguments)}" if code == "acts" else f" {detail}"
        super().__init__(
            "needs_approval", f"{tool.name} was not run: {what}{said}.", why=why,
            next=f"{how} {tool.name} for {'that' if code == 'acts' else 'this'} turn"
            f"{'; nothing else can allow it' if code == 'acts' else ''}.",
            status=403,
        )  # fmt: skip
        self.wanted, self.tool, self.arguments = code, tool, dict(arguments or {})
        self.waiting: dict[str, Any] | None = None


Wanted = Literal["acts", "composed", "private"]
_READ = "This conversation has read words from outside, and "
_SAID: dict[str, tuple[str, str, str]] = {
    "acts": (
        "it would act beyond this server",
        f"{_READ}such words must not be able to send, publish, change or buy anything on their "
        "own.",
        "If the person wants exactly this, they ask again and allow",
    ),
    "composed": (
        "it would open",
        f"{_READ}neither the person nor anything read so far names this address word for word: it "
        "could carry private words away.",
        "Use an address that stands in the question or in what was read, or ask the person to "
        "allow",
    ),
    "private": (
        "it would send",
        f"{_READ}something was recalled of what the person told: words that stand neither in the "
        "question nor in what was read could carry it away.",
        "Use the question's own words, or ask the person to allow",
    ),
}


def gate(turn: Turn, tool: Tool, arguments: Mapping[str, Any] | None = None) -> None:
    """Called before every tool call. Raises NeedsApproval (403) when the person must say yes first.

    In a turn that has read words from outside: no acting tool runs unless `turn.approved` names
    it, and no tool that reaches outside is given a web address that was composed from what was
    read. A page could otherwise have private words carried off inside an address. Addresses that
    the person wrote and links met word for word stay open. Where something was recalled of the
    person, such a tool is given no words but those of the question and whole passages of what was
    read. What an untrusted server says of its tools is read by the model as well: it counts as
    words from outside for the acting tools of everybody else, and for every tool that could carry
    away what was recalled.
    """
    if tool.name in turn.approved:
        return
    if tool.acts and (turn.tainted or _swayed(turn, tool)):
        raise NeedsApproval("acts", tool, arguments)
    if not tool.outside or not arguments:
        return
    strict = turn.tainted or (bool(turn.recalled) and _swayed(turn, tool))
    if strict:
        for text in _strings(arguments):
            for address in _WRITTEN.findall(text):
                if not _known(turn, address):
                    raise NeedsApproval("composed", tool, arguments, visible(address, 300))
    if turn.recalled and (strange := _strange(turn, tool, arguments, strict)):
        raise NeedsApproval("private", tool, arguments, shown(strange, 300))


async def pass_gate(turn: Turn, tool: Tool, arguments: Mapping[str, Any]) -> None:
    """The gate, and where it is shut, the person: a call that they allowed in advance goes on, any
    other is put before them. Raises NeedsApproval, with what is `waiting` for them."""
    try:
        gate(turn, tool, arguments)
    except NeedsApproval as needed:
        if turn.desk is None:
            raise
        needed.waiting = await turn.desk().ask(turn, needed)
        if needed.waiting is not None:
            raise


def _swayed(turn: Turn, tool: Tool) -> bool:
    """Whether somebody else's tools are described to the model in the words of a server that is not
    trusted."""
    return any(_foreign(other) and other.origin != tool.origin for other in turn.tools.values())


def _foreign(tool: Tool) -> bool:
    return tool.outside and tool.origin != "built in"


# -- what was recalled does not leave -------------------------------------------------------------

_WORD = re.compile(r"\w+")
_PASSAGES = 3  # of what was read, that may stand in one text beside the question's words
_LITTLE = 6  # small words beside those of the question
_SMALL_WORDS = (
    "a an and are as at be by do does for from how i in is it its of on or that the this to was "
    "what when where which who why with auf das dem den der die ein eine für im ist mit oder und "
    "von wann wer wie wo zu zum al con cuál cuándo cómo de del dónde el en es la las los o para "
    "por que qué quién un una y à au aux ce dans des du est et le les ou où par pour quand quel "
    "quelle qui sur une"
)
_SMALL = frozenset(_SMALL_WORDS.split())
_FEW = 3  # remembered words that another server's tool may be given in a turn without taint


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", visible(text)).casefold())


def _strange(turn: Turn, tool: Tool, arguments: Mapping[str, Any], strict: bool) -> str:
    """The first text among the arguments that could carry recalled words away, "" for none. Names
    and choices that the tool's schema lists itself carry nothing. Where it need not be `strict`, a
    few remembered words may go to another server, as a town does to a weather service."""
    free = {
        word
        for message in turn.messages if message.role == "user"
        for part in message.parts if isinstance(part, Text)
        for word in _words(part.text)
    }  # fmt: skip
    private = {word for text in turn.recalled for word in _words(text) if _telling(word)} - free
    if not strict:
        told = {word for text in _values(tool, arguments) for word in _words(text)} & private
        return " ".join(sorted(told)) if _foreign(tool) and len(told) > _FEW else ""
    read = " ".join(f" {' '.join(_words(text))} " for text in (*turn.quoted, *_attached(turn)))
    for text in _values(tool, arguments):
        words = _words(text)
        small = sum(1 for word in words if word in _SMALL and word not in free)
        known = free if small > _LITTLE else free | _SMALL
        passages = " ".join("|" if word in known else word for word in words).split("|")
        passages = [passage for each in passages if (passage := each.strip())]
        if private & set(words) or len(passages) > _PASSAGES:
            return text
        if any(f" {passage} " not in read for passage in passages):
            return text
    return ""


def _telling(word: str) -> bool:
    return len(word) > 3 or any(char.isdigit() for char in word)


def _attached(turn: Turn) -> Iterator[str]:
    for message in turn.messages:
        for part in message.parts:
            if isinstance(part, Document):
                yield part.text
            elif isinstance(part, ToolResult) and part.outside:
                yield part.content


def _values(tool: Tool, arguments: Mapping[str, Any]) -> Iterator[str]:
    """Every text and long number among the arguments. Web addresses have a rule of their own."""
    known: Mapping[str, Any] = tool.parameters.get("properties") or {}
    for name, value in arguments.items():
        schema = known.get(name)
        if schema is None:
            yield str(name)
        if isinstance(schema, dict) and isinstance(value, str) and value in schema.get("enum", ()):
            continue
        for text in _strings(value):
            yield _WRITTEN.sub(" ", text)


_APART = re.compile(r"[\s<>\"',;:()]+")


def sites(arguments: Mapping[str, Any]) -> set[str]:
    """Whom a call would reach: the hosts of all web addresses among its arguments, and all mail
    addresses, other scripts than the Latin one spelled as machines write them."""
    found: set[str] = set()
    for text in _strings(arguments):
        for address in _WRITTEN.findall(text):
            try:
                host = urlsplit(address).hostname or address
            except ValueError:
                host = address
            found.add(_plain_host(host))
        for mail in _APART.split(_WRITTEN.sub(" ", text)) if "@" in text else ():
            name, at, host = mail.strip(".!?").rpartition("@")
            if at and name and "." in host:
                found.add(f"{name}@{_plain_host(host)}")
    return found


def _plain_host(host: str) -> str:
    """A host as machines write it, so that no look-alike letter hides in it."""
    if host.isascii():
        return host.casefold()
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host.encode("ascii", "backslashreplace").decode()


def _known(turn: Turn, address: str) -> bool:
    """Whether the address, with or without the punctuation after it, was read or written."""
    spellings = {_same(address), _same(address.rstrip(_AFTER))}
    if spellings & _met.get((turn.person.id, turn.conversation), set()):
        return True
    for message in turn.messages:
        for part in message.parts:
            if not isinstance(part, Text | Document):
                continue
            if isinstance(part, Text) and message.role != "user":
                continue
            if any(_same(link) in spellings for link in addresses(part.text)):
                return True
    return False


def _same(address: str) -> str:
    """Spelled alike: without the fragment (it is never sent) and a final slash."""
    return address.partition("#")[0].rstrip("/")


def _from(tool: Tool) -> str:
    return "" if tool.origin == "built in" else f" through {visible(tool.origin, 100)}"


def _with(arguments: Mapping[str, Any] | None) -> str:
    """The arguments as the person must see them: every unseen character spelled out."""
    if not arguments:
        return ""
    return f" with {shown(json.dumps(arguments, ensure_ascii=False, default=str), 1_000)}"


def shown(text: str, limit: int = 0) -> str:
    """A text as the person must see it before they say yes: every unseen character spelled out;
    where a `limit` cuts it, it says so."""
    spelled = "".join(
        char if char == " " or unicodedata.category(char)[0] not in "CZ" else f"\\u{ord(char):04x}"
        for char in text
    )
    if limit and len(spelled) > limit:
        spelled = f"{spelled[:limit]}… ({len(text):,} characters in all)"
    return spelled


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, int | float) and len(str(value)) > 3:
        yield str(value)
