"""Small whole files of every type that a sense reads, to be changed by `fuzz.py`."""

from __future__ import annotations

import gzip
import io
import math
import struct
import wave
from functools import cache
from importlib.util import find_spec

import samples

PROSE = (
    "Opening hours\n\nThe library opens at nine. On Sundays it stays closed, and in the summer it "
    "closes at noon.\n\nBooks are lent for four weeks; whoever keeps one longer pays a fine.\n"
)
HTML = (
    "<!doctype html><html><head><title>Library</title><style>p{color:red}</style></head><body>"
    f"<h1>Hours</h1><p>{PROSE}</p><table><tr><th>day</th><th>opens</th></tr><tr><td>Monday</td>"
    "<td>9:00</td></tr></table><script>alert(1)</script><img src=http://example.org/a.png>"
    "<ul><li>one<li>two</ul><a href='javascript:x'>go</a></body></html>"
)
MAIL = (
    "From: Anna <anna@example.org>\nTo: Tom <tom@example.org>\n"
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nDate: Mon, 1 Jan 2024 10:00:00 +0100\n"
    "MIME-Version: 1.0\nMessage-ID: <1@example.org>\n"
    'Content-Type: multipart/mixed; boundary="b1"\n\n--b1\n'
    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    f'{PROSE}\n--b1\nContent-Type: text/csv; name="prices.csv"\n'
    'Content-Disposition: attachment; filename="prices.csv"\n'
    "Content-Transfer-Encoding: base64\n\nY2l0eSxwcmljZQpLaWVsLDEyCg==\n--b1--\n"
)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40" viewBox="0 0 80 40">'
    '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>'
    '<rect width="40" height="20" fill="url(#g)"/><text x="5" y="30">Words</text>'
    '<path d="M1 1 L20 20 C 3 4 5 6 7 8 Z"/><use href="#g"/></svg>'
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument"


@cache
def all_of_them() -> tuple[bytes, ...]:
    """Each seed once; without those that a library is not installed for."""
    return (*_tables(), *_pictures(), *_documents(), *_sounds(), *_videos())


def _tables() -> list[bytes]:
    rows = "".join(f"{n};Kiel {n};{n},5;2024-01-{n:02d};true\n" for n in range(1, 29))
    found = [
        samples.CSV,
        f"no;town;price;day;open\n{rows}".encode("cp1252"),
        f"no\ttown\n{rows.replace(';', chr(9))}".encode("utf-16"),
        b'[{"a": 1, "b": "x", "c": [1, 2]}, {"a": 2.5, "b": null, "c": []}]',
        b'{"a": 1, "b": {"c": "2024-01-02"}}\n{"a": 2, "b": {"c": "2024-01-03"}}\n',
        samples.PRICES,
        samples.ODS,
        samples.parquet(),
    ]
    return [*found, gzip.compress(samples.CSV, mtime=0)]


def _pictures() -> list[bytes]:
    from PIL import Image, ImageDraw

    kinds = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    exif.get_ifd(0x8825)[1] = "N"
    found = [samples.picture(kind, (60, 40)) for kind in kinds]
    found += [samples.picture("JPEG", (60, 40), exif=exif, progressive=True), SVG.encode()]
    frames = [Image.new("P", (30, 20), number) for number in range(4)]
    words = Image.new("L", (90, 30), 255)
    ImageDraw.Draw(words).text((5, 5), "Words 12", 0)
    clear = Image.new("RGBA", (30, 20), (200, 30, 30, 90))
    for picture, kind, given in (
        (frames[0], "GIF", {"save_all": True, "append_images": frames[1:], "duration": 50}),
        (frames[0], "TIFF", {"save_all": True, "append_images": frames[1:]}),
        (frames[0].convert("RGB"), "PNG", {"save_all": True, "append_images": [clear]}),
        (words, "TIFF", {"compression": "tiff_lzw"}),
        (words.convert("1"), "TIFF", {"compression": "group4"}),
        (clear, "WEBP", {"lossless": True}),
        (words, "PNG", {"bits": 4}),
    ):
        out = io.BytesIO()
        picture.save(out, kind, **given)
        found.append(out.getvalue())
    if find_spec("pillow_heif") is not None:
        import pillow_heif

        out = io.BytesIO()
        pillow_heif.from_pillow(words.convert("RGB")).save(out)
        found.append(out.getvalue())
    return found


def _documents() -> list[bytes]:
    return [
        PROSE.encode(),
        f"# Library\n\n{PROSE}\n| a | b |\n|---|---|\n| Monday | 9 |\n\n```\ncode\n```\n".encode(),
        HTML.encode(),
        MAIL.encode(),
        pdf(),
        docx(),
        pptx(),
        epub(),
    ]


def pdf() -> bytes:
    """Two pages with a heading, a table, a picture and marks."""
    if find_spec("reportlab") is None:
        return (
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
        )
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    page = Canvas(out, pagesize=(300, 200), pageCompression=1, invariant=1)
    page.bookmarkPage("hours")
    page.addOutlineEntry("Hours", "hours")
    page.setFont("Helvetica-Bold", 18)
    page.drawString(20, 170, "Hours")
    page.setFont("Helvetica", 9)
    for number, line in enumerate(PROSE.splitlines()):
        page.drawString(20, 150 - 12 * number, line)
    page.drawImage(ImageReader(io.BytesIO(samples.picture())), 200, 10, 60, 40)
    page.showPage()
    for row in range(3):
        for column in range(3):
            page.rect(20 + 60 * column, 150 - 20 * row, 60, 20)
            page.drawString(24 + 60 * column, 156 - 20 * row, f"{row} {column}")
    page.linkURL("http://example.org", (10, 10, 50, 20))
    page.showPage()
    page.save()
    return out.getvalue()


