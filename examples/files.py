"""Ask about a photo and a price list, with the OpenAI client: python examples/files.py [URL]"""

import base64
import struct
import sys
import zlib

from openai import OpenAI

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765"
client = OpenAI(base_url=f"{url}/v1", api_key="none")  # or your ms_… key


def photo() -> bytes:
    """A blue square of 64 by 64 pixels, as PNG; yours comes from a camera."""
    rows = zlib.compress((b"\0" + b"\x28\x50\xc8" * 64) * 64)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)), (b"IDAT", rows),
              (b"IEND", b""))  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


# Uploaded once, it can be named by its id as often as you like, and is read ahead.
prices = client.files.create(
    file=("prices.csv", b"item,price\ndesk,120\nlamp,15.5\n"), purpose="user_data"
)
# Or it goes along in the question itself.
shelf = "data:image/png;base64," + base64.b64encode(photo()).decode()

answer = client.chat.completions.create(
    model="musespark-instant",
    messages=[
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is the price of the lamp?"},
                {"type": "image_url", "image_url": {"url": shelf}},
                {"type": "file", "file": {"file_id": prices.id}},
            ],
        }
    ],
)
print(answer.choices[0].message.content)
for source in (answer.model_extra or {})["musespark"].get("sources", []):
    print(f"[{source['id']}] {source['title']}, {source.get('place', '')} in {source.get('file')}")
client.files.delete(prices.id)
