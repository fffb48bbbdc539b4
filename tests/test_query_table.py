"""SQL over attached tables: exact answers with their query; nothing else is reached or changed."""

from __future__ import annotations

import base64

import pytest

import samples
from musespark import plugins, sql, tables
from musespark.agent import Agent
from musespark.looking import look
from musespark.message import Document, Message, Table, Text, ToolResult, say
from musespark.person import Person
from musespark.problem import Problem
from musespark.scripted import ScriptedModel, call
from musespark.settings import Settings
from musespark.tool import Outside
from musespark.toolbox import offer
from musespark.turn import Turn
from served import served


async def turn_with(*files: tuple[str, bytes]) -> Turn:
    parts = [part for name, data in files for part in (await look(data, name)).parts]
    message = say("user", "How much?", *parts)
    tool = plugins.load("tools", "query_table")
    return Turn(person=Person(), messages=[message], models=lambda tier: ScriptedModel([]),
                tools={"query_table": tool})  # fmt: skip


async def ask(turn: Turn, query: str) -> Outside:
    found = await turn.tools["query_table"].call({"query": query}, turn)  # type: ignore[misc]
    assert isinstance(found, Outside)
    return found


async def test_the_answer_holds_the_query_and_the_rows() -> None:
    turn = await turn_with(("sales.csv", samples.CSV))
    query = 'SELECT city, sum(price) AS total FROM "sales.csv" GROUP BY city ORDER BY city'
    found = await ask(turn, query)
    assert found.text == (
        f"{query}\n\n| city | total |\n| --- | --- |\n| Bremen | 30.0 |\n| Kiel | 19.75 |\n\n"
        "[2 rows]"
    )
    assert found.source is not None
    assert (found.source.title, found.source.place) == ("sales.csv", query)
    assert "Kiel | 19.75" in found.source.quote


async def test_tables_of_several_files_are_joined() -> None:
    turn = await turn_with(("prices.xlsx", samples.PRICES), ("sales.csv", samples.CSV))
    found = await ask(
        turn,
        "SELECT p.item, price * s.left AS worth FROM prices_prices p "
        'JOIN "prices.xlsx/Stock" s ON p.item = s.item',
    )
    assert "| lamp | 62.0 |" in found.text
    assert found.source is not None
    assert found.source.title == "prices.xlsx/Prices, prices.xlsx/Stock"


async def test_dates_are_dates() -> None:
    turn = await turn_with(("sales.csv", samples.CSV))
    found = await ask(turn, "SELECT count(*) FROM sales WHERE sold >= DATE '2024-02-01'")
    assert "| 1 |" in found.text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELECT * FROM read_parquet('0.parquet')",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH 'x.db'",
        "COPY sales TO 'x.csv'",
        "CREATE TABLE x AS SELECT 1",
        "DELETE FROM sales",
        "DROP TABLE sales",
        "EXPORT DATABASE 'x'",
        "SELECT 1; DROP TABLE sales",
        "PRAGMA database_list",
        "SELECT * FROM nothing_of_that_name",
        "SELECT",
        "'",
        "-- nothing",
        "   ",
    ],
)
async def test_nothing_else_is_reached_or_changed(query: str) -> None:
    turn = await turn_with(("sales.csv", samples.CSV))
    with pytest.raises(Problem) as caught:
        await ask(turn, query)
    assert caught.value.code in ("wrong_query", "not_a_query")
    assert caught.value.next


