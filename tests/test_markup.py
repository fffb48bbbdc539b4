"""Markdown as HTML: what it looks like, and that nothing of it runs, whoever wrote it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from musespark import markup
from musespark.evidence import Source
from musespark.formula import CLASSES as MATH_CLASSES
from musespark.formula import mathml
from musespark.listing import CLASSES, LANGUAGES, lexer, listing, named
from musespark.markup import LONGEST, blocks, whole

AWAY = 'rel="noopener noreferrer nofollow" target="_blank"'


class Reading(HTMLParser):
    """What a browser would find in some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("hr", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def held(html: str) -> Reading:
    """The HTML, held against everything that it must never have."""
    read = Reading(html)
    assert read.open == []
    for tag, attributes in read.tags:
        assert tag in cleaner_tags(), tag
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            assert name not in ("style", "id", "src", "name"), name
            if name == "href":
                assert re.match(r"https?://|mailto:|#source-\d+$", value or "", re.IGNORECASE), (
                    value
                )
    return read


def cleaner_tags() -> set[str]:
    tags = {"p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "br", "em", "strong"}
    tags |= {"s", "a", "code", "pre", "div", "span", "sub", "sup"}
    tags |= {"table", "thead", "tbody", "tr", "th", "td"}
    return tags | markup._MATH


def cite(number: int) -> str:
    return f'<a class="cite" href="#source-{number}" data-source="{number}">{number}</a>'


def code(language: str, lines: str) -> str:
    head = f'<div class="code-head"><span class="code-language">{language}</span></div>'
    return f'{head}<pre tabindex="0" dir="ltr"><code>{lines}\n</code></pre>'


NOTE = '<sup class="note" data-note="1">1</sup>'
PYTHON = '<span class="k">if</span> <span class="n">x</span><span class="p">:</span>'
LISTING = code("python", PYTHON)
FORMULA = '<div class="formula" tabindex="0"><math display="block"><mi>x</mi></math></div>'
TABLE = """<div class="table" dir="auto" tabindex="0"><table><thead>
<tr>
<th class="left">a</th>
<th class="right">b</th>
</tr>
</thead>
<tbody>
<tr>
<td class="left">1</td>
<td class="right">2</td>
</tr>
</tbody>
</table></div>"""
LOOKS = [
    ("a *b* **c**", "<p>a <em>b</em> <strong>c</strong></p>"),
    ("~~d~~ `e`", "<p><s>d</s> <code>e</code></p>"),
    ("# a", '<h3 dir="auto">a</h3>'),
    ("##### a", '<h6 dir="auto">a</h6>'),
    ("[a](https://b.c)", '<p><a href="https://b.c" AWAY>a</a></p>'),
    ("see https://b.c/d_e.", '<p>see <a href="https://b.c/d_e" AWAY>https://b.c/d_e</a>.</p>'),
    ("(https://b.c/(d))", '<p>(<a href="https://b.c/(d)" AWAY>https://b.c/(d)</a>)</p>'),
    ("<https://b.c>", '<p><a href="https://b.c" AWAY>https://b.c</a></p>'),
    ("![a](https://b.c/d)", '<p><a class="picture" href="https://b.c/d" AWAY>a</a></p>'),
    ("$x<y$", "<p><math><mi>x</mi><mo>&lt;</mo><mi>y</mi></math></p>"),
    (r"\(x\)", "<p><math><mi>x</mi></math></p>"),
    ("$$\nx\n$$", FORMULA),
    ("\\[\nx\n\\]", FORMULA),
    (r"$\nothing{$", r'<p><code class="tex">$\nothing{$</code></p>'),
    ("$5 and $10, US$7", "<p>$5 and $10, US$7</p>"),
    ("a [1] b [2, 1] c [3]", f"<p>a {cite(1)} b {cite(2)}{cite(1)} c [3]</p>"),
    ("`[1]`, [[1]](https://b.c)", '<p><code>[1]</code>, <a href="https://b.c" AWAY>[1]</a></p>'),
    ("a<br>b<br/>c", "<p>a<br>\nb<br>\nc</p>"),
    ("H<sub>2</sub>O x<sup>2</sup>", "<p>H<sub>2</sub>O x<sup>2</sup></p>"),
    ("<sub>a<b></sub> <br x>", "<p>&lt;sub&gt;a&lt;b&gt;&lt;/sub&gt; &lt;br x&gt;</p>"),
    ("[a]()![b]()", '<p><a>a</a><span class="picture">b</span></p>'),
    ("- [ ] a", '<ul dir="auto">\n<li class="task">☐ a</li>\n</ul>'),
    ("- [x] a", '<ul dir="auto">\n<li class="task">☑ a</li>\n</ul>'),
    ("a[^1]\n\n[^1]: b", f'<p>a{NOTE}</p><p dir="auto" class="note">{NOTE} b</p>'),
    ("    a<b", f'<div class="code">{code("", "a&lt;b")}</div>'),
    ("```python\nif x:\n```", f'<div class="code" data-language="python">{LISTING}</div>'),
    ("|a|b|\n|:-|-:|\n|1|2|", TABLE),
]  # fmt: skip


@pytest.mark.parametrize(("text", "html"), LOOKS, ids=[text[:20] for text, _ in LOOKS])
def test_it_looks_as_it_should(text: str, html: str) -> None:
    html = html.replace("<p>", '<p dir="auto">').replace("AWAY", AWAY)
    assert whole(text, [1, 2]) == html
    held(html)


def test_sources_are_values_json_or_numbers() -> None:
    chip = f'<p dir="auto">{cite(1)}</p>'
    assert whole("[1]", [Source(id=1, title="t", quote="q")]) == chip
    assert whole("[1]", [{"id": 1, "title": "t"}]) == chip
    assert whole("[1]", []) == '<p dir="auto">[1]</p>'


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "# <svg onload=alert(1)>",
    "- <iframe srcdoc='<script>1</script>'>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](<java script:alert(1)>)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](file:///etc/passwd)",
    "[a](//evil.example)",
    "[a](/v1/keys)",
    "[a](https://b.c 'x\" onclick=alert(1) y=\"')",
    "[a](https://b.c/\"onclick=\"alert(1))",
    "<javascript:alert(1)>",
    "<https://b.c/\"onmouseover=alert(1)>",
    "https://b.c/\"onmouseover=\"alert(1)",
    "![a\" onerror=\"alert(1)](https://b.c/x.png)",
    "![a](javascript:alert(1))",
    "![a](data:image/svg+xml;base64,PHN2Zz4=)",
    "![<script>alert(1)</script>](https://b.c)",
    "[a]: javascript:alert(1)\n\n[a]",
    "```\"><script>alert(1)</script>\nx\n```",
    "```python\" onclick=alert(1)\nx\n```",
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "|<script>|<img src=x onerror=1>|\n|-|-|\n|<svg/onload=1>|`<b>`|",
    r"$\text{<script>alert(1)</script>}$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\color{red;background:url(https://evil)}x$",
    r"$\class{a}{x} \style{color:red}{x} \cssId{a}{x}$",
    r"$\unicode{x3c}script\unicode{x3e}$",
    r"$$\begin{array}{c}<img src=x onerror=alert(1)>\end{array}$$",
    "$</math><script>alert(1)</script>$",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img onerror=1&gt;\">",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<!-- --><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php alert(1) ?>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[^1]: <script>alert(1)</script>",
    "- [x] <img src=x onerror=alert(1)>",
    "[1](javascript:alert(1))",
    "**<b onclick=alert(1)>**",
    "\\<script>alert(1)</script>",
    "[<img src=x onerror=alert(1)>](https://b.c)",
    "[![a](https://b.c/<script>)](javascript:alert(1))",
    "\x00<script>\x00alert(1)</script>\x00",
    "<scr\x00ipt>alert(1)</script>",
    "\ufeff<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_anybody_writes_runs(text: str) -> None:
    for wrapped in (text, f"- {text}", f"> {text}", f"a {text} b", f"|{text}|\n|-|\n|{text}|"):
        held(whole(wrapped, [1]))


def test_what_turns_a_line_around_is_shown_or_ends_with_it() -> None:
    assert whole("a\u202eb") == '<p dir="auto">ab</p>'
    assert (
        whole("[a\u202eb](https://b.c)") == f'<p dir="auto"><a href="https://b.c" {AWAY}>ab</a></p>'
    )
    assert '<span class="bidi">U+202E</span>' in whole("```python\nif x: # \u202e y\n```")
    assert whole("`\u2066`") == '<p dir="auto"><code><span class="bidi">U+2066</span></code></p>'
    assert whole("مرحبا") == '<p dir="auto">مرحبا</p>'


GIANT = [
    "a" * 300_000,
    "word " * 60_000,
    "word\n" * 60_000,
    "[" * 50_000,
    "[a](" * 30_000,
    "*" * 50_000,
    "*a **a " * 20_000,
    "`" * 1001 + "a" + "`" * 1000,
    "".join("`" * n + " " for n in range(1, 400)),
    "[" * 20_000 + "]" * 20_000,
    "$" * 50_000,
    "$a " * 30_000,
    "\\(" * 50_000,
    "\\[\n" * 20_000,
    "$$\n" * 20_000,
    "> " * 10_000 + "a",
    "- " * 10_000 + "a",
    "".join("  " * n + "- a\n" for n in range(150)),
    "<" * 50_000,
    "![" * 30_000,
    "&" * 50_000,
    "| " * 5_000 + "\n" + "|-" * 5_000 + "\n" + "|a" * 5_000,
    "https://" * 20_000,
    "```python\n" + '"""' * 20_000,
    "```c\n" + "/*" * 25_000,
    "```json\n" + "[" * 50_000,
    "~~~\n" * 20_000,
    "[a]: b\n" * 20_000,
    "_a" * 50_000,
    "a\\\n" * 40_000,
    "$" + "{" * 1999 + "x" + "}" * 1999 + "$",
    "$" + r"\sqrt" * 700 + "x$",
    "$" + r"\hat" * 900 + "x$",
    "$" + r"\left(" * 400 + r"\right)" * 400 + "$",
    "$" + r"\def\a{\a\a}\a" + "$",
    "[1]" * 30_000,
]


@pytest.mark.parametrize("text", GIANT, ids=[repr(text[:12]) for text in GIANT])
def test_the_longest_and_the_deepest_come_back(text: str) -> None:
    html = whole(text, [1])
    held(html)
    assert len(html) < 60 * len(text) + 1000


def test_what_is_too_long_is_shown_as_it_is() -> None:
    line = "a *b* <c>\n\n"
    made = blocks(line * (LONGEST // len(line) + 100))
    assert made[0] == '<p dir="auto">a <em>b</em> &lt;c&gt;</p>'
    assert made[-1].startswith('<pre class="plain" tabindex="0" dir="auto">a *b* &lt;c&gt;\n')
    assert held(made[-1]).words.count("a *b* <c>") in (99, 100)


def test_a_listing_says_what_its_code_said() -> None:
    code = 'def f(x):\n    """a\n    b"""\n    return "<&>" + x\n\n'
    for language in sorted(LANGUAGES):
        html = listing(code, language)
        assert Reading(html).words == code, language
        for tag, attributes in Reading(html).tags:
            assert tag == "span"
            assert attributes.get("class") in CLASSES
        for line in html.split("\n"):
            assert line.count("<span") == line.count("</span>"), language


def test_every_language_that_is_named_is_known() -> None:
    assert [name for name in sorted(LANGUAGES) if lexer(name) is None] == []
    assert lexer("brainfuck") is None
    assert [named(i) for i in ("Python x", "{.r}", "", "a b", "<b>", "c++", "x" * 40)] == [
        "python", "r", "", "a", "", "c++", "",
    ]  # fmt: skip


def test_no_colours_for_what_is_long() -> None:
    for code in ("x = 1\n" * 20_000, "x = 1\n" + "y" * 2_000 + "\nz = 1\n"):
        html = listing(code, "python")
        assert html.startswith('<span class="n">x</span> <span class="o">=')
        assert html.endswith(code[-7:])
        assert Reading(html).words == code


FORMULAS = [
    (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "m-right m-pr0"),
    (r"\begin{align} a &= b \end{align}", "m-wide"),
    (r"\begin{cases} a & b \end{cases}", "m-left"),
    (r"\begin{array}{l|c} a & b \\ \hline c & d \end{array}", "m-line-top"),
    (r"\color{red} x", 'mathcolor="#FF0000"'),
    (r"\cfrac{1}{2}", "m-cfrac"),
    (r"\begin{split} a &= b \end{split}", "m-right"),
]


@pytest.mark.parametrize(("source", "has"), FORMULAS)
def test_formulas_have_classes_instead_of_styles(source: str, has: str) -> None:
    html = mathml(source, display=True)
    assert html is not None
    assert has in html
    assert "style=" not in html.replace("displaystyle=", "")
    assert "(1)" not in html
    cleaned = markup.clean(html)
    assert has in cleaned
    for names in re.findall(r'class="([^"]*)"', cleaned):
        assert set(names.split()) <= MATH_CLASSES


BRACKETS = [
    ("f(x)^2", '<mi>f</mi><mo stretchy="false">(</mo><mi>x</mi><msup><mo stretchy="false">)</mo>'),
    ("[0,1)", '<mo stretchy="false">[</mo><mn>0</mn>'),
    (r"\{x\}", '<mo stretchy="false">{</mo><mi>x</mi><mo stretchy="false">}</mo>'),
    ("(-x)", '(</mo><mo lspace="0" rspace="0">−</mo><mi>x</mi>'),
    (r"\bigl(x\bigr)", '<mo minsize="1.2em" maxsize="1.2em">(</mo>'),
    (r"\left(\frac12\right)", "<mrow><mo>(</mo><mfrac>"),
    (r"\sqrt[3]{x}", "<mroot><mi>x</mi><mn>3</mn></mroot>"),
    (r"\text{(so)}", "<mtext>(so)</mtext>"),
    (r"\text{so $x$}", "<mtext>so\xa0x</mtext>"),
    (r"a \pmod{n}", '<mtext>(mod</mtext><mspace width="0.2777778em"/><mi>n</mi>'),
    (r"x \tag{1}", "<mtext>(1)</mtext>"),
]


@pytest.mark.parametrize(("source", "has"), BRACKETS)
def test_brackets_are_brackets(source: str, has: str) -> None:
    assert has in (mathml(source, display=False) or "")


def test_brackets_without_an_end_cost_no_more_than_others() -> None:
    """The converter alone would need longer than anybody lives for some of these."""
    openings = ["(", "[", r"\{", r"\langle ", r"\lvert ", r"\bigl(", r"\Bigl[", r"\pmod", "{("]
    for opening in (*openings, r"\bar\bigr)("):
        for between in ("", "x", r"\\", "&", "{a}", "_", "^"):
            mathml((opening + between) * 60 + "x", display=True)


def test_a_formula_defines_nothing() -> None:
    for source in (r"\def\a{(}\a", r"\newcommand{\a}{x}\a", r"\let\a\b \a"):
        assert mathml(source, display=False) is None


def test_a_formula_that_is_broken_is_none() -> None:
    for source in ("", " ", r"\frac{1", r"\nothing", "{" * 60 + "x" + "}" * 60, "x" * 5000):
        assert mathml(source, display=False) is None


def test_a_text_that_was_shown_lately_is_not_rendered_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = whole("only *once*", [7])
    monkeypatch.setattr(markup, "blocks", None)
    assert whole("only *once*", [7]) is first


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "_CACHE", 10_000)
    for number in range(100):
        whole(f"{number} " + "a" * 1000)
    assert sum(len(key[0]) + len(html) for key, html in markup._kept.items()) <= 10_000
    assert markup._size == sum(len(key[0]) + len(html) for key, html in markup._kept.items())
