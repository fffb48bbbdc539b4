"""Plain questions about a table become SQL without a model, or are left alone."""

from __future__ import annotations

import pytest

from musespark import exact
from musespark.looking import look
from musespark.message import Table, say
from musespark.scripted import ScriptedModel
from musespark.settings import Settings
from musespark.table_questions import query_of
from served import served

SHOP = (
    b"item,kind,price,stock,added,sold out\n"
    b"oak desk,desk,120.5,4,2023-05-01,false\n"
    b"pine desk,desk,80,0,2024-01-15,true\n"
    b"red lamp,lamp,15,12,2024-02-01,false\n"
    b"blue lamp,lamp,18,7,2024-03-09,false\n"
)


async def shop() -> Table:
    [part] = (await look(SHOP, "shop.csv")).parts
    assert isinstance(part, Table)
    return part


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("How many items are there?", 'SELECT count(*) FROM "shop.csv"'),
        ("How many lamps?", """SELECT count(*) FROM "shop.csv" WHERE "kind" = 'lamp'"""),
        ("What is the average price of desks?",
         """SELECT avg("price") FROM "shop.csv" WHERE "kind" = 'desk'"""),
        ("What is the price of the red lamp?",
         """SELECT "price" FROM "shop.csv" WHERE "item" = 'red lamp'"""),
        ("total stock by kind",
         'SELECT "kind", sum("stock") FROM "shop.csv" GROUP BY "kind" ORDER BY "kind"'),
        ("How many items have a price over 50?",
         'SELECT count(*) FROM "shop.csv" WHERE "price" > 50'),
        ("How many items are sold out?", 'SELECT count(*) FROM "shop.csv" WHERE "sold out"'),
        ("How many items were added in 2024?",
         """SELECT count(*) FROM "shop.csv" WHERE "added" >= DATE '2024-01-01' """
         """AND "added" < DATE '2025-01-01'"""),
        ("How many items were added before 1 February 2024?",
         """SELECT count(*) FROM "shop.csv" WHERE "added" < DATE '2024-02-01'"""),
        ("Which item has the highest price?",
         'SELECT "item", "price" FROM "shop.csv" QUALIFY rank() OVER '
         '(ORDER BY "price" DESC NULLS LAST) = 1'),
        ("Which kinds are there?", 'SELECT DISTINCT "kind" FROM "shop.csv" ORDER BY "kind"'),
        ("Wie viele Zeilen hat die Tabelle?", 'SELECT count(*) FROM "shop.csv"'),
    ],
)  # fmt: skip
async def test_plain_questions_are_read(question: str, query: str) -> None:
    assert query_of(question, [await shop()]) == query


async def test_a_table_may_be_called_like_its_column() -> None:
    [part] = (await look(SHOP, "price.csv")).parts
    assert isinstance(part, Table)
    query = """SELECT "price" FROM "price.csv" WHERE "item" = 'red lamp'"""
    assert query_of("What is the price of the red lamp?", [part]) == query


@pytest.mark.parametrize(
    "question",
    [
        "Why is the oak desk so expensive?",
        "What will the total stock be in 2027 if we sell more?",
        "How many sofas are there?",
        "What is the average price in Paris?",
        "Is the price of the red lamp fair?",
        "What is the price?",
        "How many lamps and desks?",
        "How many items cost more than 50?",
        "What is the price of a lamp without tax?",
        "Which item has the highest price and the lowest stock?",
        "How many items have a price over 1.500?",  # a thousand, or a fraction
        "hello",
        "",
        "?" * 200,
    ],
)
async def test_everything_else_is_left_alone(question: str) -> None:
    assert query_of(question, [await shop()]) is None


async def test_a_question_is_answered_with_its_query_and_cells(settings: Settings) -> None:
    async with served(settings, ScriptedModel([])) as server:
        asked = say("user", "What is the total stock of lamps?", await shop())
        turn = await server.engine.turn([asked])
        async for _ in (await server.engine.start(turn)).follow():
            pass
        assert turn.chosen == "exact"
        assert turn.answer.startswith("**19** [1]\n\n```sql\nSELECT sum(")
        [source] = turn.sources
        assert source.cells == "B4:B5, D4:D5"
        assert turn.tainted


async def test_with_two_tables_nothing_is_sure(settings: Settings) -> None:
    other = await look(SHOP, "other.csv")
    async with served(settings, ScriptedModel(["x"])) as server:
        asked = say("user", "How many items are there?", await shop(), *other.parts)
        turn = await server.engine.turn([asked])
        assert exact.recognised(turn) is None
