"""A model server for the tests of the doors: OpenAI's Chat Completions in real processes.

It plans where it is given a schema, votes where a short answer is wanted, and else writes a few
sentences, a word at a time. Words in the question change it: `slowly` waits between words, `never`
says nothing more after some of them. It sees pictures of one colour where `sees` is set.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PLAN = {
    "kind": "breadth",
    "steps": ["Collect what is known", "Weigh it"],
    "tasks": [
        {"agent": "researcher", "objective": objective, "output": "a list", "bounds": "be brief"}
        for objective in (
            "Rules and a team of moderators",
            "Automatic filters, and what they miss",
            "Reputation and reports by the members",
        )
    ],
    "fine": True,
    "problems": [],
}
TEXT = (
    "## Three ways\n\n"
    "Small forums do well with **a few clear rules** and a human team. As they grow, `filters` "
    "take the bulk, and people the doubtful cases.\n\n"
    "- Rules and moderators: fair, slow, costly\n"
    "- Automatic filters: fast, blind to irony\n"
    "- Reputation: scales, and favours those who came first\n\n"
    "| way | cost | speed |\n|---|---|---|\n| team | high | slow |\n| filters | low | fast |\n\n"
    "Most end up with *all three*."
)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *given: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if not self.let_in():
            return
        body = json.dumps({"data": [{"id": name} for name in self.server.names]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.let_in():
            return
        self.server.asked += 1
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.server.open += 1
        try:
            self.answer(body)
        except OSError:
            self.server.hung_up += 1
        finally:
            self.server.open -= 1
            self.close_connection = True

    def let_in(self) -> bool:
        """Whether the key is right; says so when not."""
        self.server.shown.append(self.headers.get("Authorization", ""))
        if not self.server.key or self.headers.get("Authorization") == f"Bearer {self.server.key}":
            return True
        self.send_response(401)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        return False

    def answer(self, body: dict[str, Any]) -> None:
        """The reply, a word at a time."""
        asked = json.dumps(body["messages"], ensure_ascii=False)
        question = json.dumps([m for m in body["messages"] if m["role"] == "user"])
        pause = self.server.pause * (10 if "slowly" in question else 1)
        wanted = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
        known = wanted.get("properties", {})
        if body.get("tools") and body.get("tool_choice") == "required":
            name = body["tools"][0]["function"]["name"]
            call = {"name": name, "arguments": '{"city": "Paris"}'}
            self.send({"tool_calls": [{"index": 0, "id": "c1", "function": call}]})
            text = ""
        elif "data:image/png" in question:
            text = colour_of(question) if self.server.sees else "I see no picture."
        elif known:
            text = json.dumps({k: PLAN.get(k, "Paris") for k in known})
        elif "Answer:" in question:
            odd = body.get("seed") == 3
            text = f"Seven times six is {41 if odd else 42}.\n\nAnswer: {41 if odd else 42}"
        elif "Task:" in question:
            text = (
                "Found out: "
                + "it works where people agree on what it is for; " * 2
                + "that is all."
            )
        else:
            text = TEXT
        words = text.split(" ")
        for number, word in enumerate(words):
            if number == 5 and "never" in question:
                time.sleep(30)
            time.sleep(pause)
            self.send({"content": word if number == 0 else f" {word}"})
        usage = {"prompt_tokens": len(asked) // 4, "completion_tokens": len(words)}
        self.data({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def send(self, delta: dict[str, Any]) -> None:
        self.data({"choices": [{"index": 0, "delta": delta}]})

    def data(self, value: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
        self.wfile.flush()


def colour_of(question: str) -> str:
    """The name of the colour that fills the picture in a question."""
    found = re.search(r"base64,([A-Za-z0-9+/=]+)", question)
    assert found is not None
    data = base64.b64decode(found[1])
    begin = data.index(b"IDAT") + 4
    pixel = zlib.decompress(data[begin : data.index(b"IEND") - 8])[1:4]
    names = {"ff0000": "Red", "008000": "Green", "0000ff": "Blue", "ffff00": "Yellow",
             "000000": "Black", "ffffff": "White"}  # fmt: skip
    return f"{names[pixel.hex()]}."


class Server(ThreadingHTTPServer):
    """Serves until it is closed; `open` are the answers under way, `hung_up` those cut off, `shown`
    the keys it was shown, one for each request, and `bodies` what it was asked."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0, pause: float = 0.002, key: str = "") -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.names = ["fake-1"]
        self.sees = False
        self.shown: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.pause, self.key = pause, key
        self.asked = self.open = self.hung_up = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


if __name__ == "__main__":
    import sys

    server = Server(8899, float(sys.argv[1]) if len(sys.argv) > 1 else 0.03)
    threading.Event().wait()
