"""Server-sent events by hand: bytes in at any split, payloads out."""

from __future__ import annotations

LONGEST_LINE = 16 * 2**20
DONE = b"[DONE]"


class TooLong(Exception):
    """A line of an event stream that is longer than any honest server sends."""


class Events:
    """Bytes in at any split, the payloads of their `data` out.

    Takes LF, CRLF and CR line ends, comments, several `data` lines in an event, no space after the
    colon, a missing last blank line, `error:` lines (old llama.cpp), and servers that put no blank
    line between events: `}` before a line that starts with `{` is never inside one JSON value.
    """

    __slots__ = ("_cr", "_held", "_size", "_tail")

    def __init__(self) -> None:
        self._tail: list[bytes] = []
        self._held: list[bytes] = []
        self._size = 0
        self._cr = False

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that `data` completes. Raises TooLong past LONGEST_LINE bytes."""
        if self._cr or b"\r" in data:
            data = self._plain(data)
        if b"\n" not in data:
            self._size += len(data)
            if self._size > LONGEST_LINE:
                raise TooLong
            self._tail.append(data)
            return []
        if self._tail:
            self._tail.append(data)
            data = b"".join(self._tail)
        if not self._held and data[:6] == b"data: " and data[-2:] == b"\n\n":
            plain = data[6:-2].split(b"\n\ndata: ")  # as nearly every server sends them
            if data.count(b"\n") == 2 * len(plain):
                self._tail, self._size = [], 0
                return plain
        *lines, rest = data.split(b"\n")
        self._tail = [rest] if rest else []
        self._size = len(rest)
        return self._take(lines)

    def end(self) -> list[bytes]:
        """What is left when the stream has ended."""
        lines = [b"".join(self._tail), b""]
        self._tail, self._size = [], 0
        return self._take(lines)

    def _take(self, lines: list[bytes]) -> list[bytes]:
        ready: list[bytes] = []
        held = self._held
        for line in lines:
            if line[:5] == b"data:":
                line = line[6:] if line[5:6] == b" " else line[5:]
            elif line[:6] == b"error:":
                line = b'{"error":' + line[6:] + b"}"
            elif not line:
                if held:
                    ready.append(held[0] if len(held) == 1 else b"\n".join(held))
                    held.clear()
                continue
            elif line[:8] == b"\xef\xbb\xbfdata:":
                line = line[8:]
            else:
                continue
            if held and held[-1].endswith(b"}") and line[:1] in (b"{", b"["):
                ready.append(b"\n".join(held))
                held.clear()
            held.append(line)
        return ready

    def _plain(self, data: bytes) -> bytes:
        if self._cr and data[:1] == b"\n":
            data = data[1:]
        if not data:
            return data
        self._cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
