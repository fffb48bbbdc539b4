"""Markdown as HTML that is safe to show, whoever wrote it: a model, a page, a person.

CommonMark with tables, strikethrough, tasks, notes, formulas and citations. Each block becomes one
element. Raw HTML is shown as text; links lead to the web or to mail, and pictures are links, so
that nothing is loaded because somebody wrote its address. Every block passes nh3 last.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.reference import reference
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from musespark import formula, listing
from musespark.listing import escape

LONGEST = 100_000  # characters that are read as Markdown; what follows is shown as it is
_CACHE = 16_000_000  # characters of HTML that are kept for texts that are shown again
_SHORT = 5_000  # characters that are read at once
_WINDOW = formula.LONGEST + 4
_LINES = 200  # of one formula
_OPEN = 200  # brackets of one paragraph

_SCHEME = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x20]", re.IGNORECASE)
_OVERRIDES = re.compile("[\u202a-\u202e]")  # isolates end with their block; these do not
_MARKS = re.compile(
    r"\[(?P<cited>\d{1,3}(?:\s?,\s?\d{1,3}){0,9})\]|\[\^(?P<note>\d{1,3})\]:?"
    r"|(?P<url>https?://[^\s<>\"'`\[\]{}|\\^*]+)"
)
_ODD = re.compile("[\r\0]")
_BREAKS = re.compile(r"\r\n?")
TASK = re.compile(r"\[([ xX])\](?=\s)")
_NOTE = re.compile(r"\[\^(\d{1,3})\]:\s*")
_DOLLAR = re.compile(r"(?<!\\)\$")
_TAG = re.compile(r"<(?:(sub|sup)>([^<>\n]{1,60})</\1|br ?/?)>")
_DISPLAY = {"$$": "$$", "\\[": "\\]"}


# -- Markdown's rules, and ours -------------------------------------------------------------------


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`$$ … $$` or `\\[ … \\]` on lines of their own, without a blank line in it."""
    if state.is_code_block(start):
        return False
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].rstrip()
    closing = _DISPLAY.get(first[:2])
    if closing is None:
        return False
    line, text, growing = start, first[2:], False
    lines = []
    while not text.endswith(closing):
        if closing in text:
            return False
        lines.append(text)
        if text.lstrip().startswith("\\[") or len(lines) > _LINES:
            return False
        line += 1
        if line >= end or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            if line < state.env.get("open", line + 1):
                return False
            text, growing = closing, True
            break
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
    content = "\n".join([*lines, text[:-2]])
    if closing in content or not content.strip():
        return False
    if not silent:
        state.line = min(line + 1, end)
        token = state.push("formula_block", "div", 0)
        token.content, token.markup, token.map = content, first[:2], [start, state.line]
        token.meta = {"open": growing}
    return True


def _formula(state: StateInline, silent: bool) -> bool:
    """`$…$`, `$$…$$`, `\\(…\\)` and `\\[…\\]` in a line. A dollar sign before a blank or after one
    is money."""
    src, at = state.src, state.pos
    if src[at] not in "$\\":
        return False
    mark = src[at : at + 2]
    last = min(state.posMax, at + _WINDOW)
    if mark in ("$$", "\\[", "\\("):
        closing = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}[mark]
        stop = src.find(closing, at + 2, last)
        if stop < at + 3:
            return False
        content, after = src[at + 2 : stop], stop + 2
    elif src[at] == "$":
        mark = "$"
        if at + 1 >= last or src[at + 1].isspace() or src[at + 1] == "$":
            return False
        found = _DOLLAR.search(src, at + 2, last)
        if found is None or src[found.start() - 1].isspace():
            return False
        content, after = src[at + 1 : found.start()], found.end()
        if src[after : after + 1] == "$" or src[after : after + 1].isdigit():
            return False
    else:
        return False
    if not content.strip():
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.markup = content, mark
    state.pos = after
    return True


def _tag(state: StateInline, silent: bool) -> bool:
    """The HTML that models write in their Markdown: a line break in a cell, small signs above or
    below the line. All other stays text."""
    found = _TAG.match(state.src, state.pos) if state.src[state.pos] == "<" else None
    if found is None:
        return False
    if not silent:
        token = state.push(*(("small", found[1], 0) if found[1] else ("hardbreak", "br", 0)))
        token.content = found[2] or ""
    state.pos = found.end()
    return True


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A link's definition; that of a note stays where it is."""
    begin = state.bMarks[start] + state.tShift[start]
    return not state.src.startswith("[^", begin) and reference(state, start, end, silent)


