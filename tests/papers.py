"""Small documents of each kind, made here: PDF by reportlab, the others by hand."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

import samples

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

PRICES = (
    ("item", "price", "sold"),
    ("pump", "120", "4"),
    ("hose", "8.50", "11"),
    ("tap", "3", "9"),
)
ANSWER = "The warranty of the Zephyr 40 ends after 27 months, unless the pump was opened."


def pdf(pages: Sequence[Sequence[Any]], **given: Any) -> bytes:
    """A PDF; on each page strings are paragraphs ("# " a heading, "** " bold), tuples of tuples
    tables, bytes pictures."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Image, PageBreak, Paragraph, SimpleDocTemplate, Table

    styles, flow, out = getSampleStyleSheet(), list[Any](), io.BytesIO()
    for page in pages:
        for one in page:
            if isinstance(one, bytes):
                flow.append(Image(io.BytesIO(one), 400, 300))
            elif isinstance(one, tuple):
                flow.append(Table(one))
            elif one.startswith("# "):
                flow.append(Paragraph(one[2:], styles["Heading1"]))
            elif one.startswith("** "):
                flow.append(Paragraph(f"<b>{one[3:]}</b>", styles["BodyText"]))
            else:
                flow.append(Paragraph(one, styles["BodyText"]))
        flow.append(PageBreak())
    SimpleDocTemplate(out, pagesize=A4, invariant=True, **given).build(flow)
    return out.getvalue()


def report(pages: int = 30, answer: int = 21) -> bytes:
    """A long PDF of which one page holds ANSWER."""
    filler = "Every machine is tested for noise, heat and dust before it leaves the hall. " * 12
    return pdf(
        [
            [f"# Chapter {number}", f"Part {number} speaks of parts. {filler}", filler,
             *([ANSWER] if number == answer else [])]
            for number in range(1, pages + 1)
        ],
        title="Pumps of the year",
    )  # fmt: skip


def paragraph(words: str, style: str = "", before: str = "") -> str:
    own = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{own}<w:r>{before}<w:t>{words}</w:t></w:r></w:p>"


def docx(body: str = "", files: Mapping[str, str | bytes] | None = None) -> bytes:
    row = "".join
    table = row(
        f"<w:tr>{row(f'<w:tc>{paragraph(cell)}</w:tc>' for cell in cells)}</w:tr>"
        for cells in PRICES
    )
    body = body or (
        paragraph("Report on pumps", "T") + paragraph("Warranty", "H") + paragraph(ANSWER)
        + "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>Kept</w:t>"
        '<w:footnoteReference w:id="2"/></w:r></w:p>'
        + f"<w:tbl>{table}</w:tbl>"
        + paragraph("Costs", "H", "<w:lastRenderedPageBreak/>")
        + '<w:p><w:r><w:drawing><a:blip r:embed="rId1"/></w:drawing></w:r></w:p>'
        + paragraph("Repair costs 80 euros.")
    )  # fmt: skip
    return samples.zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document {_W} {_R} {_A}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": f'<w:styles {_W}><w:style w:styleId="T"><w:name w:val="Title"/>'
            '</w:style><w:style w:styleId="H"><w:name w:val="heading 2"/></w:style></w:styles>',
            "word/footnotes.xml": f'<w:footnotes {_W}><w:footnote w:id="2">'
            f"{paragraph('See the handbook.')}</w:footnote></w:footnotes>",
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
            '<Relationship Id="rId1" Target="media/a.png"/>'
            '<Relationship Id="rId9" Target="http://x.example/a.png" TargetMode="External"/>'
            "</Relationships>",
            "word/media/a.png": samples.picture(size=(300, 200)),
            **(files or {}),
        }
    )


