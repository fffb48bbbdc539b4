"""Facebook's "Download your information" as JSON: posts, comments, reactions, messages and more.

The layout is `your_facebook_activity/…` (formerly without that folder); see docs/import.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from musespark.archive import Archive, stamp
from musespark.download import FACEBOOK, Labels, attachments, owner, repaired, texts, threads
from musespark.enclosed import kind_of
from musespark.imported import Same, Words, address, did, each, said
from musespark.importer import Found, Skipped

label = "Facebook"
_POSTS = ("your_posts*.json", "your_uncategorized_posts*.json", "posts/profile_posts*.json",
          "posts/archive.json", "group_posts_and_comments.json")  # fmt: skip
_COMMENTS = ("comments_and_reactions/comments*.json", "comments/comments*.json",
             "your_comments_in_groups.json")  # fmt: skip
_LIKES = ("likes_and_reactions*.json", "posts_and_comments.json")
_PICTURES = (("posts/album/*.json", "photos"), ("uncategorized_photos.json", "other_photos_v2"),
             ("your_uncategorized_photos.json", "other_photos_v2"), ("videos.json", "videos_v2"),
             ("your_videos.json", "videos_v2"))  # fmt: skip
_SAVED = ("your_saved_items.json", "saved_items_and_collections/saved_items*.json")


def fits(archive: Archive) -> bool:
    if archive.find(*_POSTS, *_COMMENTS, *_LIKES, *_SAVED, "who_you*ve_followed.json"):
        return True
    inbox = archive.find("message_*.json")
    return any("facebook" in m.name or "messenger" in m.name.lower() for m in inbox) or (
        bool(inbox) and not any("instagram" in m.name for m in archive.members)
    )


def facebook(archive: Archive) -> Iterator[Found]:
    """What the person wrote, liked, saved and followed, and the conversations that they had."""
    same = Same()
    shown: set[str] = set()  # pictures that a post has shown
    for files, key, make in (
        (_POSTS, "group_posts_v2", lambda found, same: _post(found, same, shown)),
        (_COMMENTS, "comments_v2", _comment),
        (("your_comments_in_groups.json",), "group_comments_v2", _comment),
        (_LIKES, "reactions_v2", _like),
        (_SAVED, "saves_v2", _saved),
        (("who_you*ve_followed.json",), "following_v3", _followed),
        (("your_friends.json", "friends/friends.json"), "friends_v2", _followed),
    ):
        for member in archive.find(*files):
            yield from each(member, _with(make, same), key)
    for name, key in _PICTURES:
        for member in archive.find(name):
            one = _with(lambda found, same: _picture(found, same, shown), same)
            yield from each(member, one, key)
    for member in archive.find("people_who_followed_you.json", "followers.json"):
        yield Skipped("file about what others did", member.name)
    yield from threads(archive, label, "facebook", owner(archive, FACEBOOK))


def _with(make: Callable[[Any, Same], Iterator[Found]], same: Same) -> Callable[[Any], Any]:
    return lambda value: make(repaired(value), same)


def _id(kind: str, same: Same, *parts: object) -> str:
    return address(label, kind, *parts, same.number(kind, *parts))


def _post(found: dict[str, Any], same: Same, shown: set[str]) -> Iterator[Found]:
    told = [text for text in texts(found.get("data"), "post") if isinstance(text, str)]
    title = str(found.get("title") or "")
    text = "\n\n".join(told) or Labels(found).of("text", "message")
    attached = attachments(found.get("attachments") or found.get("media"))
    shown.update(str(one.get("name")) for one in attached[:50])
    if not text and not attached:
        yield Skipped("post without words or media", title)
        return
    id = _id("post", same, found.get("timestamp"), text, title)
    yield said(label, Words(text=text, at=stamp(found.get("timestamp")), id=id, attached=attached,
                            title=title))  # fmt: skip


def _picture(found: dict[str, Any], same: Same, shown: set[str]) -> Iterator[Found]:
    """A picture or video of an album that no post has shown; its title is the album's."""
    uri, at = str(found["uri"]), found.get("creation_timestamp")
    if uri in shown:
        return
    shown.add(uri)
    text, title = str(found.get("description") or ""), str(found.get("title") or "")
    yield said(label, Words(text=text, at=stamp(at), id=_id("picture", same, at, uri), title=title,
                            attached=({"type": kind_of(uri), "name": uri},)))  # fmt: skip


def _comment(found: dict[str, Any], same: Same) -> Iterator[Found]:
    comment = next((c for c in texts(found, "comment") if isinstance(c, dict)), {})
    text, title = str(comment.get("comment") or ""), str(found.get("title") or "")
    at = comment.get("timestamp") or found.get("timestamp")
    group = str(comment.get("group") or "")
    context = address(label, "group", group) if group else ""
    yield said(label, Words(text=text, at=stamp(at), id=_id("comment", same, at, text, title),
                            title=title, context=context,
                            attached=attachments(found.get("attachments"))))  # fmt: skip


def _like(found: dict[str, Any], same: Same) -> Iterator[Found]:
    labels, title = Labels(found), str(found.get("title") or "")
    marks = [r.get("reaction") for r in texts(found, "reaction") if isinstance(r, dict)]
    mark = str(marks[0] if marks else labels.of("reaction") or "LIKE")
    link = next(iter(labels.links), "")
    thing = {"type": "Note", "name": title or labels.of("name")} | ({"id": link} if link else {})
    id = _id("reaction", same, found.get("timestamp"), mark, title, link)
    verb = "Dislike" if mark.upper() in ("ANGER", "ANGRY") else "Like"
    yield did(label, verb, {**thing, "content": mark}, labels.at, id)


def _saved(found: dict[str, Any], same: Same) -> Iterator[Found]:
    labels, title = Labels(found), str(found.get("title") or "")
    link = next((c for c in texts(found, "external_context") if isinstance(c, dict)), {})
    url = str(link.get("url") or next(iter(labels.links), ""))
    name = str(link.get("name") or labels.of("name") or title)
    thing = {"type": "Page", "name": name} | ({"id": url} if url else {})
    id = _id("saved", same, found.get("timestamp"), url, name)
    yield did(label, "Add", thing, labels.at, id, {"type": "Collection", "name": "saved"})


def _followed(found: dict[str, Any], same: Same) -> Iterator[Found]:
    labels = Labels(found)
    name = str(found.get("name") or labels.title or labels.of("name"))
    id = _id("follow", same, name, found.get("timestamp"))
    yield did(label, "Follow", {"type": "Person", "name": name}, labels.at, id)
