"""Shares: a conversation as it was, for whoever has the link. Only the hash of a link is kept."""

from __future__ import annotations

import hashlib
import re
import secrets

from musespark.conversations import Conversations
from musespark.problem import Problem
from musespark.store import Row, Store

_SHAPE = re.compile(r"[A-Za-z0-9_-]{32}")
_MOST = 500  # runs on a shared page


class Shares:
    """The links to the conversations of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._conversations = Conversations(store)

    async def create(self, person: str, conversation: str, at: str = "") -> str:
        """A link's token to the branch that ends in the run `at` (else in the newest). An earlier
        link to the conversation ends. Raises Problem for an unknown conversation or run, and for a
        run under way, whose answer nobody has seen to its end."""
        found = await self._conversations.branch(person, conversation, at=at, limit=1)
        if not found["at"]:
            raise Problem(
                "nothing_to_share", "There is nothing in this conversation yet.", status=409,
                next="Ask something first.",
            )  # fmt: skip
        if found["runs"][-1]["state"] == "running":
            raise Problem(
                "run_under_way", "The newest answer is still being written.", status=409,
                next="Wait until it has ended, or share up to an earlier one with `at`.",
            )  # fmt: skip
        token = secrets.token_urlsafe(24)
        await self._store.rows(
            person,
            """
            with before as (delete from shares where conversation = %s)
            insert into shares (hash, person, conversation, at) values (%s, %s, %s, %s)
            """,
            conversation,
            _hash(token),
            person,
            conversation,
            found["at"],
        )
        return token

    async def end(self, person: str, conversation: str) -> None:
        """End the links to a conversation. Raises Problem for an unknown one."""
        await self._conversations.row(person, conversation)
        await self._store.rows(person, "delete from shares where conversation = %s", conversation)

    async def read(self, token: str) -> Row:
        """What a link shows: the title, and of each run what was asked, what was answered in which
        mode, from which sources, and how it ended. Nothing else of it leaves the house. Raises
        Problem where there is no such link, or no more."""
        rows = (
            await self._store.system("select * from shared(%s)", _hash(token))
            if _SHAPE.fullmatch(token)
            else []
        )
        if not rows:
            raise gone()
        person, conversation, at = (rows[0][name] for name in ("person", "conversation", "at"))
        try:
            found = await self._conversations.branch(person, conversation, at=at, limit=_MOST)
        except Problem as problem:
            if problem.status != 404:
                raise
            raise gone() from None
        runs = [
            {"mode": run["mode"], "state": run["state"], "question": {
                "text": run["question"]["text"]}, "answer": run["answer"],
             "sources": [_public(source) for source in run["sources"]]}
            for run in found["runs"]
        ]  # fmt: skip
        return {"title": found["title"], "runs": runs, "more": found["more"]}


def _public(source: Row) -> Row:
    """A source without the file or the memory it stands in: those stay with who keeps them."""
    return {name: value for name, value in source.items() if name not in ("file", "memory")}


def gone() -> Problem:
    return Problem(
        "unknown_share", "There is nothing shared under this link.",
        why="It may have been ended, or be incomplete.",
        next="Ask whoever gave it to you for another one.", status=404,
    )  # fmt: skip


def _hash(token: str) -> bytes:
    """A plain hash is enough for 192 random bits: there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()