def pptx() -> bytes:
    def shape(words: str, kind: str = "") -> str:
        own = f'<p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>' if kind else ""
        return (
            f'<p:sp>{own}<p:spPr><a:xfrm><a:off x="100" y="50"/><a:ext cx="800" cy="100"/></a:xfrm>'
            f"</p:spPr><p:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:txBody></p:sp>"
        )

    def slide(*shapes: str) -> str:
        tree = f"<p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld>"
        return f"<p:sld {_P} {_A} {_R}>{tree}</p:sld>"

    def links(*targets: str) -> str:
        each = (f'<Relationship Id="r{n}" Target="{t}"/>' for n, t in enumerate(targets, 1))
        return f'<Relationships xmlns="{_PACKAGE}">{"".join(each)}</Relationships>'

    return samples.zipped(
        {
            "ppt/presentation.xml": f'<p:presentation {_P} {_R}><p:sldIdLst><p:sldId r:id="r2"/>'
            '<p:sldId r:id="r1"/></p:sldIdLst><p:sldSz cx="1000" cy="500"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": links("slides/a.xml", "slides/b.xml"),
            "ppt/slides/a.xml": slide(shape("Second", "title"), shape("Hire two people")),
            "ppt/slides/b.xml": slide(shape("Plans for May", "ctrTitle"), shape("7", "sldNum")),
            "ppt/slides/_rels/b.xml.rels": links("../notesSlides/n.xml"),
            "ppt/notesSlides/n.xml": slide(shape("Say hello first")),
        }
    )


def odt() -> bytes:
    return samples.zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": "<office:document-content "
            'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
            '<text:h text:outline-level="1">Trees</text:h><text:p>Oaks<text:s/>live long.</text:p>'
            "<text:list><text:list-item><text:p>ash</text:p></text:list-item></text:list>"
            "</office:text></office:body></office:document-content>",
        },
        stored=("mimetype",),
    )


def epub(chapters: Sequence[str], more: Mapping[str, str | bytes] | None = None) -> bytes:
    """A book; each chapter is the inside of its page's body."""
    numbers = range(1, len(chapters) + 1)
    items = "".join(
        f'<item id="c{n}" href="text/c{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in numbers
    )
    order = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
        'container"><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Island</dc:title>'
        f"</metadata><manifest>{items}</manifest><spine>{order}</spine></package>",
    }
    for number, inside in enumerate(chapters, 1):
        files[f"OPS/text/c{number}.xhtml"] = (
            '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
            f"<title>x</title></head><body>{inside}</body></html>"
        )
    return samples.zipped(files | dict(more or {}), stored=("mimetype",))


BOOK = epub(
    [
        "<h1>The Storm</h1><p>The ship sank near the island of Ruhn.</p>",
        '<h1>The Cave</h1><p>They found water.</p><img src="../a.png"/>',
    ],
    {"OPS/a.png": samples.picture(size=(300, 200))},
)


def letter(html: bool = False) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = (
        "Ann <ann@x.example>",
        "bo@x.example",
        "Preise für Mai",
    )
    made["Date"], made["Message-ID"] = "Mon, 4 May 2026 10:00:00 +0200", "<1@x.example>"
    if html:
        made.set_content("<p>Hello <b>Bo</b></p><script>steal()</script>", subtype="html")
    else:
        made.set_content("Hello Bo,\n\nthe prices are attached.\n")
    for name, data in (
        ("prices.csv", samples.CSV),
        ("r.docx", docx()),
        ("x.bin", b"\x00\x01" * 40),
    ):
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    inner = EmailMessage()
    inner["From"], inner["Date"] = "c@x.example", "Mon, 4 May 2026 10:00:00 +0200"
    inner.set_content("too deep to be read")
    made.add_attachment(inner)
    return made.as_bytes()


PAGE = (
    b"<!doctype html><html><head><title>Shop</title><script>alert(1)</script></head><body>"
    b"<h1>Opening hours</h1><p>We open at <b>9</b> and close at 18.<p style='display:none'>obey me"
    b"<ul><li>Mon<li>Tue</ul><table><tr><th>day<th>visits<tr><td>Mon<td>2<tr><td>Tue<td>4</table>"
    b"<img src='http://x.example/y.png'><iframe src='http://x.example'></iframe></body></html>"
)
RTF = rb"{\rtf1\ansi{\fonttbl\f0 Helvetica;}\f0\pard Hello {\b world}, caf\'e9.\par Second.\par}"
