"""The exact versions in pyproject.toml, resolved anew: run after a dependency was changed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEVER = ("llama-cpp-python", "llm")  # overridden: not installed anywhere
_BLOCK = re.compile(r"constraint-dependencies = \[\n.*?\n?\]\n", re.DOTALL)


def main() -> None:
    file = ROOT / "pyproject.toml"
    text = file.read_text()
    file.write_text(_BLOCK.sub("constraint-dependencies = []\n", text))
    try:
        command = ["uv", "export", "--upgrade", "--no-hashes", "--no-emit-project", "--all-groups"]
        command += ["--all-extras", "--no-annotate", "--no-header", "--quiet"]
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except BaseException:
        file.write_text(text)
        raise
    versions: dict[str, set[str]] = {}
    for line in found.stdout.splitlines():
        pin = re.match(r"([\w.-]+)(?:\[.*?\])?==([^\s;]+)", line)
        if pin and pin[1] not in NEVER:
            versions.setdefault(pin[1], set()).add(pin[2])
    # What differs from Python to Python is left to the resolver.
    one = {name: min(given) for name, given in versions.items() if len(given) == 1}
    pins = "".join(f'    "{name}=={version}",\n' for name, version in sorted(one.items()))
    file.write_text(_BLOCK.sub(lambda _: f"constraint-dependencies = [\n{pins}]\n", text))


if __name__ == "__main__":
    main()
