"""WhatsApp: the text of a chat ("Export chat"), from iPhones and Android, in whatever language.

Each message begins with a date and a time as the telephone writes them; lines without go on with
the one before. Day and month are told apart over the whole chat. Times are in the person's zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from musespark.archive import Archive, Member
from musespark.enclosed import kind_of
from musespark.imported import Same, Words, address, said
from musespark.importer import Found, Skipped
from musespark.streamed import lines, top

label = "WhatsApp"
_LONGEST = 1_000_000  # bytes of a line
_MARKS = "\u200e\u200f\u202a\u202b\u202c\u2068\u2069\ufeff"
_DATE = (
    r"(?P<a>\d{1,4})(?:[./\-]|년|年)\s?(?P<b>\d{1,2})(?:[./\-]|월|月)\s?"
    r"(?P<c>\d{1,4})(?:[.]|일|日)?"
)
_WORD = r"[^\d\[\]:\-–—]{0,14}?"
_TIME = (
    rf"(?P<before>{_WORD})(?P<h>\d{{1,2}})[:.](?P<m>\d{{2}})(?:[:.](?P<s>\d{{2}}))?"
    rf"(?P<after>{_WORD})"
)
_IPHONE = re.compile(rf"\[{_DATE}[,،、]?\s*{_TIME}\]\s?(?P<rest>.*)", re.DOTALL)
_ANDROID = re.compile(rf"{_DATE}[,،、]?\s*{_TIME}(?:\s[-–—]\s|,\s)(?P<rest>.*)", re.DOTALL)
_LATE = {"pm", "p", "م", "午後", "下午", "오후", "μμ", "nachm", "ch"}
_EARLY = {"am", "a", "ص", "午前", "上午", "오전", "πμ", "vorm", "sa"}
_ATTACHED = re.compile(r"<[^<>:]{2,40}[:：]\s*(?P<file>[^<>/\\]+\.\w{2,5})>")
_FILED = re.compile(
    r"(?P<file>[^/\\\n]{1,200}\.\w{2,5}) \([^()\n]{3,60}\)(?:\n(?P<more>.*))?", re.DOTALL
)
_LEFT_OUT = re.compile(
    r"<[^<>\n]{3,60}>|[^\n]{2,30} (?:omitted|weggelassen|omitido|omitida|omis|omise|omesso|omessa|"
    r"weggelaten|utelatt|utelämnad)"
)
_GONE = re.compile(
    r"(?:this message was deleted|you deleted this message|diese nachricht wurde gelöscht|"
    r"du hast diese nachricht gelöscht|este mensaje fue eliminado|se eliminó este mensaje|"
    r"eliminaste este mensaje|mensagem apagada|você apagou esta mensagem|essa mensagem foi apagada|"
    r"ce message a été supprimé|vous avez supprimé ce message|questo messaggio è stato eliminato|"
    r"hai eliminato questo messaggio|dit bericht is verwijderd)\.?", re.IGNORECASE,
)  # fmt: skip
_SEALED = re.compile(
    r"(?:end-to-end encrypt|ende-zu-ende-verschlüsselt|cifrad[oa]s de extremo a extremo|"
    r"criptografia de ponta a ponta|chiffrés? de bout en bout|crittografat[ei] end-to-end|"
    r"end-to-end versleuteld|"
    r"uçtan uca şifreli|сквозным шифрованием|szyfrowan[ey] metodą end-to-end)", re.IGNORECASE,
)  # fmt: skip
_EDITED = re.compile(r"\s?\u200e?<[^<>\n]{3,60}>$")
_NAMED = re.compile(
    r"(?:whatsapp[ _-]*chat[ _-]*(?:with|mit|avec|met)?|conversación de whatsapp con|"
    r"conversa do whatsapp com|discussion whatsapp avec|chat whatsapp con|chat de whatsapp con)"
    r"[ _-]*(?P<name>.*?)\.(?:txt|zip)", re.IGNORECASE,
)  # fmt: skip


class _Line(Struct, frozen=True):
    """A message as it stands there: its date in three parts, its time, and the rest."""

    date: tuple[int, int, int]
    time: tuple[int, int, int]
    rest: str


def fits(archive: Archive) -> bool:
    return any(_is_chat(member) for member in archive.find("*.txt")[:50])


def _is_chat(member: Member) -> bool:
    head = _decoded(top(member), _charset(top(member, 4_096))).split("\n")
    return any(_head(line) is not None for line in head[:30])


def whatsapp(archive: Archive) -> Iterator[Found]:
    """Each chat, message for message, with who said it."""
    for member in archive.find("*.txt"):
        if _is_chat(member):
            yield from _chat(archive, member)
        else:
            yield Skipped("text that is no chat", member.name)


def _chat(archive: Archive, member: Member) -> Iterator[Found]:
    charset = _charset(top(member, 4_096))
    order, people = _order(member, charset)
    title = _title(member.name) or _title(archive.name)
    me = archive.me or _other(people, title)
    zone, same = _zone(archive.zone), Same()
    context = address("whatsapp", "chat", title or ",".join(sorted(people)))
    folder = member.name.rpartition("/")[0]
    files = {each.short: each.name for each in archive.members
             if each.name.rpartition("/")[0] == folder}  # fmt: skip
    for before, line in enumerate(_messages(member, charset)):
        at = _moment(line, order, zone)
        who, text = _spoken(line.rest)
        if at is None:
            yield Skipped("without a date", line.rest[:80])
            continue
        plain = text.strip(_MARKS + " ")
        if who and _GONE.fullmatch(plain):
            yield Skipped("message that was deleted", title)
            continue
        own = _ATTACHED.match(plain) or _LEFT_OUT.fullmatch(plain)
        sealed = before < 2 and _SEALED.search(plain)  # how a chat begins, in the name of somebody
        if not who or sealed or (text.startswith("\u200e") and not own):
            yield Skipped("line of WhatsApp itself", line.rest[:80].strip(_MARKS))
            continue
        made = _made(text, files)
        if isinstance(made, Skipped):
            yield made
            continue
        words, attached = made
        stamp = "-".join(map(str, (*line.date, *line.time)))
        number = same.number(stamp, who, words)
        id = address("whatsapp", context, stamp, who, words[:2000], number)
        yield said(label, Words(text=words, at=at, id=id, by="" if who == me else who, title=title,
                                context=context, attached=attached))  # fmt: skip


def _made(text: str, files: dict[str, str]) -> tuple[str, tuple[dict[str, Any], ...]] | Skipped:
    """What a message says and what is attached to it, or why it says nothing."""
    plain = text.strip(_MARKS + " ")
    if found := _ATTACHED.search(text):
        words = (text[: found.start()] + text[found.end() :]).strip(_MARKS + " \n•")
        return words.rpartition(" • ")[0] if "• \u200e" in text else words, _media(
            found["file"], files
        )
    filed = _FILED.fullmatch(plain)
    if filed and (
        filed["file"] in files or re.match(r"(?:IMG|VID|AUD|PTT|STK|DOC)-", filed["file"])
    ):
        return (filed["more"] or "").strip(), _media(filed["file"], files)
    if _LEFT_OUT.fullmatch(plain):
        return Skipped("media that was left out of the export", plain)
    return _EDITED.sub("", text).strip(_MARKS + " "), ()


def _media(name: str, files: dict[str, str]) -> tuple[dict[str, Any], ...]:
    there = {"file": files[name]} if name in files else {}
    return ({"type": kind_of(name), "name": name, **there},)


def _charset(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        head[:-4].decode("utf-8") if len(head) > 4 else None
    except UnicodeDecodeError as error:
        return "utf-8" if error.start >= len(head) - 8 else "cp1252"
    return "utf-8"


def _decoded(data: bytes, charset: str) -> str:
    return data.decode(charset, errors="replace")


def _head(line: str) -> re.Match[str] | None:
    line = line.lstrip(_MARKS)
    return _IPHONE.match(line) or _ANDROID.match(line)


def _messages(member: Member, charset: str) -> Iterator[_Line]:
    """The messages, each with all its lines."""
    waiting: _Line | None = None
    more: list[str] = []
    for line in _texts(member, charset):
        found = _head(line)
        if found is None:
            if waiting is not None and len(more) < 2_000:
                more.append(line)
            continue
        if waiting is not None:
            yield _Line(waiting.date, waiting.time, "\n".join([waiting.rest, *more]))
        waiting, more = _line(found), []
    if waiting is not None:
        yield _Line(waiting.date, waiting.time, "\n".join([waiting.rest, *more]))


def _texts(member: Member, charset: str) -> Iterator[str]:
    if charset == "utf-16":  # its ends of lines are no single bytes
        yield from _decoded(member.read(), charset).splitlines()
        return
    for line in lines(member, _LONGEST):
        yield _decoded(line, charset)


def _line(found: re.Match[str]) -> _Line:
    hour = int(found["h"])
    marks = {
        re.sub(r"[\s.\u00a0\u202f,]", "", found[side] or "").lower() for side in ("before", "after")
    }
    if marks & _LATE and hour < 12:
        hour += 12
    elif marks & _EARLY and hour == 12:
        hour = 0
    date = (int(found["a"]), int(found["b"]), int(found["c"]))
    return _Line(date, (hour, int(found["m"]), int(found["s"] or 0)), found["rest"])


def _spoken(rest: str) -> tuple[str, str]:
    """Who said it and what, "" for a line of WhatsApp itself."""
    who, colon, text = rest.partition(": ")
    if not colon:
        who, colon, text = rest.partition(":\n")
    who = who.strip(_MARKS + " ").lstrip("~").strip(_MARKS + " \u00a0\u202f")
    return ("", rest) if not colon or "\n" in who or len(who) > 80 else (who, text)


def _order(member: Member, charset: str) -> tuple[str, set[str]]:
    """How the dates are written, "dmy", "mdy" or "ymd", and who speaks. What is above 12 is no
    month; where nothing is, the order in which fewer messages go back in time."""
    people: set[str] = set()
    most = [0, 0, 0]
    back = {"dmy": 0, "mdy": 0}
    last: dict[str, tuple[int, int, int]] = {}
    for line in _messages(member, charset):
        most = [max(pair) for pair in zip(most, line.date, strict=True)]
        a, b, c = line.date
        for name, key in (("dmy", (c, b, a)), ("mdy", (c, a, b))):
            back[name] += key < last.get(name, key)
            last[name] = key
        who, _ = _spoken(line.rest)
        if who and len(people) < 2_000:
            people.add(who)
    if most[0] > 31:
        return "ymd", people
    if most[0] > 12:
        return "dmy", people
    if most[1] > 12:
        return "mdy", people
    return ("mdy" if back["mdy"] < back["dmy"] else "dmy"), people


def _moment(line: _Line, order: str, zone: ZoneInfo) -> datetime | None:
    a, b, c = line.date
    year, month, day = {"ymd": (a, b, c), "dmy": (c, b, a), "mdy": (c, a, b)}[order]
    year += 2000 if year < 100 else 543 * -1 if year > 2400 else 0  # the Thai calendar
    try:
        return datetime(year, month, day, *line.time, tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None


def _title(name: str) -> str:
    found = _NAMED.search(name)
    return found["name"].strip(" _-") if found else ""


def _other(people: set[str], title: str) -> str:
    """Who of two is the person: the one whom the chat is not named after."""
    others = people - {title}
    return next(iter(others)) if len(people) == 2 and len(others) == 1 else ""


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
