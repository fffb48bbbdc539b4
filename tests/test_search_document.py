"""Long documents are searched: the right passage with its page, by the tool and by quotes."""

from __future__ import annotations

from typing import Any

import pytest

import papers
from musespark import evidence, leaves, plugins, searching
from musespark.agent import Agent
from musespark.leaves import Leaf, Volume
from musespark.looking import look
from musespark.message import Document, Pages, Source, say
from musespark.model import Card
from musespark.person import Person
from musespark.problem import Problem
from musespark.scripted import ScriptedModel, call
from musespark.tool import Outside
from musespark.toolbox import offer
from musespark.turn import Turn

QUESTION = "When does the warranty of the Zephyr 40 end?"


async def turn_with(*documents: Document, question: str = QUESTION) -> Turn:
    tool = plugins.load("tools", "search_document")
    return Turn(
        person=Person(), messages=[say("user", question, *documents)],
        models=lambda tier: ScriptedModel([]), tools={"search_document": tool},
    )  # fmt: skip


async def report(name: str = "report.pdf", **given: int) -> Document:
    part = (await look(papers.report(**given), name)).parts[0]
    assert isinstance(part, Pages)
    return Pages(part.text, name, "file_1", data=part.data, whole=part.whole)


async def search(turn: Turn, **given: Any) -> Outside:
    found = await turn.tools["search_document"].call(given, turn)  # type: ignore[misc]
    assert isinstance(found, Outside)
    return found


async def test_the_passage_is_found_with_its_page_and_place() -> None:
    found = await search(await turn_with(await report()), query=QUESTION)
    assert found.text.startswith(f"report.pdf, page 21 (Chapter 21):\n{papers.ANSWER}")
    source = found.source
    assert source is not None
    assert source.box is not None
    assert (source.title, source.quote, source.place, source.page, source.file) == (
        "report.pdf", papers.ANSWER, "page 21", 21, "file_1",
    )  # fmt: skip
    assert [other.id for other in found.more] == list(range(2, 2 + len(found.more)))


async def test_a_page_is_read_whole() -> None:
    turn = await turn_with(await report())
    found = await search(turn, query="", page=3)
    assert found.text.startswith("report.pdf, page 3:\n\n# Chapter 3\n\nPart 3 speaks of parts.")
    assert found.source is not None
    assert found.source.page == 3
    for page in (31, -1):
        with pytest.raises(Problem) as caught:
            await search(turn, query="", page=page)
        assert caught.value.code == "no_page"
        assert "1 to 30" in caught.value.next


async def test_several_documents_are_searched_together_or_one_of_them() -> None:
    turn = await turn_with(await report("a.pdf"), await report("b.pdf", pages=25, answer=4))
    both = await search(turn, query=QUESTION)
    assert {"a.pdf, page 21", "b.pdf, page 4"} <= {
        f"{one.title}, {one.place}" for one in (both.source, *both.more) if one is not None
    }
    one = await search(turn, query=QUESTION, document="B.PDF")
    assert one.text.startswith("b.pdf, page 4")
    assert "a.pdf" not in one.text
    for given, code in (
        ({"query": "x", "document": "c.pdf"}, "no_document"),
        ({"query": "x", "document": ".pdf"}, "no_document"),
        ({"query": "x", "page": 2}, "which_document"),
        ({"query": " "}, "no_query"),
    ):
        with pytest.raises(Problem) as caught:
            await search(turn, **given)
        assert caught.value.code == code


async def test_nothing_like_it_and_nothing_attached() -> None:
    found = await search(await turn_with(await report()), query="xylophone quartz")
    assert found.text.startswith("[Nothing there clearly answers this.")
    with pytest.raises(Problem) as caught:
        await search(await turn_with(packed(" ")), query="x")
    assert caught.value.code == "no_passage"
    with pytest.raises(Problem) as caught:
        await search(await turn_with(), query="x")
    assert caught.value.code == "no_document"


