"""X (Twitter): the archive's data/*.js, each `window.YTD.tweets.part0 = [ … ]`.

Ids of posts tell when they were made; a like without a date gets that of the post it is for. Texts
are unescaped and their short links put back as they were.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from musespark.archive import Archive, stamp
from musespark.enclosed import kind_of
from musespark.imported import Words, address, did, each, said
from musespark.importer import Found, Skipped
from musespark.problem import Problem
from musespark.streamed import items, top

label = "X"
_TWEETS = ("tweets.js", "tweet.js", "tweets-part*.js", "tweet-part*.js", "community-tweet.js",
           "community-tweet-part*.js")  # fmt: skip
_NOTES = ("note-tweet.js", "note-tweet-part*.js")
_MESSAGES = ("direct-messages.js", "direct-messages-part*.js", "direct-messages-group.js",
             "direct-messages-group-part*.js")  # fmt: skip
_EPOCH = 1_288_834_974_657  # milliseconds: the first of the ids that tell the time
_AGAIN = re.compile(r"RT @(?P<name>\w{1,20}): (?P<text>.*)", re.DOTALL)


def fits(archive: Archive) -> bool:
    found = archive.find(*_TWEETS, *_MESSAGES, "like.js", "account.js", "following.js")
    return any(b"window.YTD." in top(member, 300) for member in found[:5])


def x(archive: Archive) -> Iterator[Found]:
    """What the person posted, passed on, liked and wrote, and whom they follow and block."""
    me, name = _me(archive)
    long, files = dict(_long(archive)), _files(archive)
    for member in archive.find(*_TWEETS):
        yield from each(member, lambda value: _tweet(value, name, long, files), script=True)
    for member in archive.find("like.js", "like-part*.js", "likes.js"):
        yield from each(member, lambda value: _like(value, archive), script=True)
    for member in archive.find("bookmark.js", "bookmarks.js"):
        yield from each(member, lambda value: _saved(value, archive), script=True)
    for member in archive.find("following.js"):
        yield from each(member, lambda v: _person(v, "following", "Follow", archive), script=True)
    for member in archive.find("block.js"):
        yield from each(member, lambda v: _person(v, "blocking", "Block", archive), script=True)
    for member in archive.find(*_MESSAGES):
        yield from each(member, lambda value: _messages(value, me, files), script=True)
    for member in archive.find("profile.js"):
        yield from each(member, lambda value: _profile(value, archive), script=True)
    for member in archive.find("deleted-tweets.js", "follower.js", "mute.js"):
        yield Skipped("file that is not taken", member.name)


def _files(archive: Archive) -> dict[str, list[str]]:
    """The media in the archive by the id of their post or message, which their names begin with:
    `tweets_media/1234-AbCd.jpg`."""
    found: dict[str, list[str]] = defaultdict(list)
    for member in archive.find("*_media/*"):
        id, dash, _ = member.short.partition("-")
        if dash and id.isdecimal():
            found[id].append(member.name)
    return found


def _file(files: dict[str, list[str]], id: str, urls: Iterable[str]) -> dict[str, str]:
    """Which of them an address is of."""
    names = {url.partition("?")[0].rpartition("/")[2] for url in urls}
    for name in files.get(id, ()):
        if name.rpartition("/")[2].partition("-")[2] in names:
            return {"file": name}
    return {}


def _me(archive: Archive) -> tuple[str, str]:
    for member in archive.find("account.js"):
        try:
            for found in items(member, script=True):
                account = found.get("account") or {}
                return str(account.get("accountId") or ""), str(account.get("username") or "")
        except (Problem, AttributeError):
            break
    return "", ""


def _long(archive: Archive) -> Iterator[tuple[str, str]]:
    """Long posts, by their id and by their second, for tweets.js holds only how they begin."""
    for member in archive.find(*_NOTES):
        try:
            for found in items(member, script=True):
                note = found.get("noteTweet") or {}
                core = note.get("core") or note.get("noteTweetResults") or {}
                text = str(core.get("text") or "")
                at = stamp(note.get("createdAt"))
                for key in (note.get("tweetId"), at and at.strftime("%Y%m%d%H%M%S")):
                    if key and text:
                        yield str(key), text
        except (Problem, AttributeError):
            continue


def _made(id: str) -> datetime | None:
    """When the id of a post was given, where it tells."""
    if not id.isdecimal() or len(id) > 19 or int(id) < 1 << 50:
        return None
    return datetime.fromtimestamp(((int(id) >> 22) + _EPOCH) / 1000, UTC)


def _dated(text: Any) -> datetime | None:
    try:
        return parsedate_to_datetime(str(text)).astimezone(UTC)
    except (ValueError, TypeError):
        pass
    try:  # Mon Jan 05 08:36:41 +0000 2026
        return datetime.strptime(str(text), "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)
    except ValueError:
        return stamp(text)


def _tweet(
    value: dict[str, Any], name: str, long: dict[str, str], files: dict[str, list[str]]
) -> Iterator[Found]:
    tweet = value.get("tweet") or value
    id = str(tweet.get("id_str") or tweet["id"])
    at = _dated(tweet.get("created_at")) or _made(id)
    text, where = str(tweet.get("full_text") or tweet.get("text") or ""), _status(id, name)
    again = _AGAIN.fullmatch(text)
    if again:
        thing = {"type": "Note", "content": html.unescape(again["text"]),
                 "attributedTo": again["name"]}  # fmt: skip
        yield did(label, "Announce", thing, at, where)
        return
    whole = long.get(id) or (long.get(at.strftime("%Y%m%d%H%M%S"), "") if at else "")
    start = html.unescape(text).rstrip("…").rpartition(" ")[0][:100]
    text = whole if whole and whole.startswith(start) else text
    attached = []
    entities = {**(tweet.get("entities") or {}), **(tweet.get("extended_entities") or {})}
    for url in (tweet.get("entities") or {}).get("urls") or []:
        text = text.replace(str(url.get("url")), str(url.get("expanded_url") or url.get("url")))
    for media in entities.get("media") or []:
        text = text.replace(str(media.get("url")), "")
        kind = "Image" if media.get("type") == "photo" else "Video"
        told = str(media.get("ext_alt_text") or "")
        named = {"type": kind, "name": str(media.get("media_url_https") or "")}
        ways = (media.get("video_info") or {}).get("variants") or []
        urls = [*(str(way.get("url")) for way in ways), named["name"]]  # a video's is its picture
        named |= _file(files, id, urls)
        attached.append(named | ({"summary": told} if told else {}))
    reply = str(tweet.get("in_reply_to_status_id_str") or tweet.get("in_reply_to_status_id") or "")
    to = str(tweet.get("in_reply_to_screen_name") or "")
    yield said(label, Words(text=html.unescape(text), at=at, id=where, attached=tuple(attached),
                            reply=_status(reply, to) if reply else ""))  # fmt: skip


def _profile(value: dict[str, Any], archive: Archive) -> Iterator[Found]:
    about = value["profile"].get("description") or {}
    parts = [str(about.get(key) or "") for key in ("bio", "location", "website")]
    text = "\n".join(html.unescape(part) for part in parts if part)
    if text:
        yield said(label, Words(text=text, at=archive.at, id=address(label, "profile", text),
                                title="Profile"))  # fmt: skip


def _status(id: str, name: str) -> str:
    return f"https://x.com/{name or 'i'}/status/{id}"


def _like(value: dict[str, Any], archive: Archive) -> Iterator[Found]:
    like = value["like"]
    id = str(like["tweetId"])
    at = stamp(like.get("likedAt")) or _made(id) or archive.at
    text = html.unescape(str(like.get("fullText") or ""))
    thing = {"type": "Note", "id": _status(id, "")} | ({"content": text} if text else {})
    yield did(label, "Like", thing, at, address(label, "like", id))


def _saved(value: dict[str, Any], archive: Archive) -> Iterator[Found]:
    saved = value["bookmark"]
    id = str(saved["tweetId"])
    at = stamp(saved.get("bookmarkedAt")) or archive.at
    text = html.unescape(str(saved.get("fullText") or ""))
    thing = {"type": "Note", "id": _status(id, "")} | ({"content": text} if text else {})
    target = {"type": "Collection", "name": "bookmarks"}
    yield did(label, "Add", thing, at, address(label, "bookmark", id), target)


def _person(value: dict[str, Any], key: str, verb: str, archive: Archive) -> Iterator[Found]:
    who = value[key]
    id = str(who["accountId"])
    where = str(who.get("userLink") or f"https://x.com/i/user/{id}")
    thing = {"type": "Person", "id": where, "name": id}
    yield did(label, verb, thing, archive.at, address(label, verb.lower(), id))


def _messages(value: dict[str, Any], me: str, files: dict[str, list[str]]) -> Iterator[Found]:
    talk = value["dmConversation"]
    context = address(label, "talk", talk["conversationId"])
    title = str(talk.get("name") or "")
    for one in reversed(talk.get("messages") or []):  # the newest stands first
        found = one.get("messageCreate")
        if not isinstance(found, dict):
            yield Skipped("line of X itself", ", ".join(one)[:80])
            continue
        text = str(found.get("text") or "")
        for url in found.get("urls") or []:
            text = text.replace(str(url.get("url")), str(url.get("expanded") or url.get("url")))
        who = str(found.get("senderId") or "")
        media = tuple(
            {"type": kind_of(str(url)), "name": str(url),
             **_file(files, str(found["id"]), [str(url)])} for url in found.get("mediaUrls") or []
        )  # fmt: skip
        yield said(label, Words(text=html.unescape(text), at=stamp(found.get("createdAt")),
                                id=address(label, "message", found["id"]),
                                by="" if me and who == me else who or "somebody",
                                context=context, title=title, attached=media))  # fmt: skip
