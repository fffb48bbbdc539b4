# What there is to run. `just` alone lists it.

default:
    @just --list

# the whole test suite
test *args:
    uv run --group dev pytest -n 2 {{args}}

# style and types
lint:
    uv run --group dev ruff check
    uv run --group dev ruff format --check
    uv run --group dev mypy

# mend what can be mended by itself
fix:
    uv run --group dev ruff check --fix
    uv run --group dev ruff format

# write the README's tree anew
docs:
    uv run --group dev python tests/tree.py

# start the HTTP server
serve *args:
    uv run musespark serve {{args}}

# the loop beside its peers
bench *args:
    uv run --group dev python bench/loop.py {{args}}

# files over 500 lines, functions over 60
sizes:
    uv run --group dev python tests/sizes.py

# resolve the exact versions anew
pins:
    uv run --group dev python tests/pins.py
