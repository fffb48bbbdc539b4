"""What a model's server says when something went wrong, in the shapes of many servers."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
from msgspec import Struct

from musespark import loose


class Failure(Struct, frozen=True):
    """An error body, read: its words, its code and type, and the context sizes if it names them."""

    message: str = ""
    code: str = ""
    context: int = 0
    needed: int = 0

    @property
    def too_long(self) -> bool:
        return bool(_TOO_LONG.search(f"{self.code} {self.message}"))


_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|context[ _](length|window|size)|"
    r"(prompt|input|request)( \S+)? (is|are) too (long|large)|reduce the length|"
    r"maximum.{0,30}(input|context|sequence|model).{0,12}(tokens|length)|string_above_max_length",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"(?:context length|context size|context window|max_model_len|maximum.{0,20}length)\D{0,30}?"
    r"\(?(\d{3,})",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"(?:requested|contains?(?: at least)?|resulted in|request \(|has|passed)\D{0,12}(\d{3,})",
    re.IGNORECASE,
)


def failure(body: Any) -> Failure:
    """An error body, as bytes or decoded, in the shapes of OpenAI, vLLM, llama.cpp, Ollama,
    FastAPI, or plain words."""
    if isinstance(body, bytes | bytearray):
        try:
            body = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeError):
            words = bytes(body).decode("utf-8", "replace")
            if "<html" in words[:500].lower() or words.lstrip()[:1] == "<":
                words = " ".join(re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", words).split())
            return Failure(words.strip()[:500])
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, str):
        return _sized(body, "", {})
    given = loose.fields(body)
    inner = given.get("error", given.get("detail", given))
    if isinstance(inner, str):
        return _sized(inner, str(given.get("code") or given.get("type") or ""), given)
    if isinstance(inner, list):
        return Failure(msgspec.json.encode(inner).decode()[:500])
    error = loose.fields(inner)
    words = loose.words(error.get("message")) or loose.words(given.get("message")) or ""
    codes = (error.get("code"), error.get("type"), given.get("type"))
    return _sized(words, " ".join(str(code) for code in codes if code), error)


def _sized(words: str, code: str, given: Mapping[str, Any]) -> Failure:
    context, needed = loose.count(given.get("n_ctx")), loose.count(given.get("n_prompt_tokens"))
    if context is None and (found := _CONTEXT.search(words)):
        context = int(found[1])
    if needed is None and (found := _NEEDED.search(words)):
        needed = int(found[1])
    return Failure(words[:500], code, context or 0, needed or 0)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds a server asks to wait (RFC 9110: seconds or a date; and `retry-after-ms`)."""
    if (exact := headers.get("retry-after-ms")) is not None:
        try:
            return max(0.0, float(exact) / 1000)
        except ValueError:
            pass
    value = headers.get("Retry-After")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
