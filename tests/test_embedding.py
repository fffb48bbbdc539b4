"""Vectors: the embedded ones and an endpoint's."""

import asyncio
import subprocess
import sys
import threading

import numpy as np
import pytest
from aiohttp import web

from musespark import event as ev
from musespark.embedding import Embedder, RemoteEmbedder
from musespark.engine import Engine
from musespark.message import Document, say
from musespark.model import Card
from musespark.problem import Problem
from musespark.scripted import ScriptedModel
from musespark.settings import read


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def test_rows_have_length_one_and_empty_text_is_zero(embedder):
    rows = embedder.vectors(["How much is the deposit?", "", "二十", "x" * 100_000])
    assert rows.shape == (4, 256)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 0, 1, 1], atol=1e-5)
    assert embedder.vectors([]).shape == (0, 256)


def test_a_row_does_not_depend_on_its_company(embedder):
    texts = [f"a text about number {i}" for i in range(2100)] + [""]
    together = embedder.vectors(texts)
    assert np.allclose(together[1500], embedder.vectors([texts[1500]])[0], atol=1e-6)


def test_nearness_means_something(embedder):
    dog, pet, tax = embedder.vectors(["dog", "pet", "tax return"])
    assert dog @ pet > dog @ tax + 0.2


def test_same_as_the_package_itself(embedder):
    code = (
        "import pathlib, wordllama, sys; from musespark.embedding import Embedder;"
        "w = wordllama.WordLlama.load(cache_dir=pathlib.Path(wordllama.__file__).parent);"
        "t = ['the cat sat', 'Straße und Brücke'];"
        "d = abs(w.embed(t, norm=True) - Embedder().vectors(t)).max(); sys.exit(int(d > 1e-4))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_loads_neither_package_nor_weights():
    code = (
        "import sys, musespark.embedding as e; e.Embedder();"
        "sys.exit(any(m in sys.modules for m in ('wordllama', 'tokenizers', 'aiohttp')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_many_threads_load_once():
    embedder = Embedder()
    seen: list[object] = []
    threads = [
        threading.Thread(
            target=lambda: seen.append((embedder.load()[1], embedder.vectors(["hello there"])))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len({id(table) for table, _ in seen}) == 1


async def test_embed_leaves_the_loop_free():
    embedder = Embedder()
    rows, _ = await asyncio.gather(embedder.embed(["word " * 50] * 500), asyncio.sleep(0))
    assert rows.shape == (500, 256)
    assert (await embedder.embed(["one"])).shape == (1, 256)


@pytest.fixture
async def endpoint():
    """A small /v1/embeddings; `serve.reply` may be replaced by a test."""

    async def reply(request: web.Request) -> web.Response:
        body = await request.json()
        serve.asked.append((request.headers.get("Authorization"), body))
        data = [
            {"index": i, "embedding": [float(len(text)), 1.0, 0.0]}
            for i, text in enumerate(body["input"])
        ]
        return web.json_response({"data": data[::-1], "model": body.get("model", "")})

    class Serve:
        asked: list = []  # noqa: RUF012
        url = ""

    serve = Serve()
    serve.reply = reply

    async def handle(request: web.Request) -> web.StreamResponse:
        return await serve.reply(request)

    app = web.Application()
    app.router.add_post("/v1/embeddings", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    serve.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield serve
    await runner.cleanup()


async def test_remote_keeps_order_and_batches(endpoint):
    remote = RemoteEmbedder(endpoint.url + "/", "m", "secret", batch=2)
    rows = await remote.embed(["a", "bbb", "cc"])
    await remote.close()
    assert rows.shape == (3, 3)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert rows[1, 0] > rows[2, 0] > rows[0, 0]
    assert [len(body["input"]) for _, body in endpoint.asked] == [2, 1]
    assert endpoint.asked[0][0] == "Bearer secret"
    assert remote.dimensions == 3
    assert (await remote.embed([])).shape == (0, 3)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("nope", 401, "401"),
        ("not json", 200, "holds no embeddings"),
        ("[]", 200, "holds no embeddings"),
        ('{"data": []}', 200, "numbers for 1 texts"),
        ('{"data": [{"embedding": ["x"]}]}', 200, "holds no embeddings"),
        ('{"data": [{"embedding": [NaN]}]}', 200, "numbers for 1 texts"),
    ],
)
async def test_remote_says_what_failed(endpoint, body, status, says):
    async def reply(request: web.Request) -> web.Response:
        return web.Response(text=body, status=status)

    endpoint.reply = reply
    remote = RemoteEmbedder(endpoint.url, "m", "secret")
    with pytest.raises(Problem) as caught:
        await remote.embed(["a"])
    await remote.close()
    assert says in caught.value.text
    assert "secret" not in caught.value.text


async def test_remote_nobody_there():
    remote = RemoteEmbedder("http://127.0.0.1:9/v1", "m", seconds=2)
    with pytest.raises(Problem, match="gave no vectors"):
        await remote.embed(["a"])
    await remote.close()


@pytest.mark.parametrize(
    "url", ["{}", "{}/", "{}/embeddings", "{}/?key=secret", "http://u:secret@{}"]
)
async def test_remote_takes_an_address_in_full_or_not(endpoint, url):
    bare = endpoint.url.removesuffix("/v1").removeprefix("http://")
    url = url.format(bare) if "@" in url else url.format(endpoint.url)
    remote = RemoteEmbedder(url, "", "")
    assert (await remote.embed(["a", "b"])).shape == (2, 3)
    assert "model" not in endpoint.asked[0][1]

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(text=f"no {request.url}", status=500)

    endpoint.reply = refuse
    with pytest.raises(Problem) as caught:
        await remote.embed(["a"])
    await remote.close()
    assert "secret" not in caught.value.text


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://h/v1", "http://u:secret/@h", "http://["])
async def test_remote_wrong_address(url):
    remote = RemoteEmbedder(url, "m")
    with pytest.raises(Problem, match="gave no vectors") as caught:
        await remote.embed(["a"])
    await remote.close()
    assert "secret" not in caught.value.text


async def test_remote_is_not_waited_for_without_end(endpoint):
    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(3)
        return web.Response()

    endpoint.reply = hang
    remote = RemoteEmbedder(endpoint.url, "m", seconds=0.1)
    with pytest.raises(Problem, match="It did not answer within"):
        await remote.embed(["a"])
    await remote.close()


# The lot of a boat is told by a word that the question does not hold; the embedding model of the
# tests knows that the two are near.
MOORING = "Boats lie at the quay."
NOTES = Document(f"The club meets on Monday.\n\n{MOORING}\n\nBring a cake.", "notes.txt")
ASKED = "Where do ships go?"


async def near(request: web.Request) -> web.Response:
    texts = (await request.json())["input"]
    rows = [[1.0, 0.9 if t in (MOORING, ASKED) else -0.9] for t in texts]
    return web.json_response({"data": [{"embedding": row} for row in rows]})


async def quoted(home, url, **more):
    """The answer of a small model to ASKED, and the notices beside it."""
    given = {"HOME": str(home), "EMBEDDING_URL": url, "EMBEDDING_KEY": "secret", **more}
    settings = read({f"MUSESPARK_{name}": value for name, value in given.items()})
    model = ScriptedModel([""], card=Card(name="tiny", weak=True), repeat=True)
    engine = await Engine.open(settings, keep=False, models=lambda tier: model)
    try:
        turn = await engine.turn([say("user", ASKED, NOTES)], mode="instant")
        events = [event async for event in engine.follow(turn)]
    finally:
        await engine.close()
    assert isinstance(events[-1], ev.RunFinished)
    said = [e.value for e in events if isinstance(e, ev.Custom) and e.name == "musespark.notice"]
    return turn.answer, said


async def test_evidence_asks_the_embedding_model_of_the_settings(endpoint, tmp_path):
    endpoint.reply = near
    answer, notices = await quoted(tmp_path, endpoint.url, EMBEDDING_NAME="m")
    assert answer.index(MOORING) < answer.index("[1]")
    assert notices == []


async def test_evidence_without_the_embedding_model_says_so_and_goes_on(endpoint, tmp_path):
    for url in ("http://127.0.0.1:9/v1", endpoint.url):
        if url == endpoint.url:

            async def refuse(request: web.Request) -> web.Response:
                return web.Response(text="no key secret", status=401)

            endpoint.reply = refuse
        answer, [notice] = await quoted(tmp_path, url)
        assert notice["code"] == "embedding_failed"
        assert "MUSESPARK_EMBEDDING_URL" in notice["text"]
        assert "vectors that come along" in notice["text"]
        assert "secret" not in notice["text"]
        own, none = await quoted(tmp_path, "")
        assert (answer, none) == (own, [])