async def test_it_is_offered_only_where_a_document_is_not_seen_whole() -> None:
    agent = Agent("a", "", "", ("*",))
    short = (await look(papers.docx(), "r.docx")).parts[0]
    assert isinstance(short, Document)
    for documents, offered in (([], []), ([Document("words")], []), ([short], []),
                               ([await report()], ["search_document"])):  # fmt: skip
        assert list(offer(await turn_with(*documents), agent)) == offered


async def test_a_model_too_weak_to_search_quotes_the_page() -> None:
    turn = await turn_with(await report())
    turn.models = lambda tier: ScriptedModel(
        ["It ends after 27 months."], card=Card(name="s", weak=True)
    )
    async for _ in plugins.load("modes", "instant")(turn):
        pass
    assert f"> {papers.ANSWER}\n\nreport.pdf, page 21 [1]" in turn.answer
    assert (turn.sources[0].page, turn.sources[0].file) == (21, "file_1")


async def test_a_short_document_is_quoted_with_its_page_as_well() -> None:
    [part, *_] = (await look(papers.docx(), "r.docx")).parts
    assert isinstance(part, Document)
    weighing = await searching.weighed("What does a repair cost?", [part, Document("Other words.")])
    await evidence.settle(weighing)  # type: ignore[arg-type]
    found = weighing.evidence()  # type: ignore[union-attr]
    assert found is not None
    assert (found.sources[0].quote, found.sources[0].place) == ("Repair costs 80 euros.", "page 2")


async def test_the_loop_searches_and_cites() -> None:
    turn = await turn_with(await report())
    script = [call("search_document", {"query": QUESTION}), "After 27 months (page 21)."]
    model = ScriptedModel(script)
    turn.models = lambda tier: model
    async for _ in plugins.load("modes", "instant")(turn):
        pass
    assert turn.answer == "After 27 months (page 21)."
    assert turn.sources[0].place == "page 21"
    assert turn.tainted


def packed(*texts: str) -> Pages:
    return Pages("x", "long.txt", data=leaves.packed(Volume([Leaf(t) for t in texts])))


async def test_a_document_too_long_to_weigh_is_searched_where_its_words_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searching, "_ALL", 10_000)
    monkeypatch.setattr(searching, "_LIKELY", 5_000)
    monkeypatch.setattr(searching, "_kept", type(searching._kept)())
    pages = ["Other words stand here for no reason at all. " * 20 for _ in range(200)]
    pages[140] += papers.ANSWER
    document = packed(*pages)
    found = searching.passages_of([document], QUESTION)
    assert sum(len(one.text) for one in found) < 6_000
    assert 141 in {one.page for one in found}
    weighing = await searching.weighed(QUESTION, [document])
    await evidence.settle(weighing)  # type: ignore[arg-type]
    assert weighing.evidence().sources[0].page == 141  # type: ignore[union-attr]


def test_what_was_cut_is_kept_by_content_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "_kept", type(searching._kept)())
    monkeypatch.setattr(searching, "_KEPT", 5_000)
    one, other = packed("Some words. " * 300), packed("Other words. " * 300)
    assert searching.opened(one) is searching.opened(packed("Some words. " * 300))
    searching.opened(other)
    assert len(searching._kept) == 1


def test_a_passage_leans_on_the_heading_of_the_page_before() -> None:
    found = searching.passages_of([packed("# Pumps\n\nThey hum.", "Each has a lid.")], "lid")
    assert [(one.text, one.context, one.place) for one in found][-1] == (
        "Each has a lid.", "Pumps", "page 2",
    )  # fmt: skip


def test_sources_of_one_document_are_told_apart() -> None:
    from musespark.modes.thinking import number_sources

    made = [Source(1, "a.pdf", "x", place="page 1"), Source(1, "a.pdf", "y", place="page 2"),
            Source(1, "a.pdf", "x", place="page 1")]  # fmt: skip
    assert [(one.id, one.place) for one in number_sources(made)] == [(1, "page 1"), (2, "page 2")]
