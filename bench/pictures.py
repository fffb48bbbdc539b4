"""How often the kind of a picture is told right: on pictures drawn here, and on real ones.

    python bench/pictures.py [--count 12] [--real KIND=GLOB ...] [--most 20] [--out FILE]

Drawn are pages, receipts, windows, bars, curves, pies, shapes and scenes with grain; drawn scenes
are no photos, so of those only the real ones say something. Text is read with the longer side at
1,000 pixels at most. Real ones come from wherever you say, such as
Debian's packages mate-backgrounds (photos), gimp-help-en (windows), octave-doc (charts; its PDF, as
PNG, are documents) and tango-icon-theme (drawings):

    --real "photo=/usr/share/backgrounds/mate/nature/*.jpg"
"""

from __future__ import annotations

import argparse
import glob
import io
import json
import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ocr import TALK, face, receipt, screenshot
from PIL import Image, ImageDraw, ImageFilter

from musespark import letters, svg
from musespark.genre import KINDS, genre, measured
from musespark.senses.picture import _eight_bits

INKS = [(31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189)]


def page(dice: random.Random) -> Image.Image:
    """A page of text with a heading, at times scanned."""
    tongue = dice.choice(("en", "de", "fr", "es"))
    wide = dice.choice((850, 1240))
    picture = Image.new("RGB", (wide, int(wide * 1.414)), (252, 252, 250))
    pen, size = ImageDraw.Draw(picture), wide // 55
    font, y = face(dice, tongue, size), wide // 9
    while y < picture.height - wide // 9:
        said = " ".join(dice.choice(TALK[tongue]) for _ in range(2))
        while pen.textlength(said, font) > wide * 0.8:
            said = said.rsplit(" ", 1)[0]
        pen.text((wide // 10, y), said, (20, 20, 25), font)
        y += int(size * (1.5 if dice.random() < 0.9 else 2.6))
    if dice.random() < 0.4:
        grain = np.asarray(picture, float) + np.random.default_rng(1).normal(
            0, 5, (*picture.size[::-1], 1)
        )
        picture = Image.fromarray(grain.clip(0, 255).astype(np.uint8))
        picture = picture.rotate(1, fillcolor="white")
    return picture


def chart(dice: random.Random) -> Image.Image:
    """Bars, curves or a pie, with axes and their numbers."""
    wide, tall = dice.choice(((800, 600), (640, 480), (1200, 700)))
    picture = Image.new("RGB", (wide, tall), "white")
    pen, font = ImageDraw.Draw(picture), face(dice, "en", tall // 40)
    kind = dice.choice(("bars", "curves", "pie"))
    pen.text(
        (wide // 3, tall // 30),
        dice.choice(("Sales by month", "Rain in mm", "Visitors")),
        "black",
        font,
    )
    if kind == "pie":
        start, middle, r = 0.0, (wide // 2, tall // 2), tall // 3
        for n, part in enumerate((0.35, 0.25, 0.2, 0.12, 0.08)):
            pen.pieslice((middle[0] - r, middle[1] - r, middle[0] + r, middle[1] + r),
                         start, start + 360 * part, fill=INKS[n], outline="white")  # fmt: skip
            angle = math.radians(start + 180 * part)
            across, down = 1.15 * r * math.cos(angle), 1.15 * r * math.sin(angle)
            pen.text((middle[0] + across, middle[1] + down), f"{part:.0%}", "black", font)
            start += 360 * part
        return picture
    left, bottom = wide // 8, tall * 7 // 8
    pen.line((left, tall // 10, left, bottom, wide - 20, bottom), "black", 2)
    for n in range(6):
        y = bottom - n * (bottom - tall // 8) // 5
        pen.line((left, y, wide - 20, y), (215, 215, 215))
        pen.text((left - 40, y - 8), str(n * 20), "black", font)
        pen.text((left + (n + 0.3) * (wide - left) // 7, bottom + 10), str(2019 + n), "black", font)
    for n in range(6 if kind == "bars" else 3):
        if kind == "bars":
            x = left + (n + 0.2) * (wide - left) // 7
            pen.rectangle(
                (x, bottom - dice.randint(30, tall // 2), x + wide // 15, bottom), INKS[n % 5]
            )
        else:
            values = (
                np.cumsum(np.random.default_rng(n + dice.randint(0, 99)).normal(0, 12, 80))
                + tall / 2
            )
            pen.line(
                [(left + x * (wide - left - 30) / 80, float(v)) for x, v in enumerate(values)],
                INKS[n],
                3,
            )
    return picture


def shapes(dice: random.Random) -> Image.Image:
    """A drawing: flat colours, round shapes, no words."""
    picture = Image.new("RGB", (1600, 1600), tuple(dice.choices(range(120, 256), k=3)))
    pen = ImageDraw.Draw(picture)
    for _ in range(dice.randint(3, 14)):
        x, y, r = dice.randint(0, 1600), dice.randint(0, 1600), dice.randint(80, 500)
        ink = dice.choice([*INKS, (250, 240, 200), (30, 30, 40)])
        if dice.random() < 0.6:
            pen.ellipse((x - r, y - r, x + r, y + r // 2), ink)
        else:
            pen.polygon([(x, y - r), (x + r, y + r), (x - r, y + r // 2)], ink)
    return picture.resize((800, 800), Image.Resampling.LANCZOS)


def scene(dice: random.Random) -> Image.Image:
    """Something like a photo: clouds of colour at every size, a lens and grain."""
    numbers = np.random.default_rng(dice.randint(0, 9999))
    whole = np.zeros((720, 1080, 3))
    for size in (4, 8, 16, 32, 64, 128):
        blur = Image.fromarray(numbers.integers(0, 255, (size * 2 // 3 + 1, size, 3), np.uint8))
        whole += np.asarray(blur.resize((1080, 720), Image.Resampling.BICUBIC), float) * 3 / size
    whole = (whole - whole.min()) / (np.ptp(whole)) * 255 + numbers.normal(0, 5, whole.shape)
    out = io.BytesIO()
    made = Image.fromarray(whole.clip(0, 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(0.7)
    )
    made.save(out, "JPEG", quality=85)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


DRAWN = {
    "document": (page, lambda dice: receipt(dice, "en")[0]),
    "screenshot": (lambda dice: screenshot(dice, dice.choice(("en", "de", "fr", "es")))[0],),
    "chart": (chart,),
    "drawing": (shapes,),
    "photo": (scene,),
}


def drawn(count: int) -> Iterator[tuple[str, Image.Image, bool, str]]:
    for kind, ways in DRAWN.items():
        for number in range(count):
            picture = ways[number % len(ways)](random.Random(number))
            yield kind, picture, kind == "photo", f"drawn {number}"


def real(given: list[str], most: int) -> Iterator[tuple[str, Image.Image, bool, str]]:
    for one in given:
        kind, _, pattern = one.partition("=")
        files = sorted(glob.glob(pattern, recursive=True))
        for file in files[:: max(len(files) // most, 1)][:most]:
            data = Path(file).read_bytes()
            if file.endswith(".svg"):
                data = svg.drawn(data, 800).png
            picture: Image.Image = Image.open(io.BytesIO(data))
            lossy = picture.format in ("JPEG", "WEBP")
            if picture.mode.startswith("I"):
                picture = _eight_bits(picture)
            picture = picture.convert("RGBA")
            flat = Image.new("RGB", picture.size, "white")
            flat.paste(picture, mask=picture.getchannel("A"))
            flat.thumbnail((3_000, 3_000))
            yield kind, flat, lossy, file


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=12)
    asked.add_argument("--real", nargs="*", default=[])
    asked.add_argument("--most", type=int, default=20)
    asked.add_argument("--out")
    asked.add_argument("--measures", help="a file for what was measured of each, a line of JSON")
    given = asked.parse_args()
    report = {}
    for name, found in (("drawn", drawn(given.count)), ("real", real(given.real, given.most))):
        said: Counter[tuple[str, str]] = Counter()
        total = 0.0
        for kind, picture, lossy, file in found:
            small = picture.copy()
            small.thumbnail((1_000, 1_000))
            text = letters.lines(small)
            start = time.perf_counter()
            told = genre(picture, text, camera=False, lossy=lossy)
            total += time.perf_counter() - start
            said[kind, told.what] += 1
            if given.measures:
                of = measured(picture, text)
                line = {"set": name, "kind": kind, "told": told.what, "size": picture.size,
                        "lossy": lossy, "file": file,
                        "of": {k: getattr(of, k) for k in of.__struct_fields__}}  # fmt: skip
                with Path(given.measures).open("a") as out:
                    out.write(json.dumps(line) + "\n")
        count = sum(said.values())
        if not count:
            continue
        right = sum(n for (kind, told), n in said.items() if kind == told)
        print(f"{name}: {right} of {count} right ({right / count:.0%}), {total / count:.3f} s each")
        print(f"{'is':12}" + "".join(f"{told:>12}" for told in KINDS))
        for kind in KINDS:
            print(f"{kind:12}" + "".join(f"{said[kind, told]:12}" for told in KINDS))
        report[name] = {"right": right, "of": count,
                        "table": {f"{k} as {t}": n for (k, t), n in said.items()}}  # fmt: skip
    if given.out:
        Path(given.out).write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
