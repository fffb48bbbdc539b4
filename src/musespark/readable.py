"""The readable text of a page, taken out in a child process that can be stopped.

A page of two megabytes can be made so that parsing it takes hours, and a thread cannot be stopped.
The child has little memory, little time, none of the server's environment and nothing to say but
text. It is started while the page still loads, so its start costs almost nothing. What a reader
would not see (comments, hidden elements, scripts) is taken out before anything else is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from musespark.problem import Problem

# Seconds for the whole child, for its careful reading before it makes do with the plain one, and
# of processor time; bytes of memory.
MAX_SECONDS, CAREFUL_SECONDS, MAX_CPU = 8.0, 4, 10
MAX_MEMORY = 1_500_000_000
MAX_TITLE, MAX_TEXT, MAX_LINKS = 300, 200_000, 500


class Readable(Struct, frozen=True):
    """What a page says: its title, its text with a blank line between paragraphs, its links."""

    title: str
    text: str
    links: list[str] = []


class Reader:
    """One child process for one page: `async with Reader() as reader: await reader.read(…)`."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Reader:
        return self

    async def start(self) -> None:
        """Start the child; it loads its libraries while the page arrives."""
        if self._process is not None:
            return
        kept = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-X", "utf8", "-m", "musespark.readable"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )

    async def read(
        self, body: bytes, kind: str, charset: str, url: str, seconds: float = MAX_SECONDS
    ) -> Readable:
        """The text of a page. Raises Problem: `page_kind` for bytes that are no text,
        `page_unreadable` for a page that cannot be read in time."""
        await self.start()
        assert self._process is not None
        head = json.dumps({"kind": kind, "charset": charset, "url": url}).encode()
        try:
            async with asyncio.timeout(min(seconds, MAX_SECONDS)):
                out, _ = await self._process.communicate(head + b"\n" + body)
            told = json.loads(out)
        except (TimeoutError, ValueError, OSError):
            raise Problem(
                "page_unreadable",
                "The page could not be read.",
                why="It is built so that reading it takes too long or too much memory.",
                next="Paste the part that matters.",
                status=422,
            ) from None
        if told.get("binary"):
            raise Problem(
                "page_kind",
                "The page is not text.",
                why="It says it is, and its bytes are something else.",
                next="Give a page of text, or attach the file.",
                status=415,
            )
        return Readable(told["title"], told["text"], told["links"])

    async def __aexit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        # Taking what is left closes the pipes; a killed child has nothing more to say.
        with contextlib.suppress(OSError, ValueError):
            await process.communicate()


# From here on: what runs in the child.

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_META = re.compile(
    rb"(?i)<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*[\"']?\s*([\w.:-]{1,40})"
)
# Encodings in which plain ASCII bytes mean something else: they are believed before UTF-8 is tried.
_SHIFTED = ("iso-2022-jp", "iso-2022-kr", "hz-gb-2312", "hz", "utf-16", "utf-16le", "utf-16be")
_HIDDEN_STYLE = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|content-visibility:hidden"
    r"|opacity:0*\.?0*(?:%|;|!|$)"
    r"|font-size:0*\.?0*(?:px|pt|em|rem|%|vw|vh)?(?:;|!|$)|font-size:[01](?:\.\d+)?p[xt]"
    r"|text-indent:-\d{3,}|(?<![\w-])(?:left|right|top|bottom):-(?:[5-9]\d\d|\d{4,})"
    r"|margin(?:-\w+)?:-\d{4,}|clip:rect\([01]|clip-path:inset\((?:50|100)%|transform:scale\(0\)"
    r"|(?<![\w-])color:(?:transparent|rgba\([^)]*,0\))(?!.*background-clip:text)"
    r"|^(?=.*overflow:hidden).*(?<![\w-])(?:max-)?(?:height|width):[01](?:px)?(?:;|!|$)"
)
_BARRED = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]")
_GONE = (
    *("script", "style", "template", "noscript", "iframe", "frame", "object", "embed", "svg"),
    *("canvas", "audio", "video", "dialog", "datalist", "select", "textarea", "input", "math"),
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
        "body",
    ]
)


