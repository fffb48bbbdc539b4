"""Each system's export, as its published description has it, becomes activities."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import libipld
import pytest

from musespark import plugins, unpacking
from musespark.activity import Activity
from musespark.archive import opened
from musespark.importer import Found, Skipped

Files = dict[str, Any]


def zipped(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, value in files.items():
            made.writestr(name, value if isinstance(value, bytes | str) else json.dumps(value))
    return path


def read(path: Path, wanted: str, **known: str) -> list[Found]:
    """What is found in an archive, which has to be recognised as the one that is wanted."""
    with opened(path) as archive:
        archive.me, archive.zone = known.get("me", ""), known.get("zone", "UTC")
        formats = unpacking.fitting(archive)
        assert formats == [wanted]
        found = list(unpacking.findings(archive, formats))
    ids = [each.uri for each in found if isinstance(each, Activity)]
    assert len(ids) == len(set(ids)), "two things have one id"
    assert all(ids)
    return found


def activities(found: list[Found], type: str = "") -> list[Activity]:
    return [a for a in found if isinstance(a, Activity) and type in ("", a.type)]


def skipped(found: list[Found]) -> dict[str, int]:
    whys: dict[str, int] = {}
    for each in found:
        if isinstance(each, Skipped):
            whys[each.why] = whys.get(each.why, 0) + 1
    return whys


def words(found: list[Found]) -> list[tuple[str, str]]:
    """Who said what, "" for the person."""
    return [(a.actor, a.object["content"]) for a in activities(found, "Create")]


def garbled(value: Any) -> bytes:
    """JSON as Meta writes it: each byte of UTF-8 escaped as a character."""
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(json.loads(text.encode().decode("latin-1"))).encode()


# -- ChatGPT --------------------------------------------------------------------------------------


def node(
    id: str, parent: str | None, role: str = "", text: Any = "", **more: Any
) -> dict[str, Any]:
    message = None if not role else {
        "id": id, "author": {"role": role}, "create_time": 1_700_000_000.5 + len(id),
        "content": {"content_type": "text", "parts": [text]} if isinstance(text, str) else text,
        "metadata": {}, "recipient": "all", **more,
    }  # fmt: skip
    return {"id": id, "parent": parent, "children": [], "message": message}


def conversation(**more: Any) -> dict[str, Any]:
    nodes = [
        node("root", None),
        node("sys", "root", "system", ""),
        node("about", "sys", "user", {
            "content_type": "user_editable_context", "user_profile": "I am a nurse.",
            "user_instructions": "Be short."}),
        node("q", "about", "user", "What is a tide?"),
        node("old", "q", "assistant", "An old answer."),
        node("think", "q", "assistant", {"content_type": "thoughts", "thoughts": []}),
        node("call", "think", "assistant", "search()", recipient="browser"),
        node("tool", "call", "tool", "a page"),
        node("a", "tool", "assistant", "The sea, rising.", metadata={"model_slug": "gpt-5"}),
        node("pic", "a", "user", {"content_type": "multimodal_text", "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://f1"},
            "And this?"]}),
    ]  # fmt: skip
    return {"id": "c1", "title": "Tides", "create_time": 1_700_000_000.0, "current_node": "pic",
            "mapping": {each["id"]: each for each in nodes}} | more  # fmt: skip


def test_chatgpt_is_the_branch_that_was_seen(tmp_path: Path) -> None:
    path = zipped(tmp_path / "chat.zip", {"conversations.json": [conversation()], "chat.html": "x",
                                          "user.json": {"id": "user-1"}})  # fmt: skip
    found = read(path, "chatgpt")
    assert words(found) == [
        ("", "I am a nurse.\n\nBe short."),
        ("", "What is a tide?"),
        ("ChatGPT", "The sea, rising."),
        ("", "And this?"),
    ]
    _, question, answer, picture = activities(found)
    assert answer.object["inReplyTo"] == question.uri
    assert answer.object["context"] == question.object["context"]
    assert answer.object["model"] == "gpt-5"
    assert answer.object["generator"] == {"name": "ChatGPT"}
    assert question.published == datetime.fromtimestamp(1_700_000_001.5, UTC)
    assert picture.object["attachment"][0]["name"] == "file-service://f1"
    assert skipped(found) == {
        "another branch of a conversation": 1, "what a model thought": 1, "call of a tool": 1
    }  # fmt: skip


def test_chatgpt_in_numbered_files_with_memories(tmp_path: Path) -> None:
    tree = {"m": node("m", None, "user", "Hi")}
    second = conversation(id="c2", conversation_id="c2", mapping=tree, current_node=None)
    path = zipped(tmp_path / "chat.zip", {
        "export/conversations-000.json": [conversation()],
        "export/conversations-001.json": [second],
        "export/memories.json": {"memories": [
            {"id": "m1", "content": "Likes tea.", "created_at": "2025-01-02T03:04:05Z"}]},
        "export/custom_instructions.json": {"about_user_message": "I sail."},
    })  # fmt: skip
    said = words(read(path, "chatgpt"))
    assert ("", "Hi") in said
    assert ("ChatGPT", "Likes tea.") in said
    assert skipped(read(path, "chatgpt"))["without a date"] == 1  # instructions without one


# -- Meta -----------------------------------------------------------------------------------------


def thread(name: str, messages: list[dict[str, Any]], people: list[str]) -> dict[str, Any]:
    return {"participants": [{"name": each} for each in people], "messages": messages,
            "title": name, "thread_path": f"inbox/{name}"}  # fmt: skip


ME = {"profile_v2": {"name": {"full_name": "Zoë Ström"}}}


def facebook() -> Files:
    base = "your_facebook_activity/"
    return {
        "personal_information/profile_information/profile_information.json": garbled(ME),
        base + "posts/your_posts__check_ins__photos_and_videos_1.json": garbled([
            {"timestamp": 1_600_000_000, "data": [{"post": "Café ☕ 日本"}], "title": "Zoë"},
            {"timestamp": 1_600_000_001, "data": [], "attachments": [{"data": [
                {"media": {"uri": "posts/media/1.jpg", "description": "A boat"}},
                {"external_context": {"url": "https://example.org"}}]}]},
            {"timestamp": 1_600_000_002, "data": [{"update_timestamp": 1}], "title": "Zoë moved."},
            "no post", {"data": [{"post": "When?"}]},
        ]),
        base + "comments_and_reactions/comments.json": garbled({"comments_v2": [
            {"timestamp": 1_600_000_100, "title": "Zoë commented on Åke's post.", "data": [
                {"comment": {"timestamp": 1_600_000_100, "comment": "Grüße!", "author": "Zoë",
                             "group": "Boats"}}]}]}),
        base + "comments_and_reactions/likes_and_reactions_1.json": garbled([
            {"timestamp": 1_600_000_200, "title": "Zoë likes Åke's photo.", "data": [
                {"reaction": {"reaction": "LOVE", "actor": "Zoë Ström"}}]}]),
        base + "saved_items_and_collections/your_saved_items.json": garbled({"saves_v2": [
            {"timestamp": 1_600_000_300, "title": "Zoë saved a link.", "attachments": [{"data": [
                {"external_context": {"name": "A page", "url": "https://example.org/a"}}]}]}]}),
        "connections/followers/who_you've_followed.json": garbled({"following_v3": [
            {"name": "Tidal News", "timestamp": 1_600_000_400}]}),
        base + "messages/inbox/ake_1/message_1.json": garbled(thread("Åke", [
            {"sender_name": "Zoë Ström", "timestamp_ms": 1_600_000_502_000, "content": "ok"},
            {"sender_name": "Zoë Ström", "timestamp_ms": 1_600_000_502_000, "content": "ok"},
            {"sender_name": "Åke", "timestamp_ms": 1_600_000_501_000, "content": "Då ses vi 👍",
             "reactions": [{"reaction": "❤", "actor": "Zoë Ström"}]},
            {"sender_name": "Åke", "timestamp_ms": 1_600_000_500_500, "call_duration": 5},
            {"sender_name": "Åke", "timestamp_ms": 1_600_000_500_200, "is_unsent": True},
            {"sender_name": "Åke", "timestamp_ms": 1_600_000_500_000,
             "photos": [{"uri": "messages/inbox/ake_1/photos/1.jpg"}]},
        ], ["Åke", "Zoë Ström"])),
        base + "messages/inbox/ake_1/message_2.json": garbled(thread("Åke", [
            {"sender_name": "Åke", "timestamp_ms": 1_500_000_000_000, "content": "The first"},
        ], ["Åke", "Zoë Ström"])),
    }  # fmt: skip


def test_facebook_with_its_letters_repaired(tmp_path: Path) -> None:
    found = read(zipped(tmp_path / "fb.zip", facebook()), "facebook")
    said = words(found)
    assert ("", "Café ☕ 日本") in said
    assert ("", "Grüße!") in said
    assert [pair for pair in said if pair[0] == "Åke"] == [
        ("Åke", "The first"), ("Åke", ""), ("Åke", "Då ses vi 👍")
    ]  # fmt: skip
    assert said.count(("", "ok")) == 2
    boat = next(a for a in activities(found) if a.object.get("attachment"))
    assert boat.object["attachment"][0] == {"type": "Image", "name": "posts/media/1.jpg",
                                            "summary": "A boat"}  # fmt: skip
    love = activities(found, "Like")
    assert [a.object["content"] for a in love] == ["LOVE", "❤"]
    assert activities(found, "Add")[0].object["id"] == "https://example.org/a"
    assert activities(found, "Follow")[0].object["name"] == "Tidal News"
    assert skipped(found) == {"post without words or media": 1, "not understood": 1,
                              "without a date": 1, "call": 1,
                              "message that was taken back": 1}  # fmt: skip


def instagram() -> Files:
    base = "your_instagram_activity/"
    return {
        "personal_information/personal_information/personal_information.json": garbled(
            {"profile_user": [{"string_map_data": {"Username": {"value": "zoe"},
                                                   "Name": {"value": "Zoë"}}}]}),
        base + "media/posts_1.json": garbled([
            {"media": [{"uri": "media/posts/1.jpg", "creation_timestamp": 1_650_000_000,
                        "title": "Sommer ☀"}]},
            {"title": "Two", "creation_timestamp": 1_650_000_001, "media": [
                {"uri": "media/posts/2.jpg"}, {"uri": "media/posts/3.mp4"}]}]),
        base + "media/stories.json": garbled({"ig_stories": [
            {"uri": "media/stories/1.jpg", "creation_timestamp": 1_650_000_002, "title": ""}]}),
        base + "comments/post_comments_1.json": garbled([
            {"string_map_data": {"Comment": {"value": "schön!"}, "Media Owner": {"value": "åke"},
                                 "Time": {"timestamp": 1_650_000_100}}}]),
        base + "likes/liked_posts.json": garbled({"likes_media_likes": [
            {"title": "åke", "string_list_data": [
                {"href": "https://www.instagram.com/p/1/", "value": "👍",
                 "timestamp": 1_650_000_200}]}]}),
        base + "saved/saved_posts.json": garbled({"saved_saved_media": [
            {"title": "åke", "string_map_data": {"Gespeichert am": {
                "href": "https://www.instagram.com/p/2/", "timestamp": 1_650_000_300}}},
            {"timestamp": 1_650_000_301, "media": [], "label_values": [
                {"label": "URL", "value": "https://www.instagram.com/p/3/",
                 "href": "https://www.instagram.com/p/3/"},
                {"title": "Owner", "dict": [{"dict": [
                    {"label": "Username", "value": "eva"}]}]}]}]}),
        "connections/followers_and_following/following.json": garbled(
            {"relationships_following": [{"title": "eva", "string_list_data": [
                {"href": "https://www.instagram.com/eva", "timestamp": 1_650_000_400}]}]}),
        "connections/followers_and_following/followers_1.json": garbled([]),
        base + "messages/inbox/ake_1/message_1.json": garbled(thread("åke", [
            {"sender_name": "åke", "timestamp_ms": 1_650_000_500_000, "content": "Hej på dig",
             "share": {"link": "https://www.instagram.com/p/9/", "share_text": "Look"}},
        ], ["åke", "Zoë"])),
    }  # fmt: skip


def test_instagram(tmp_path: Path) -> None:
    found = read(zipped(tmp_path / "ig.zip", instagram()), "instagram")
    said = words(found)
    assert said[:4] == [("", "Sommer ☀"), ("", "Two"), ("", ""), ("", "schön!")]
    assert said[4] == ("åke", "Hej på dig\nLook\nhttps://www.instagram.com/p/9/")
    assert activities(found, "Like")[0].object == {
        "type": "Note", "id": "https://www.instagram.com/p/1/", "attributedTo": "åke",
        "generator": {"name": "Instagram"}}  # fmt: skip
    assert [a.object["id"][-3:] for a in activities(found, "Add")] == ["/2/", "/3/"]
    assert activities(found, "Follow")[0].object["name"] == "eva"
    assert activities(found, "Create")[0].published == datetime.fromtimestamp(1_650_000_000, UTC)


def test_facebook_albums_give_what_no_post_showed(tmp_path: Path) -> None:
    more = {"your_facebook_activity/posts/album/0.json": {"name": "Boats", "photos": [
        {"uri": "posts/media/1.jpg", "creation_timestamp": 1_600_000_001, "title": "Boats"},
        {"uri": "posts/media/2.jpg", "creation_timestamp": 1_600_000_002, "title": "Boats"}]},
        "your_facebook_activity/posts/your_videos.json": {"videos_v2": [
            {"uri": "posts/media/3.mp4", "creation_timestamp": 1_600_000_003,
             "description": "Launch"}, {"uri": 7}]}}  # fmt: skip
    found = read(zipped(tmp_path / "fb.zip", facebook() | more), "facebook")
    shown = [(a.object.get("name"), a.object["attachment"][0]["name"]) for a in activities(found)
             if "media" in str(a.object.get("attachment"))]  # fmt: skip
    assert shown == [(None, "posts/media/1.jpg"), ("Boats", "posts/media/2.jpg"),
                     (None, "posts/media/3.mp4")]  # fmt: skip


@pytest.mark.parametrize("shape", ["labels", "foreign", "thread", "list"])
def test_meta_ai_in_each_shape(tmp_path: Path, shape: str) -> None:
    spoken = [("Zoë", "Hvað er klukkan?"), ("Meta AI", "Fjögur.")]
    shapes: dict[str, Any] = {
        "labels": [{"timestamp": 1_700_000_000, "media": [], "fbid": "77", "label_values": [
            {"label": "Title", "value": "Clock"},
            {"title": "Messages", "dict": [{"dict": [
                {"label": "Prompt", "value": spoken[0][1]},
                {"label": "Response", "value": spoken[1][1]},
                {"label": "Time", "timestamp_value": 1_700_000_005}]}]}]}],
        "foreign": [{"title": "Clock", "timestamp": 1_700_000_000, "fbid": "77", "label_values": [
            {"title": "Skilaboð", "dict": [{"dict": [
                {"label": "Sendandi", "value": who}, {"label": "Innihald", "value": text},
                {"label": "Tími", "timestamp_value": 1_700_000_000 + n}]}
                for n, (who, text) in enumerate(spoken)]}]}],
        "thread": thread("Clock", [
            {"sender_name": who, "timestamp_ms": 1_700_000_000_000 + n, "content": text}
            for n, (who, text) in reversed(list(enumerate(spoken)))], ["Meta AI", "Zoë"]),
        "list": {"conversations": [{"id": "77", "title": "Clock", "messages": [
            {"role": "user", "text": spoken[0][1], "timestamp": 1_700_000_000},
            {"role": "assistant", "text": spoken[1][1], "timestamp": 1_700_000_001}]}]},
    }  # fmt: skip
    path = zipped(tmp_path / "m.zip", {"your_facebook_activity/messages/ai_conversations.json":
                                       garbled(shapes[shape])})  # fmt: skip
    found = read(path, "meta_ai")
    assert words(found) == [("", spoken[0][1]), ("Meta AI", spoken[1][1])]
    question, answer = activities(found)
    assert answer.object["inReplyTo"] == question.uri
    assert question.object["name"] == "Clock"


# -- WhatsApp -------------------------------------------------------------------------------------

IPHONE = """[12.03.22, 14:08:18] Åke: Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.
[12.03.22, 14:08:19] Åke: Hallo: wie geht's?
zweite Zeile

