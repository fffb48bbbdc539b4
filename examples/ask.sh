#!/bin/sh
# Ways to ask from a shell. The answer is standard output, everything about it standard error.
set -e

# An exact question is answered at once, by a tool and without a model.
musespark ask "What is 17% of 240?"

# The answer alone, in a variable; without the database it starts fastest.
days=$(musespark ask --quiet --no-keep "How many days are there from 2026-01-01 to 2026-03-01?")
echo "$days"

# A pipe beside a question is attached to it.
printf 'The office opens at nine. The keys are in the blue box.\n' |
    musespark ask --quiet "Where are the keys?"

# Each event as a line of JSON, for programs.
musespark ask --json "Convert 5 miles to km" | tail -n 1
