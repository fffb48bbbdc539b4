"""What kind of picture it is: photo, screenshot, chart, document or drawing; told by its measures.

No network is asked: each measure (how many colours, how much of it is flat, how much is paper, how
its lines run, how much text covers it, whether a camera left its name) speaks for some kinds and
against others, and the kind with most of it is taken. How sure that is, is what it has of all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from musespark.observation import Observation

KINDS = "photo", "screenshot", "chart", "document", "drawing"
_SIDE = 256  # pixels of the longer side at which it is measured
_SCREENS = {
    (1280, 720), (1366, 768), (1440, 900), (1536, 864), (1600, 900), (1680, 1050), (1920, 1080),
    (1920, 1200), (2560, 1440), (2560, 1600), (2880, 1800), (3024, 1964), (3840, 2160), (1024, 768),
    (1280, 800), (1280, 1024), (750, 1334), (828, 1792), (1080, 1920), (1080, 2340), (1080, 2400),
    (1125, 2436), (1170, 2532), (1179, 2556), (1206, 2622), (1242, 2688), (1284, 2778),
    (1290, 2796), (1320, 2868), (1440, 3200), (1536, 2048), (1620, 2160), (1668, 2388),
    (2048, 2732),
}  # fmt: skip


class Measures(Struct, frozen=True):
    """A picture in numbers, each a share from 0 to 1 but the last three."""

    flat: float  # of pixels that are as their neighbours, exactly
    smooth: float  # that differ a little: what a lens and grain leave
    hard: float  # edges from one flat colour to another, of all edges
    straight: float  # of edges, those in long level or upright runs
    main: float  # of the commonest colour
    two: float  # of the two commonest
    grey: float  # without a colour
    light: float  # lighter than paper is at least
    colours: float  # different ones, by the logarithm, of what there could be
    text: float  # covered by lines of text
    lines: int  # of text
    tall: float  # height by width
    numbers: float  # of lines of text, those that are numbers or short


def genre(picture: Any, text: Sequence[Observation], *, camera: bool, lossy: bool) -> Observation:
    """The kind of a picture of Pillow, with the lines of text that were read in it; `camera` says
    that one left its name, `lossy` that it was saved as JPEG or the like, which smears flat areas.
    """
    found = measured(picture, text)
    votes = _votes(found, picture.size, camera, lossy)
    best = max(KINDS, key=votes.__getitem__)
    shares = {kind: math.exp(vote) for kind, vote in votes.items()}
    sure = shares[best] / sum(shares.values())
    return Observation("kind", best, sure=round(min(sure, 0.99), 2), reader="measures")


def measured(picture: Any, text: Sequence[Observation]) -> Measures:
    """A picture in numbers."""
    import numpy as np
    from PIL import Image

    small = picture.convert("RGB")
    scale = max(small.size) / _SIDE
    if scale > 1:  # without smoothing, which would blur what is flat
        size = (max(round(small.width / scale), 2), max(round(small.height / scale), 2))
        small = small.resize(size, Image.Resampling.NEAREST)
    sharp = np.asarray(_middle(picture), np.int16)
    values = np.asarray(small, np.int16)
    across = np.abs(np.diff(sharp, axis=1)).max(2)
    down = np.abs(np.diff(sharp, axis=0)).max(2)
    steps = np.concatenate((across.ravel(), down.ravel()))
    packed = (values[..., 0] >> 3 << 10) | (values[..., 1] >> 3 << 5) | values[..., 2] >> 3
    _, counts = np.unique(packed, return_counts=True)
    counts = np.sort(counts)[::-1]
    total = packed.size
    spread = values.max(2) - values.min(2)
    boxes = [each.box for each in text if each.box is not None]
    covered = sum((b[2] - b[0]) * (b[3] - b[1]) for b in boxes) / 1e6
    short = sum(sum(s.isalpha() for s in each.what) * 2 < len(each.what) for each in text)
    return Measures(
        flat=float((steps <= 1).mean()),
        smooth=float(((steps > 1) & (steps <= 24)).mean()),
        hard=float(_hard(across)),
        straight=float(max(_straight(across > 24), _straight((down > 24).T))),
        main=float(counts[0] / total),
        two=float(counts[:2].sum() / total),
        grey=float((spread < 24).mean()),
        light=float((values.min(2) > 215).mean()),
        colours=math.log(len(counts)) / math.log(total),
        text=min(covered, 1.0),
        lines=len(boxes),
        tall=picture.height / picture.width,
        numbers=short / len(text) if text else 0.0,
    )


def _middle(picture: Any) -> Any:
    """The picture at full sharpness, cut to a million pixels around its middle."""
    wide, tall = min(picture.width, 1_000), min(picture.height, 1_000)
    left, top = (picture.width - wide) // 2, (picture.height - tall) // 2
    return picture.convert("RGB").crop((left, top, left + max(wide, 2), top + max(tall, 2)))


def _hard(across: Any) -> Any:
    """Of all edges, the share of those with nothing on both sides."""
    import numpy as np

    if across.shape[1] < 3:
        return np.float64(0)
    edge = across[:, 1:-1] > 40
    still = (across[:, :-2] <= 2) & (across[:, 2:] <= 2)
    return (edge & still).sum() / max(edge.sum(), 1)


def _straight(edge: Any) -> Any:
    """Of the edges between columns, the share of those in upright runs of 40 pixels and more."""
    import numpy as np

    long = min(40, max(edge.shape[0] // 3, 2))
    sums = np.cumsum(np.pad(edge, ((1, 0), (0, 0))), axis=0)
    runs = (sums[long:] - sums[:-long]) == long
    return runs.any(0).sum() * long / max(edge.sum(), 1) if edge.any() else np.float64(0)


def _votes(m: Measures, size: tuple[int, int], camera: bool, lossy: bool) -> dict[str, float]:
    """How much speaks for each kind, as the logarithm of a likelihood."""
    screen = size in _SCREENS or size[::-1] in _SCREENS
    straight, few, second = min(m.straight, 1.0), 1 - m.colours, m.two - m.main
    return {
        "photo": 6 * m.smooth + 4 * m.colours - 4 * m.hard - 4 * m.flat + 4 * camera
        - 2 * m.main - 1.5 * screen + 4 * (m.main < 0.3 and m.smooth > 0.12),
        "screenshot": 2.2 * m.flat + 1.5 * straight + 2.5 * screen + 1.2 * (m.lines >= 4)
        + m.hard + 10 * min(second, 0.2) + (m.light < 0.4) - 1.5 * camera - 0.4 * (m.main > 0.9)
        - 1.5 * (m.lines < 3) - (m.lines == 0) - 2 * m.numbers
        - 3 * m.smooth,
        "chart": 2 * m.flat + 2 * straight + 3 * m.numbers * (m.lines >= 4) + m.light
        - 6 * max(m.text - 0.15, 0) - 1.5 * screen - 2.5 * (m.lines < 3) - 2 * camera + m.hard
        - 1.5 * (m.grey > 0.995),
        "document": m.grey + 4 * m.main - 2.2 + 9 * min(m.text, 0.3) + (m.lines >= 8)
        + 0.8 * (m.tall > 1.2) + m.light - 2.5 * (m.light < 0.4) - 1.5 * screen
        - 4 * (m.lines < 3) - 1.5 * straight - 10 * max(second - 0.05, 0)
        - 3 * (m.colours > 0.5),
        "drawing": 2 * m.flat + 2 * few + 1.8 * (m.lines == 0) + 0.6 * (m.lines < 3) + 0.5 * m.hard
        - 2 * camera - 0.5 * lossy - screen - 3 * m.smooth,
    }  # fmt: skip
