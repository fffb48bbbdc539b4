"""Where a model that sees says something is becomes a source with its box, however it writes it."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image as Pictures

from musespark import assistant, boxes
from musespark import event as ev
from musespark.message import Document, Image, Source, Words, say
from musespark.model import Card
from musespark.person import Person
from musespark.scripted import ScriptedModel
from musespark.turn import Turn


def picture(
    name: str = "shelf.jpg", size: tuple[int, int] = (400, 200), kind: str = "JPEG"
) -> Image:
    out = io.BytesIO()
    Pictures.new("RGB", size, "white").save(out, kind)
    data = base64.b64encode(out.getvalue()).decode()
    return Image(f"data:image/{kind.lower()};base64,{data}", name, f"file-{name}")


@pytest.mark.parametrize(("answer", "box", "label"), [
    ("Tea [1].\n\n[1]: picture 1, box 100,200,300,400, a tea", (100, 200, 300, 400), "a tea"),
    ("- [1] Picture 1, box: [100, 200, 300, 400] – tea", (100, 200, 300, 400), "tea"),
    ("[1]: picture 1, box 0.1,0.2,0.3,0.4, tea", (100, 200, 300, 400), "tea"),
    ('```\n[{"box_2d": [200, 100, 400, 300], "label": "tea"}]\n```', (100, 200, 300, 400), "tea"),
    ('[{"label": "tea", "bbox_2d": [100, 200, 300, 400]}]', (100, 200, 300, 400), "tea"),
    ("<|object_ref_start|>tea<|object_ref_end|><|box_start|>(100,200),(300,400)<|box_end|>",
     (100, 200, 300, 400), "tea"),
    ("<loc0205><loc0102><loc0410><loc0307> tea", (100, 200, 300, 400), "tea"),
])  # fmt: skip
def test_each_way_of_writing_a_box(answer: str, box: tuple[int, ...], label: str) -> None:
    [source] = boxes.sources(answer, [picture()])
    assert (source.id, source.box, source.quote) == (1, box, label)
    assert (source.title, source.file) == ("shelf.jpg", "file-shelf.jpg")
    assert source.place == f"box {','.join(map(str, box))}"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_pixels_become_shares(kind: str) -> None:
    wide = picture(size=(2_000, 500), kind=kind)
    [source] = boxes.sources("[1]: picture 1, box 1000,50,1500,250, tea", [wide])
    assert source.box == (500, 100, 750, 500)
    said = '[{"bbox_2d": [40, 20, 200, 100], "label": "tea"}]'
    [source] = boxes.sources(said, [picture(kind=kind)], "Qwen2.5-VL-7B-Instruct")
    assert source.box == (100, 100, 500, 500)


@pytest.mark.parametrize("answer", [
    "There is no box here.", "[1]: picture 2, box 1,2,3,4, other", "[1]: picture 0, box 1,2,3,4",
    "[1]: picture 1, box 300,400,100,200, turned", "[1]: picture 1, box 5000,1,9000,2, beyond",
    '{"bbox_2d": [1, 2, 3]}', "[1]: see picture 1, box office figures 2024",
])  # fmt: skip
def test_what_is_no_box_is_none(answer: str) -> None:
    assert boxes.sources(answer, [picture()]) == []


def test_numbers_are_kept_where_they_are_free() -> None:
    answer = "[1]: picture 1, box 1,2,30,40, a\n[2]: picture 2, box 5,6,70,80, b"
    first, second = boxes.sources(answer, [picture(), picture("b.png")], taken=[1])
    assert (first.id, second.id, second.title) == (2, 3, "b.png")
    many = "\n".join(f"[{n}]: picture 1, box 1,2,{n + 5},40, a" for n in range(1, 200))
    assert len(boxes.sources(many, [picture()])) == 50


@pytest.mark.parametrize("mode", ["instant", "thinking"])
async def test_the_answer_shows_where_it_is(mode: str) -> None:
    said = (
        "The tea stands on the left [1] beside the rice [2].\n\n"
        "[1]: picture 1, box 10,20,300,400, tea\n[2]: picture 1, box 310,20,600,400, rice"
    )
    model = ScriptedModel(lambda given: said, card=Card(name="eyes", vision=True))
    turn = Turn(
        person=Person(),
        messages=[say("user", "Where is the tea?", picture(), Document("A picture.", "shelf.jpg"))],
        models=lambda tier: model, mode=mode,
    )  # fmt: skip
    events = [event async for event in assistant.answer(turn)]
    shown = [e.value for e in events if isinstance(e, ev.Custom) and e.name == "musespark.sources"]
    assert [(s.id, s.box, s.quote) for s in shown[-1]] == [
        (1, (10, 20, 300, 400), "tea"), (2, (310, 20, 600, 400), "rice"),
    ]  # fmt: skip
    assert any(boxes.HOW in m.parts[0].text for r in model.requests for m in r.messages[:1])


async def test_a_model_that_sees_nothing_is_not_asked_for_boxes() -> None:
    model = ScriptedModel(
        lambda given: "[1]: picture 1, box 10,20,300,400, tea", card=Card(name="m")
    )
    turn = Turn(person=Person(), messages=[say("user", "Where is the tea?", picture())],
                models=lambda tier: model, mode="instant")  # fmt: skip
    events = [event async for event in assistant.answer(turn)]
    assert not [e for e in events if isinstance(e, ev.Custom) and e.name == "musespark.sources"]
    assert all(boxes.HOW not in m.text for r in model.requests for m in r.messages)


def test_a_passage_of_a_picture_has_the_box_of_its_lines() -> None:
    said = "A picture.\n\nText in it:\nMilk 1.20\nBread 2.50"
    words = Words(said, "receipt.jpg", "file-1",
                  boxes=(None, None, None, (10, 20, 300, 40), (12, 50, 280, 70)))  # fmt: skip
    source = Source(1, "receipt.jpg", "Bread 2.50", place="line 5")
    found = boxes.placed(source, [Document("Bread 2.50", "other.txt"), words])
    assert (found.box, found.file, found.place) == ((12, 50, 280, 70), "file-1", "line 5")
    both = boxes.placed(Source(1, "receipt.jpg", "Milk 1.20\nBread 2.50"), [words])
    assert both.box == (10, 20, 300, 70)
    about = Source(1, "receipt.jpg", "A picture.")
    assert boxes.placed(about, [words]) == about


async def test_an_answer_in_passages_points_at_the_box() -> None:
    words = Words("Text in it:\nThe library opens at 9.\nClosed on Monday.", "sign.jpg",
                  boxes=(None, (10, 20, 300, 40), (12, 50, 280, 70)))  # fmt: skip
    model = ScriptedModel(lambda given: "It opens at 9.", card=Card(name="m", weak=True))
    asked = say("user", "When does the library open?", picture("sign.jpg"), words)
    turn = Turn(person=Person(), messages=[asked], models=lambda tier: model, mode="instant")
    events = [event async for event in assistant.answer(turn)]
    [shown] = [e.value for e in events if isinstance(e, ev.Custom) and "sources" in e.name]
    assert shown[0].box is not None
    assert shown[0].box[1] == 20
