"""Every plugin file keeps its kind's contract, also the one that somebody adds tomorrow."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from musespark import plugins, sandbox
from musespark.agent import Agent
from musespark.engine import Engine
from musespark.importer import Importer
from musespark.message import say
from musespark.observation import Seen, Sense
from musespark.problem import Problem
from musespark.scripted import ScriptedModel
from musespark.settings import read
from musespark.tool import BadArguments, Tool, from_function

ALL = [(kind, name) for kind in plugins.CONTRACTS for name in plugins.names(kind)]


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_a_file_holds_the_thing_of_its_name(kind: str, name: str) -> None:
    found = plugins.load(kind, name)
    if kind == "tools":
        assert isinstance(found, Tool)
        assert found.name == name
        assert found.call is not None
        assert found.description
        assert found.parameters["type"] == "object"
        for parameter, schema in found.parameters["properties"].items():
            assert schema.get("description"), f"{name}: a model is not told what {parameter} is"
    elif kind == "agents":
        assert isinstance(found, Agent)
        assert found.name == name
        known = (*plugins.names("tools"), "*")
        assert all(tool in known for tool in found.tools)
        assert found.instructions
        assert found.description
    elif kind == "modes":
        assert inspect.isasyncgenfunction(found)
        assert list(inspect.signature(found).parameters) == ["turn"]
        assert found.__doc__
    elif kind == "senses":
        assert isinstance(found, Sense)
        assert found.name == name
        assert found.about
        assert all("/" in media for media in found.takes)
        file, _, function = found.function.partition(":")
        read = getattr(importlib.import_module(file), function)
        first, *rest = inspect.signature(read).parameters
        assert first in ("data", "file")
        assert rest == ["media", *found.settings]
    elif kind == "importers":
        assert isinstance(found, Importer)
        assert found.name == name
        assert found.about
        assert list(inspect.signature(found.read).parameters) == ["archive"]
        assert inspect.isgeneratorfunction(found.read)
    else:
        assert found.__doc__


@pytest.mark.parametrize("name", plugins.names("tools"))
async def test_a_tool_takes_bad_arguments_with_a_word(name: str, tmp_path: Path) -> None:
    engine = Engine(read({"MUSESPARK_HOME": str(tmp_path)}), None, lambda tier: ScriptedModel([]))
    turn = await engine.turn([say("user", "hello")])
    tool: Tool = plugins.load("tools", name)
    assert tool.call is not None
    for given in ({}, {"no such thing": 1}, {k: [[]] for k in tool.parameters["properties"]}):
        if not given and not tool.parameters.get("required"):
            continue
        with pytest.raises(Problem) as caught:
            await tool.call(given, turn)
        assert caught.value.next
    for strange in ("", " ", "\0", "x" * 500, "%%%", "٣ + ٤", "'; drop table people; --"):
        if tool.recognise is not None:
            tool.recognise(strange, turn)


SENSES = [(name, media) for name in plugins.names("senses")
          for media in plugins.load("senses", name).takes]  # fmt: skip


def test_no_two_senses_take_the_same_type() -> None:
    assert len({media for _, media in SENSES}) == len(SENSES)


def test_a_sense_is_loaded_without_its_readers() -> None:
    code = (
        "import sys; from musespark import plugins;"
        "readers = [r for n in plugins.names('senses') for r in plugins.load('senses', n).readers];"
        "known = {'pillow': 'PIL', 'zxing-cpp': 'zxingcpp'};"
        "names = {known.get(r, r.replace('-', '_')) for r in readers};"
        "sys.exit(str(names & set(sys.modules)) if names & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("name", "media"), SENSES)
async def test_a_sense_takes_bad_bytes_with_a_word(name: str, media: str) -> None:
    sense: Sense = plugins.load("senses", name)
    for data in (b"", b"\0", b"\xff\xd8\xff" * 100):
        with pytest.raises(Problem) as caught:
            await sandbox.run(sense.function, (data,), Seen, {"media": media}, name="x")
        assert caught.value.what.startswith("x ")
        assert caught.value.next


def test_an_unknown_name_says_which_is_near() -> None:
    with pytest.raises(Problem, match="Did you mean 'calculate'") as caught:
        plugins.load("tools", "calcuate")
    assert caught.value.code == "unknown_tool"
    with pytest.raises(Problem):
        plugins.load("no such kind", "x")


async def test_a_third_partys_plugin_joins_and_never_shadows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = [
        EntryPoint("shout", "third_party:shout", "musespark.tools"),
        EntryPoint("calculate", "third_party:shout", "musespark.tools"),
    ]
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "plugins"))
    plugins.names.cache_clear()
    plugins.load.cache_clear()
    try:
        assert plugins.load("tools", "shout").name == "shout"
        assert plugins.load("tools", "calculate").description != "Say it loudly."
        points[:] = [EntryPoint("echo", "third_party_sense:echo", "musespark.senses")]
        plugins.names.cache_clear()
        plugins.load.cache_clear()
        echo: Sense = plugins.load("senses", "echo")
        assert (echo.function, echo.takes) == ("third_party_sense:echo", ("audio/x-echo",))
        data, given = b"hello", {"media": "audio/x-echo"}
        seen = await sandbox.run(echo.function, (data,), Seen, given)
        assert seen.observations[0].second == 5.0
    finally:
        plugins.names.cache_clear()
        plugins.load.cache_clear()


def test_a_function_without_types_or_docstring_is_no_tool() -> None:
    async def silent(text: str) -> str:
        return text

    async def loose(text) -> str:  # type: ignore[no-untyped-def]
        """Say it."""
        return str(text)

    with pytest.raises(TypeError, match="docstring"):
        from_function(silent)
    with pytest.raises(TypeError, match="no type"):
        from_function(loose)


async def test_arguments_are_checked_against_the_signature() -> None:
    async def repeat(text: str, times: int = 2) -> str:
        """Say it again."""
        return text * times

    tool = from_function(repeat)
    assert tool.call is not None
    assert await tool.call({"text": "a", "times": "3"}, None) == "aaa"
    with pytest.raises(BadArguments, match="times"):
        await tool.call({"text": "a", "times": "many"}, None)
