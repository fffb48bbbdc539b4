"""Text to vector: the embedded static vectors, or any OpenAI-compatible endpoint.

Both kinds have one method, `await embed(texts)`, that gives float32 rows of length one. The
embedded one also has `vectors(texts)`, the same without a loop, for work that runs in a thread.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import mmap
import struct
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from musespark.problem import Problem
from musespark.settings import veiled

if TYPE_CHECKING:
    import aiohttp
    import yarl
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

_TEXTS_AT_ONCE = 128
_LONGEST = 20_000  # characters of one text that are read; a mean over more words says nothing more
_FEW = 8
_IN_THREAD = 64  # from so many texts on, embedding leaves the event loop


class Embedder:
    """WordLlama's 256 static dimensions, read straight from the weights in its wheel.

    The package itself is not imported: it would set up logging and an HTTP client for downloads.
    The table stays a memory map of half floats, so loading costs little and processes share it.
    Loads on first use, once; safe to use from several threads; writes nothing and asks no network.
    """

    name = "wordllama-256"
    dimensions = 256

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready: tuple[Tokenizer, NDArray[np.float16]] | None = None

    def load(self) -> tuple[Tokenizer, NDArray[np.float16]]:
        """Tokenizer and table. Raises Problem when the weights are not installed."""
        if self._ready is None:
            with self._lock:
                if self._ready is None:
                    self._ready = _open_wordllama()
        return self._ready

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Mean of the token vectors of each text, length one; shape (n, 256).

        A text without any token gets a row of zeros.
        """
        tokenizer, table = self.load()
        out = np.zeros((len(texts), self.dimensions), np.float32)
        for first in range(0, len(texts), _TEXTS_AT_ONCE):
            chunk = [text[:_LONGEST] for text in texts[first : first + _TEXTS_AT_ONCE]]
            if len(chunk) <= _FEW:  # without waking the threads of a batch
                encoded = [tokenizer.encode(text, add_special_tokens=False) for text in chunk]
            else:
                encoded = tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
            lists = [found.ids for found in encoded]
            counts = np.fromiter(map(len, lists), np.int64, len(lists))
            full = np.flatnonzero(counts)
            if not len(full):
                continue
            ids = np.concatenate([np.asarray(lists[row], np.int64) for row in full])
            starts = np.concatenate(([0], np.cumsum(counts[full])[:-1]))
            rows = table[np.minimum(ids, len(table) - 1)].astype(np.float32)
            out[first + full] = np.add.reduceat(rows, starts, axis=0)
        return _unit(out)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As `vectors`; many texts, or the first ones, are worked on in a thread."""
        if self._ready is None or len(texts) >= _IN_THREAD:
            return await asyncio.to_thread(self.vectors, texts)
        return self.vectors(texts)


class RemoteEmbedder:
    """Vectors from an OpenAI-compatible `/v1/embeddings`.

    `url` is its address up to or with `/v1`, as in `http://host:8000/v1`; without a `model` the
    server takes the one it has. The session is made on first use unless one is given; `close()`
    closes only its own. Raises Problem when the endpoint fails or takes more than `seconds`.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: str = "",
        *,
        batch: int = 128,
        seconds: float = 60.0,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        self.url, self.name, self.batch, self.seconds = url, model, batch, seconds
        self._key, self._session, self._own = key, session, session is None
        self.dimensions = 0  # known after the first answer

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Rows of length one, in the order of the texts; shape (n, the model's dimensions)."""
        chunks = [texts[i : i + self.batch] for i in range(0, len(texts), self.batch)]
        try:
            async with asyncio.timeout(self.seconds):
                rows = [await self._ask(list(chunk)) for chunk in chunks]
        except TimeoutError:
            raise self._failed(f"It did not answer within {self.seconds:g} seconds.") from None
        if not rows:
            return np.zeros((0, self.dimensions), np.float32)
        if len({each.shape[1] for each in rows}) > 1:
            raise self._failed("Its vectors are of different lengths.")
        out = np.concatenate(rows)
        self.dimensions = out.shape[1]
        return _unit(out)

    async def close(self) -> None:
        if self._own and self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, texts: list[str]) -> Vectors:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession()
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        asked = {"model": self.name} if self.name else {}
        try:
            async with self._session.post(
                self._address(),
                json={**asked, "input": texts, "encoding_format": "float"},
                headers=headers,
                allow_redirects=False,
            ) as response:
                body = await response.read()
                if response.status != 200:
                    raise self._failed(f"It answered {response.status}: {_short(body)}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise self._failed(f"{type(error).__name__}: {error}".rstrip(": ")) from None
        return self._read(body, len(texts))

    def _address(self) -> yarl.URL:
        """The address with `/embeddings`. Raises ValueError."""
        import yarl

        found = yarl.URL(self.url.strip())
        if found.scheme not in ("http", "https") or not found.host:
            raise ValueError("this is no address of a server")
        path = found.path.rstrip("/").removesuffix("/embeddings") or "/v1"
        found = found.with_path(f"{path}/embeddings", keep_query=True)
        return found.with_user(None) if self._key else found  # one proof of who we are

    def _read(self, body: bytes, wanted: int) -> Vectors:
        try:
            data: list[dict[str, Any]] = json.loads(body)["data"]
            ordered = sorted(enumerate(data), key=lambda pair: pair[1].get("index", pair[0]))
            rows = np.asarray([row["embedding"] for _, row in ordered], np.float32)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._failed(f"Its answer holds no embeddings: {_short(body)}") from error
        if rows.ndim != 2 or len(rows) != wanted or not np.isfinite(rows).all():
            raise self._failed(f"It gave {rows.shape} numbers for {wanted} texts.")
        return rows

    def _failed(self, why: str) -> Problem:
        if len(self._key) >= 4:
            why = why.replace(self._key, "…")
        return Problem(
            "embedding_failed",
            f"The embedding model {self.name or 'without a name'} at {veiled(self.url)} gave no "
            "vectors.",
            why=veiled(why),
            next="Check MUSESPARK_EMBEDDING_URL, its key and its name.",
            status=502,
        )


def _open_wordllama() -> tuple[Tokenizer, NDArray[np.float16]]:
    """The tokenizer and the (32000, 256) table of the installed wheel.

    The weights are a safetensors file: eight bytes with the length of a JSON header, the header,
    the numbers.
    """
    from tokenizers import Tokenizer

    spec = importlib.util.find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise _not_installed("The package wordllama is not installed.")
    home = Path(spec.origin).parent
    weights = home / "weights" / "l2_supercat_256.safetensors"
    vocabulary = home / "tokenizers" / "l2_supercat_tokenizer_config.json"
    try:
        with weights.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            about = json.loads(file.read(size))["embedding.weight"]
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        tokenizer = Tokenizer.from_file(str(vocabulary))
    except (OSError, ValueError, KeyError) as error:
        raise _not_installed(f"{type(error).__name__}: {error}") from error
    if about["dtype"] != "F16" or about["shape"][1:] != [Embedder.dimensions]:
        raise _not_installed(f"Unexpected weights: {about['dtype']} {about['shape']}.")
    begin, end = about["data_offsets"]
    table = np.frombuffer(mapped, np.float16, (end - begin) // 2, 8 + size + begin)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer, table.reshape(about["shape"])


def _not_installed(why: str) -> Problem:
    return Problem(
        "no_embedding",
        "The embedded vectors cannot be loaded.",
        why=why,
        next="Install wordllama again, or set MUSESPARK_EMBEDDING_URL.",
        status=500,
    )


def _unit(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


def _short(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace")
