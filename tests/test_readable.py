"""The readable text of a page: encodings, and pages made to hurt."""

import contextlib

import pytest

from musespark import readable
from musespark.problem import Problem


def test_charsets_of_other_scripts():
    russian = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5
    assert readable.decode(russian.encode("cp1251"), "") == russian
    japanese = "いろはにほへと ちりぬるを わかよたれそ つねならむ。" * 5
    assert readable.decode(japanese.encode("iso-2022-jp"), "iso-2022-jp") == japanese
    assert readable.decode(japanese.encode("shift_jis"), "shift_jis") == japanese
    assert readable.decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 9, "") is None


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 200_000,
        "<table><tr><td>" * 60_000,
        "<a href='x'>" * 100_000,
        "<p " + "a=1 " * 300_000,
        "<style>" + ".a{" * 100_000,
        "<style>@media {" + "a{}" * 100_000,
        "<b><i>" * 50_000 + "hello",
    ],
    ids=["depth", "tables", "links", "attributes", "styles", "media", "misnested"],
)
async def test_pages_made_to_hurt_end_soon(body):
    with contextlib.suppress(Problem):
        async with readable.Reader() as reader:
            await reader.read(body.encode(), "text/html", "", "https://pages.example/")
