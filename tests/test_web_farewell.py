"""The page at the end: open to everyone, and without anything of anybody."""

from __future__ import annotations

import chromium
from chromium import Visit, axe
from musespark.settings import Settings
from player import player
from served import served

pytestmark = chromium.browsing


async def test_it_says_goodbye_in_every_language(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        for language, words in (("en-GB", "Everything is gone"), ("de-DE", "Alles ist weg")):
            page = await visit(server.url + "/farewell", language=language)
            assert await page.inner_text("h1") == words
            assert await axe(page) == []
