"""A formula: LaTeX to MathML that a browser draws by itself, or nothing where it is broken.

The converter recurses natively: what nests too deeply for a thread's stack never reaches it. The
styles that it writes become classes, because the page allows none.
"""

from __future__ import annotations

import re

from math_core import LatexError, LatexToMathML

LONGEST = 4000  # characters of one formula
DEEPEST = 50  # braces and environments within each other

_STEP = re.compile(r"\\\\|\\[{}]|\\(?:left|begin|right|end)(?![A-Za-z])|[{}]")
_CHAIN = re.compile(r"(?:\\[A-Za-z]+[\s\d*]*){60}")  # \hat\hat\hat… nests without a brace
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
    if not source or len(source) > LONGEST or _depth(source) > DEEPEST or _CHAIN.search(source):
        return None
    source = _ENVIRONMENT.sub(lambda m: rf"\{m[1]}{{{_KNOWN_AS[m[2]]}}}", source)
    try:
        found = _convert(source, displaystyle=display)
    except LatexError:
        return None
    return _STYLE.sub(_classed, found)


def _depth(source: str) -> int:
    """How many braces and environments stand in each other at most."""
    depth = deepest = 0
    for step in _STEP.findall(source):
        if step in ("{", r"\left", r"\begin"):
            depth += 1
            deepest = max(deepest, depth)
        elif step in ("}", r"\right", r"\end"):
            depth -= 1
    return deepest


def _classed(found: re.Match[str]) -> str:
    """A style as classes, or a colour as its own attribute."""
    colour = _COLOUR.search(found[1])
    if colour and "border" not in found[1]:
        return f' mathcolor="{colour[1]}"'
    names = [name for style, name in _CLASSES.items() if style in found[1]]
    return f' class="{" ".join(names)}"' if names else ""
