"""Small files of each kind, made here: spreadsheets by hand, pictures by Pillow."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

CSV = b"city,price,sold\nKiel,12.5,2024-01-02\nBremen,30,2024-02-03\nKiel,7.25,\n"

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def zipped(files: Mapping[str, str | bytes], stored: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            how = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            file.writestr(name, content, how)
    return out.getvalue()


def xlsx(sheets: Mapping[str, str]) -> bytes:
    """A workbook; each sheet is the XML of its rows."""
    numbers = range(1, len(sheets) + 1)
    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, sheets, strict=True)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_DOCUMENT}">'
        f"<sheets>{names}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        "</Relationships>",
    }
    for number, rows in zip(numbers, sheets.values(), strict=True):
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData></worksheet>'
        )
    return zipped(files)


def text(place: str, words: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


def number(place: str, value: float, formula: str = "") -> str:
    return f'<c r="{place}">{f"<f>{formula}</f>" if formula else ""}<v>{value}</v></c>'


PRICES = xlsx(
    {
        "Prices": f'<row r="2">{text("B2", "item")}{text("C2", "price")}</row>'
        f'<row r="3">{text("B3", "desk")}{number("C3", 120)}</row>'
        f'<row r="4">{text("B4", "lamp")}{number("C4", 15.5, "C3/8+0.5")}</row>',
        "Stock": f'<row r="1">{text("A1", "item")}{text("B1", "left")}</row>'
        f'<row r="2">{text("A2", "lamp")}{number("B2", 4)}</row>',
        "Empty": "",
    }
)

_CELL = '<table:table-cell office:value-type="{}" {}><text:p>{}</text:p></table:table-cell>'
ODS = zipped(
    {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": '<manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        "content.xml": '<office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="Rain"><table:table-row>'
        + _CELL.format("string", "", "town") + _CELL.format("string", "", "rain")
        + "</table:table-row><table:table-row>"
        + _CELL.format("string", "", "Kiel") + _CELL.format("float", 'office:value="9"', "9")
        + "</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>",
    },
    stored=("mimetype",),
)  # fmt: skip


def picture(kind: str = "PNG", size: tuple[int, int] = (120, 80), **given: object) -> bytes:
    """White, with a blue field in the right lower quarter."""
    from PIL import Image

    made = Image.new("RGB", size, "white")
    made.paste((40, 80, 200), (size[0] // 2, size[1] // 2, size[0], size[1]))
    out = io.BytesIO()
    made.save(out, kind, **given)
    return out.getvalue()


def parquet() -> bytes:
    import tempfile
    from pathlib import Path

    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.parquet"
        duckdb.sql("SELECT 1 AS a, 'x' AS b").write_parquet(str(file))
        return file.read_bytes()
