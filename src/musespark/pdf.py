"""PDF files, opened by pypdfium2 in a child process: a page drawn as a picture."""

from __future__ import annotations

from typing import Any

from musespark.problem import Problem

PDF = "application/pdf"
DRAWN_AT = 2_000  # pixels of the longer side of a page that is drawn
_SHARPEST = 4.0  # pixels to a point: a stamp is not blown up to a poster


def opened(data: bytes) -> Any:
    """The document. Raises Problem: `locked_document` for one that asks for a password,
    `unreadable` for one that is broken."""
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Problem(
                "locked_document", "{name} is locked with a password.",
                why="It is encrypted, and nothing in it can be read without the password.",
                next="Open it with the password, save or print it as a PDF without one, "
                "and attach that.", status=422,
            ) from None  # fmt: skip
        raise Problem(
            "unreadable", "{name} cannot be read.", why="It is no whole PDF: broken or cut off.",
            next="Save it anew in the program it comes from, and try that.", status=422,
        ) from None  # fmt: skip


def drawn(page: Any, longest: int = DRAWN_AT) -> Any:
    """A page as a picture of Pillow with at most `longest` pixels on its longer side."""
    width, height = page.get_size()
    scale = min(longest / max(width, height, 1.0), _SHARPEST)
    return page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
