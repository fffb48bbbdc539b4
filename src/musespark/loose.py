"""JSON in whatever shape a server sends it, read as what it is meant to be."""

from __future__ import annotations

from typing import Any


def fields(value: Any) -> dict[str, Any]:
    """An object; of anything else none."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A list; of anything else none."""
    return value if isinstance(value, list) else []


def words(value: Any) -> str | None:
    """The words of a content in any known shape: text, a list of parts, one part."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(words(part) or "" for part in value) or None
    if isinstance(value, dict):
        return words(value.get("text") or value.get("content"))
    return str(value)


def count(value: Any) -> int | None:
    """A whole number, if it is one."""
    return int(value) if isinstance(value, int | float) else None
