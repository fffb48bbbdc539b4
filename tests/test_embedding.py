"""Vectors: the embedded ones and an endpoint's."""

import asyncio
import subprocess
import sys
import threading

import numpy as np
import pytest
from aiohttp import web

from musespark.embedding import Embedder, RemoteEmbedder
from musespark.problem import Problem


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
        return web.json_response({"data": data[::-1], "model": body["model"]})

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