def decode(body: bytes, charset: str) -> str | None:
    """The text of bytes whose encoding is unknown or wrongly declared; None if they are no text.

    Order: byte order mark; a declared encoding that shifts; UTF-8, which other encodings do not
    resemble by chance; the declared one; what the page says of itself; what a library guesses.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    declared = _META.search(body[:4096])
    named = [charset, declared[1].decode().lower() if declared else ""]
    order = (
        [name for name in named if name in _SHIFTED] + ["utf-8"] + [name for name in named if name]
    )
    for name in order:
        if name in ("utf-7", "unicode-1-1-utf-7"):
            continue
        name = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}.get(name, name)
        try:
            text = body.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
        if _is_text(text):
            return text
    guessed = _guess(body)
    return guessed if guessed is not None and _is_text(guessed) else None


def _guess(body: bytes) -> str | None:
    """UTF-8 with a few broken bytes; the web's default where there is too little to tell; else
    what a library makes of it."""
    text = body.decode("utf-8", "replace")
    beyond = sum(1 for char in text[:200_000] if char > "\x7f")
    if text[:200_000].count("\ufffd") * 100 <= beyond:
        return text
    if sum(1 for byte in body[:100_000] if byte > 0x7F) < 20:
        with contextlib.suppress(UnicodeError):
            return body.decode("cp1252")
    import charset_normalizer

    best = charset_normalizer.from_bytes(body[:100_000]).best()
    if best is None:
        return None
    return body.decode(best.encoding, "replace")


def _is_text(text: str) -> bool:
    sample = text[:20_000] + text[-20_000:]
    if "\0" in sample:
        return False
    odd = sum(
        1 for char in sample if (char < " " and char not in "\t\n\r\f\x1b") or char == "\ufffd"
    )
    return odd <= len(sample) // 100


def _hidden_names(tree: Any) -> set[str]:
    """`.class` and `#id` names that the page's own style sheets hide on a screen."""
    names: set[str] = set()
    for style in tree.iter("style"):
        sheet = re.sub(r"/\*.*?\*/", "", (style.text or "")[:200_000], flags=re.DOTALL)
        # What holds only for print or another width says nothing about this reader.
        sheet = re.sub(r"@media[^{]{0,200}\{(?:[^{}]{0,2000}\{[^{}]*\})*[^{}]{0,200}\}", "", sheet)
        for selectors, rules in re.findall(r"([^{}]{1,500})\{([^{}]{0,2000})\}", sheet):
            if _HIDDEN_STYLE.search(re.sub(r"\s", "", rules.lower())):
                found = (each.strip() for each in selectors.split(","))
                names.update(each for each in found if re.fullmatch(r"[.#][\w-]+", each))
    return names


def _is_hidden(node: Any, names: set[str]) -> bool:
    if not isinstance(node.tag, str) or node.tag in _GONE:
        return True
    if node.get("hidden") is not None or node.get("aria-hidden", "").strip().lower() == "true":
        return True
    style = node.get("style")
    if style and _HIDDEN_STYLE.search(re.sub(r"\s|/\*.*?\*/", "", style.lower())):
        return True
    if not names:
        return False
    own = {f".{each}" for each in node.get("class", "").split()} | {f"#{node.get('id', '')}"}
    return bool(own & names)


def without_hidden(tree: Any) -> None:
    """Take out of a page's tree what its reader does not see: scripts, styles, what is hidden."""
    names = _hidden_names(tree)
    for node in [each for each in tree.iter() if _is_hidden(each, names)]:
        if node.getparent() is not None and node.tag not in ("html", "body"):
            _drop(node)


def _drop(node: Any) -> None:
    """Remove a node, keeping the words after it. What no XML may hold (control characters, which a
    page can write as numbers) is read by lxml, but not taken back."""
    parent, before, tail = node.getparent(), node.getprevious(), node.tail or ""
    if before is not None:
        before.tail = _BARRED.sub("", (before.tail or "") + tail)
    else:
        parent.text = _BARRED.sub("", (parent.text or "") + tail)
    parent.remove(node)


