"""Instagram's "Download your information" as JSON: posts, comments, likes, messages, saved, people.

The layout is `your_instagram_activity/…` and `connections/…`; see docs/import.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from musespark.archive import Archive, stamp
from musespark.download import INSTAGRAM, Labels, attachments, owner, repaired, threads
from musespark.imported import Same, Words, address, did, each, said
from musespark.importer import Found, Skipped

label = "Instagram"
_POSTS = {"content/posts_*.json": "", "media/posts_*.json": "",
          "stories.json": "ig_stories", "reels.json": "ig_reels_media", "igtv_videos.json":
          "ig_igtv_media", "archived_posts.json": "ig_archived_post_media",
          "profile_photos.json": "ig_profile_picture"}  # fmt: skip
_COMMENTS = {"post_comments*.json": "comments_media_comments",
             "reels_comments.json": "comments_reels_comments"}  # fmt: skip
_LIKES = {"liked_posts.json": "likes_media_likes", "liked_comments.json": "likes_comment_likes",
          "story_likes.json": "story_activities_story_likes"}  # fmt: skip
_PEOPLE = {"following.json": ("Follow", "relationships_following"),
           "following_hashtags.json": ("Follow", "relationships_following_hashtags"),
           "blocked_profiles.json": ("Block", "relationships_blocked_users"),
           "blocked_accounts.json": ("Block", "relationships_blocked_users")}  # fmt: skip


def fits(archive: Archive) -> bool:
    names = (*_POSTS, *_COMMENTS, *_LIKES, *(f"followers_and_following/{n}" for n in _PEOPLE))
    if archive.find(*names, "saved_posts.json"):
        return True
    return any("instagram" in m.name.lower() for m in archive.find("message_*.json"))


def instagram(archive: Archive) -> Iterator[Found]:
    """What the person showed, wrote, liked, saved and followed, and their conversations."""
    same = Same()
    for pattern, key in _POSTS.items():
        for member in archive.find(pattern):
            yield from each(member, lambda value: _post(repaired(value), same), key)
    for pattern, key in _COMMENTS.items():
        for member in archive.find(pattern):
            yield from each(member, lambda value: _comment(repaired(value), same), key)
    for pattern, key in _LIKES.items():
        for member in archive.find(pattern):
            yield from each(member, lambda value: _like(repaired(value), same), key)
    for member in archive.find("saved_posts.json", "saved_media.json"):
        yield from each(member, lambda value: _saved(repaired(value), same), "saved_saved_media")
    for pattern, (verb, key) in _PEOPLE.items():
        for member in archive.find(f"followers_and_following/{pattern}"):
            yield from each(member, _with(verb), key)
    for member in archive.find("followers_and_following/followers_*.json"):
        yield Skipped("file about what others did", member.name)
    yield from threads(archive, label, "instagram", owner(archive, INSTAGRAM))


def _with(verb: str) -> Callable[[Any], Iterator[Found]]:
    return lambda value: _person(repaired(value), verb)


def _post(found: dict[str, Any], same: Same) -> Iterator[Found]:
    media = [m for m in found.get("media") or [found] if isinstance(m, dict) and m.get("uri")]
    labels = Labels(found)
    first: dict[str, Any] = media[0] if media else {}
    text = str(found.get("title") or first.get("title") or labels.of("caption") or "")
    at = found.get("creation_timestamp") or first.get("creation_timestamp")
    uris = [str(m["uri"]) for m in media]
    id = address(label, "post", at, text, *uris[:1], same.number(at, text, *uris[:1]))
    yield said(label, Words(text=text, at=stamp(at) or labels.at, id=id,
                            attached=attachments({"media": media})))  # fmt: skip


def _comment(found: dict[str, Any], same: Same) -> Iterator[Found]:
    labels = Labels(found)
    text = labels.of("comment") or next((v for _, v in labels.values), "")
    whose = labels.of("media owner") or labels.title
    id = address(label, "comment", labels.at, text, whose, same.number(labels.at, text, whose))
    title = f"Comment on a post of {whose}" if whose else "Comment"
    yield said(label, Words(text=text, at=labels.at, id=id, title=title))


def _like(found: dict[str, Any], same: Same) -> Iterator[Found]:
    labels = Labels(found)
    thing = _thing(labels)
    id = address(label, "like", labels.at, thing.get("id"), thing.get("attributedTo"),
                 same.number("like", labels.at, thing.get("id")))  # fmt: skip
    yield did(label, "Like", thing, labels.at, id)


def _saved(found: dict[str, Any], same: Same) -> Iterator[Found]:
    labels = Labels(found)
    thing = _thing(labels)
    id = address(label, "saved", labels.at, thing.get("id"), thing.get("attributedTo"),
                 same.number("saved", labels.at, thing.get("id")))  # fmt: skip
    target = {"type": "Collection", "name": "saved"}
    yield did(label, "Add", thing, labels.at, id, target)


def _thing(labels: Labels) -> dict[str, Any]:
    link = labels.of("url") or next(iter(labels.links), "")
    whose = labels.title or labels.of("username", "owner", "name")
    thing = {"type": "Note"} | ({"id": link} if link else {})
    return thing | ({"attributedTo": whose} if whose else {})


def _person(found: dict[str, Any], verb: str) -> Iterator[Found]:
    labels = Labels(found)
    name = labels.title or next((v for _, v in labels.values), "")
    link = next(iter(labels.links), "")
    thing = {"type": "Person", "name": name} | ({"id": link} if link else {})
    yield did(label, verb, thing, labels.at, address(label, verb.lower(), name, labels.at))