def _package(main: str, kind: str, files: dict[str, str | bytes]) -> bytes:
    return samples.zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/{main}" ContentType="{_OFFICE}.{kind}.main+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship '
            f'Id="rId1" Type="{_LINKS}/officeDocument" Target="{main}"/></Relationships>',
            **files,
        }
    )


def docx() -> bytes:
    def line(words: str, style: str = "") -> str:
        how = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f'<w:p>{how}<w:r><w:t xml:space="preserve">{words}</w:t></w:r></w:p>'

    cell = "<w:tc>{}</w:tc>".format
    rows = "".join(
        f"<w:tr>{cell(line(a))}{cell(line(b))}</w:tr>" for a, b in (("day", "opens"), ("Mon", "9"))
    )
    body = (
        line("Hours", "Heading1")
        + "".join(map(line, PROSE.splitlines()))
        + f"<w:tbl>{rows}</w:tbl>"
    )
    body += '<w:p><w:r><w:br w:type="page"/></w:r></w:p>' + line("The second page")
    return _package(
        "word/document.xml",
        "wordprocessingml.document",
        {
            "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body>'
            "</w:document>",
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_LINKS}/image" Target="media/image1.png"/>'
            "</Relationships>",
            "word/media/image1.png": samples.picture(),
        },
    )


def pptx() -> bytes:
    words = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in PROSE.splitlines())
    slide = (
        f'<p:sld xmlns:p="{_SLIDES}" xmlns:a="{_DRAWING}"><p:cSld><p:spTree><p:sp><p:nvSpPr>'
        '<p:cNvPr id="2" name="Title 1"/><p:cNvSpPr/><p:nvPr><p:ph type="title"/></p:nvPr>'
        f"</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>{words}</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
    )
    return _package(
        "ppt/presentation.xml",
        "presentationml.presentation",
        {
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{_SLIDES}" xmlns:r="{_LINKS}">'
            '<p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_LINKS}/slide" Target="slides/slide1.xml"/>'
            "</Relationships>",
            "ppt/slides/slide1.xml": slide,
        },
    )


def epub() -> bytes:
    return samples.zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
            'container" version="1.0"><rootfiles><rootfile full-path="o/book.opf" '
            'media-type="application/oebps-package+xml"/></rootfiles></container>',
            "o/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Library</dc:title></metadata>'
            '<manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/></spine></package>',
            "o/a.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Hours</h1><p>{PROSE}'
            "</p></body></html>",
        },
        stored=("mimetype",),
    )


def _sounds() -> list[bytes]:
    """A second of a tone between two silences."""
    tone = b"".join(
        struct.pack("<h", int(9_000 * math.sin(n / 8)) if 2_000 < n < 6_000 else 0)
        for n in range(8_000)
    )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(tone)
    found = [out.getvalue()]
    if find_spec("av") is None:
        return found
    for kind, codec in (("mp3", "libmp3lame"), ("ogg", "libopus"), ("flac", "flac"),
                        ("ipod", "aac"), ("ogg", "libvorbis"), ("webm", "libopus")):  # fmt: skip
        found += _coded(kind, sound=codec)
    return found


def _videos() -> list[bytes]:
    if find_spec("av") is None:
        return []
    found = []
    for kind, picture, sound in (
        ("mp4", "libx264", "aac"), ("mov", "mpeg4", ""), ("webm", "libvpx", "libopus"),
        ("matroska", "mpeg4", ""), ("avi", "mpeg4", ""), ("mpegts", "mpeg2video", ""),
    ):  # fmt: skip
        found += _coded(kind, picture, sound)
    return found


def _coded(kind: str, picture: str = "", sound: str = "") -> list[bytes]:
    """A short file by FFmpeg's libraries; [] where they lack the coder."""
    import av
    import numpy as np

    out = io.BytesIO()
    try:
        with av.open(out, "w", format=kind) as file:
            streams = []
            if picture:
                stream = file.add_stream(picture, rate=5)
                stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
                streams.append(stream)
            if sound:
                streams.append(file.add_stream(sound, rate=48_000, layout="mono"))
            for stream in streams:
                for number in range(10):
                    if stream.type == "video":
                        field = np.full((48, 64, 3), 200 if number < 5 else 30, np.uint8)
                        frame = av.VideoFrame.from_ndarray(field, "rgb24")
                        frame.pts = number
                    else:
                        wave_ = np.sin(np.arange(4_800, dtype=np.float32) / 8)[None] * (number % 3)
                        frame = av.AudioFrame.from_ndarray(wave_.astype(np.float32), "flt", "mono")
                        frame.sample_rate, frame.pts = 48_000, number * 4_800
                    for packet in stream.encode(frame):
                        file.mux(packet)
                for packet in stream.encode():
                    file.mux(packet)
    except (av.FFmpegError, ValueError):
        return []
    return [out.getvalue()]