def _plain(tree: Any) -> str:
    """All words of a tree, a blank line around each block."""
    etree: Any = importlib.import_module("lxml.etree")

    pieces: list[str] = []
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        if not isinstance(node.tag, str) or node.tag in ("head", "title", "meta", "link"):
            continue
        block = "\n\n" if node.tag in _BLOCKS else "\n" if node.tag == "br" else ""
        pieces += [block, (node.text if event == "start" else node.tail) or ""]
    return _tidy("".join(pieces))


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _title(tree: Any) -> str:
    for path in ("//head//title", "//title", "//h1"):
        for node in tree.xpath(path):
            if words := " ".join("".join(node.itertext()).split()):
                return words[:MAX_TITLE]
    return ""


def _links(tree: Any, url: str) -> list[str]:
    from urllib.parse import urljoin

    found: dict[str, None] = {}
    for href in tree.xpath("//a/@href"):
        try:
            link = urljoin(url, href.strip())
        except ValueError:
            continue
        if link.startswith(("http://", "https://")) and len(link) <= 2_048:
            found[link] = None
        if len(found) >= MAX_LINKS:
            break
    return list(found)


def from_html(text: str, url: str) -> Readable:
    """Title, text and links of an HTML page as its reader sees them: the main text where a library
    can tell it from menus in time, else all visible words."""
    html: Any = importlib.import_module("lxml.html")
    etree: Any = importlib.import_module("lxml.etree")

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (ValueError, SyntaxError, etree.LxmlError):
        return Readable("", "")
    base = tree.xpath("string(//base/@href)")
    title = _title(tree)
    without_hidden(tree)
    links, plain = _links(tree, base if base.startswith("http") else url), _plain(tree)
    main = ""
    with contextlib.suppress(Exception), _alarm(CAREFUL_SECONDS):
        # Any failure of the careful reading leaves the plain one, which is already there.
        import trafilatura

        main = trafilatura.extract(tree, url=url, include_comments=False) or ""
    main = _tidy(main.replace("\n", "\n\n"))
    # Short pages have no main part to find; what the library leaves of them is often one line.
    short = len(main) < 200 or (len(plain) < 4_000 and len(main) < len(plain) // 2)
    return Readable(title, plain if short and plain else main, links)


def from_xml(text: str) -> Readable:
    """All words of an XML document (a feed, for instance), an element a line."""
    etree: Any = importlib.import_module("lxml.etree")

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True
    )
    try:
        tree = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (ValueError, SyntaxError):
        tree = None
    if tree is None:
        return Readable("", text.strip())
    lines = [" ".join(re.sub(r"<[^<>]*>", " ", words).split()) for words in tree.itertext()]
    titles = tree.xpath("//*[local-name()='title']")
    title = " ".join("".join(titles[0].itertext()).split()) if titles else ""
    return Readable(title[:MAX_TITLE], "\n".join(line for line in lines if line))


@contextlib.contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    """Raises TimeoutError inside after so many seconds, where the system has alarms."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def readable(body: bytes, kind: str, charset: str, url: str) -> Readable | None:
    """The readable text of a body; None when its bytes are no text."""
    text = decode(body, charset)
    if text is None:
        return None
    start = text[:1_000].lstrip("\ufeff \t\r\n").lower()
    if "html" in kind or (not kind and start.startswith(("<!doctype html", "<html", "<head"))):
        return from_html(text, url)
    if kind.endswith("xml") or (not kind and start.startswith("<?xml")):
        if "<html" in start:
            return from_html(text, url)
        return from_xml(re.sub(r"\A\s*<\?xml.*?\?>", "", text, flags=re.DOTALL))
    if kind.endswith("json"):
        with contextlib.suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    return Readable("", text.strip())


def _child() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU, MAX_CPU))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import trafilatura  # noqa: F401  (loaded while the page is still on its way)

    head = json.loads(sys.stdin.buffer.readline())
    found = readable(sys.stdin.buffer.read(), head["kind"], head["charset"], head["url"])
    if found is None:
        told: dict[str, Any] = {"binary": True}
    else:
        told = {"title": found.title, "text": found.text[:MAX_TEXT], "links": found.links}
    sys.stdout.buffer.write(json.dumps(told).encode())


if __name__ == "__main__":
    _child()
