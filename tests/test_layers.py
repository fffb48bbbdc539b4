"""The order of the house: imports point down, a folder's files never import each other."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

from each import each

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "musespark"


def layers() -> list[list[str]]:
    """The order as written in docs/layers.txt, a group a line."""
    lines = (ROOT / "docs" / "layers.txt").read_text().splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def place_of(module: str, order: list[str]) -> int:
    head, _, rest = module.partition(".")
    name = f"[{head}]" if rest or (SOURCE / head).is_dir() else head
    assert name in order, f"{module} has no place in docs/layers.txt"
    return order.index(name)


def imports(file: Path) -> set[str]:
    """The musespark modules that a file imports, in its functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module == "musespark":
                found |= {alias.name for alias in node.names if alias.name != "__version__"}
            elif node.module.startswith("musespark."):
                found.add(node.module.removeprefix("musespark."))
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.removeprefix("musespark.")
                for alias in node.names
                if alias.name.startswith("musespark.")
            }
    return found


def modules() -> list[Path]:
    return sorted(f for f in SOURCE.rglob("*.py") if f.name != "__init__.py")


@each(modules())
def test_imports_point_down(file: Path) -> None:
    order = [name for group in layers() for name in group]
    own = ".".join(file.relative_to(SOURCE).with_suffix("").parts)
    here = place_of(own, order)
    for other in imports(file):
        there = place_of(other, order)
        assert there > here, f"{own} imports {other}, which does not stand below it"


def test_every_name_in_the_order_exists() -> None:
    for name in (name for group in layers() for name in group):
        path = SOURCE / name.strip("[]")
        assert path.is_dir() if name.startswith("[") else path.with_suffix(".py").exists(), name


def test_names_say_something() -> None:
    nothing = re.compile(r"^_?(utils?|helpers?|common|core|base|managers?|misc)$")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    for name in tracked:
        assert not any(nothing.match(Path(part).stem) for part in Path(name).parts), name


def test_no_folder_is_deeper_than_one() -> None:
    for file in modules():
        assert len(file.relative_to(SOURCE).parts) <= 2, file
