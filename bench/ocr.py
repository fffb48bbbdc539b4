"""How much of the text in 100 receipts, screenshots and posters is read wrong, and how fast: our
reader and tesseract in the same run, on pictures drawn here with known text.

    python bench/ocr.py [--count 100] [--out FILE] [--keep FOLDER]

The text is drawn in the fonts of DejaVu, Liberation, FreeFont, Lato, Inconsolata and WenQuanYi that
are installed (Debian: fonts-dejavu, fonts-liberation, fonts-freefont-ttf, fonts-lato,
fonts-inconsolata, fonts-wqy-zenhei), in English, German, French, Spanish and Chinese; then it is
turned (a little, or by 90, 180 or 270 degrees), made noisy, dark, blurred or saved badly, each by
a fixed plan. The error is that of Levenshtein over the characters of the true text, blanks in a row
counted as one (none counted in Chinese). Tesseract (Debian: tesseract-ocr with -deu, -fra, -spa and
-chi-sim) is told the language and looks for the turn itself (--psm 1 where the scripts' model is
there, else 3); ours is told nothing. Seconds are those of a picture in a process that is warm;
tesseract starts for each.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from musespark import letters

FONTS = Path("/usr/share/fonts/truetype")
FACES = (
    "dejavu/DejaVuSans.ttf", "dejavu/DejaVuSansMono.ttf", "dejavu/DejaVuSerif.ttf",
    "liberation/LiberationSans-Regular.ttf", "liberation/LiberationSerif-Regular.ttf",
    "liberation/LiberationMono-Regular.ttf", "liberation/LiberationSansNarrow-Regular.ttf",
    "freefont/FreeSans.ttf", "freefont/FreeSerif.ttf", "lato/Lato-Regular.ttf",
    "inconsolata/Inconsolata.otf", "dejavu/DejaVuSans-Bold.ttf", "lato/Lato-Bold.ttf",
)  # fmt: skip
CHINESE = "wqy/wqy-zenhei.ttc"
TONGUES = {"en": "eng", "de": "deu", "fr": "fra", "es": "spa", "zh": "chi_sim"}
SHOPS = {
    "en": ("CORNER STORE", "12 High Street, Leeds", "Thank you for your visit!", "TOTAL", "VAT"),
    "de": ("BÄCKEREI MÜLLER", "Königstraße 7, 24103 Kiel", "Vielen Dank für Ihren Einkauf!",
           "SUMME", "MwSt."),
    "fr": ("ÉPICERIE DU MARCHÉ", "8 rue de la République, Lyon", "Merci et à bientôt !",
           "TOTAL À PAYER", "TVA"),
    "es": ("FRUTERÍA MUÑOZ", "Calle Núñez 15, Málaga", "Gracias por su compra", "TOTAL", "IVA"),
    "zh": ("幸福便利店", "南京路二十五号", "谢谢惠顾欢迎再来", "合计", "税额"),
}  # fmt: skip
GOODS = {
    "en": ("Whole milk", "Brown bread", "Free range eggs", "Cheddar cheese", "Orange juice",
           "Green apples", "Butter", "Dark chocolate", "Paper towels", "Black tea"),
    "de": ("Vollmilch", "Körnerbrötchen", "Käse gerieben", "Äpfel rot", "Süßkartoffeln",
           "Frühlingszwiebeln", "Weißwein", "Müsli", "Gurke", "Öl kaltgepresst"),
    "fr": ("Pâtes fraîches", "Crème brûlée", "Fromage de chèvre", "Café moulu", "Œufs bio",
           "Baguette", "Thé glacé", "Poires", "Pâté de campagne", "Maïs doux"),
    "es": ("Jamón serrano", "Piña", "Leche entera", "Pan rústico", "Plátanos", "Atún claro",
           "Melocotón", "Aceite de oliva", "Champiñones", "Azúcar moreno"),
    "zh": ("牛奶", "面包", "鸡蛋", "苹果", "绿茶", "大米", "酸奶", "饼干", "香蕉", "酱油"),
}  # fmt: skip
TALK = {
    "en": ("Your parcel arrives on Tuesday between 9 and 12.",
           "We found three places near the station.",
           "The meeting was moved to room 204 on the second floor.",
           "Please send me the invoice before the end of the month.",
           "Settings saved. Restart the app to use them.",
           "She said the river had risen by 40 cm since Friday."),
    "de": ("Der Zug nach Köln fährt heute von Gleis 7.",
           "Bitte überprüfen Sie Ihre Straße und Hausnummer.",
           "Für die Prüfung müssen alle Fächer gewählt sein.",
           "Größe und Gewicht weichen um 3 % ab.",
           "Wir schließen am Samstag schon um 14 Uhr.",
           "Änderungen werden sofort übernommen."),
    "fr": ("Le café où nous étions hier est fermé.",
           "Vérifiez l'adresse électronique avant d'envoyer.",
           "La réunion a été déplacée à jeudi, salle 12.",
           "Ça coûte environ 35 euros par élève.",
           "Où sont passées les clés de la cuisine ?",
           "Les fenêtres du château donnent sur la forêt."),
    "es": ("El próximo tren sale a las 18:45 del andén 3.",
           "Mañana lloverá en toda la región.",
           "La contraseña debe tener ocho caracteres.",
           "El niño pequeño vive cerca del río.",
           "Número de pedido: 20457. Está en camino.",
           "Después de la reunión comeremos aquí."),
    "zh": ("明天上午九点在会议室见面", "请输入您的手机号码", "今天的天气很好适合出门",
           "订单已经发出请注意查收", "图书馆周日不开放", "这个问题需要认真考虑"),
}  # fmt: skip
HEADS = {
    "en": ("SUMMER FAIR", "OPEN DAY", "NIGHT OF MUSIC", "BOOK SALE"),
    "de": ("SOMMERFEST", "FLOHMARKT", "LANGE NACHT", "KÜNSTLERMÄRKTE"),
    "fr": ("FÊTE D'ÉTÉ", "MARCHÉ AUX LIVRES", "NUIT BLANCHE", "CINÉMA"),
    "es": ("FERIA DE OTOÑO", "NOCHE DE MÚSICA", "MERCADILLO", "EXPOSICIÓN"),
    "zh": ("夏季音乐节", "图书特卖", "开放日", "周末市场"),
}


class Drawn(NamedTuple):
    """A picture with what stands in it, in reading order."""

    kind: str
    tongue: str
    harm: str
    picture: Image.Image
    truth: str


def face(dice: random.Random, tongue: str, size: int) -> ImageFont.FreeTypeFont:
    if tongue == "zh":
        return ImageFont.truetype(str(FONTS / CHINESE), size)
    there = [name for name in FACES if (FONTS / name).exists()]
    return ImageFont.truetype(str(FONTS / dice.choice(there)), size)


def receipt(dice: random.Random, tongue: str) -> tuple[Image.Image, str]:
    """A narrow one, its prices at the right edge."""
    size = dice.choice((18, 22, 28))
    font = face(dice, tongue, size)
    name, street, thanks, total, tax = SHOPS[tongue]
    goods = dice.sample(GOODS[tongue], dice.randint(4, 8))
    prices = [dice.randint(49, 1999) for _ in goods]
    rows = [(good, f"{price / 100:.2f}") for good, price in zip(goods, prices, strict=True)]
    rows += [
        (total, f"{sum(prices) / 100:.2f}"),
        (f"{tax} 7%", f"{sum(prices) * 7 // 107 / 100:.2f}"),
    ]
    wide, step = size * 20, int(size * 1.5)
    picture = Image.new("RGB", (wide, step * (len(rows) + 7)), (250, 249, 244))
    pen = ImageDraw.Draw(picture)
    lines, y = [name, street], step
    for line in (name, street):
        pen.text(((wide - pen.textlength(line, font)) / 2, y), line, (25, 25, 30), font)
        y += step
    y += step // 2
    for good, price in rows:
        pen.text((size, y), good, (30, 30, 30), font)
        pen.text((wide - size - pen.textlength(price, font), y), price, (30, 30, 30), font)
        lines.append(f"{good} {price}")
        y += step
    y += step // 2
    date = f"{dice.randint(1, 28):02d}.{dice.randint(1, 12):02d}.2026"
    date += f" {dice.randint(8, 19)}:{dice.randint(10, 59)}"
    for line in (date, thanks):
        pen.text(((wide - pen.textlength(line, font)) / 2, y), line, (30, 30, 30), font)
        lines.append(line)
        y += step
    return picture, "\n".join(lines)


def screenshot(dice: random.Random, tongue: str) -> tuple[Image.Image, str]:
    """A window with a bar, a heading and lines in boxes, light or dark, at times in two columns."""
    dark = dice.random() < 0.4
    paper, ink = ((28, 30, 34), (225, 226, 230)) if dark else ((250, 250, 252), (30, 32, 40))
    size = dice.choice((14, 16, 18, 22))
    font, large = face(dice, tongue, size), face(dice, tongue, size * 3 // 2)
    said = dice.sample(TALK[tongue], 5)
    columns = dice.random() < 0.3
    wide = 1280 if columns else 900
    picture = Image.new("RGB", (wide, 620), paper)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, wide, 44), fill=(60, 64, 74) if dark else (225, 228, 235))
    head = dice.choice(HEADS[tongue])
    pen.text((20, 10), head, ink, font)
    lines = [head]
    title = dice.choice(SHOPS[tongue][:1])
    pen.text((30, 70), title, ink, large)
    lines.append(title)
    places = [(30 + (wide // 2) * (n // 3 if columns else 0), 140 + 90 * (n % 3 if columns else n))
              for n in range(5)]  # fmt: skip
    for (x, y), line in zip(places, said, strict=True):
        end = x + pen.textlength(line, font) + 24
        pen.rounded_rectangle((x, y, end, y + size * 2 + 10), 8, outline=(120, 125, 140),
                              fill=(48, 52, 62) if dark else (238, 241, 248))  # fmt: skip
        pen.text((x + 12, y + 8), line, ink, font)
        lines.append(line)
    return picture, "\n".join(lines)


def poster(dice: random.Random, tongue: str) -> tuple[Image.Image, str]:
    """Large words over a sky that changes its colour, and smaller ones below."""
    wide, tall = 900, 1200
    top, bottom = (np.array([dice.randint(0, 110) for _ in range(3)]) for _ in range(2))
    share = np.linspace(0, 1, tall)[:, None, None]
    sky = np.repeat((top * (1 - share) + bottom * share), wide, axis=1).astype(np.uint8)
    picture = Image.fromarray(sky)
    pen = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y, r = dice.randint(0, wide), dice.randint(300, tall), dice.randint(40, 180)
        pen.ellipse((x - r, y - r, x + r, y + r), outline=(120, 110, 60), width=5)
    head, lines, y = dice.choice(HEADS[tongue]), [], 120
    size = min(110, int(wide * 1.35 / max(len(head), 6)))
    if tongue == "zh":
        size = min(140, int(wide * 0.85 / len(head)))
    for line, height in ((head, size), (f"{dice.randint(1, 28)}. 6. 2026, 19:30", 54),
                         *((each, 34) for each in dice.sample(TALK[tongue], 3))):  # fmt: skip
        font = face(dice, tongue, height)
        while pen.textlength(line, font) > wide - 60:
            height -= 2
            font = font.font_variant(size=height)
        pen.text(((wide - pen.textlength(line, font)) / 2, y), line, (250, 240, 200), font)
        lines.append(line)
        y += height + 90
    return picture, "\n".join(lines)


def harmed(dice: random.Random, picture: Image.Image, harm: str) -> Image.Image:
    """The picture after something happened to it."""
    numbers = np.random.default_rng(dice.randint(0, 10**6))
    edge = picture.getpixel((2, picture.height - 3))
    if harm == "tilted":
        return picture.rotate(dice.choice((-8, -4, 3, 6, 10)), Image.Resampling.BICUBIC,
                              expand=True, fillcolor=edge)  # fmt: skip
    if harm in ("90", "180", "270"):
        return picture.rotate(int(harm), expand=True)
    if harm == "noisy":
        values = np.asarray(picture, float) + numbers.normal(0, 28, (*picture.size[::-1], 3))
        return Image.fromarray(values.clip(0, 255).astype(np.uint8))
    if harm == "dark":
        values = np.asarray(ImageEnhance.Contrast(picture).enhance(0.45), float) * 0.28
        values += numbers.normal(0, 4, values.shape)
        return Image.fromarray(values.clip(0, 255).astype(np.uint8))
    if harm == "blurred":
        return picture.filter(ImageFilter.GaussianBlur(1.3))
    if harm == "small":
        return picture.resize((picture.width * 2 // 3, picture.height * 2 // 3),
                              Image.Resampling.BILINEAR)  # fmt: skip
    if harm == "badly saved":
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=18)
        return Image.open(io.BytesIO(out.getvalue())).convert("RGB")
    return picture


HARMS = ("none", "tilted", "noisy", "dark", "small", "90", "blurred", "180", "badly saved", "270")


def drawn(count: int) -> Iterator[Drawn]:
    """Always the same ones: kinds, languages and harms by turns."""
    kinds = {"receipt": receipt, "screenshot": screenshot, "poster": poster}
    plan = [(k, t) for t in TONGUES for k in kinds]
    for number in range(count):
        dice = random.Random(number)
        kind, tongue = plan[number % len(plan)]
        harm = HARMS[(number + number // len(plan)) % len(HARMS)]
        picture, truth = kinds[kind](dice, tongue)
        yield Drawn(kind, tongue, harm, harmed(dice, picture, harm), truth)


def plain(text: str, tongue: str) -> str:
    text = unicodedata.normalize("NFKC" if tongue == "zh" else "NFC", text)
    return re.sub(r"\s+", "" if tongue == "zh" else " ", text).strip()


def distance(one: str, other: str) -> int:
    """Levenshtein's, a row at a time."""
    second = np.array([ord(sign) for sign in other], np.int64)
    steps = np.arange(len(other) + 1)
    row = steps.copy()
    for sign in one:
        new = np.concatenate(
            ([row[0] + 1], np.minimum(row[1:] + 1, row[:-1] + (second != ord(sign))))
        )
        row = np.minimum.accumulate(new - steps) + steps
    return int(row[-1])


