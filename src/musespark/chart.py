"""Charts: rows as an SVG that is safe to show, by pygal in a child process, and as text."""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from musespark.problem import Problem

Kind = Literal["bar", "line", "scatter", "pie", "histogram"]

BARS, POINTS, SERIES, SLICES = 60, 2_000, 8, 12
_WIDE = 30  # signs of the longest line of text
_LABEL = 40  # characters of a label
_BINS = 20
# Told apart by people who see few colours (Okabe and Ito), clear on white and on black alike
_COLOURS = ("#3b82c4", "#d97706", "#0f9d77", "#c65d9b", "#8b7cf0", "#c9544d", "#7a8a2a", "#6b7280")
_SHADES = (
    "inline:.guides, .guide { stroke: #c9ced8 !important; } "
    "@media (prefers-color-scheme: dark) { text { fill: #d7dae0 !important; } "
    ".axis .line, .guides, .guide { stroke: #5b6270 !important; } }"
)
_KEPT = frozenset(
    ("svg", "g", "rect", "path", "line", "circle", "ellipse", "polygon", "polyline", "text",
     "tspan", "title", "desc", "style", "defs", "clipPath")
)  # fmt: skip
_REACHES = re.compile(r"@import|url\((?!#)|expression|javascript:", re.IGNORECASE)


class Chart(Struct, frozen=True):
    """A chart as SVG, and as text for a terminal and for who cannot see it."""

    svg: str
    text: str


class Series(Struct, frozen=True):
    """A row of numbers by its name; None where one is missing."""

    name: str
    values: tuple[float | None, ...]


def drawn(
    kind: str, title: str, labels: list[str], names: list[str], rows: list[list[Any]]
) -> Chart:
    """A chart of the kind. `labels` name the points along the axis, each of `rows` holds the
    numbers of one of them, by `names`. Raises Problem: `no_chart` for too many or too few."""
    series = [Series(name, tuple(row[number] for row in rows)) for number, name in enumerate(names)]
    _checked(kind, labels, series)
    if kind == "histogram":
        labels, series = _binned(series[0])
    made = _graph(kind, title, labels, series)
    said = as_text(labels, series[0].values) if kind != "scatter" else f"{len(labels):,} points"
    return Chart(_safe(made, title, said), said)


def _checked(kind: str, labels: Sequence[str], series: Sequence[Series]) -> None:
    most = {"bar": BARS, "pie": SLICES}.get(kind, POINTS)
    why = ""
    if not series or not labels:
        why = "It has no numbers."
    elif len(labels) > most:
        why = f"A {kind} chart shows up to {most:,} rows; there are more."
    elif len(series) > SERIES:
        why = f"It has {len(series)} columns of numbers; up to {SERIES} are shown."
    elif kind == "scatter" and len(series) != 2:
        why = "A scatter chart takes two columns of numbers."
    elif kind in ("pie", "histogram") and len(series) != 1:
        why = f"A {kind} chart takes one column of numbers."
    elif kind == "pie" and any((value or 0) < 0 for value in series[0].values):
        why = "Parts of a whole are not below nought."
    if why:
        raise Problem("no_chart", "This chart cannot be drawn.", why=why,
                      next="Group, filter or LIMIT the query, or take another kind.",
                      status=422)  # fmt: skip