def _bound(state: StateCore) -> None:
    """Brackets that are never closed cost the square of their number: too many are plain text."""
    for token in state.tokens:
        if token.type == "inline" and token.content.count("[") - token.content.count("]") > _OPEN:
            token.type = "words"


def _shape(state: StateCore) -> None:
    """Headings below the page's own, directions, tasks, notes, citations and bare addresses."""
    cited: frozenset[int] = state.env.get("sources", frozenset())
    tokens = state.tokens
    for at, token in enumerate(tokens):
        if token.level == 0 and token.nesting >= 0 and token.tag not in ("hr", "code"):
            token.attrSet("dir", "auto")
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        elif token.type == "inline" and token.children:
            first = token.children[0]
            if first.type == "text":
                _begin(tokens, at, first)
            if "[" in token.content or "://" in token.content:
                token.children = marks(token.children, cited)


def _begin(tokens: list[Token], at: int, first: Token) -> None:
    """What the first words of a paragraph may say: that it is a task, or a note."""
    before = tokens[at - 1]
    task = TASK.match(first.content)
    if task and before.type == "paragraph_open" and tokens[at - 2].type == "list_item_open":
        item = tokens[at - 2]
        item.attrSet("class", "task")
        first.content = ("☐" if task[1] == " " else "☑") + first.content[3:]
    note = _NOTE.match(first.content)
    if note and before.type == "paragraph_open":
        before.attrSet("class", "note")


def marks(children: list[Token], cited: frozenset[int]) -> list[Token]:
    """The children of a paragraph with its citations, notes and bare addresses as tokens."""
    found: list[Token] = []
    inside = 0
    for child in children:
        if child.type in ("link_open", "link_close"):
            inside += child.nesting
        elif child.type == "image" and inside:
            child.meta["linked"] = True
        if child.type != "text" or inside:
            found.append(child)
            continue
        at, text = 0, child.content
        for mark in _MARKS.finditer(text):
            made = _mark(mark, cited)
            if made is None:
                continue
            if mark.start() > at:
                found.append(_text(text[at : mark.start()], child.level))
            found += made[0]
            at = made[1]
        if at:
            if text[at:]:
                found.append(_text(text[at:], child.level))
        else:
            found.append(child)
    return found


def _mark(mark: re.Match[str], cited: frozenset[int]) -> tuple[list[Token], int] | None:
    """The tokens that a mark stands for, and where the text goes on; None when it is just text."""
    if mark["cited"]:
        numbers = [int(number) for number in mark["cited"].split(",")]
        if not cited.issuperset(numbers):
            return None
        made = [Token("cite", "a", 0, content=str(number)) for number in numbers]
        return made, mark.end()
    if mark["note"]:
        return [Token("note", "sup", 0, content=mark["note"])], mark.end()
    url = mark["url"].rstrip(".,:;!?*_~")
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(".,:;!?*_~")
    if len(url.partition("://")[2]) < 3 or len(url) > 2000:
        return None
    opened = Token("link_open", "a", 1, attrs={"href": url})
    return [opened, _text(url, 0), Token("link_close", "a", -1)], mark.start() + len(url)


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)


# -- how a token is written -----------------------------------------------------------------------


