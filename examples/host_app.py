"""A host app passes its own people: it signs a token for one of them, and asks for them.

musespark hosts add shop --issuer https://shop.example --keys public.pem
python examples/host_app.py private.pem "What is 17% of 240?"
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import jwt
from openai import OpenAI


def token(key: str, person: str, name: str = "") -> str:
    """Five minutes for this person; the key is the app's private one, in PEM."""
    now = int(time.time())
    claims = {"iss": os.environ.get("ISSUER", "https://shop.example"), "aud": "musespark",
              "sub": person, "name": name, "iat": now, "exp": now + 300}  # fmt: skip
    algorithm = "RS256" if "RSA" in key.partition("\n")[0] else "ES256"
    return jwt.encode(claims, key, algorithm=algorithm)


def main() -> None:
    key, question = Path(sys.argv[1]).read_text(), sys.argv[2]
    base = os.environ.get("MUSESPARK_URL", "http://127.0.0.1:8765")
    client = OpenAI(base_url=f"{base}/v1", api_key=token(key, "17", "Anna"))
    for chunk in client.chat.completions.create(
        model="musespark-auto", messages=[{"role": "user", "content": question}], stream=True
    ):
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print()


if __name__ == "__main__":
    main()
