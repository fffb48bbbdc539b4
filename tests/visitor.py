"""A browser as the server sees it, without one: its cookies and the headers it sends by itself."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import aiohttp
import msgspec

from served import Served


class Browser:
    """What a browser sends from one of our pages: its cookies and where it comes from."""

    def __init__(self, server: Served, **headers: str) -> None:
        self.server, self.headers, self.cookies = server, headers, SimpleCookie()

    async def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """One request: the status and the JSON of its answer."""
        found = await self._send(method, path, body, headers)
        return self.response.status, msgspec.json.decode(found)

    async def led(self, method: str, path: str, **headers: str) -> str:
        """Where an answer leads."""
        await self._send(method, path, None, headers)
        assert self.response.status == 303
        return self.response.headers["Location"]

    async def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> bytes:
        own = {"Sec-Fetch-Site": "same-origin", "Origin": self.server.url, **self.headers}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        own = {name: value for name, value in own.items() if value}
        if self.cookies:
            own["Cookie"] = "; ".join(f"{m.key}={m.value}" for m in self.cookies.values())
        more = {} if body is None else {"json": body}
        # A session of its own that keeps no cookies: they are ours to send.
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.request(
                method, self.server.url + path, headers=own, allow_redirects=False, **more
            ) as response,
        ):
            for value in response.headers.getall("Set-Cookie", []):
                self.set = value
                for name, made in SimpleCookie(value).items():
                    if made["max-age"] == "0":
                        self.cookies.pop(name, None)
                    else:
                        self.cookies[name] = made.value
            self.response = response
            return await response.read()

    @property
    def word(self) -> str:
        return next(iter(self.cookies.values())).value
