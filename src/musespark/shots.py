"""Shots: where a video is cut, found in small pictures of its frames; hard cuts, fades, dissolves.

A hard cut is a change of colours and places far above what goes on around it (an adaptive
threshold, after "Yusoff, Christmas, Kittler: Video shot cut detection using adaptive thresholding",
2000). A flash comes back to what was before. A fade goes through a picture of one colour. In a
dissolve each picture between is a blend of both ends, which no movement of a camera is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 48, 27  # pixels of a small picture
_LEAST_SHOT = 0.2  # seconds
_AROUND = 8  # frames on each side with which a change is compared
_CHANGE, _TIMES = 0.16, 3.0  # the least change of a cut, and how far above those around it
_ABOVE = 0.27  # and so far above them it is one as well
_FLASH = 0.5  # seconds after which a flash is over
_ALIKE = 0.5  # of the change: nearer than this, the picture before has come back
_PLAIN, _PLAIN_SECONDS = 6.0, 1.5  # spread of a picture of one colour, and how long a fade holds it
_BLENDS = (0.3, 0.6, 1.0, 1.6)  # seconds that dissolves last
_BLENDED, _APART, _SAME = 0.3, 0.1, 0.7  # how exact the blend is, how different its ends are
_BRIGHTER = 0.9  # correlation from which a picture is the same under another light
_DIP = 0.75  # of the spread of its ends: what lies over one another has less of it

Pictures = NDArray[np.uint8]  # (frames, HEIGHT, WIDTH, 3), RGB


class Look:
    """What is kept of the frames so far, frame by frame."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.small: list[Pictures] = []
        self.bins: list[NDArray[np.float32]] = []

    def add(self, time: float, small: Pictures) -> float:
        """Take a frame; gives how much it differs from the one before, 0 to 1."""
        self.times.append(time)
        self.small.append(small)
        self.bins.append(_bins(small))
        if len(self.small) < 2:
            return 0.0
        return _apart(self.small[-2], self.small[-1], self.bins[-2], self.bins[-1])

    def cuts(self) -> list[float]:
        """The seconds at which a shot begins, but for the first."""
        if len(self.times) < 3:
            return []
        small, bins, times = np.stack(self.small), np.stack(self.bins), np.array(self.times)
        grey = small.mean(axis=3).reshape(len(small), -1)
        plain = grey.std(axis=1) < _PLAIN
        found = _hard(small, bins, times, plain)
        found += _fades(grey, times, plain)
        found += _dissolves(small.astype(np.float32), times, plain, found)
        kept: list[float] = []
        for cut in sorted(found):
            if cut - (kept[-1] if kept else times[0]) >= _LEAST_SHOT:
                kept.append(round(float(cut), 3))
        return kept


def _bins(small: Pictures) -> NDArray[np.float32]:
    """The shares of 8 × 8 × 8 colours."""
    high = (small >> 5).reshape(-1, 3).astype(np.int32)
    counted = np.bincount(high[:, 0] * 64 + high[:, 1] * 8 + high[:, 2], minlength=512)
    return (counted / len(high)).astype(np.float32)


def _apart(one: Any, other: Any, bins: Any, more: Any) -> float:
    """How different two pictures are, 0 to 1: their colours, and what stands where."""
    colours = float(np.abs(bins - more).sum()) / 2
    places = float(np.abs(one.astype(np.int16) - other).mean()) / 255
    return 0.4 * colours + 0.6 * min(places * 2.5, 1.0)


def _hard(small: Any, bins: Any, times: Any, plain: Any) -> list[float]:
    """The seconds of hard cuts."""
    count = len(times)
    change = np.zeros(count)
    colours = np.abs(np.diff(bins, axis=0)).sum(axis=1) / 2
    places = np.abs(np.diff(small.astype(np.int16), axis=0)).mean(axis=(1, 2, 3)) / 255
    change[1:] = 0.4 * colours + 0.6 * np.minimum(places * 2.5, 1.0)
    found: list[float] = []
    tints = np.concatenate(([0.0], colours))  # which no movement of the camera changes at once
    for at in np.flatnonzero(change >= _CHANGE).tolist():
        low, high = max(at - _AROUND, 1), min(at + _AROUND + 1, count)
        if not (
            _above(change, at, low, high) or (tints[at] > 0.2 and _above(tints, at, low, high))
        ):
            continue
        if change[at] < change[low:high].max() and not _stands(change, at, low, high):
            continue
        both = plain[at] and plain[at - 1]
        if not both and _same(*small[at - 1 : at + 1].astype(np.float32)) > _BRIGHTER:
            continue  # the same picture, brighter or darker: a step of a fade, a lamp
        if plain[at] != plain[at - 1] or _comes_back(small, bins, times, int(at), change[at]):
            continue  # into one colour or out of it: a fade, see there
        found.append(float(times[at]))
    return found


def _above(change: Any, at: int, low: int, high: int) -> bool:
    """Whether a change is far above those around it."""
    around = np.concatenate((change[low:at], change[at + 1 : high]))
    usual = max(float(np.median(around)), 0.01) if len(around) else 0.0
    return bool(change[at] >= min(_TIMES * usual, usual + _ABOVE))