class Writer(RendererHTML):
    """Tokens as HTML."""

    def text(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return shown(tokens[at].content)

    def words(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return shown(tokens[at].content)

    def cite(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        number = tokens[at].content
        return f'<a class="cite" href="#source-{number}" data-source="{number}">{number}</a>'

    def small(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        token = tokens[at]
        return f"<{token.tag}>{shown(token.content)}</{token.tag}>"

    def note(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return f'<sup class="note" data-note="{tokens[at].content}">{tokens[at].content}</sup>'

    def formula(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        token = tokens[at]
        display = token.markup in _DISPLAY
        return formula.mathml(token.content, display=display) or _source(token)

    def formula_block(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        token = tokens[at]
        made = formula.mathml(token.content, display=True) or _source(token)
        return f'<div class="formula" tabindex="0">{made}</div>'

    def fence(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        language = listing.named(tokens[at].info)
        return framed(language, listing.listing(tokens[at].content, language))

    def code_block(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return framed("", listing.plain(tokens[at].content))

    def code_inline(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return f"<code>{listing.plain(tokens[at].content)}</code>"

    def image(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        """A picture is a link: nothing is loaded from where a model says."""
        token = tokens[at]
        url = str(token.attrs.get("src", ""))
        words = self.renderInlineAsText(token.children, options, env) if token.children else ""
        shown = escape(_OVERRIDES.sub("", words).strip() or url)
        if not url or token.meta.get("linked"):
            return f'<span class="picture">{shown}</span>'
        return f'<a class="picture" href="{_quoted(url)}"{_AWAY}>{shown}</a>'

    def link_open(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        token = tokens[at]
        if not token.attrs["href"]:
            return "<a>"
        title = token.attrs.get("title")
        named = f' title="{_quoted(str(title))}"' if title else ""
        return f'<a href="{_quoted(str(token.attrs["href"]))}"{named}{_AWAY}>'

    def table_open(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        way = ' dir="auto"' if tokens[at].level == 0 else ""
        return f'<div class="table"{way} tabindex="0"><table>'

    def table_close(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return "</table></div>"

    def cell(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        side = re.search(r"left|center|right", str(tokens[at].attrs.get("style", "")))
        return f'<{tokens[at].tag} class="{side[0]}">' if side else f"<{tokens[at].tag}>"

    th_open = td_open = cell

    def softbreak(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return "\n"


_AWAY = ' rel="noopener noreferrer nofollow" target="_blank"'


def _quoted(text: str) -> str:
    return escape(text).replace('"', "&quot;")


def _source(token: Token) -> str:
    """A formula that cannot be read, as it was written."""
    closing = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}[token.markup]
    return f'<code class="tex">{escape(token.markup + token.content + closing)}</code>'


def framed(language: str, code: str) -> str:
    """A listing in its frame, with the place for what can be done with it."""
    said = f' data-language="{language}"' if language else ""
    head = f'<div class="code-head"><span class="code-language">{escape(language)}</span></div>'
    body = f'<pre tabindex="0" dir="ltr"><code>{code}</code></pre>'
    return f'<div class="code"{said}>{head}{body}</div>'


def _reader() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 40}, renderer_cls=Writer)
    made.enable(["table", "strikethrough"])
    made.validateLink = lambda url: bool(_SCHEME.match(url))  # type: ignore[method-assign]
    before = ["paragraph", "reference", "blockquote", "list"]
    made.block.ruler.before("fence", "formula_block", _formula_block, {"alt": before})
    made.block.ruler.at("reference", _reference)
    made.inline.ruler.before("escape", "formula", _formula)
    made.inline.ruler.before("autolink", "tag", _tag)
    made.core.ruler.before("inline", "bound", _bound)
    made.core.ruler.push("shape", _shape)
    return made


reader = _reader()
writer: Any = reader.renderer

_MATH = {
    "math", "mi", "mn", "mo", "ms", "mtext", "mspace", "mrow", "mfrac", "msqrt", "mroot", "msub",
    "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts", "mtable",
    "mtr", "mtd", "mpadded", "mphantom", "mstyle", "menclose",
}  # fmt: skip
_GLOBAL_MATH = {"displaystyle", "scriptlevel", "mathvariant", "mathcolor"}
_MATH_ATTRIBUTES = {
    "math": {"display"},
    "mo": {"stretchy", "lspace", "rspace", "minsize", "maxsize", "form", "fence", "separator",
           "symmetric", "largeop", "movablelimits"},
    "mspace": {"width", "height", "depth"},
    "mpadded": {"width", "height", "depth", "lspace", "voffset"},
    "mfrac": {"linethickness"},
    "menclose": {"notation"},
    "mover": {"accent"}, "munder": {"accentunder"}, "munderover": {"accent", "accentunder"},
    "mtd": {"columnspan", "rowspan"},
}  # fmt: skip
cleaner = nh3.Cleaner(
    tags={
        "p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "br", "em", "strong",
        "s", "a", "code", "pre", "div", "span", "sub", "sup",
        "table", "thead", "tbody", "tr", "th", "td",
        *_MATH,
    },
    clean_content_tags={"script", "style"},
    attributes={
        "a": {"href", "title", "rel", "target", "data-source"},
        "ol": {"start", "dir"}, "ul": {"dir"}, "p": {"dir"}, "h3": {"dir"}, "h4": {"dir"},
        "h5": {"dir"}, "h6": {"dir"}, "blockquote": {"dir"}, "pre": {"tabindex", "dir"},
        "div": {"data-language", "tabindex", "dir"}, "sup": {"data-note"},
        **{tag: _GLOBAL_MATH | _MATH_ATTRIBUTES.get(tag, set()) for tag in _MATH},
    },
    allowed_classes={
        "a": {"cite", "picture"}, "div": {"code", "code-head", "table", "formula"},
        "span": set(listing.CLASSES) | {"code-language", "picture"}, "code": {"tex"},
        "li": {"task"}, "p": {"note"}, "sup": {"note"}, "pre": {"plain"},
        "th": {"left", "center", "right"}, "td": {"left", "center", "right"},
        **{tag: set(formula.CLASSES) for tag in ("mtd", "mtable", "mfrac", "mrow")},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)  # fmt: skip
clean = cleaner.clean


# -- a whole text ---------------------------------------------------------------------------------


def numbers(sources: Iterable[Any]) -> frozenset[int]:
    """The numbers that a text may cite: of Source values, of their JSON, or the numbers."""
    if isinstance(sources, frozenset):
        return sources
    return frozenset(
        int(each["id"] if isinstance(each, dict) else getattr(each, "id", each)) for each in sources
    )


def normal(text: str) -> str:
    """The text with line breaks as they are read here, and without NUL."""
    return _BREAKS.sub("\n", text).replace("\0", "\ufffd") if _ODD.search(text) else text


def halves(text: str) -> tuple[str, str]:
    """What of a text is read as Markdown, and what is too much: cut at the end of a line."""
    if len(text) <= LONGEST:
        return text, ""
    at = text.rfind("\n", 0, LONGEST) + 1 or LONGEST
    return text[:at], text[at:]


def blocks_of(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each block."""
    found: list[list[Token]] = []
    begin = 0
    for at, token in enumerate(tokens):
        if token.level == 0 and token.nesting <= 0:
            found.append(tokens[begin : at + 1])
            begin = at + 1
    return found


def written(tokens: list[Token], env: dict[str, Any]) -> str:
    """One block as HTML."""
    return clean(writer.render(tokens, reader.options, env)).strip("\n")


def plain(text: str) -> str:
    """What is too long to be read as Markdown."""
    return f'<pre class="plain" tabindex="0" dir="auto">{shown(text)}</pre>'


def shown(text: str) -> str:
    """Words as they are."""
    return escape(_OVERRIDES.sub("", text))


def blocks(text: str, sources: Iterable[Any] = ()) -> list[str]:
    """The text as HTML, an element for each block."""
    text, rest = halves(normal(text))
    env: dict[str, Any] = {"sources": numbers(sources)}
    made = [written(each, env) for each in blocks_of(reader.parse(text, env))]
    rest = rest.lstrip("\n").rstrip()
    return [*made, plain(rest)] if rest else made


_kept: OrderedDict[tuple[str, frozenset[int]], str] = OrderedDict()
_size = 0
_lock = threading.Lock()


async def aside(text: str, sources: Iterable[Any] = ()) -> str:
    """`whole`, beside the event loop where the text is long."""
    if len(text) < _SHORT or (text, numbers(sources)) in _kept:
        return whole(text, sources)
    return await asyncio.to_thread(whole, text, sources)


def whole(text: str, sources: Iterable[Any] = ()) -> str:
    """The text as HTML. `sources` are what its citations [1] may lead to; texts that were shown
    lately cost nothing."""
    key = (text, numbers(sources))
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = "".join(blocks(*key))
    remember(*key, made)
    return made


def remember(text: str, cited: frozenset[int], html: str) -> None:
    """Keep what a text looks like: it is asked for again soon."""
    global _size
    with _lock:
        if (text, cited) not in _kept:
            _kept[text, cited] = html
            _size += len(html) + len(text)
        while _size > _CACHE:
            (old, _), made = _kept.popitem(last=False)
            _size -= len(made) + len(old)
