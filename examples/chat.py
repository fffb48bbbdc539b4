"""Ask a running server with the official OpenAI client, streaming: python examples/chat.py [URL]"""

import sys

from openai import OpenAI

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765"
client = OpenAI(base_url=f"{url}/v1", api_key="none")  # or your ms_… key

stream = client.chat.completions.create(
    model="musespark-auto",
    messages=[{"role": "user", "content": "What is 17% of 240?"}],
    stream=True,
)
for chunk in stream:
    choice = chunk.choices[0]
    print(choice.delta.content or "", end="", flush=True)
    if choice.finish_reason:
        about = (chunk.model_extra or {})["musespark"]
        print(f"\n[{about['mode']}: {about['reason']}]")
