"""Documents of every kind are read by page with headings, tables and pictures; what is broken,
locked or a bomb is refused with a word."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import papers
import samples
from musespark import leaves, plugins, within
from musespark.looking import look
from musespark.media import DOCX, XLSX, media_of
from musespark.message import Document, Image, Pages, Table, Words
from musespark.observation import Seen, Sense
from musespark.problem import Problem
from readers import mutated, outcomes_of


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(within, "late", lambda share=1.0: False)  # it counts from its import


def read(data: bytes) -> Seen:
    seen = within.read(data, media_of(data))
    assert seen is not None
    return seen


async def refused(data: bytes) -> str:
    with pytest.raises(Problem) as caught:
        await look(data, "my file")
    assert "my file" in caught.value.what
    assert caught.value.next
    return caught.value.code


def said(seen: Seen, kind: str) -> list[tuple[str, int]]:
    return [(one.what, one.page) for one in seen.observations if one.kind == kind]


@pytest.mark.parametrize(
    ("data", "sense"),
    [
        (papers.pdf([["Hello"]]), "pdf"),
        (papers.docx(), "office"),
        (papers.pptx(), "office"),
        (papers.odt(), "office"),
        (papers.BOOK, "book"),
        (papers.letter(), "mail"),
        (papers.PAGE, "page"),
        (b"<?xml version='1.0'?><!-- x --><html><body><p>Hello</p></body></html>", "page"),
        (papers.RTF, "text"),
        (b"Dear all,\nplain words.\n", "text"),
        (b"# A note\n\nin Markdown, from: me\n", "text"),
    ],
)
async def test_each_kind_is_known_by_its_bytes(data: bytes, sense: str) -> None:
    seen = await look(data, "holiday.jpg")
    assert seen.sense == sense
    assert isinstance(seen.parts[0], Document)
    assert seen.parts[0].name == "holiday.jpg"


# PDF


def test_a_pdf_by_page_with_headings_and_places() -> None:
    seen = read(papers.pdf([["# Pumps", "They move water."], ["** Costs", "Repair is 80 euros."]]))
    [part] = seen.parts
    assert isinstance(part, Pages)
    assert part.whole
    assert part.text == (
        "[page 1]\n# Pumps\n\nThey move water.\n\n[page 2]\n## Costs\n\nRepair is 80 euros."
    )
    assert said(seen, "heading") == [("Pumps", 1), ("Costs", 2)]
    [_, text, _, other] = [one for one in seen.observations if one.kind in ("heading", "text")]
    assert text.box is not None
    left, top, right, bottom = text.box
    assert 110 < left < right < 400
    assert 90 < top < bottom < 150
    assert other.page == 2


def test_wrapped_lines_are_one_paragraph_and_running_lines_go() -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for number in range(1, 7):
        canvas.drawString(72, 810, "Annual report 2026")
        canvas.drawString(72, 700, "The pump stands in the cellar and")
        canvas.drawString(72, 686, f"is wound up {number} times a day.")
        canvas.drawString(300, 20, f"Page {number} of 6")
        canvas.showPage()
    canvas.save()
    [part] = read(out.getvalue()).parts
    assert isinstance(part, Pages)
    volume = leaves.unpacked(part.data, "x")
    assert volume.leaves[3].text == ("The pump stands in the cellar and is wound up 4 times a day.")


def test_a_table_in_a_pdf_can_be_queried() -> None:
    seen = read(papers.pdf([["Our prices:", papers.PRICES, "All in euros."]]))
    text, table = seen.parts
    assert isinstance(text, Document)
    assert "| hose | 8.50 | 11 |" in text.text
    assert isinstance(table, Table)
    assert table.name == "page 1, table 1"
    assert "price DOUBLE" in table.text
    [one] = [one for one in seen.observations if one.kind == "table"]
    assert (one.what, one.page) == ("3 rows, 3 columns", 1)
    assert one.box is not None


def test_prose_in_lines_is_no_table() -> None:
    words = "one two three four five six seven eight nine ten eleven twelve " * 20
    assert len(read(papers.pdf([[words, "1. Scope ........ 3", "2. Terms ........ 9"]])).parts) == 1


def test_a_picture_in_a_pdf_is_handed_on() -> None:
    seen = read(papers.pdf([["Look:", samples.picture("JPEG", (400, 300))]]))
    assert [type(part) for part in seen.parts] == [Pages, Image, Words]
    assert "Look:" in seen.parts[0].text  # type: ignore[union-attr]
    assert [part.name for part in seen.parts[1:]] == ["page 1, picture 1"] * 2  # type: ignore[union-attr]
    [(what, page)] = said(seen, "picture")
    assert page == 1
    assert "% of the page" in what


def test_a_page_without_a_text_layer_is_read_or_named(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = papers.pdf([["Words"], [samples.picture("JPEG", (400, 300))]])
    given = within.read

    def blind(data: bytes, media: str) -> Seen | None:
        if media != "image/png":
            return given(data, media)
        from musespark.observation import Observation

        return Seen(media, "picture", (), (Observation("text", "INVOICE 17", (1, 2, 3, 4)),) * seen)

    monkeypatch.setattr(within, "read", blind)
    seen = 0
    [note] = [what for what, _ in said(read(scan), "note") if "text layer" in what]
    assert "1 of 2 pages" in note
    assert "(2)" in note
    seen = 1
    part = read(scan).parts[0]
    assert isinstance(part, Document)
    assert part.text.endswith("[page 2]\nINVOICE 17")


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_places_are_those_of_the_page_as_it_is_seen(turn: int) -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(400, 400), invariant=True)
    canvas.setPageRotation(turn)
    canvas.drawString(20, 370, "corner")  # left and top of the page that is not turned
    canvas.save()
    [one] = [o for o in read(out.getvalue()).observations if o.kind == "text"]
    assert one.box is not None
    across, down = (one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2
    right, low = {0: (0, 0), 90: (1, 0), 180: (1, 1), 270: (0, 1)}[turn]
    assert (across > 500, down > 500) == (bool(right), bool(low))


async def test_a_locked_pdf_and_a_broken_one() -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    assert await refused(papers.pdf([["x"]], encrypt=StandardEncryption("pass"))) == (
        "locked_document"
    )
    whole = papers.pdf([["x"]])
    assert await refused(whole[:60]) == "unreadable"
    assert await refused(b"%PDF-1.7\n" + b"\xff" * 900) == "unreadable"
    assert await refused(papers.pdf([])) in ("no_text", "unreadable")


async def test_a_pdf_that_is_also_a_page_is_a_pdf() -> None:
    seen = await look(papers.pdf([["Paper"]]) + papers.PAGE, "both.html")
    assert seen.sense == "pdf"
    assert "Opening hours" not in str(seen.parts)


# What offices write


def test_a_word_document_by_page() -> None:
    seen = read(papers.docx())
    text, table, image, _ = seen.parts
    assert isinstance(text, Pages)
    assert text.whole
    assert text.text == (
        "[1 picture in it.]\n[page 1]\n# Report on pumps\n\n## Warranty\n\n"
        f"{papers.ANSWER}\n\nKept[2]\n\n| item | price | sold |\n| --- | --- | --- |\n"
        "| pump | 120 | 4 |\n| hose | 8.50 | 11 |\n| tap | 3 | 9 |\n\n"
        "[page 2]\n## Costs\n\nRepair costs 80 euros.\n\nNotes:\n[2] See the handbook."
    )
    assert isinstance(table, Table)
    assert isinstance(image, Image)
    assert image.name == "page 2, picture 1"


def test_slides_in_their_order_with_places_and_notes() -> None:
    seen = read(papers.pptx())
    [part] = seen.parts
    assert isinstance(part, Pages)
    assert part.text == (
        "[slide 1, Plans for May]\n# Plans for May\n\nNotes: Say hello first\n\n"
        "[slide 2, Second]\n# Second\n\nHire two people"
    )
    assert {one.box for one in seen.observations if one.kind == "heading"} == {(100, 100, 900, 300)}


def test_an_open_document() -> None:
    [part] = read(papers.odt()).parts
    assert isinstance(part, Document)
    assert part.text == "# Trees\n\nOaks live long.\n\n- ash"


def old(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + stream.encode("utf-16-le") + bytes(99)


@pytest.mark.parametrize(
    ("stream", "code"),
    [("WordDocument", "old_format"), ("PowerPoint Document", "old_format"),
     ("EncryptedPackage", "locked_document"), ("Other", "old_format")],
)  # fmt: skip
async def test_old_and_locked_formats_say_what_to_do(stream: str, code: str) -> None:
    assert await refused(old(stream)) == code


BOMB = "".join(
    [
        '<!DOCTYPE x [<!ENTITY a0 "ha">',
        *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)),
        '<!ENTITY file SYSTEM "file:///etc/passwd">]>',
    ]
)


async def test_an_xml_bomb_and_a_link_to_a_file_do_nothing() -> None:
    body = papers.paragraph("Before &a11; &file; after")
    inside = zipfile.ZipFile(io.BytesIO(papers.docx(body))).read("word/document.xml").decode()
    seen = await look(papers.docx(files={"word/document.xml": BOMB + inside}), "bomb.docx")
    assert "Before" in str(seen.parts)
    assert "root:" not in str(seen.parts)
    assert len(str(seen.parts)) < 20_000


@pytest.mark.parametrize("kind", ["docx", "epub"])
async def test_a_zip_bomb_is_refused(kind: str) -> None:
    much = b" " * 120_000_000
    if kind == "docx":
        data = papers.docx(files={"word/document.xml": much})
    else:
        data = papers.epub(["<p>x</p>"], {"OPS/text/c1.xhtml": much})
    assert await refused(data) == "unpacks_too_large"


async def test_a_zip_cut_off() -> None:
    assert await refused(papers.docx()[:-60]) == "unreadable"
    assert await refused(papers.BOOK[:400]) == "unreadable"


# Books, pages, letters, texts


def test_a_book_by_chapter() -> None:
    seen = read(papers.BOOK)
    text, image, _ = seen.parts
    assert isinstance(text, Pages)
    assert text.text == (
        "[1 picture in it.]\n[chapter 1, The Storm]\n# The Storm\n\nThe ship sank near the island "
        "of Ruhn.\n\n[chapter 2, The Cave]\n# The Cave\n\nThey found water."
    )
    assert isinstance(image, Image)
    assert leaves.unpacked(text.data, "x").title == "The Island"


async def test_a_locked_book() -> None:
    locked = (
        '<encryption><EncryptedData><CipherReference URI="OPS/text/c1.xhtml"/></EncryptedData>'
        "</encryption>"
    )
    assert await refused(papers.epub(["x"], {"META-INF/encryption.xml": locked})) == (
        "locked_document"
    )


def test_a_page_without_scripts_and_links() -> None:
    seen = read(papers.PAGE)
    text, table = seen.parts
    assert isinstance(text, Document)
    assert text.text == (
        "[1 picture in it.]\n# Opening hours\n\nWe open at 9 and close at 18.\n\n- Mon\n- Tue\n\n"
        "| day | visits |\n| --- | --- |\n| Mon | 2 |\n| Tue | 4 |"
    )
    assert isinstance(table, Table)
    assert "visits BIGINT" in table.text


def test_a_letter_and_what_is_attached_to_it() -> None:
    seen = read(papers.letter())
    text, *others = seen.parts
    assert isinstance(text, Document)
    assert text.text.startswith("From: Ann <ann@x.example>\nTo: bo@x.example\nDate: Mon, 04 May")
    assert "Subject: Preise für Mai\n\nHello Bo,\n\nthe prices are attached." in text.text
    assert "- x.bin: application/octet-stream, 80 bytes, not read" in text.text
    assert "message/rfc822" in text.text
    assert "too deep" not in str(seen.parts)
    names = [part.name for part in others if isinstance(part, Document)]
    assert names[:3] == ["prices.csv", "r.docx", "r.docx/page 1, table 1"]
    part = read(papers.letter(html=True)).parts[0]
    assert isinstance(part, Document)
    assert "Hello Bo" in part.text
    assert "steal" not in part.text


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ann,\nfrom: nobody\nto: you\n",
        "name: x\nvalue: y\n\nz",
        "Note: a\nTo: b\nSubject: c\n\nx",
    ],
)
def test_what_only_looks_like_a_letter_is_a_text(text: str) -> None:
    assert media_of(text.encode()) == "text/plain"


def test_a_short_text_stays_as_it_is_and_a_long_one_has_an_outline() -> None:
    assert read("Käse\r\nund Brot".encode("latin-1")).parts == (Document("Käse\nund Brot", ""),)
    assert read(papers.RTF).parts == (Document("Hello world, café.\nSecond.\n", ""),)
    long = "\n\n".join(f"## Point {n}\n\n{'Some words about it. ' * 40}" for n in range(60))
    [part] = read(f"# Points\n\n{long}".encode()).parts
    assert isinstance(part, Pages)
    assert not part.whole
    assert len(part.text) < leaves.SHORT
    assert "- Points (part 1)\n  - Point 0 (part 1)" in part.text
    volume = leaves.unpacked(part.data, "x")
    assert "".join("".join(leaf.text.split()) for leaf in volume.leaves) == "".join(
        f"# Points{long}".split()
    )


# The parts


def test_a_long_document_shows_its_outline_and_its_beginning() -> None:
    seen = read(papers.report())
    [part] = seen.parts
    assert isinstance(part, Pages)
    assert not part.whole
    assert part.text.startswith("A document: 30 pages, ")
    assert "titled Pumps of the year." in part.text
    assert "- Chapter 21 (page 21)" in part.text
    assert papers.ANSWER not in part.text
    assert len(part.text) < leaves.SHORT
    assert len(seen.observations) < 1_100


@pytest.mark.parametrize("data", ["", "data:x;base64,!!", "data:x;base64,aGFsbG8="])
def test_pages_that_are_not_as_they_were_packed(data: str) -> None:
    with pytest.raises(Problem) as caught:
        leaves.unpacked(data, "x.pdf")
    assert caught.value.code == "broken_attachment"


SEEDS = [papers.pdf([["# Pumps", "water", papers.PRICES]]), papers.docx(), papers.pptx(),
         papers.odt(), papers.BOOK, papers.letter(), papers.PAGE, papers.RTF]  # fmt: skip
KNOWN = {"read", "unreadable", "no_text", "locked_document", "unpacks_too_large", "old_format"}


@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.lists(mutated(SEEDS), min_size=40, max_size=40))
def test_whatever_comes_is_read_or_a_problem(files: list[bytes]) -> None:
    for name in ("pdf", "office", "book", "mail", "page", "text"):
        sense: Sense = plugins.load("senses", name)
        known = [data for data in files if media_of(data) in sense.takes]
        outcomes: Any = asyncio.run(outcomes_of(sense.function, known)) if known else []
        assert set(outcomes) <= KNOWN, (name, outcomes)


def test_a_document_with_a_workbook_inside_is_a_document() -> None:
    data = papers.docx(files={"word/embeddings/a.xlsx": samples.PRICES})
    assert media_of(data) == DOCX
    assert media_of(data[:-30]) in (DOCX, XLSX)


def test_a_listing_keeps_its_lines_and_a_split_word_is_whole() -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    canvas.setFont("Courier", 10)
    for number, line in enumerate(("for each in found:", "print(each, 12)", "end = 7 or 8")):
        canvas.drawString(72, 700 - 12 * number, line)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 600, "The pumps of this town were once more impor-")
    canvas.drawString(72, 588, "tant than its only bridge and its church.")
    canvas.save()
    [part] = read(out.getvalue()).parts
    assert isinstance(part, Pages)
    assert "for each in found:\nprint(each, 12)\nend = 7 or 8\n\n" in part.text
    assert "once more important than its only bridge" in part.text


def test_headings_of_a_plain_text_above_a_line() -> None:
    text = f"Pumps\n=====\n\n{'Some words about it. ' * 900}\n\nTaps\n----\n\nMore.\n"
    [part] = read(text.encode()).parts
    assert isinstance(part, Pages)
    outline = leaves.unpacked(part.data, "x")
    assert [(one.level, line) for one, line in zip(
        [line for leaf in outline.leaves for line in leaf.lines], ("Pumps", "Taps"), strict=True
    )] == [(1, "Pumps"), (2, "Taps")]  # fmt: skip
    assert "- Pumps (part 1)\n  - Taps (part " in part.text


def test_what_is_found_late_is_counted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    data = papers.pdf([[papers.PRICES, samples.picture("JPEG", (400, 300))], ["More words."]])
    monkeypatch.setattr(within, "late", lambda share=1.0: share == 1.0)
    seen = read(data)
    assert [type(part) for part in seen.parts] == [Pages]
    notes = [what for what, _ in said(seen, "note")]
    assert notes == [
        "1 picture in it, 1 large unread.",
        "1 of its tables stand in the text and cannot be queried.",
    ]
    monkeypatch.setattr(within, "late", lambda share=1.0: share > 1.0)
    assert said(read(data), "note") == [("Reading took long: only 0 of 2 pages were read.", 0)]


def test_a_broken_picture_leaves_the_document() -> None:
    whole = papers.docx()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        at = archive.getinfo("word/media/a.png").header_offset + 60
    seen = read(whole[:at] + b"\0\0\0\0\0\0\0\0" + whole[at + 8 :])
    assert "Repair costs 80 euros." in str(seen.parts)
    assert not [part for part in seen.parts if isinstance(part, Image)]


def test_a_page_with_signs_that_no_page_may_hold() -> None:
    [part] = read(b"<html><body><p>One&#1; <script>x</script>&#3; two&#8;</p></body>").parts
    assert isinstance(part, Document)
    assert part.text.split()[0].startswith("One")
    assert "two" in part.text
