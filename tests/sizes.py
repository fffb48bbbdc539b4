"""Which files pass 500 lines and which functions 60: a list to ask why, not a rule."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"


def main() -> None:
    for file in sorted(SOURCE.rglob("*.py")):
        lines = len(file.read_text().splitlines())
        name = file.relative_to(SOURCE)
        if lines > 500:
            print(f"{lines:5} lines  {name}")
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 60:
                    print(f"{length:5} lines  {name}:{node.name}")


if __name__ == "__main__":
    main()