async def test_a_mistake_names_the_tables_there_are() -> None:
    turn = await turn_with(("sales.csv", samples.CSV))
    with pytest.raises(Problem, match=r'There are: "sales.csv"'):
        await ask(turn, "SELECT * FROM nothing_of_that_name")


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range",
         ("reader_slow",)),
        ("SELECT list(range) FROM range(3000000000)", ("reader_memory", "reader_died")),
    ],
)  # fmt: skip
async def test_a_query_without_an_end_or_bounds_is_stopped(
    query: str, codes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    from musespark import sandbox

    monkeypatch.setattr(tables, "_LIMITS", sandbox.Limits(seconds=10.0, processor=4))
    turn = await turn_with(("sales.csv", samples.CSV))
    with pytest.raises(Problem) as caught:
        await ask(turn, query)
    assert caught.value.code in (*codes, "reader_slow")


async def test_many_and_long_rows_are_cut_with_a_word() -> None:
    turn = await turn_with(("sales.csv", samples.CSV))
    many = await ask(turn, "SELECT range FROM range(1000)")
    assert "[Only the first 100 rows are shown; there are more.]" in many.text
    wide = await ask(turn, "SELECT repeat('x|', 10000) AS x FROM range(90)")
    assert len(wide.text) < 50_000


async def test_the_tool_is_offered_only_where_there_is_a_table() -> None:
    turn = await turn_with(("sales.csv", samples.CSV))
    agent: Agent = plugins.load("agents", "assistant")
    assert "query_table" in offer(turn, agent)
    turn.messages = [say("user", "hello", Document("a,b", "x"))]
    assert "query_table" not in offer(turn, agent)
    with pytest.raises(Problem) as caught:
        await ask(turn, "SELECT 1")
    assert caught.value.code == "no_table"


async def test_a_broken_table_is_said() -> None:
    turn = await turn_with()
    turn.messages = [Message("user", (Text("x"), Table("", "x.csv", data="data:x;base64,%%")))]
    with pytest.raises(Problem) as caught:
        await ask(turn, "SELECT 1")
    assert caught.value.code == "broken_attachment"
    turn.messages = [Message("user", (Text("x"), Table("", "x.csv", data="data:x;base64,AAAA")))]
    with pytest.raises(Problem) as caught:
        await ask(turn, "SELECT 1")
    assert caught.value.code in ("unreadable", "wrong_query")


async def test_the_newer_of_two_tables_with_one_name_is_meant() -> None:
    turn = await turn_with(("a.csv", samples.CSV), ("a.csv", b"x,y\n1,2\n3,4\n5,6\n"))
    assert "| 9 |" in (await ask(turn, "SELECT sum(x) FROM a")).text


async def test_a_long_table_is_searched_whole_as_a_text() -> None:
    lines = "".join(f"name{n},{n}\n" for n in range(3_000))
    [part] = (await look(f"name,number\n{lines}".encode(), "long.csv")).parts
    assert isinstance(part, Table)
    assert "name2999,2999" not in part.text.partition("The first of")[2]
    assert "name2999,2999" in (await tables.as_text(part)).text
    short = Document("a", "b")
    assert await tables.as_text(short) is short


def test_how_tables_are_called() -> None:
    assert sql.spelled(["Sales 2024.csv", "a.xlsx/Sheet 1", "2.csv", "x.csv", "x.tsv", "…"]) == [
        ("Sales 2024.csv", "sales_2024"),
        ("a.xlsx/Sheet 1", "a_sheet_1"),
        ("2.csv", "t_2"),
        ("x.csv",),
        ("x.tsv",),
        ("…", "attached"),
    ]


def test_a_table_travels_as_a_part() -> None:
    import msgspec

    from musespark.message import Part

    data = f"data:x;base64,{base64.b64encode(b'p').decode()}"
    part = Table("profile", "x.csv", data=data, whole=True)
    assert msgspec.json.decode(msgspec.json.encode(part), type=Part) == part


async def test_a_turn_asks_a_table_and_its_conversation_keeps_it(settings: Settings) -> None:
    query = "SELECT sum(price) FROM \"sales.csv\" WHERE city = 'Kiel'"
    model = ScriptedModel([call("query_table", {"query": query}), "Kiel sold 19.75 [1]."])
    async with served(settings, model) as server:
        parts = (await look(samples.CSV, "sales.csv")).parts
        asked = say("user", "How much did Kiel sell?", *parts)
        turn = await server.engine.turn([asked], mode="instant")
        async for _ in (await server.engine.start(turn)).follow():
            pass
        assert turn.answer == "Kiel sold 19.75 [1]."
        assert [(source.title, source.place) for source in turn.sources] == [("sales.csv", query)]
        assert turn.tainted
        results = [part for part in model.requests[-1].messages[-1].parts
                   if isinstance(part, ToolResult)]  # fmt: skip
        assert "| 19.75 |" in results[0].content
        assert "outside" in results[0].content  # fenced: what stands in cells is data
        _, kept = await server.json("GET", f"/v1/conversations/{turn.conversation}")
        [attached] = kept["runs"][0]["question"]["attachments"]
        assert (attached["kind"], attached["name"]) == ("document", "sales.csv")
        url = f"{server.url}/v1/runs/{turn.run}/attachments/0"
        async with server.http.get(url) as got:
            assert "3 rows, 3 columns" in await got.text()
        # The next question of the conversation finds it again.
        [message, *_] = await server.engine.runs.history("owner", turn.conversation)
        assert message.parts == asked.parts


@pytest.mark.parametrize(
    ("query", "cells"),
    [
        ("SELECT sum(price) FROM sales WHERE city = 'Kiel'", "A2:B2, A4:B4"),
        ("SELECT city, avg(price) FROM sales GROUP BY city ORDER BY 2 LIMIT 1", "A2:B4"),
        ("SELECT city, price FROM sales s ORDER BY s.price DESC LIMIT 1", "A3:B3"),
        ("SELECT * FROM sales WHERE sold > DATE '2024-02-01'", "A3:C3"),
        ("SELECT count(*) FROM sales", "A2:C4"),
        ('SELECT max(price) FROM "sales.csv" WHERE "sales.csv".city LIKE \'K%\'', "A2:B2, A4:B4"),
        ("SELECT price, rank() OVER (ORDER BY price) AS r FROM sales QUALIFY r = 1", "B4"),
        ("SELECT DISTINCT city FROM sales", "A2:A4"),
        ("SELECT sum(price) FROM sales HAVING sum(price) > 5", "B2:B4"),
        ("FROM sales LIMIT 1", "A2:C2"),
        ("SELECT sum(price) FROM sales WHERE city = 'Rome'", ""),
        ("SELECT 1", ""),
        ("SELECT a.price FROM sales a JOIN sales b ON a.city = b.city", ""),
        ("WITH x AS (FROM sales) SELECT * FROM x", ""),
        ("SELECT * FROM sales WHERE price = (SELECT max(price) FROM sales)", ""),
        ("SELECT city FROM sales UNION SELECT 'x'", ""),
    ],
)
async def test_the_cells_an_answer_rests_on(query: str, cells: str) -> None:
    turn = await turn_with(("sales.csv", samples.CSV))
    source = (await ask(turn, query)).source
    assert source is not None
    assert source.cells == cells


async def test_cells_are_those_of_the_file() -> None:
    turn = await turn_with(("prices.xlsx", samples.PRICES))
    source = (await ask(turn, "SELECT max(price) FROM prices_prices")).source
    assert source is not None
    assert (source.sheet, source.cells) == ("Prices", "C3:C4")
    # Empty lines of a CSV count as rows of the file, and so do words above the table.
    turn = await turn_with(("a.csv", b"Report 2024\n\nx,y\n1,2\n3,4\n\n" + b"5,6\n" * 20))
    source = (await ask(turn, "SELECT sum(x) FROM a WHERE x > 1")).source
    assert source is not None
    assert source.cells == "A5, A7:A26"


async def test_sums_are_written_as_people_do() -> None:
    turn = await turn_with(("a.csv", b"x,y\n0.1,1\n0.2,2\n"))
    assert "| 0.3 |" in (await ask(turn, "SELECT sum(x) FROM a")).text