[13.03.22, 00:08:20] ~ Zoë: 1. Punkt
\u200e[13.03.22, 00:08:21] Åke: \u200e<Anhang: 00000005-PHOTO-2022-03-13.jpg>
[13.03.22, 00:08:22] Åke: \u200eBild weggelassen
[13.03.22, 00:08:23] Åke: \u200eDiese Nachricht wurde gelöscht.
"""
ANDROID = """12/31/21, 11:59 PM - Messages and calls are end-to-end encrypted.
12/31/21, 11:59 PM - Anna: Happy new year!
1/1/22, 12:00 AM - Ben: You too
1/1/22, 12:00 AM - Ben: You too
1/1/22, 12:01\u202fAM - Anna: <Media omitted>
1/1/22, 12:02 AM - Anna: IMG-20220101-WA0001.jpg (file attached)
A picture
1/1/22, 12:03 AM - Anna: See https://example.org: it's good
1/1/22, 12:04 AM - Anna changed the subject
1/1/22, 12:05 AM - Anna: This message was deleted
"""


def test_whatsapp_from_an_iphone(tmp_path: Path) -> None:
    path = zipped(tmp_path / "WhatsApp Chat - Familie.zip", {"_chat.txt": IPHONE})
    found = read(path, "whatsapp", me="Zoë", zone="Europe/Berlin")
    assert words(found) == [("Åke", "Hallo: wie geht's?\nzweite Zeile"), ("", "1. Punkt"),
                            ("Åke", "")]  # fmt: skip
    first, own, picture = activities(found)
    assert first.published == datetime(2022, 3, 12, 13, 8, 19, tzinfo=UTC)
    assert own.published == datetime(2022, 3, 12, 23, 8, 20, tzinfo=UTC)
    assert picture.object["attachment"] == [
        {"type": "Image", "name": "00000005-PHOTO-2022-03-13.jpg"}
    ]
    assert first.object["name"] == "Familie"
    assert skipped(found) == {"line of WhatsApp itself": 1, "message that was deleted": 1,
                              "media that was left out of the export": 1}  # fmt: skip


def test_whatsapp_from_android(tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat with Anna.txt"
    path.write_text(ANDROID)
    found = read(path, "whatsapp")
    assert words(found) == [
        ("Anna", "Happy new year!"), ("", "You too"), ("", "You too"), ("Anna", "A picture"),
        ("Anna", "See https://example.org: it's good"),
    ]  # fmt: skip
    assert activities(found)[0].published == datetime(2021, 12, 31, 23, 59, tzinfo=UTC)
    assert activities(found)[1].published == datetime(2022, 1, 1, 0, 0, tzinfo=UTC)
    assert skipped(found)["line of WhatsApp itself"] == 2


@pytest.mark.parametrize(
    ("line", "hour", "day"),
    [
        ("[2022/05/03 下午2:30:01] A: x", 14, 3),
        ("2022. 5. 3. 오후 2:30, A : x", 14, 3),
        ("2022년 5월 3일 오후 2:30, A : x", 14, 3),
        ("[2022-05-03, 2:30:01 p.m.] A: x", 14, 3),
        ("3.5.2022 klo 14.30 - A: x", 14, 3),
        ("[3.5.2022 klo 14.30.01] A: x", 14, 3),
        ("3/5/2022, 14:30 - A: x", 14, 3),
        ("03/05/2022 14:30 - A: x", 14, 3),
        ("3/5/22, 2:30 p. m. - A: x", 14, 3),
        ("[3/5/22, 2:30:00\u202fPM] A: x", 14, 3),
        ("٣/٥/٢٠٢٢، ٢:٣٠ م - A: x", 14, 3),
        ("03-05-22 14:30 - A: x", 14, 3),
        ("3/5/2565 14:30 - A: x", 14, 3),
        ("[03/05/22, 12:30:00 am] A: x", 0, 3),
    ],
)
def test_whatsapp_dates_of_many_countries(tmp_path: Path, line: str, hour: int, day: int) -> None:
    path = tmp_path / "_chat.txt"
    path.write_text(line + "\n")
    (found,) = activities(read(path, "whatsapp"))
    assert (found.published.year, found.published.month, found.published.day,
            found.published.hour) == (2022, 5, day, hour)  # fmt: skip
    assert found.object["content"] == "x"


def test_whatsapp_tells_day_from_month_by_the_order(tmp_path: Path) -> None:
    path = tmp_path / "_chat.txt"
    lines = [f"{month}/{day}/22, 9:00 - A: {month}" for month in (1, 2, 3) for day in (2, 9, 11)]
    path.write_text("\n".join(lines))
    found = activities(read(path, "whatsapp"))
    assert [a.published.month for a in found] == [1, 1, 1, 2, 2, 2, 3, 3, 3]


@pytest.mark.parametrize("charset", ["utf-16", "utf-8-sig", "cp1252"])
def test_whatsapp_in_another_encoding(tmp_path: Path, charset: str) -> None:
    path = tmp_path / "_chat.txt"
    path.write_bytes("12.03.22, 14:08 - Åke: Grüße\r\n".encode(charset))
    assert words(read(path, "whatsapp")) == [("Åke", "Grüße")]


# -- Mastodon -------------------------------------------------------------------------------------


def mastodon() -> Files:
    actor = "https://social.example/users/zoe"
    public = "https://www.w3.org/ns/activitystreams#Public"
    return {
        "actor.json": {"id": actor, "type": "Person"},
        "outbox.json": {"@context": "https://www.w3.org/ns/activitystreams", "totalItems": 3,
            "orderedItems": [
                {"id": f"{actor}/statuses/1/activity", "type": "Create", "actor": actor,
                 "published": "2023-05-06T07:08:09Z", "to": [public], "object": {
                    "id": f"{actor}/statuses/1", "type": "Note", "published":
                    "2023-05-06T07:08:09Z", "attributedTo": actor, "content": "<p>Grüße</p>",
                    "summary": None, "inReplyTo": "https://other.example/1", "conversation":
                    "tag:social.example,2023:1", "attachment": [{"type": "Document", "mediaType":
                    "image/png", "url": "/media_attachments/files/1.png", "name": "A boat"}],
                    "tag": [{"type": "Hashtag", "name": "#sea"}]}},
                {"id": f"{actor}/statuses/2/activity", "type": "Announce", "actor": actor,
                 "published": "2023-05-06T08:00:00Z", "object": "https://other.example/2"},
                {"id": f"{actor}/polls/1", "type": "Update", "object": {}}]},
        "likes.json": {"type": "OrderedCollection", "orderedItems": ["https://other.example/3"]},
        "bookmarks.json": {"type": "OrderedCollection", "orderedItems":
                           ["https://other.example/4"]},
        "following_accounts.csv": "Account address,Show boosts,Notify on new posts,Languages\n"
                                  "ake@other.example,true,false,\n",
    }  # fmt: skip


def tarred(path: Path, files: Files) -> Path:
    with tarfile.open(path, "w:gz") as made:
        for name, value in files.items():
            text = value if isinstance(value, bytes | str) else json.dumps(value)
            data = text if isinstance(text, bytes) else text.encode()
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            made.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_mastodon(tmp_path: Path, pack: Callable[[Path, Files], Path]) -> None:
    found = read(pack(tmp_path / "archive", mastodon()), "mastodon")
    (post,) = activities(found, "Create")
    assert post.uri == "https://social.example/users/zoe/statuses/1"
    assert post.actor == ""
    assert post.object["mediaType"] == "text/html"
    assert post.object["inReplyTo"] == "https://other.example/1"
    assert post.object["context"] == "tag:social.example,2023:1"
    assert post.object["attachment"][0]["name"] == "A boat"
    assert activities(found, "Announce")[0].object["id"] == "https://other.example/2"
    assert activities(found, "Like")[0].object["id"] == "https://other.example/3"
    assert activities(found, "Add")[0].target == {"type": "Collection", "name": "bookmarks"}
    assert activities(found, "Follow")[0].object["id"] == "acct:ake@other.example"
    assert skipped(found) == {"activity of the type Update": 1}


# -- Bluesky --------------------------------------------------------------------------------------

DID = "did:plc:zoe"
_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"


def tid(at: datetime, clock: int = 7) -> str:
    number = int(at.timestamp() * 1_000_000) << 10 | clock
    return "".join(_SIGNS[number >> (5 * place) & 31] for place in reversed(range(13)))


def cid_of(data: bytes) -> bytes:
    return b"\x01\x71\x12\x20" + hashlib.sha256(data).digest()


class Link:
    """A CID inside a record: what libipld cannot write by itself is put in afterwards."""


def car(records: dict[str, dict[str, Any]], lie: str = "") -> bytes:
    """A repository as a CAR file; the record `lie` is not what its hash says."""
    blocks: dict[bytes, bytes] = {}

    def put(data: bytes) -> bytes:
        blocks[cid_of(data)] = data
        return cid_of(data)

    leaves = {key: put(libipld.encode_dag_cbor(value)) for key, value in sorted(records.items())}
    if lie:
        blocks[leaves[lie]] = libipld.encode_dag_cbor({"text": "a lie"})
    half = sorted(leaves)[: len(leaves) // 2]
    left = put(mst([(key, leaves[key], None) for key in half], None))
    rest = [(key, leaves[key], None) for key in sorted(leaves) if key not in half]
    tree = put(mst(rest, left))
    commit = put(cbor_map({"did": DID, "rev": "1", "version": 3, "data": tree, "prev": None}))
    head = cbor_map({"roots": [commit], "version": 1})
    parts = [varint(len(head)), head]
    for cid, data in blocks.items():
        parts += [varint(len(cid) + len(data)), cid, data]
    return b"".join(parts)


def mst(entries: list[tuple[str, bytes, bytes | None]], left: bytes | None) -> bytes:
    found, before = [], b""
    for key, value, right in entries:
        name = key.encode()
        same = next((n for n, (x, y) in enumerate(zip(before, name, strict=False)) if x != y),
                    min(len(before), len(name)))  # fmt: skip
        found.append(cbor_map({"k": (name[same:],), "p": same, "t": right, "v": value}))
        before = name
    entries_ = cbor_head(4, len(found)) + b"".join(found)
    return b"\xa2" + b"\x61e" + entries_ + b"\x61l" + cbor(left)


def cbor_head(major: int, size: int) -> bytes:
    if size < 24:
        return bytes([major << 5 | size])
    if size < 256:
        return bytes([major << 5 | 24, size])
    return bytes([major << 5 | 25]) + size.to_bytes(2, "big")


def cbor(value: Any) -> bytes:
    """DAG-CBOR in which bytes are a link, and a tuple of one holds bytes that are bytes."""
    if isinstance(value, bytes):
        return b"\xd8\x2a" + cbor_head(2, len(value) + 1) + b"\0" + value
    if isinstance(value, tuple):
        return cbor_head(2, len(value[0])) + bytes(value[0])
    if isinstance(value, list):
        return cbor_head(4, len(value)) + b"".join(map(cbor, value))
    return bytes(libipld.encode_dag_cbor(value))


def cbor_map(value: dict[str, Any]) -> bytes:
    keys = sorted(value, key=lambda key: (len(key), key))
    body = b"".join(libipld.encode_dag_cbor(key) + cbor(value[key]) for key in keys)
    return cbor_head(5, len(value)) + body


def varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found, number = found + bytes([number & 127 | 128]), number >> 7
    return found + bytes([number])


WHEN = datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)


def bluesky() -> dict[str, dict[str, Any]]:
    key = tid(WHEN)
    uri = f"at://{DID}/app.bsky.feed.post/{key}"
    return {
        f"app.bsky.feed.post/{key}": {"$type": "app.bsky.feed.post", "text": "Grüße, sea",
            "createdAt": "2024-02-03T04:05:06.000Z", "langs": ["de"], "facets": [
                {"index": {"byteStart": 0, "byteEnd": 7}, "features": [
                    {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org"}]}],
            "embed": {"$type": "app.bsky.embed.external", "external": {
                "uri": "https://example.org", "title": "A page", "description": "d"}}},
        f"app.bsky.feed.post/{tid(WHEN, 8)}": {"text": "A reply", "createdAt": "nonsense", "reply":
            {"root": {"uri": uri}, "parent": {"uri": uri}}},
        f"app.bsky.feed.like/{key}": {"subject": {"uri": "at://did:plc:x/app.bsky.feed.post/1"},
                                      "createdAt": "2024-02-03T04:05:07Z"},
        f"app.bsky.feed.repost/{key}": {"subject": {"uri": "at://did:plc:x/app.bsky.feed.post/2"},
                                        "createdAt": "2024-02-03T04:05:08Z"},
        f"app.bsky.graph.follow/{key}": {"subject": "did:plc:ake",
                                         "createdAt": "2024-02-03T04:05:09Z"},
        f"app.bsky.graph.block/{key}": {"subject": "did:plc:bad",
                                        "createdAt": "2024-02-03T04:05:10Z"},
        f"app.bsky.graph.listitem/{key}": {"subject": "did:plc:bad"},
        "app.bsky.actor.profile/self": {"displayName": "Zoë", "createdAt": "2024-01-01T00:00:00Z"},
    }  # fmt: skip


def test_bluesky(tmp_path: Path) -> None:
    path = tmp_path / "repo.car"
    path.write_bytes(car(bluesky()))
    found = read(path, "bluesky")
    by_text = {a.object["content"]: a for a in activities(found, "Create")}
    post, reply = by_text["Grüße, sea"], by_text["A reply"]
    assert post.uri == f"at://{DID}/app.bsky.feed.post/{tid(WHEN)}"
    assert post.object["tag"] == [{"type": "Link", "href": "https://example.org", "name": "Grüße"}]
    assert post.object["attachment"][0]["name"] == "A page"
    assert reply.published == WHEN  # told by its key
    assert reply.object["inReplyTo"] == reply.object["context"] == post.uri
    assert activities(found, "Follow")[0].object["id"] == "did:plc:ake"
    assert {a.type for a in activities(found)} == {"Create", "Like", "Announce", "Follow", "Block"}
    assert skipped(found) == {"record of the kind app.bsky.graph.listitem": 1}


def test_a_repository_that_lies_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "repo.car"
    path.write_bytes(car(bluesky(), lie=f"app.bsky.graph.follow/{tid(WHEN)}"))
    found = read(path, "bluesky")
    assert skipped(found)["broken or cut off"] == 1
    assert not activities(found, "Follow")
    whole = car(bluesky())
    for cut in (len(whole) - 3, len(whole) // 2, 80):
        path.write_bytes(whole[:cut])
        assert "broken or cut off" in skipped(read(path, "bluesky"))


# -- X --------------------------------------------------------------------------------------------


def script(name: str, value: Any) -> str:
    return f"window.YTD.{name}.part0 = {json.dumps(value)}"


def x() -> Files:
    return {
        "data/account.js": script("account", [{"account": {"accountId": "42", "username": "zoe"}}]),
        "data/tweets.js": script("tweets", [
            {"tweet": {"id_str": "1600000000000000001", "created_at":
             "Wed Dec 06 10:00:00 +0000 2022", "full_text": "Sea &amp; salt https://t.co/a",
             "entities": {"urls": [{"url": "https://t.co/a", "expanded_url":
                                    "https://example.org/a"}]},
             "in_reply_to_status_id_str": "15", "in_reply_to_screen_name": "ake"}},
            {"tweet": {"id_str": "1600000000000000002", "created_at":
             "Wed Dec 07 10:00:00 +0000 2022", "full_text": "RT @ake: Hej"}},
            {"tweet": {"id_str": "1600000000000000003", "created_at":
             "Thu Dec 08 10:00:00 +0000 2022", "full_text": "A long one that goes on and…"}},
        ]) + ";\n",
        "data/note-tweet.js": script("note_tweet", [{"noteTweet": {"noteTweetId": "9", "createdAt":
            "2022-12-08T10:00:00.000Z", "core": {"text":
            "A long one that goes on and on to its end."}}}]),
        "data/like.js": script("like", [{"like": {"tweetId": "1500000000000000000", "fullText":
            "Liked &lt;3", "expandedUrl": "https://twitter.com/i/web/status/15"}}]),
        "data/profile.js": script("profile", [{"profile": {"description": {
            "bio": "Boats &amp; bread", "website": "", "location": "Oslo"}}}]),
        "data/following.js": script("following", [{"following": {"accountId": "7", "userLink":
            "https://twitter.com/intent/user?user_id=7"}}]),
        "data/direct-messages.js": script("direct_messages", [{"dmConversation": {
            "conversationId": "42-7", "messages": [
                {"messageCreate": {"id": "12", "senderId": "42", "recipientId": "7", "createdAt":
                 "2023-01-01T00:00:02.000Z", "text": "Fine!", "mediaUrls": []}},
                {"messageCreate": {"id": "11", "senderId": "7", "recipientId": "42", "createdAt":
                 "2023-01-01T00:00:01.000Z", "text": "How are you?", "mediaUrls": []}},
                {"joinConversation": {}}]}}]),
        "Your archive.html": "<html>",
    }  # fmt: skip


def test_x(tmp_path: Path) -> None:
    found = read(zipped(tmp_path / "x.zip", x()), "x")
    assert words(found) == [
        ("", "Sea & salt https://example.org/a"),
        ("", "A long one that goes on and on to its end."),
        ("7", "How are you?"),
        ("", "Fine!"),
        ("", "Boats & bread\nOslo"),
    ]
    first = activities(found)[0]
    assert first.uri == "https://x.com/zoe/status/1600000000000000001"
    assert first.object["inReplyTo"] == "https://x.com/ake/status/15"
    assert first.published == datetime(2022, 12, 6, 10, tzinfo=UTC)
    like = activities(found, "Like")[0]
    assert like.object["content"] == "Liked <3"
    assert like.published.year == 2022  # by the id of what was liked
    assert activities(found, "Announce")[0].object["attributedTo"] == "ake"
    assert skipped(found) == {"line of X itself": 1}


def test_values_of_other_kinds_are_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    """What 1,000 mutated archives of each kind found."""
    files = facebook()
    base = "your_facebook_activity/messages/inbox/ake_1/"
    said = [{"sender_name": "Åke", "timestamp_ms": 1_600_000_502_000, "content": "before"},
            {"sender_name": ["a"], "timestamp_ms": 1_600_000_502_000, "content": {"a": 1.5},
             "reactions": True, "photos": 7}, {"sender_name": "Åke", "timestamp_ms":
             1_600_000_503_000, "content": "after"}, 5]  # fmt: skip
    files[base + "message_1.json"] = json.dumps({"participants": 5, "messages": said})
    files[base + "message_2.json"] = json.dumps({"participants": [None], "messages": []})
    files["personal_information/profile_information/profile_information.json"] = json.dumps(
        {"profile_user": [[1]], "profile_v2": {"name": 5}}
    )
    found = read(zipped(tmp_path / "fb.zip", files), "facebook")
    assert {("Åke", "before"), ("Åke", "after")} <= set(words(found))
    assert skipped(found)["not understood"] > 1
    likes = {"likes_media_likes": [
        {"title": "åke", "string_list_data": ["x", {"href": 5, "timestamp": 1_650_000_200}],
         "string_map_data": "no map", "label_values": {"a": [7]}}]}  # fmt: skip
    path = zipped(tmp_path / "ig.zip", {"your_instagram_activity/likes/liked_posts.json": likes})
    assert len(activities(read(path, "instagram"), "Like")) == 1
    people = 'Account address\nake@other.example\n\rx@y.example,a\n"\n'
    path = zipped(tmp_path / "m.zip", mastodon() | {"following_accounts.csv": people})
    assert activities(read(path, "mastodon"), "Follow")[0].object["name"] == "ake@other.example"


def test_every_importer_refuses_what_is_none_of_its_own(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"notes/readme.txt": "Hello", "data.json": [1, 2],
                                       "x.car": b"\0" * 50, "tweets.js": "alert(1)"})  # fmt: skip
    with opened(path) as archive:
        for name in plugins.names("importers"):
            assert not plugins.load("importers", name).fits(archive), name
