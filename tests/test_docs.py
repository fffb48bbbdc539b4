"""The documents say what is there: the tree, the commands, the links, the names of everything."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import tree
from musespark import plugins
from musespark.settings import names

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def text_of(*pages: str) -> str:
    return "\n".join((ROOT / page).read_text() for page in pages)


def test_the_tree_in_the_readme_is_the_tree() -> None:
    readme = (ROOT / "README.md").read_text()
    assert tree.tree() in readme, "run `just docs`"


def test_every_file_says_what_it_is() -> None:
    for file in sorted((ROOT / "src" / "musespark").rglob("*.py")):
        line = tree.first_line(file)
        assert line, f"{file} has no docstring"
        assert len(line) <= 100, f"{file}: its first line is too long for the tree"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_plugin_is_documented() -> None:
    pages = text_of(*(str(page.relative_to(ROOT)) for page in PAGES))
    for kind in plugins.CONTRACTS:
        for name in plugins.names(kind):
            assert f"`{name}`" in pages or f"{name}.py" in pages, f"{kind}/{name}"


def test_every_setting_is_documented() -> None:
    page = text_of("docs/settings.md")
    for name in names():
        assert name in page, name


def test_every_route_is_documented() -> None:
    from musespark.api import app
    from musespark.settings import read

    page = text_of("docs/api.md")
    for path in app(read({})).openapi()["paths"]:
        assert path in page, path


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_examples_compile(example: Path) -> None:
    subprocess.run([sys.executable, "-m", "py_compile", str(example)], check=True)


def test_the_readme_says_whose_it_is_not_once() -> None:
    readme = (ROOT / "README.md").read_text()
    assert readme.count("not affiliated with or endorsed by Meta") == 1


def test_nothing_of_a_machine_or_a_registry_is_written_down() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    for name in tracked:
        file = ROOT / name
        if file.suffix in (".py", ".md", ".toml", ".sql", ".sh", ".txt", "") and file.is_file():
            text = file.read_text(errors="ignore")
            assert not re.search(r"https?://[^\s\"'<>]*/(?:simple|packages)/", text), name
