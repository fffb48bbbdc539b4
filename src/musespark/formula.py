"""A formula: LaTeX to MathML that a browser draws by itself, or nothing where it is broken.

The converter recurses natively, and looks for the end of a bracket that has none again and again,
twice as long for each more. What nests too deeply for a thread's stack never reaches it, and
brackets reach it as words that become brackets afterwards. The styles that it writes become
classes, because the page allows none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from math_core import LatexError, LatexToMathML

LONGEST = 4000  # characters of one formula
DEEPEST = 50  # braces and environments within each other
_MODS = 20  # of one formula

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\s+|.", re.DOTALL)
_BRACKETS = {
    "(": "(", ")": ")", "[": "[", "]": "]", r"\{": r"\{", r"\}": r"\}",
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lbrack": "[", r"\rbrack": "]",
    r"\langle": "⟨", r"\rangle": "⟩", r"\lfloor": "⌊", r"\rfloor": "⌋",
    r"\lceil": "⌈", r"\rceil": "⌉", r"\lgroup": "⟮", r"\rgroup": "⟯",
    r"\lvert": "|", r"\rvert": "|", r"\lVert": "‖", r"\rVert": "‖",
}  # fmt: skip
_SIZES = {rf"\{name}{side}" for name in ("big", "Big", "bigg", "Bigg") for side in ("", *"lrm")}
_FENCES = {r"\left", r"\right", r"\middle"}
# Commands whose argument is no formula, and those that may have one in square brackets.
_VERBATIM = {
    r"\text", r"\textbf", r"\textit", r"\textrm", r"\textsf", r"\texttt", r"\mbox", r"\begin",
    r"\end", r"\operatorname", r"\operatorname*", r"\color", r"\textcolor", r"\hspace",
}  # fmt: skip
_OPTIONAL = {r"\sqrt", r"\xrightarrow", r"\xleftarrow", r"\cfrac"}
_REFUSED = {
    r"\def", r"\let", r"\gdef", r"\newcommand", r"\renewcommand", r"\providecommand", r"\mathopen",
    r"\mathclose",
}  # fmt: skip
_BEGINS, _ENDS = {"{", r"\left"}, {"}", r"\right"}
# What says how a line is set, which is the page's business.
_SET = re.compile(
    r"(?<=\\\\)\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]|\\(?:tiny|small|normalsize|large|Large|LARGE|huge"
    r"|nonumber|notag|displaylimits)(?![A-Za-z])|\\label\s*\{[^{}]*\}"
)
_TAG = re.compile(r"\\tag\*?\s*\{([^{}]*)\}")
_WORD = re.compile(r"<mtext>([()\[\]{}⟨⟩⌊⌋⌈⌉|‖⟮⟯])</mtext>(<mo>[−+±∓]</mo>)?")
_CHAIN = re.compile(r"(?:\\[A-Za-z]+[\s\d*]*(?:\{\w*\}|\[\w*\])?){60}")  # \hat\hat… needs no brace
_STYLE = re.compile(r' style="([^"]*)"')
_COLOUR = re.compile(r"color:(#[0-9A-Fa-f]{3,8});?")
# Environments that number their lines, or that the converter knows by another name.
_KNOWN_AS = {
    "align": "align*",
    "gather": "gather*",
    "equation": "equation*",
    "multline": "multline*",
    "split": "aligned",
    "eqnarray": "align*",
    "smallmatrix": "matrix",
    "dcases": "cases",
}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(" + "|".join(_KNOWN_AS) + r")\*?\}")
_CLASSES = {
    "text-align: left": "m-left",
    "text-align: right": "m-right",
    "padding-left: 0": "m-pl0",
    "padding-right: 0": "m-pr0",
    "padding-left:1em": "m-pl1",
    "border-left": "m-line-left",
    "border-right": "m-line-right",
    "border-top": "m-line-top",
    "border-bottom": "m-line-bottom",
    "width: 100%": "m-wide",
    "width: 50%": "m-half",
    "padding-top: 0.1667em": "m-cfrac",
}
CLASSES = frozenset(_CLASSES.values())
_convert = LatexToMathML(fancy_error=False).convert_with_local_state


def mathml(source: str, *, display: bool) -> str | None:
    """The formula as a `<math>` element without styles; None for one that cannot be read."""
    source = source.strip()
    if not source or len(source) > LONGEST or _CHAIN.search(source):
        return None
    source = _ENVIRONMENT.sub(lambda m: rf"\{m[1]}{{{_KNOWN_AS[m[2]]}}}", _SET.sub("", source))
    calm = _calm(_TAG.sub(r"\\qquad\\text{(\1)}", source))
    if calm is None:
        return None
    try:
        found = _convert(calm, displaystyle=display)
    except LatexError:
        return None
    return _STYLE.sub(_classed, _WORD.sub(_bracket, found))


def _calm(source: str) -> str | None:
    """The formula with its brackets as words, but for those that belong to a command; None for one
    that defines commands, or nests too deeply."""
    made: list[str] = []
    depth, optional, before = 0, 0, ""
    tokens = iter(_TOKEN.findall(source))
    for each in tokens:
        if each in _REFUSED or depth > DEEPEST:
            return None
        if each.isspace():
            made.append(each)
            continue
        if before in _SIZES or before in _FENCES:
            made.append(each)
        elif each in _VERBATIM:
            made += [each, *_argument(tokens)]
        elif each == r"\pmod":
            number = _calm("".join(_argument(tokens))) if source.count(each) <= _MODS else None
            if number is None:
                return None
            made.append(rf"\quad\text{{(mod}}\;{number}\text{{)}}")
        elif each == "[" and before in _OPTIONAL:
            optional += 1
            made.append(each)
        elif each == "]" and optional:
            optional -= 1
            made.append(each)
        elif each in _BRACKETS:
            made.append(rf"\text{{{_BRACKETS[each]}}}")
        else:
            made.append(each[:-1] if each in _SIZES and each[-1] in "lrm" else each)
        depth += (each in _BEGINS) - (each in _ENDS)
        before = each
    return "".join(made)


def _argument(tokens: Iterator[str]) -> Iterator[str]:
    """The argument of a command as it stands: one word, or all up to the brace that ends it."""
    depth = 0
    for each in tokens:
        if each != "$":
            yield each
        depth += (each == "{") - (each == "}")
        if depth <= 0 and not each.isspace():
            return


def _bracket(found: re.Match[str]) -> str:
    """A bracket, and behind one that opens a sign that belongs to what follows it."""
    sign = found[2] or ""
    if found[1] in "([{⟨⌊⌈|‖⟮":
        sign = sign.replace("<mo>", '<mo lspace="0" rspace="0">')
    return f'<mo stretchy="false">{found[1]}</mo>{sign}'


def _classed(found: re.Match[str]) -> str:
    """A style as classes, or a colour as its own attribute."""
    colour = _COLOUR.search(found[1])
    if colour and "border" not in found[1]:
        return f' mathcolor="{colour[1]}"'
    names = [name for style, name in _CLASSES.items() if style in found[1]]
    return f' class="{" ".join(names)}"' if names else ""
