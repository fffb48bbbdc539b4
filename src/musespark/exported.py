"""The pages of an export: what a person said and did, month by month, to be read in any browser.

They stand for themselves: no scripts, nothing from elsewhere, light or dark as the reader has it.
What is to stand on them is laid aside on disk a day at a time, so that a million things need no
more memory than a hundred.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import nh3
from msgspec import Struct

from musespark.store import Row

_WAITING = 4_000_000  # bytes that are held before they are laid aside
_PAGE = 1_000  # things on a page
_WORDS = 20_000  # characters of one thing
_DID = {"Like": "Liked", "Announce": "Passed on", "Follow": "Followed", "Block": "Blocked",
        "Add": "Saved", "Undo": "Took back", "Delete": "Deleted", "Accept": "Allowed",
        "Reject": "Withdrew", "View": "Looked at", "Listen": "Listened to", "Dislike": "Disliked",
        "Flag": "Reported"}  # fmt: skip
_TAGS = {"p", "br", "a", "em", "strong", "b", "i", "ul", "ol", "li", "blockquote", "code", "pre"}


_SIGNS = re.compile("[&<>\"']")


class _Told(Struct):
    """What of an object stands on a page, whatever it is."""

    id: Any = None
    name: Any = None
    content: Any = None
    attributedTo: Any = None
    mediaType: Any = None
    generator: Any = None
    attachment: Any = None


class Pages:
    """The pages while they are gathered in a folder."""

    def __init__(self, folder: Path, person: str, made: datetime) -> None:
        self.folder, self.person, self.made = folder, person, made
        self._waiting: dict[str, list[bytes]] = {}
        self._size = 0
        self.months: Counter[str] = Counter()
        self.talks = 0

    def take(self, row: Row, actor: Any, thing: msgspec.Raw) -> None:
        """Lay an activity aside: its row, who did it, and its object as JSON."""
        at: str = row["published"]
        told = _told(thing)
        said = row["type"] == "Create"
        keys = (told.content,) if said else (told.name, told.content, told.id)
        text = str(next(filter(None, keys), ""))[:_WORDS]
        who = str(told.attributedTo or actor or "")
        origin = told.generator
        given = told.attachment if isinstance(told.attachment, list) else []
        self._lay(f"day-{at[:10]}", at, _thing({
            "at": at, "verb": row["type"], "text": text,
            "who": "" if who == self.person else who, "own": who == self.person,
            "html": told.mediaType == "text/html" and said,
            "title": str(told.name or "") if said else "",
            "origin": str(origin.get("name") or "") if isinstance(origin, dict) else "",
            "link": _link(told.id), "purposes": row["purposes"],
            "media": [str(m.get("name") or m.get("href") or m.get("url") or m.get("type"))
                      for m in given if isinstance(m, dict)],
        }))  # fmt: skip
        self.months[at[:7]] += 1

    def talk(self, whole: Row) -> None:
        """Lay a run of a conversation aside."""
        run = whole["run"]
        said = [(m["role"], "\n\n".join(p["text"] for p in m["parts"] if p.get("type") == "text"))
                for m in whole["messages"]]  # fmt: skip
        told = [(role, text[:_WORDS]) for role, text in said if text]
        at = run["started"].isoformat()
        self._lay("talks", at, _talk({"at": at, "said": told}))
        self.talks += 1

    def _lay(self, name: str, at: str, what: bytes) -> None:
        """A line each: when, and how it stands on the page."""
        line = b"%s\t%s\n" % (at.encode(), what.replace(b"\n", b"&#10;"))
        self._waiting.setdefault(name, []).append(line)
        self._size += len(line)
        if self._size > _WAITING:
            self._flush()

    def _flush(self) -> None:
        for name, lines in self._waiting.items():
            with (self.folder / name).open("ab") as file:
                file.writelines(lines)
        self._waiting, self._size = {}, 0

    def all(self, counts: dict[str, int], consents: list[Row]) -> Iterator[tuple[str, bytes]]:
        """Every page with its name, piece by piece."""
        self._flush()
        months: dict[str, list[str]] = {}
        for month in sorted(self.months):
            title = _month(month)
            names = [f"months/{month}{f'-{n + 1}' if n else ''}.html"
                     for n in range(-(-self.months[month] // _PAGE))]  # fmt: skip
            months[month] = names
            things = self._of(month)
            for number, name in enumerate(names):
                before = names[number - 1] if number else ""
                after = names[number + 1] if number + 1 < len(names) else ""
                yield name, _head(title, "../")
                day = b""
                for _, thing in zip(range(_PAGE), things, strict=False):
                    if thing[:10] != day:
                        day = thing[:10]
                        yield name, f"<h2>{_day(day.decode())}</h2>\n".encode()
                    yield name, thing.partition(b"\t")[2]
                yield name, _foot(before, after)
        names = [f"talks/{n + 1}.html" for n in range(-(-self.talks // _PAGE))]
        talks = self._lines("talks")
        for number, name in enumerate(names):
            yield name, _head("Talk", "../")
            for _, talk in zip(range(_PAGE), talks, strict=False):
                yield name, talk.partition(b"\t")[2]
            yield name, _foot(names[number - 1] if number else "",
                              names[number + 1] if number + 1 < len(names) else "")  # fmt: skip
        yield "index.html", self._index(counts, consents, months, names)

    def _of(self, month: str) -> Iterator[bytes]:
        """What happened in a month, in order of time; a day that is too large as it came."""
        for path in sorted(self.folder.glob(f"day-{month}-*")):
            if path.stat().st_size < 64_000_000:
                yield from sorted(self._lines(path.name), key=lambda line: line[:32])
            else:
                yield from self._lines(path.name)

    def _lines(self, name: str) -> Iterator[bytes]:
        path = self.folder / name
        if path.exists():
            with path.open("rb") as file:
                yield from file

    def _index(
        self, counts: dict[str, int], consents: list[Row], months: dict[str, list[str]],
        talks: list[str],
    ) -> bytes:  # fmt: skip
        parts = [_head("Everything here about you", "")]
        parts.append(
            f"<p>Made on {self.made:%d %B %Y, %H:%M} UTC for <b>{html.escape(self.person)}</b>. "
            "The pages are to read; the files beside them are for programs, and can be imported "
            "again: <code>musespark import</code>.</p>\n".encode()
        )
        said = [row["purpose"] for row in consents if row["allowed"]]
        allowed = f"You allow: {', '.join(sorted(said))}." if said else "You allow no purpose."
        parts.append(f"<p>{html.escape(allowed)}</p>\n".encode())
        if months:
            parts.append(b"<h2>Month by month</h2>\n<ul class=months>\n")
            for month in sorted(months, reverse=True):
                parts.append(f'<li><a href="{months[month][0]}">{_month(month)}</a> '
                             f"<small>{self.months[month]:,}</small>\n".encode())  # fmt: skip
            parts.append(b"</ul>\n")
        if talks:
            links = " ".join(f'<a href="{name}">{n + 1}</a>' for n, name in enumerate(talks))
            parts.append(f"<h2>Talk</h2>\n<p>{self.talks:,} questions: {links}</p>\n".encode())
        parts.append(b"<h2>For programs</h2>\n<table>\n")
        for name, count in sorted(counts.items()):
            shown = html.escape(name)
            parts.append(f'<tr><td><a href="{shown}">{shown}</a><td>{count:,}\n'.encode())
        parts.append(b"</table>\n</main>")
        return b"".join(parts)


def _told(thing: msgspec.Raw) -> _Told:
    """What an object says; of one that is only an address, that."""
    try:
        return msgspec.json.decode(thing, type=_Told)
    except msgspec.ValidationError:
        return _Told(id=msgspec.json.decode(thing))


def _thing(thing: dict[str, Any]) -> bytes:
    """An activity as it stands on a page."""
    verb, who = thing["verb"], thing["who"] or "You"
    words = thing["text"]
    body = nh3.clean(words, tags=_TAGS, attributes={"a": {"href"}}) if thing["html"] else (
        "<p>" + _safe(words).replace("\n\n", "<p>").replace("\n", "<br>")
    )  # fmt: skip
    if verb != "Create":
        lead = f"<b>{_safe(_DID.get(verb, verb))}</b> "
        link = f'<a href="{_safe(thing["link"])}">{_safe(words)}</a>'
        body = f"<p>{lead}{link if thing['link'] else _safe(words)}"
    title = f"<i>{_safe(thing['title'])}</i> · " if thing["title"] else ""
    media = "".join(f"<li>{_safe(name)}" for name in thing["media"])
    used = ", ".join(thing["purposes"]) or "nothing"
    about = f"{title}{_safe(thing['origin'] or 'here')} · may be used for {used}"
    own = " class=own" if thing["own"] and verb == "Create" else ""
    head = f"<header><b>{_safe(who)}</b> <time>{thing['at'][11:16]}</time></header>"
    return (
        f"<article{own}>{head}{body}{f'<ul>{media}</ul>' if media else ''}"
        f"<footer>{about}</footer></article>"
    ).encode()


def _talk(talk: dict[str, Any]) -> bytes:
    parts = [f"<h2>{_day(talk['at'][:10])}</h2>\n"]
    for role, text in talk["said"]:
        own = role == "user"
        words = html.escape(text).replace("\n\n", "<p>").replace("\n", "<br>")
        who = "You" if own else "musespark" if role == "assistant" else html.escape(role)
        head = f"<header><b>{who}</b> <time>{talk['at'][11:16]}</time></header>"
        parts.append(f"<article{' class=own' if own else ''}>{head}<p>{words}</article>")
    return "".join(parts).encode()


def _link(id: object) -> str:
    return id if isinstance(id, str) and id.startswith(("https://", "http://")) else ""


def _safe(text: str) -> str:
    return html.escape(text) if _SIGNS.search(text) else text


def _month(month: str) -> str:
    return datetime.strptime(month, "%Y-%m").strftime("%B %Y")


def _day(day: str) -> str:
    return datetime.strptime(day, "%Y-%m-%d").strftime("%A, %d %B %Y")


def _head(title: str, up: str) -> bytes:
    back = f'<nav><a href="{up}index.html">All of it</a></nav>' if up else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta http-equiv="content-security-policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style>"
        f"<main>{back}<h1>{html.escape(title)}</h1>\n"
    ).encode()


def _foot(before: str, after: str) -> bytes:
    links = [f'<a href="../{name}">{words}</a>'
             for name, words in ((before, "Earlier"), (after, "Later")) if name]  # fmt: skip
    return f"<nav>{' · '.join(links)}</nav></main>".encode()


_STYLE = """
:root{--back:#fbfaf8;--card:#fff;--own:#eef3ff;--ink:#1d1f24;--soft:#676b76;--line:#e4e2de;
--link:#2b50c8}
@media(prefers-color-scheme:dark){:root{--back:#15161a;--card:#1e2026;--own:#20293f;--ink:#e9e9ec;
--soft:#9a9faa;--line:#30333c;--link:#9db4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);
font:16px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:44rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:.5rem 0 1.2rem}
h2{font-size:1.05rem;margin:2.2rem 0 .7rem;color:var(--soft);font-weight:600}
a{color:var(--link)}
nav{margin:1rem 0}
article{background:var(--card);border:1px solid var(--line);border-radius:12px;
padding:.7rem .95rem;margin:.55rem 0}
article.own{background:var(--own)}
article header{display:flex;gap:.6rem;align-items:baseline}
article p{margin:.35rem 0}
time,small,footer{color:var(--soft);font-size:.82rem}
footer{margin-top:.35rem}
ul.months{list-style:none;padding:0;columns:2}
table{border-collapse:collapse;width:100%}
td{padding:.3rem .2rem;border-top:1px solid var(--line)}
td:last-child{text-align:right;font-variant-numeric:tabular-nums}
pre{overflow:auto}
@media(max-width:30rem){ul.months{columns:1}main{padding-top:1rem}}
"""