def ours(drawn_one: Drawn) -> str:
    return "\n".join(each.what for each in letters.lines(drawn_one.picture))


def theirs(drawn_one: Drawn) -> str:
    """What tesseract reads, told the language."""
    out = io.BytesIO()
    drawn_one.picture.save(out, "PNG", dpi=(150, 150))
    tongue = TONGUES[drawn_one.tongue]
    known = subprocess.run(
        ["tesseract", "--list-langs"], capture_output=True, text=True, check=True
    )
    psm = "1" if "osd" in known.stdout.split() else "3"
    done = subprocess.run(
        ["tesseract", "-", "-", "-l", tongue, "--psm", psm], input=out.getvalue(),
        capture_output=True, check=False, env={**os.environ, "OMP_THREAD_LIMIT": "2"},
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=100)
    asked.add_argument("--first", type=int, default=0, help="leave out those before")
    asked.add_argument("--step", type=int, default=1)
    asked.add_argument("--out")
    asked.add_argument("--keep", help="a folder for the pictures and what was read wrong")
    asked.add_argument("--alone", action="store_true", help="without tesseract")
    given = asked.parse_args()
    readers = {"ours": ours}
    if shutil.which("tesseract") and not given.alone:
        readers["tesseract"] = theirs
    else:
        print("tesseract is not installed or not wanted: ours alone")
    letters.lines(Image.new("RGB", (64, 64)))
    wrong: dict[str, dict[str, list[tuple[int, int]]]] = {name: {} for name in readers}
    took: dict[str, list[float]] = {name: [] for name in readers}
    for number, one in enumerate(drawn(given.count)):
        if number < given.first or number % given.step:
            continue
        truth = plain(one.truth, one.tongue)
        for name, reader in readers.items():
            start = time.perf_counter()
            said = plain(reader(one), one.tongue)
            took[name].append(time.perf_counter() - start)
            missed = distance(truth, said)
            for group in ("all", one.kind, one.tongue, one.harm):
                wrong[name].setdefault(group, []).append((missed, len(truth)))
            if given.keep:
                folder = Path(given.keep)
                folder.mkdir(parents=True, exist_ok=True)
                one.picture.save(folder / f"{number:03d}.png")
                with (folder / f"{name}.txt").open("a") as file:
                    head = f"{number:03d} {one.kind} {one.tongue} {one.harm}"
                    rate = f"{missed / len(truth):.3f} {took[name][-1]:.2f} s"
                    file.write(f"{head} {rate}\n= {truth}\n? {said}\n")
    groups = list(wrong["ours"])
    print(f"{'error':14}" + "".join(f"{name:>12}" for name in readers) + f"{'pictures':>12}")
    rates = {
        name: {
            g: sum(m for m, _ in wrong[name][g]) / sum(t for _, t in wrong[name][g]) for g in groups
        }
        for name in readers
    }
    for group in groups:
        print(f"{group:14}" + "".join(f"{rates[name][group]:12.2%}" for name in readers)
              + f"{len(wrong['ours'][group]):12}")  # fmt: skip
    speed = {
        name: {"median": statistics.median(each), "most": max(each)} for name, each in took.items()
    }
    print(f"{'seconds':14}" + "".join(f"{speed[name]['median']:12.2f}" for name in readers))
    if given.out:
        Path(given.out).write_text(json.dumps({"error": rates, "seconds": speed}, indent=1))


if __name__ == "__main__":
    main()
