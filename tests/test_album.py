"""What comes along with an archive: pictures, sound, video, documents, kept once and forgotten."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from musespark import erasure, exporting, ledger, purposes, unpacking
from musespark.activity import Activity
from musespark.archive import opened
from musespark.enclosed import Enclosed
from musespark.files import IMPORTED, Files
from musespark.importer import Media
from musespark.importing import Imports, Options
from musespark.settings import Settings
from musespark.store import Row, Store
from musespark.turn import new_id
from samples import picture
from served import served
from test_importers import (
    conversation,
    facebook,
    instagram,
    mastodon,
    script,
    tarred,
    x,
    zipped,
)
from test_importing import known_by_key

BOAT, PIER = picture(), picture("JPEG")


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    store = await Store.open(settings, size=4)
    await store.live_as("test-album")
    yield store
    await store.close()


@pytest.fixture
def imports(store: Store, settings: Settings) -> Imports:
    return Imports(store, Files(store, settings.home, 1_000_000), settings.home, "test-album")


async def imported(imports: Imports, person: str, path: Path, **more: Any) -> Row:
    row = await imports.begin(person, path, path.name, Options(**more))
    return await imports.run(person, row["id"])


async def ann(store: Store) -> str:
    person = new_id("ann")
    await purposes.change(store, person, "memory", True)
    return person


def found(path: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """Which member belongs to what was said, by its words, and what was left out of the files."""
    with opened(path) as archive:
        formats = unpacking.fitting(archive)
        words, pairs, left = "", [], []
        for each in unpacking.findings(archive, formats, media=True):
            if isinstance(each, Activity):
                words = str((each.object or {}).get("content") or "")[:20]
                assert "'file':" not in str(each.object)
            elif isinstance(each, Media):
                pairs.append((words, each.member.name))
            elif each.why.startswith("file that"):
                left.append(f"{each.why}: {each.example}")
    return pairs, left


def with_media() -> dict[str, Any]:
    """A Facebook download with pictures: one that is named, one that is not."""
    return facebook() | {
        "your_facebook_activity/posts/media/1.jpg": BOAT,
        "your_facebook_activity/posts/media/unnamed.png": PIER,
    }


def test_what_belongs_to_what_by_system(tmp_path: Path) -> None:
    pairs, left = found(zipped(tmp_path / "fb.zip", with_media()))
    assert pairs == [("", "your_facebook_activity/posts/media/1.jpg")]
    assert left == [
        "file that the archive names and does not hold: messages/inbox/ake_1/photos/1.jpg",
        "file that nothing in the archive names: your_facebook_activity/posts/media/unnamed.png",
    ]
    pairs, left = found(
        zipped(
            tmp_path / "ig.zip",
            instagram()
            | {"media/posts/1.jpg": BOAT, "media/posts/3.mp4": b"x", "media/stories/1.jpg": PIER},
        )
    )
    assert [name for _, name in pairs] == [
        "media/posts/1.jpg", "media/posts/3.mp4", "media/stories/1.jpg"]  # fmt: skip
    assert left == ["file that the archive names and does not hold: media/posts/2.jpg"]


def test_whatsapp_takes_the_file_beside_the_chat(tmp_path: Path) -> None:
    chat = "[01.02.24, 10:00:00] Anna: \u200e<attached: 00000002-PHOTO.jpg>\n"
    one = "[01.02.24, 10:00:00] Ben: IMG-1.jpg (file attached)\nA caption\n"
    pairs, left = found(zipped(tmp_path / "wa.zip", {
        "WhatsApp Chat - Anna/_chat.txt": chat, "WhatsApp Chat - Ben/_chat.txt": one,
        "WhatsApp Chat - Anna/00000002-PHOTO.jpg": BOAT, "WhatsApp Chat - Ben/IMG-1.jpg": PIER,
        "WhatsApp Chat - Ben/00000002-PHOTO.jpg": PIER,
    }))  # fmt: skip
    assert pairs == [("", "WhatsApp Chat - Anna/00000002-PHOTO.jpg"),
                     ("A caption", "WhatsApp Chat - Ben/IMG-1.jpg")]  # fmt: skip
    assert len(left) == 1


def test_chatgpt_by_the_ids_of_files(tmp_path: Path) -> None:
    def said(id: str, parent: str, role: str, parts: list[Any], **about: Any) -> dict[str, Any]:
        return {"id": id, "parent": parent, "message": {
            "id": id, "author": {"role": role}, "create_time": 1_700_000_000, "metadata": about,
            "content": {"content_type": "multimodal_text", "parts": parts}}}  # fmt: skip

    asset = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_00000000aa11"}
    talk = conversation(is_do_not_remember=True, current_node="c", mapping={
        "a": said("a", "", "user", ["Look", {"content_type": "image_asset_pointer",
                  "asset_pointer": "file-service://file-AbCdEf12"}],
                  attachments=[{"id": "file-AbCdEf12", "name": "boat.png"},
                               {"id": "file-Doc000001", "name": "plan.pdf"}]),
        "b": said("b", "a", "tool", ["for the model", asset]),
        "c": said("c", "b", "assistant", ["It is in \ue200entity\ue202[\"city\",\"Oslo\"]\ue201"
                                          "\ue200cite\ue202turn0search0\ue201."]),
    })  # fmt: skip
    path = zipped(tmp_path / "gpt.zip", {
        "conversations-000.json": {"conversations": [talk]}, "file-AbCdEf12.dat": BOAT,
        "conversation_asset_file_names.json": {"file-AbCdEf12.dat": "dalle/boat.png"},
        "user-1/file_00000000aa11-9f.png": PIER,
    })  # fmt: skip
    pairs, left = found(path)
    assert pairs == [("Look", "file-AbCdEf12.dat"), ("", "user-1/file_00000000aa11-9f.png")]
    assert left == ["file that the archive names and does not hold: plan.pdf"]
    with opened(path) as archive:
        many = [a for a in unpacking.findings(archive, ["chatgpt"]) if isinstance(a, Activity)]
    assert [a.object["content"] for a in many] == ["Look", "", "It is in Oslo."]
    assert [one["name"] for one in many[0].object["attachment"]] == ["boat.png", "plan.pdf"]
    assert "memory" not in many[0].purposes
    assert many[1].actor == "ChatGPT"


def test_mastodon_x_and_bluesky(tmp_path: Path) -> None:
    box = mastodon()
    box["outbox.json"]["orderedItems"][0]["object"]["attachment"] = [
        {"type": "Document", "mediaType": "image/png", "name": "A boat",
         "url": "/media_attachments/files/1/original/a.png"}]  # fmt: skip
    box["media_attachments/files/1/original/a.png"] = BOAT
    with opened(tarred(tmp_path / "m.tar.gz", box), bounds=unpacking.Bounds(media=True)) as archive:
        members = [one for one in unpacking.findings(archive, ["mastodon"], media=True)
                   if isinstance(one, Media)]  # fmt: skip
        assert [one.member.read() for one in members] == [BOAT]
    tweets = [{"tweet": {"id_str": "1600000000000000009", "full_text": "See", "extended_entities": {
        "media": [{"type": "photo", "media_url_https": "https://pbs.twimg.com/media/Ab.jpg"},
                  {"type": "video", "media_url_https": "https://pbs.twimg.com/thumb/t.jpg",
                   "video_info": {"variants": [{"url": "https://video.twimg.com/v.mp4?tag=1"}]}},
                  ]}}}]  # fmt: skip
    pairs, left = found(zipped(tmp_path / "x.zip", x() | {
        "data/tweets.js": script("tweets", tweets),
        "data/tweets_media/1600000000000000009-Ab.jpg": BOAT,
        "data/tweets_media/1600000000000000009-v.mp4": PIER}))  # fmt: skip
    assert [name[-6:] for _, name in pairs] == ["-Ab.jpg"[-6:], "-v.mp4"[-6:]]
    assert left == []


async def test_kept_once_and_shown(
    store: Store, imports: Imports, settings: Settings, tmp_path: Path
) -> None:
    person, path = await ann(store), zipped(tmp_path / "fb.zip", with_media())
    row = await imported(imports, person, path)
    assert row["counts"]["media"] == 1
    assert row["report"]["media"] == {"count": 2, "bytes": len(BOAT) + len(PIER)}
    again = await imported(imports, person, path)
    assert again["counts"].get("media", 0) == 0
    assert again["counts"]["media_known"] == 1
    files = await store.rows(person, "select * from files")
    assert [(f["name"], f["media"], f["purpose"]) for f in files] == [
        ("1.jpg", "image/png", IMPORTED)
    ]
    assert imports.files.path(files[0]).read_bytes() == BOAT


async def test_brought_later_and_left_out(store: Store, imports: Imports, tmp_path: Path) -> None:
    person, path = await ann(store), zipped(tmp_path / "fb.zip", with_media())
    row = await imported(imports, person, path, media=False)
    assert "media" not in row["counts"]
    assert await store.rows(person, "select 1 from files") == []
    small = Imports(store, Files(store, imports.folder.parent, 100), imports.folder.parent, "t")
    small.executor = imports.executor
    row = await imported(small, person, path)
    assert row["report"]["skipped"]["file that is too large (MUSESPARK_FILE_BYTES)"]["count"] == 1
    small.files, small.room = imports.files, 10
    row = await imported(small, person, path)
    full = "file beyond what your imports may hold (MUSESPARK_IMPORTED_BYTES)"
    assert row["report"]["skipped"][full]["examples"] == ["1.jpg"]
    row = await imported(imports, person, path)
    assert (row["counts"]["media"], row["counts"].get("new", 0)) == (1, 0)


async def test_it_goes_with_what_it_belongs_to(
    store: Store, imports: Imports, tmp_path: Path
) -> None:
    own = {"your_facebook_activity/posts/media/1.jpg": os.urandom(100)}  # nobody else's
    person, path = await ann(store), zipped(tmp_path / "fb.zip", with_media() | own)
    await imported(imports, person, path)
    place = imports.files.path((await store.rows(person, "select * from files"))[0])
    owner = (await store.rows(person, "select activity from activity_files"))[0]["activity"]
    activity = next(a for a in await ledger.tail(store, person, limit=1000) if a.id == owner)
    await ledger.append_many(store, person, [Activity(type="Delete", object=activity.uri)])
    assert await store.rows(person, "select 1 from activity_files") == []
    assert await store.rows(person, "select 1 from files") == []
    await imports.files.sweep()
    assert not place.exists()
    row = await imported(imports, person, path)  # and does not come back
    assert row["report"]["skipped"]["file of what is not kept"]["count"] == 1
    assert await store.rows(person, "select 1 from files") == []


async def test_two_at_once_keep_one(store: Store, imports: Imports, tmp_path: Path) -> None:
    person, path = await ann(store), zipped(tmp_path / "fb.zip", with_media())
    rows = await asyncio.gather(*(imported(imports, person, path) for _ in range(2)))
    assert sum(row["counts"].get("media", 0) for row in rows) == 1
    assert len(await store.rows(person, "select 1 from files")) == 1


async def test_a_file_that_was_cut_off_begins_anew(tmp_path: Path) -> None:
    large = os.urandom(9_000_000)
    path = zipped(tmp_path / "fb.zip", with_media() | {
        "your_facebook_activity/posts/media/1.jpg": large})  # fmt: skip

    async def batches(done: int) -> list[unpacking.Batch]:
        plan = unpacking.Plan(str(path), path.name, done=done, media="read")
        frames = unpacking.read(plan)
        return [frame async for frame in frames if isinstance(frame, unpacking.Batch)]

    whole = await batches(0)
    assert len(whole) > 2
    middle = whole[1].position  # before the file has ended
    rest = [one for batch in await batches(middle) for one in batch.kept]
    data = b"".join(one.row["data"] for one in rest if one.kind == "piece")
    assert data == large
    assert [one.kind for one in rest][-1] == "media"
    after = [one for batch in await batches(middle + 2) for one in batch.kept]
    assert after == []


async def test_out_and_back_and_over_http(settings: Settings, tmp_path: Path) -> None:
    async with served(settings) as server:
        engine = server.engine
        assert engine.store is not None
        assert engine.files is not None
        assert engine.imports is not None
        store, person = engine.store, await ann(engine.store)
        await known_by_key(server, person)
        await imported(engine.imports, person, zipped(tmp_path / "fb.zip", with_media()))
        _, body = await server.json("GET", "/v1/activities?type=Create&limit=1000")
        shown = [one for each in body["data"] for one in each["object"].get("attachment", [])
                 if "file" in one]  # fmt: skip
        assert [one["mediaType"] for one in shown] == ["image/png"]
        async with server.http.get(server.url + shown[0]["url"]) as response:
            assert await response.read() == BOAT
        _, body = await server.json("GET", "/v1/me/memory?limit=200")
        assert [f["media"] for one in body["data"] for f in one["files"]] == ["image/png"]
        out = tmp_path / "out.zip"
        out.write_bytes(b"".join([p async for p in exporting.export(store, engine.files, person)]))
        other = await ann(store)  # files keep their owner; hers are found by their bytes
        row = await imported(engine.imports, other, out)
        assert (row["counts"]["files"], row["counts"]["belongs"]) == (1, 1)
        assert not any(why.startswith("file ") for why in row["report"]["skipped"])
        again = await imported(engine.imports, other, out)
        assert not {"belongs", "files"} & again["counts"].keys()
        assert "conflict" not in again["counts"]
        await erasure.forget(engine, person)
        assert await store.rows(person, "select 1 from files") == []
        assert await store.rows(person, "select 1 from activity_files") == []
        kept = (await store.rows(other, "select * from files"))[0]
        assert engine.files.path(kept).read_bytes() == BOAT


def test_a_name_that_could_be_several_is_none(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a/1.jpg": b"1", "b/1.jpg": b"2", "c/d/2.jpg": b"3"})
    with opened(path) as archive:
        files = Enclosed(archive)
        for name, member in (
            ("1.jpg", None), ("b/1.jpg", "b/1.jpg"), ("x/1.jpg", None), ("2.jpg", "c/d/2.jpg"),
            ("https://e.org/2.jpg", None), ("../../d/2.jpg", "c/d/2.jpg"), ("", None), ("/", None),
        ):  # fmt: skip
            got = files.find({"type": "Image", "name": name})
            assert (got.name if got else None) == member, name