def _stands(change: Any, at: int, low: int, high: int) -> bool:
    """Whether a change is a peak of its own beside a larger one nearby."""
    near = change[max(at - 2, low) : min(at + 3, high)]
    return bool(change[at] >= near.max())


def _comes_back(small: Any, bins: Any, times: Any, at: int, change: float) -> bool:
    """Whether this is the beginning or the end of a flash: what was before is there again after."""
    last = int(np.searchsorted(times, times[at] + _FLASH, "right"))
    first = int(np.searchsorted(times, times[at] - _FLASH, "left"))
    limit = _ALIKE * change
    for later in range(at + 1, last):
        if _apart(small[at - 1], small[later], bins[at - 1], bins[later]) < limit:
            return True
    return any(
        _apart(small[at], small[earlier], bins[at], bins[earlier]) < limit
        for earlier in range(first, at - 1)
    )


def _fades(grey: Any, times: Any, plain: Any) -> list[float]:
    """The middles of what is of one colour between two pictures."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], plain, [False])).astype(np.int8)))
    found: list[float] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if start == 0 or end == len(times):
            continue  # it begins or ends with it
        lasts = float(times[end] - times[start])
        if lasts > _PLAIN_SECONDS:
            found += [float(times[start]), float(times[end])]  # it is a shot of its own
            continue
        before, after = _unlike(grey, times, start, end)
        if before:
            found.append(float(times[start] + times[end]) / 2 if after else float(times[end]))
    return found


def _unlike(grey: Any, times: Any, start: int, end: int) -> tuple[bool, bool]:
    """Whether the pictures around something plain differ (else it was a flash), and whether it was
    reached step by step."""
    span = 0.7
    left = int(np.searchsorted(times, times[start] - span, "left"))
    right = min(int(np.searchsorted(times, times[end] + span, "right")), len(times)) - 1
    one, other = grey[left] - grey[left].mean(), grey[right] - grey[right].mean()
    alike = float((one * other).sum() / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-6))
    return alike < 0.85, True


def _dissolves(small: Any, times: Any, plain: Any, known: list[float]) -> list[float]:
    """The middles of blends from one picture to another."""
    # In steps of about .1 s: finer ones say no more.
    picked = [0]
    for number in range(1, len(times)):
        if times[number] - times[picked[-1]] >= 0.095:
            picked.append(number)
    few, when, flat = small[picked], times[picked], plain[picked]
    found: list[tuple[float, float, float]] = []
    for lasts in _BLENDS:
        for at in range(len(when)):
            end = int(np.searchsorted(when, when[at] + lasts))
            if end >= len(when) or end - at < 3 or flat[at : end + 1].any():
                continue
            if any(when[at] - 0.2 <= cut <= when[end] + 0.2 for cut in known):
                continue
            worth = _blend(few[at : end + 1])
            if worth:
                found.append((worth, float(when[at]), float(when[end])))
    kept: list[tuple[float, float]] = []
    for _, first, last in sorted(found, reverse=True):
        if all(last + 0.3 < left or first - 0.3 > right for left, right in kept):
            kept.append((first, last))
    return [(first + last) / 2 for first, last in kept]


def _blend(row: Any) -> float:
    """How surely a row of pictures blends its first into its last, 0 for not."""
    first, last = row[0], row[-1]
    apart = float(np.abs(last - first).mean()) / 255
    if apart < _APART or _same(first, last) > _SAME:
        return 0.0  # or the same picture, brighter or darker
    spread = row.reshape(len(row), -1).var(axis=1)
    dip = float(spread[len(row) // 2] / ((spread[0] + spread[-1]) / 2 + 1e-6))
    if dip > _DIP:
        return 0.0
    shares, left = _shares(_coarse(row))
    if float(left[1:-1].max()) > _BLENDED or np.diff(shares).min() < -0.1:
        return 0.0
    if not 0.15 < float(shares[1:-1].mean()) < 0.85 or np.diff(shares).max() > 0.6:
        return 0.0
    return apart * (1 - dip)


def _same(one: Any, other: Any) -> float:
    """The correlation of two pictures."""
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-6))


def _coarse(row: Any) -> Any:
    """The means of 3 × 8 blocks: what moves a little stays in its block."""
    count = len(row)
    return row[:, :27, :48].reshape(count, 3, 9, 8, 6, 3).mean(axis=(2, 4))


def _shares(row: Any) -> tuple[Any, Any]:
    """How far each picture is along from the first to the last, by least squares; and what of it
    is not explained so, as a part of the whole way."""
    first, way = row[0], row[-1] - row[0]
    size = float((way * way).sum()) + 1e-6
    shares = ((row - first) * way).sum(axis=(1, 2, 3)) / size
    rest = row - first - shares[:, None, None, None] * way
    return shares, np.sqrt((rest * rest).sum(axis=(1, 2, 3)) / size)
