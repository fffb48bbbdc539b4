"""The tree in the README: every file with the first line of its docstring. Run to write it anew."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
START, END = "<!-- tree -->\n", "<!-- /tree -->\n"
FOLDERS = {
    "docs": "a page for each capability; decisions; benchmarks",
    "examples": "small programs and inputs; each runs in the tests",
    "bench": "a file for each benchmark; each prints a table and writes JSON",
    "tests": "what holds all of this to its word",
}
DATA = {
    "languages": "the words of each language shipped, a file each",
    "migrations": "numbered .sql, applied once and in order",
    "web": "the web app: a page is a template and a module; words/ by language",
}


def first_line(file: Path) -> str:
    text = file.read_text()
    if file.suffix == ".toml":
        return text.splitlines()[0].lstrip("# ").rstrip(".")
    if file.suffix == ".js":
        return text.splitlines()[0].removeprefix("// ").rstrip(".")
    doc = ast.get_docstring(ast.parse(text)) or ""
    return doc.splitlines()[0].rstrip(".") if doc else ""


def tree() -> str:
    """The tree as text, in a code block."""
    lines = [f"{name + '/':<28}{words}" for name, words in FOLDERS.items()]
    source = ROOT / "src" / "musespark"
    lines.append(f"{'src/musespark/':<28}{first_line(source / '__init__.py')}")
    order = [
        name
        for line in (ROOT / "docs" / "layers.txt").read_text().splitlines()
        if not line.startswith("#")
        for name in line.split()
    ]
    for name in order:
        if name == "__main__":
            continue
        entry = source / name.strip("[]")
        if name.startswith("["):
            lines.append(f"  {entry.name + '/':<26}{first_line(entry / '__init__.py')}")
            for file in sorted(entry.glob("*.py")):
                if file.name != "__init__.py":
                    lines.append(f"    {file.name:<24}{first_line(file)}")
        else:
            file = entry.with_suffix(".py")
            lines.append(f"  {file.name:<26}{first_line(file)}")
    for file in sorted(source.glob("*.toml")):
        lines.append(f"  {file.name:<26}{first_line(file)}")
    for folder in ("languages", "migrations", "web"):
        lines.append(f"  {folder + '/':<26}{DATA[folder]}")
    lines += [f"    {file.name:<24}{first_line(file)}" for file in sorted(source.glob("web/*.js"))]
    return "```\n" + "\n".join(line.rstrip() for line in lines) + "\n```\n"


def main() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text()
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    readme.write_text(before + START + tree() + END + after)


if __name__ == "__main__":
    main()
