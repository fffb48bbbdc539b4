"""Host apps: registered with their keys, tried with a token, ended."""

from __future__ import annotations

from collections.abc import Iterator

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import chromium
from acting import until
from chromium import Visit, axe, picture, twice
from musespark.settings import Settings
from player import player
from served import own_home, served
from test_web_people import come_in

pytestmark = chromium.browsing


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own: the first key shuts everybody else out."""
    with own_home() as settings:
        yield settings


@twice
async def test_register_try_and_end(own: Settings, visit: Visit, width: int, theme: str) -> None:
    visit.allow("status of 40")
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    claims = {"iss": "https://forum.example", "aud": "musespark", "sub": "7", "exp": 4_000_000_000}
    async with served(own, player()) as server:
        page = await come_in(visit, server, "owner", "/manage/hosts", width=width, theme=theme)
        await page.wait_for_selector(".empty")
        await page.click("#doings .button")
        await page.fill("#name", "forum")
        await page.fill("#issuer", "https://forum.example")
        await page.fill("#keys", "{not json")
        await page.click("dialog .button.act")
        await until(page, "document.querySelector('dialog .fault').textContent !== ''")
        assert await axe(page) == []
        await picture(page, f"host-{width}-{theme}")
        await page.fill("#keys", pem)
        await page.click("dialog .button.act")
        await page.wait_for_selector(".rows li")
        assert await axe(page) == []
        await picture(page, f"hosts-{width}-{theme}")
        await page.click(".rows .icon-button")
        await page.click(".menu button >> nth=0")
        await page.fill("#token", "none")
        await page.click("dialog .button.act")
        await page.wait_for_selector("dialog .note.bad")
        signed = jwt.encode(claims | {"iat": 1_700_000_000, "exp": 4_000_000_000}, key, "ES256")
        await page.fill("#token", signed)
        await page.click("dialog .button.act")
        await page.wait_for_selector("dialog .note, dialog .facts")
        assert await axe(page) == []
        await picture(page, f"token-{width}-{theme}")
        await page.click("dialog .button:not(.act)")
        await page.click(".rows .icon-button")
        await page.click(".menu .bad")
        await page.click("dialog .button.bad")
        await until(page, "document.querySelector('.rows').textContent.includes('Ended')")