def _graph(kind: str, title: str, labels: Sequence[str], series: Sequence[Series]) -> Any:
    pygal: Any = importlib.import_module("pygal")
    style = pygal.style.Style(
        background="transparent", plot_background="transparent", foreground="#4b5160",
        foreground_strong="#4b5160", foreground_subtle="#8a909c", colors=_COLOURS,
        font_family="system-ui, sans-serif", opacity=".92", opacity_hover="1",
        title_font_size=18, label_font_size=13, major_label_font_size=13, legend_font_size=13,
    )  # fmt: skip
    long = len(labels) > 12 or any(len(label) > 14 for label in labels)
    kinds = {
        "bar": pygal.HorizontalBar if long else pygal.Bar, "line": pygal.Line, "scatter": pygal.XY,
        "pie": pygal.Pie, "histogram": pygal.Bar,
    }  # fmt: skip
    chart = kinds[kind](
        style=style, js=[], disable_xml_declaration=True, title=title[:100] or None, width=800,
        height=max(420, 24 * len(labels) + 100) if kind == "bar" and long else 420,
        show_legend=kind == "pie" or (kind != "scatter" and len(series) > 1),
        legend_at_bottom=True, x_value_formatter=figure,
        include_x_axis=kind in ("bar", "histogram"), value_formatter=figure,
        x_label_rotation=30 if kind in ("line", "histogram") and len(labels) > 8 else 0,
        css=["file://style.css", "file://graph.css", _SHADES],
        dots_size=2 if len(labels) > 50 else 3,
    )  # fmt: skip
    chart.uuid = "drawn"  # the same rows give the same picture
    if kind == "pie":
        for label, value in zip(labels, series[0].values, strict=True):
            chart.add(_short(label), value)
        return chart
    if kind == "scatter":
        chart.config.stroke = False
        chart.x_title, chart.y_title = series[0].name, series[1].name
        points = [
            pair for pair in zip(series[0].values, series[1].values, strict=True)
            if None not in pair
        ]  # fmt: skip
        chart.add("", points, stroke=False)
        return chart
    turn = -1 if kind == "bar" and long else 1  # lying bars begin below
    chart.x_labels = [_short(label) for label in labels][::turn]
    if kind == "line" and len(labels) > 14:
        step = -(-len(labels) // 12)
        chart.x_labels_major = chart.x_labels[::step]
        chart.show_minor_x_labels = False
    for one in series:
        chart.add(_short(one.name), list(one.values)[::turn])
    return chart


def _binned(one: Series) -> tuple[list[str], list[Series]]:
    """How many of the numbers lie in each of up to 20 steps of one size."""
    values = [value for value in one.values if value is not None]
    if not values:
        raise Problem("no_chart", "This chart cannot be drawn.", why="It has no numbers.",
                      next="Choose a column of numbers.", status=422)  # fmt: skip
    low, high = min(values), max(values)
    bins = min(_BINS, max(1, round(len(values) ** 0.5)))
    step = (high - low) / bins or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / step), bins - 1)] += 1
    labels = [f"{figure(low + n * step)} – {figure(low + (n + 1) * step)}" for n in range(bins)]
    return labels, [Series("count", tuple(map(float, counts)))]


def _short(label: str) -> str:
    plain = " ".join(label.split())
    return plain if len(plain) <= _LABEL else plain[: _LABEL - 1] + "…"


def figure(number: object) -> str:
    """A number as people read it."""
    if not isinstance(number, int | float):
        return str(number)
    return f"{number:,.0f}" if abs(number) >= 10_000 else f"{number:,.6g}"


def _safe(chart: Any, title: str, said: str) -> str:
    """The SVG with nothing that runs, leads away or loads, named for who cannot see it."""
    etree: Any = importlib.import_module("lxml.etree")
    root = etree.fromstring(chart.render(), etree.XMLParser(resolve_entities=False))
    for node in list(root.iter()):
        name = etree.QName(node).localname if isinstance(node.tag, str) else ""
        parent = node.getparent()
        if name == "a":
            etree.strip_tags(parent, node.tag)
        elif name not in _KEPT or (name == "style" and _REACHES.search(node.text or "")):
            if parent is not None:
                parent.remove(node)
        else:
            for key, value in list(node.attrib.items()):
                local = etree.QName(key).localname.lower()
                if local.startswith("on") or local == "href" or _REACHES.search(value):
                    del node.attrib[key]
    for node in root.findall("{*}title"):
        root.remove(node)
    for place, (name, text) in enumerate((("title", title or "Chart"), ("desc", said))):
        made = etree.Element("{http://www.w3.org/2000/svg}" + name)
        made.text = "".join(sign for sign in text if sign >= " " or sign == "\n")
        root.insert(place, made)
    root.set("role", "img")
    svg: str = etree.tostring(root, encoding="unicode")
    return svg


def as_text(labels: Sequence[str], values: Sequence[float | None]) -> str:
    """Bars of signs, a line for each; the first 40 of more."""
    shown = list(zip(labels, values, strict=True))[:40]
    most = max((abs(value) for _, value in shown if value is not None), default=0) or 1
    wide = min(max((len(_short(label)) for label, _ in shown), default=0), 24)
    lines = []
    for label, value in shown:
        name = _short(label)
        name = name if len(name) <= wide else name[: wide - 1] + "…"
        if value is None:
            lines.append(f"{name:<{wide}}  –")
            continue
        eighths = round(abs(value) / most * _WIDE * 8)
        bar = "█" * (eighths // 8) + ("", *"▏▎▍▌▋▊▉")[eighths % 8]
        lines.append(f"{name:<{wide}}  {bar} {figure(value)}")
    return "\n".join(lines)
