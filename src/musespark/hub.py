"""Pulling a model file from a Hugging Face-style hub: resumable, checked, with progress.

Written on aiohttp like every other call: `huggingface_hub` compares sizes but never the sha256 of
what it downloaded, cannot be cancelled from an event loop, and tells the hub what is installed.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import aiohttp
import msgspec
from msgspec import Struct

from musespark.problem import Problem
from musespark.refusal import reason
from musespark.settings import Secret

HUB = "https://huggingface.co"
# Tries without a new byte before giving up, and the pause after the first of them.
TRIES = 5
PAUSE = 0.5
_BLOCK = 2**20
_SPARE = 64 * 2**20
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")

Progress = Callable[[int, int], None]


class Pulled(Struct, frozen=True):
    """A file that arrived: its sha256 is empty where the hub names none to check against."""

    path: Path
    size: int
    sha256: str


class _File(Struct):
    """What the hub says of a file: its address, size in bytes and sha256, 0 and "" if unknown."""

    url: str
    name: str
    where: str
    size: int = 0
    sha256: str = ""


async def pull(
    repo: str,
    file: str,
    folder: Path,
    *,
    base_url: str = HUB,
    token: Secret | None = None,
    progress: Progress | None = None,
) -> Pulled:
    """The file of a repository (`owner/name`) in `folder`; goes on where an earlier pull stopped.

    `progress(done, total)` is called about ten times a second with bytes. Raises Problem:
    `bad_model_name`, `hub_unreachable`, `hub_refused`, `not_on_hub`, `disk_full`,
    `damaged_download`.
    """
    base = base_url.rstrip("/")
    parts = file.split("/")
    named = re.fullmatch(r"[\w.-]+/[\w.-]+", repo)
    if not named or any(part in ("", ".", "..") for part in [*parts, *repo.split("/")]):
        raise Problem(
            "bad_model_name",
            f"{repo}/{file} is not the name of a file on a hub.",
            next="Name it as owner/repository and file.gguf.",
        )
    if not re.match(r"https?://[^/]", base):
        raise Problem(
            "hub_unreachable",
            "The address of the hub is none.",
            why=f"It is {base[:100]!r}.",
            next="Give one such as https://hub.example in HF_ENDPOINT, or none.",
        )
    headers = {"Accept-Encoding": "identity", "User-Agent": "musespark"}
    if token:
        headers["Authorization"] = f"Bearer {token.reveal()}"
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30)
    where = re.sub(r"^\w+://([^/@]*@)?", "", base).split("/")[0]
    found = _File(f"{base}/{repo}/resolve/main/{quote(file)}", parts[-1], where)
    # A proxy named in the environment is used here, unlike for models: hubs are far away.
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as session:
        try:
            await _describe(session, found, f"{base}/{repo}", f"{base}/api/models/{repo}", file)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(where, error) from None
        try:
            return await _Download(session, found, folder, progress).run()
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise _full(folder, found.size) from None
            raise Problem(
                "disk_full" if error.errno == errno.EFBIG else "bad_folder",
                f"The file could not be written to {folder}.",
                why=f"{error.strerror or error}.",
                next="Choose another folder, or mend this one.",
            ) from None


async def _describe(
    session: aiohttp.ClientSession, file: _File, repo: str, api: str, path: str
) -> None:
    """Fill in size and sha256: from the headers, else the LFS pointer, else the list of files."""
    async with session.head(file.url, allow_redirects=False) as response:
        status, said = response.status, response.headers
    if status in (401, 403):
        raise Problem(
            "hub_refused",
            f"{file.where} does not give out {path}.",
            why=f"It answered {status}: the model is private or asks to accept its terms first.",
            next="Accept the terms there, and give a token of that account.",
        )
    if status == 404:
        raise Problem(
            "not_on_hub",
            f"There is no {path} in {repo.split('/', 3)[-1]} on {file.where}.",
            next="Check the names on its page; they tell capitals apart.",
            status=404,
        )
    if status == 429 or status >= 500:
        raise Problem(
            "hub_unreachable",
            f"{file.where} does not work at the moment.",
            why=f"It answered {status}.",
            next="Try again later; what was pulled is kept.",
            status=502,
        )
    if tag := _SHA256.search(said.get("X-Linked-Etag", said.get("ETag", "")).lower()):
        file.sha256 = tag[0]
    direct = said.get("Content-Length", "0") if status == 200 else "0"
    file.size = int(said.get("X-Linked-Size", direct) or 0)
    if file.sha256 and file.size:
        return
    async with session.get(f"{repo}/raw/main/{quote(path)}") as response:
        pointer = await response.content.read(1024) if response.status == 200 else b""
    if pointer.startswith(b"version https://git-lfs"):
        words = pointer.decode("utf-8", "replace")
        if tag := _SHA256.search(words):
            file.sha256 = tag[0]
        if size := re.search(r"^size (\d+)", words, re.MULTILINE):
            file.size = int(size[1])
        return
    async with session.get(f"{api}/tree/main?recursive=true") as response:
        listed = await response.read() if response.status == 200 else b"[]"
    try:
        entries: Any = msgspec.json.decode(listed)
        for entry in entries:
            if entry["path"] == path:
                file.size = int(entry.get("size") or file.size)
                file.sha256 = str((entry.get("lfs") or {}).get("oid") or "")
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError):
        pass  # a hub without such a list: the size is still checked


class _Download:
    """One file on its way: what is there, what it hashes to so far, and how often it stalled."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        file: _File,
        folder: Path,
        progress: Progress | None,
    ) -> None:
        self._session, self._file, self._progress = session, file, progress
        self._target = folder / file.name
        # Another version of the file has another hash, and must not be glued to this one.
        version = file.sha256[:12] or str(file.size)
        self._part = folder / f"{file.name}.{version}.part"
        self._hash = hashlib.sha256()
        self._done = 0
        self._told = 0.0

    async def run(self) -> Pulled:
        file = self._file
        self._target.parent.mkdir(parents=True, exist_ok=True)
        if await self._there():
            self._tell(last=True)
            return Pulled(self._target, self._done, file.sha256)
        self._done, self._hash = 0, hashlib.sha256()
        with self._part.open("ab") as out:
            await asyncio.to_thread(self._read, self._part)
            self._room()
            await self._fetch(out)
            await asyncio.to_thread(_settle, out)
        self._verify()
        os.replace(self._part, self._target)
        self._tell(last=True)
        return Pulled(self._target, self._done, file.sha256)

    async def _there(self) -> bool:
        """Whether the whole file is in the folder already."""
        if not self._target.is_file() or self._target.stat().st_size != self._file.size:
            return False
        await asyncio.to_thread(self._read, self._target)
        return not self._file.sha256 or self._hash.hexdigest() == self._file.sha256

    def _read(self, path: Path) -> None:
        """Hash what is there."""
        with path.open("rb") as given:
            while block := given.read(_BLOCK):
                self._hash.update(block)
                self._done += len(block)

    def _room(self) -> None:
        needed = self._file.size - self._done
        if needed > 0 and shutil.disk_usage(self._part.parent).free < needed + _SPARE:
            raise _full(self._part.parent, needed)

    async def _fetch(self, out: BinaryIO) -> None:
        """All that is missing, over as many connections as it takes."""
        size, stalled = self._file.size, 0
        while not size or self._done < size:
            before = self._done
            try:
                await self._connect(out)
                if not size:
                    return
                why: object = "The connection ended early"
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                why = error
            stalled = 0 if self._done > before else stalled + 1
            if stalled >= TRIES:
                raise _unreachable(self._file.where, why)
            if self._done < size:
                await asyncio.sleep(PAUSE * 2**stalled)

    async def _connect(self, out: BinaryIO) -> None:
        """One connection, from where the file ends so far."""
        headers = {"Range": f"bytes={self._done}-"} if self._done else {}
        async with self._session.get(self._file.url, headers=headers) as response:
            if response.status == 416 or (response.status == 200 and self._done):
                self._restart(out)  # the server cannot go on in the middle
                if response.status == 416:
                    return
            elif response.status not in (200, 206):
                raise aiohttp.ClientPayloadError(f"It answered {response.status}")
            async for block in response.content.iter_chunked(_BLOCK):
                if self._file.size and self._done + len(block) > self._file.size:
                    raise self._damaged("It is longer than the hub says.")
                await asyncio.to_thread(self._write, out, block)
                self._tell()

    def _write(self, out: BinaryIO, block: bytes) -> None:
        out.write(block)
        self._hash.update(block)
        self._done += len(block)

    def _restart(self, out: BinaryIO) -> None:
        out.truncate(0)
        out.seek(0)
        self._done, self._hash = 0, hashlib.sha256()

    def _verify(self) -> None:
        file = self._file
        if file.sha256 and self._hash.hexdigest() != file.sha256:
            raise self._damaged("Its sha256 is not the one that the hub names.")
        if file.size and self._done != file.size:
            raise self._damaged(f"It has {self._done:,} bytes of {file.size:,}.")

    def _damaged(self, why: str) -> Problem:
        self._part.unlink(missing_ok=True)
        return Problem(
            "damaged_download",
            f"{self._file.name} did not arrive as {self._file.where} describes it.",
            why=why,
            next="It was thrown away; pull it again.",
            status=502,
        )

    def _tell(self, last: bool = False) -> None:
        now = time.monotonic()
        if self._progress is not None and (last or now - self._told >= 0.1):
            self._told = now
            self._progress(self._done, self._file.size or self._done)


def _settle(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())


def _unreachable(where: str, why: object) -> Problem:
    return Problem(
        "hub_unreachable",
        f"{where} cannot be reached.",
        why=f"{reason(why).rstrip('.')}.",
        next="Check the network; pulling again goes on where this stopped.",
        status=502,
    )


def _full(folder: Path, needed: int) -> Problem:
    free = shutil.disk_usage(folder).free
    return Problem(
        "disk_full",
        f"There is not enough room in {folder}.",
        why=f"{needed / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free.",
        next="Make room, or choose another folder; what was pulled is kept.",
        status=507,
    )
