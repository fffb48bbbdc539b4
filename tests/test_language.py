"""The words of the languages shipped: detection, numbers, and tables that cannot run away."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from each import each
from musespark import frames, hour, language, lexicon, plugins
from musespark.message import say
from musespark.person import Person
from musespark.turn import Turn

SOURCE = Path(language.__file__).parent


@pytest.mark.parametrize(
    ("text", "fallback", "code"),
    [
        ("What time is it in Tokyo?", "de", "en"),
        ("Wie spät ist es in Tokio?", "en", "de"),
        ("¿Qué hora es en Tokio?", "en", "es"),
        ("Quelle heure est-il à Tokyo ?", "en", "fr"),
        ("12 + 7.5 * 4 - 9", "fr", "fr"),
        ("12 + 7.5 * 4 - 9", "it", "en"),
        ("", "de", "de"),
        ("Was ergibt 17 plus 25 minus 8?", "en", "de"),
    ],
)
def test_the_language_of_a_text(text: str, fallback: str, code: str) -> None:
    assert language.speech(text, fallback).code == code


def test_the_persons_own_country_is_kept() -> None:
    assert language.speech("what is 2 + 2", "en-GB").locale == "en_GB"
    assert language.speech("was ist 2 + 2", "en-GB").locale == "de"
    assert language.speech("2 + 2", "not a tag at all").locale == "en"


@pytest.mark.parametrize(
    ("text", "locale", "read"),
    [
        ("1,234.5", "en", "1234.5"),
        ("1.234,5", "de", "1234.5"),
        ("1.250", "de", "1250"),
        ("1.250", "en", "1.250"),
        ("1,250", "en", "1250"),
        ("1,250", "de", "1.250"),
        ("1.250", "fr", None),
        ("1.250", "es_MX", "1.250"),
        ("1 250", "fr", "1250"),
        ("1 250,75", "fr", "1250.75"),
        ("3,5", "en", "3.5"),
        ("3.5", "de", "3.5"),
        ("1'250", "de_CH", "1250"),
        ("1,234,567", "en", "1234567"),
        ("1.2.3", "en", None),
        ("007", "en", None),
        ("12,34.5", "en", None),
        ("3, 5 and 8", "en", "3, 5 and 8"),
        ("5'11", "en", "5'11"),
    ],
)
def test_numbers_as_a_locale_writes_them(text: str, locale: str, read: str | None) -> None:
    assert language.numbers(text, locale) == read


@pytest.mark.parametrize(
    ("text", "code", "read"),
    [
        ("twenty-three", "en", "23"),
        ("2 million", "en", "2000000"),
        ("dreiundzwanzig", "de", "23"),
        ("treinta y cinco", "es", "35"),
        ("quatre-vingt-dix-sept", "fr", "97"),
    ],
)
def test_number_words(text: str, code: str, read: str) -> None:
    assert language.digits(text, code) == read


@pytest.mark.parametrize(
    "text",
    ["", "x" * 401, "a\nb", "f(x) => y", "a == b", "https://a.example", "me@b.example", "1? 2?"],
)
def test_what_is_no_short_question(text: str) -> None:
    assert language.plain(text) is None


def test_plain_keeps_the_words_and_drops_the_mark() -> None:
    assert language.plain("  What’s  2 × 3 ?") == "What's 2 * 3"
    assert language.plain("¿Cuánto es 2½ + 1?") == "Cuánto es 2.5 + 1"


@given(st.fractions(min_value=-(10**9), max_value=10**9))
def test_a_shown_decimal_says_whether_it_is_exact(number: Fraction) -> None:
    near, exact = language.decimals(number)
    assert exact == (Fraction(near) == number) or not language.terminating(number)
    assert abs(Fraction(near) - number) <= max(abs(number) / 10**6, Fraction(1, 10**7))
    assert "e" not in language.bare(number).lower()


@pytest.mark.parametrize("code", lexicon.languages())
def test_every_language_says_the_same_things(code: str) -> None:
    table, english = lexicon.languages()[code], lexicon.languages()["en"]
    assert table.sayings.keys() == english.sayings.keys()
    for key, text in table.sayings.items():
        slots = set(re.findall(r"{(\w+)}", text))
        assert slots <= set(re.findall(r"{(\w+)}", english.sayings[key])), key
    for units in table.units.values():
        for unit in filter(None, units.split("|")):
            assert unit.rstrip("!") in lexicon.units().sizes, unit


def test_every_language_has_words_for_what_has_no_answer() -> None:
    tables = [table.problems for code, table in lexicon.languages().items() if code != "en"]
    assert tables[0]
    assert all(table.keys() == tables[0].keys() for table in tables)


def test_every_unit_has_a_way_to_be_written() -> None:
    from babel import Locale

    for code in lexicon.languages():
        patterns: Any = Locale.parse(code)._data["unit_patterns"]
        for unit in lexicon.units().sizes:
            assert unit in lexicon.units().symbols or unit in patterns, unit
    assert set(lexicon.units().signs.values()) <= set(lexicon.units().sizes)


def test_every_place_has_a_zone() -> None:
    places = [lexicon.places().cities, lexicon.places().zone_signs]
    places += [table.places for table in lexicon.languages().values()]
    for table in places:
        for zone in table.values():
            ZoneInfo(zone)


# --- no pattern can run away: an unbounded repeat never holds another repeat ------------------


def runaway(pattern: str) -> bool:
    """Whether an unbounded repeat holds a repeat: what makes matching exponential."""

    def walk(node: Any, inside: bool) -> bool:
        for kind, value in node:
            repeat = kind in (constants.MAX_REPEAT, constants.MIN_REPEAT)
            if repeat:
                _, most, body = value
                many = most is constants.MAXREPEAT or most > 1
                if (many and inside) or walk(body, inside or most is constants.MAXREPEAT):
                    return True
            elif kind is constants.BRANCH:
                if any(walk(branch, inside) for branch in value[1]):
                    return True
            elif kind is constants.SUBPATTERN:
                if walk(value[3], inside):
                    return True
            elif kind in (constants.ASSERT, constants.ASSERT_NOT) and walk(value[1], inside):
                return True
        return False

    return walk(parser.parse(pattern), False)


def test_runaway_patterns_are_told() -> None:
    assert runaway(r"(a+)+b")
    assert runaway(r"(?:a|b*)*")
    assert not runaway(r"a+b*(?:c?)+")
    assert not runaway(r"(?:a{1,9}){1,9}")


def literals() -> Iterator[str]:
    """Every pattern written out in the files of the exact tools; what is filled in counts as x."""
    names = (
        "language",
        "sums",
        "timetable",
        "moments",
        "hour",
        "day",
        "place",
        "arithmetic",
        "unit",
        "quantity",
        "frames",
    )
    names += tuple(f"tools/{name}" for name in ("calculate", "convert", "dates", "times"))
    for path in (SOURCE / f"{name}.py" for name in names):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.args
            ):
                pattern = node.args[0]
                parts = pattern.values if isinstance(pattern, ast.JoinedStr) else [pattern]
                text = "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts
                )
                if text != "x":
                    yield text


def test_no_pattern_of_the_tables_repeats_without_bound() -> None:
    count = 0
    for pattern in (*language.patterns(), *hour.patterns()):
        count += 1
        bare = re.sub(r"\\.|\[(?:[^\]\\]|\\.)*\]", "x", pattern.pattern)
        assert not re.search(r"[*+]", bare), pattern.pattern
        assert not runaway(pattern.pattern)
    for pattern in frames.patterns():
        count += 1
        assert not runaway(pattern.pattern)
    assert count > 300


def test_no_pattern_of_the_tools_can_run_away() -> None:
    found = list(literals())
    assert len(found) > 40
    for pattern in found:
        assert not runaway(pattern), pattern
    for table in lexicon.languages().values():
        for pattern, _ in table.rewrites:
            assert not runaway(pattern), pattern
        for pieces in msgspec.structs.astuple(table.pieces):
            for piece in pieces:
                assert not re.search(r"[*+]", re.sub(r"\\.", "x", piece)), piece


def test_a_file_is_a_language() -> None:
    files = {file.stem for file in (SOURCE / "languages").glob("*.toml")}
    assert files == set(lexicon.languages())
    for code in files:
        first = (SOURCE / "languages" / f"{code}.toml").read_text("utf-8").splitlines()[0]
        assert first.startswith("# ")


# Questions that look near, and are none of ours or could mean two things: nothing may be said.
SILENT = [
    ("en", "square root of 16 plus 9"),
    ("en", "what is 9/11"),
    ("en", "2024-05-01"),
    ("en", "555-123-4567"),
    ("en", "what is 5"),
    ("en", "If Tom has 5 apples and gives away 3, how many are left?"),
    ("en", "5 apples plus 3 apples"),
    ("en", "what is 2+2 and 3+3"),
    ("en", "100 Mb in MB"),
    ("en", "how many days in a year"),
    ("en", "100 dollars in euros"),
    ("en", "how many people live in 5 cities"),
    ("en", "a dozen inches in cm"),
    ("en", "350 calories in kJ"),
    ("de", "Wie viel Gramm sind 3 Esslöffel"),
    ("de", "3 Pfund in kg"),
    ("en", "how many days until my birthday"),
    ("en", "when is the next full moon"),
    ("en", "what date is the meeting"),
    ("en", "what will the weather be tomorrow"),
    ("en", "9:30 am PST in Berlin"),
    ("en", "3pm EST in CET"),
    ("en", "how long is it from 9 to 5"),
    ("en", "time in Georgia"),
    ("en", "time in the world"),
    ("en", "what time is the meeting"),
    ("en", "what time does the store open in London"),
    ("en", "what's the time in Portland"),
    ("en", "time"),
    ("en", "What time is it in Australia?"),
    ("de", "Wie viel sind 180 Pfund in Kilogramm?"),
    ("en", "A train travels 60 miles per hour for 3 hours. How far does it go?"),
    ("en", "Ann sold 48 clips in April, then half as many in May. How many clips did she sell?"),
    ("en", "what happened on 9/11"),
    ("en", "what is 24/7"),
    ("en", "who won the 2022 world cup"),
    ("en", "call me at 555-123-4567"),
    ("en", "my number is 030 1234567"),
    ("en", "what is the meaning of 42"),
    ("en", "top 10 movies of 2020"),
    ("en", "is 7 a lucky number"),
    ("en", "write a poem about 3 cats"),
    ("en", "for i in range(10): print(i)"),
    ("en", "x = 5 + 3; print(x)"),
    ("en", "SELECT 1 + 1"),
    ("en", "def f(x): return x + 1"),
    ("en", "solve x + 5 = 10"),
    ("en", "2x + 3 = 7"),
    ("en", "what is 192.168.0.1 / 24"),
    ("en", "version 1.2.3"),
    ("en", "https://example.com/3+4"),
    ("en", "what is 1+1 and who invented addition"),
    ("en", "explain why 2 + 2 = 4"),
    ("en", "why is 1 + 1 = 2"),
    ("en", "convert this text to French"),
    ("en", "convert my pdf to word"),
    ("en", "how many people live in Berlin"),
    ("en", "how many calories in 100 g of rice"),
    ("en", "how many grams are in a cup of flour"),
    ("en", "how much is 5 bitcoin in dollars"),
    ("en", "how many bones in the human body"),
    ("en", "how many miles is it from Paris to London"),
    ("en", "how far is it from 5 km"),
    ("en", "how long is a football match"),
    ("en", "how long does it take to boil an egg"),
    ("en", "how long is the Nile in miles"),
    ("en", "how old is the universe"),
    ("en", "how old is Angela Merkel"),
    ("en", "when was Einstein born"),
    ("en", "when is the meeting"),
    ("en", "when is my mom's birthday"),
    ("en", "what day is trash day"),
    ("en", "what day does the store open"),
    ("en", "what date did World War 2 end"),
    ("en", "days of our lives"),
    ("en", "how many days should I stay in Rome"),
    ("en", "how many working days until Christmas"),
    ("en", "how many business days between 1 May and 1 June"),
    ("en", "what time does the bank open"),
    ("en", "what time is dinner"),
    ("en", "what time is the match on Saturday"),
    ("en", "time flies"),
    ("en", "good time in Berlin"),
    ("en", "meet me at 3pm in Berlin"),
    ("en", "I was in Tokyo at 5pm in May"),
    ("en", "set an alarm for 7:30"),
    ("en", "remind me in 20 minutes"),
    ("en", "the train at 9:15 was late"),
    ("en", "wake me up in 2 hours"),
    ("en", "book a table for 4 at 7pm"),
    ("en", "I have a 20% discount code"),
    ("en", "battery at 15%"),
    ("en", "the score was 3-2"),
    ("en", "chapter 3 - 5"),
    ("en", "iPhone 15"),
    ("en", "ISO 8601"),
    ("en", "covid-19"),
    ("en", "24 hours in Rome"),
    ("en", "3 days in Lisbon"),
    ("en", "7 wonders"),
    ("en", "plus size 44"),
    ("en", "the square root"),
    ("en", "roots 5 seconds"),
    ("en", "5 seconds of summer"),
    ("en", "half life 2"),
    ("en", "how much is a Tesla"),
    ("en", "how much is 2"),
    ("en", "what is pi"),
    ("en", "who is pi"),
    ("en", "double trouble"),
    ("en", "what is 10 downing street"),
    ("en", "what is a 401k"),
    ("en", "is it 5 o'clock somewhere"),
    ("en", "a dozen eggs"),
    ("en", "split the difference"),
    ("en", "what's the time complexity of merge sort"),
    ("en", "what is the time in the song 9 to 5"),
    ("en", "in 3 weeks I travel to Japan"),
    ("en", "on friday we leave"),
    ("en", "today"),
    ("en", "tomorrow never dies"),
    ("en", "friday night lights"),
    ("en", "may 5"),
    ("en", "what's the weather on 5 May"),
    ("en", "what happened on 4 July 1776"),
    ("en", "who was born on 4 July 1776"),
    ("en", "what holidays are between 1 May and 1 June"),
    ("en", "leap year"),
    ("en", "is 2020 a good year"),
    ("en", "is 2020 a leap year and is 2021 too"),
    ("en", "what week is fashion week"),
    ("en", "how many weeks pregnant am I"),
    ("en", "what is 5 km"),
    ("en", "5 km run plan"),
    ("en", "10 km training plan in 8 weeks"),
    ("en", "how many km can I run in 2 hours"),
    ("en", "how many minutes is a 5 km run"),
    ("en", "what is 5 miles in Berlin"),
    ("en", "who lives 5 km from London"),
    ("en", "in 5 minutes or less explain relativity"),
    ("en", "1 pound in euros"),
    ("en", "6 feet under"),
    ("en", "8 mile"),
    ("en", "8 mile in german"),
    ("en", "50 shades of grey in spanish"),
    ("en", "10 things i hate about you"),
    ("de", "Wie viele Einwohner hat Berlin?"),
    ("de", "Was kostet 1 kg Gold?"),
    ("de", "Wann ist das nächste Treffen?"),
    ("de", "Wie alt ist Angela Merkel?"),
    ("de", "Um wie viel Uhr fährt der Zug?"),
    ("de", "Ich habe 3 Äpfel und kaufe 5 dazu. Wie viele habe ich?"),
    ("de", "Was geschah am 9. November 1989?"),
    ("de", "3 Tage Berlin"),
    ("de", "mal 3 Bilder"),
    ("de", "Mach mal 5 Vorschläge"),
    ("de", "Schreibe 3 Sätze über Berlin"),
    ("de", "Paragraf 5 Absatz 3"),
    ("de", "100 Euro in Dollar"),
    ("de", "Wie viele Werktage sind es bis Weihnachten?"),
    ("de", "Wecke mich in 20 Minuten"),
    ("de", "um 15 Uhr in Berlin treffen"),
    ("de", "Was ist 4711?"),
    ("es", "¿Cuántos habitantes tiene Madrid?"),
    ("es", "¿Cuándo es la reunión?"),
    ("es", "¿A qué hora sale el tren?"),
    ("es", "tengo 3 hermanos y 2 hermanas"),
    ("es", "¿Qué pasó el 12 de octubre de 1492?"),
    ("es", "100 euros en dólares"),
    ("es", "escribe 3 frases"),
    ("es", "por 3 razones"),
    ("es", "¿Cuántos días necesito para ver Roma?"),
    ("es", "¿Cuántos años tiene el rey?"),
    ("fr", "Combien d'habitants a Paris ?"),
    ("fr", "À quelle heure part le train ?"),
    ("fr", "J'ai 3 pommes et 2 poires"),
    ("fr", "Que s'est-il passé le 14 juillet 1789 ?"),
    ("fr", "100 euros en dollars"),
    ("fr", "écris 3 phrases"),
    ("fr", "20 ans après"),
    ("fr", "plus de 3 jours"),
    ("fr", "Combien de jours faut-il pour visiter Rome ?"),
    ("fr", "Quel âge a le président ?"),
    ("fr", "sur 10 personnes, 3 sont malades"),
]


@each(SILENT)
def test_nothing_is_said(code: str, question: str) -> None:
    turn = Turn(
        person=Person(language=code, zone="Europe/Berlin"),
        messages=[say("user", question)],
        models=lambda tier: pytest.fail(f"no model is needed, and {tier} was asked for"),
        now=datetime(2026, 3, 14, 9, 26, tzinfo=ZoneInfo("Europe/Berlin")),
    )
    for name in ("calculate", "convert", "dates", "times"):
        assert plugins.load("tools", name).recognise(question, turn) is None, name
