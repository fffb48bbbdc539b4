#!/bin/sh
# What is read in a file, and a question about it. No model is asked by `look`.
set -e
here=$(mktemp -d)
trap 'rm -r "$here"' EXIT

printf 'city;price;sold\nKiel;12,50;2024-01-02\nBremen;30,00;2024-02-03\n' > "$here/sales.csv"

# For people: each observation with its place.
musespark look "$here/sales.csv"

# For programs: a line of JSON for each file.
musespark look --json --no-keep "$here/sales.csv"

# The answer quotes the row and says where it stands.
musespark ask --quiet --no-keep -a "$here/sales.csv" "What is the price in Bremen?"
