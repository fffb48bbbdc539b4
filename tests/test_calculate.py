"""Arithmetic in ordinary words: what is found is right, and nothing else is found."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exact
from exact import asked
from musespark import assistant, plugins
from musespark.event import RunFinished, TextDelta
from musespark.problem import Problem
from musespark.scripted import ScriptedModel
from musespark.tool import Exact

tool = plugins.load("tools", "calculate")
answer = partial(exact.answer, tool)

# (language, question, the value that must come out)
CASES = [
    ("en", "What is 17 * 23 + 9?", "400"),
    ("en", "half of 6 plus 4", "7"),
    ("en", "square root of 2", "1.4142135623731"),
    ("en", "what's 2 million divided by four", "500000"),
    ("en", "what is 2 thousand plus 300", "2300"),
    ("en", "what is 15% of 80?", "12"),
    ("en", "what percent of 80 is 20?", "25"),
    ("en", "20 is what percent of 80", "25"),
    ("en", "split $187.50 between 5 people", "37.5"),
    ("en", "$45 plus 20% tip", "54"),
    ("en", "What's a 15% tip on $64?", "9.6"),
    ("en", "how much is three quarters of 240", "180"),
    ("en", "two thirds of 90", "60"),
    ("en", "average of 3, 5 and 10", "6"),
    ("en", "sum of 1, 2, 3, 4", "10"),
    ("en", "5!", "120"),
    ("en", "factorial of 10", "3628800"),
    ("en", "10 / 3", "3.33333333333333"),
    ("en", "what is 10 divided by 4", "2.5"),
    ("en", "which is bigger, 3/4 or 2/3?", "0.75"),
    ("en", "(3 + 4) * 5 =", "35"),
    ("en", "2^100", "1267650600228229401496703205376"),
    ("en", "10% off $59.99", "53.991"),
    ("en", "percentage increase from 80 to 100", "25"),
    ("en", "add 20% to 50", "60"),
    ("en", "gcd of 12 and 18", "6"),
    ("en", "17 mod 5", "2"),
    ("en", "round 3.14159 to 2 decimals", "3.14"),
    ("en", "multiply 12 by 12", "144"),
    ("en", "how many times does 7 go into 84", "12"),
    ("en", "$1,250.50 / 5", "250.1"),
    ("en", "pi * 3^2", "28.2743338823081"),
    ("en", "3 plus four times two", "11"),
    ("en", "cube root of 27", "3"),
    ("en", "12 squared", "144"),
    ("en", "what's double 45", "90"),
    ("en", "3 dozen", "36"),
    ("de", "Was ist die Wurzel aus 144?", "12"),
    ("de", "Wie viel ist 3,5 mal 4?", "14"),
    ("de", "12 hoch 2", "144"),
    ("de", "die Hälfte von 250", "125"),
    ("de", "Wie viel Prozent sind 20 von 80?", "25"),
    ("de", "20 % Rabatt auf 59,90 €", "47.92"),
    ("de", "dreiundzwanzig mal siebzehn", "391"),
    ("de", "Kannst du mir sagen, was 17 mal 4 ist?", "68"),
    ("de", "Durchschnitt von 3, 5 und 10", "6"),
    ("de", "Eine Jacke kostet 85 € und ist um 30 % reduziert. Was kostet sie jetzt?", "59.5"),
    ("de", "Wir sind 5 Personen und die Rechnung beträgt 187,50 €, wie viel zahlt jeder?", "37.5"),
    ("de", "1.000 geteilt durch 3", "333.333333333333"),
    ("es", "¿Cuánto es 12 por 15?", "180"),
    ("es", "raíz cuadrada de 144", "12"),
    ("es", "la mitad de 350", "175"),
    ("es", "el 20 % de 150", "30"),
    ("es", "doce más treinta y cinco", "47"),
    ("es", "120 entre 4", "30"),
    ("es", "Somos 4 y la cuenta es de 96 euros, ¿cuánto paga cada uno?", "24"),
    ("es", "promedio de 4, 8 y 12", "8"),
    ("es", "3 elevado a 4", "81"),
    ("fr", "Combien font 12 fois 15 ?", "180"),
    ("fr", "racine carrée de 144", "12"),
    ("fr", "20 % de 150", "30"),
    ("fr", "la moitié de 90", "45"),
    ("fr", "vingt-trois fois douze", "276"),
    ("fr", "7 au carré", "49"),
    ("fr", "moyenne de 4, 8 et 12", "8"),
    ("fr", "Quel est le prix d'un pull à 80 € avec 20 % de remise ?", "64"),
    ("fr", "1 250 + 300", "1550"),
    ("fr", "100 - 15%", "85"),
    ("en", "what do you get if you multiply 37 by 24", "888"),
    ("en", "144 divided by 12", "12"),
    ("en", "what's 3/8 as a decimal", "0.375"),
    ("en", "3/8 as a percentage", "37.5"),
    ("en", "what's 1/3 plus 1/4", "0.583333333333333"),
    ("en", "add 15% VAT to 240", "276"),
    ("en", "I paid $84 for 7 tickets, how much was each one?", "12"),
    ("en", "The bill is $64 and I want to leave a 15% tip. How much is the tip?", "9.6"),
    ("en", "how much tip should I leave on $48 at 20%", "9.6"),
    ("en", "18% tip on a $52.50 bill", "9.45"),
    ("en", "We spent 96 euros on dinner, split between 4 people, how much each?", "24"),
    ("en", "A laptop costs $900 and is discounted by 15%. How much does it cost now?", "765"),
    ("en", "shoes cost £60, there's 25% off, what do I pay?", "45"),
    ("en", "what is 8 percent of 1,250", "100"),
    ("en", "what's the average of 12, 15 and 21?", "16"),
    ("en", "what is nine cubed", "729"),
    ("en", "seven squared plus one", "50"),
    ("en", "how much is 1,299 minus 450?", "849"),
    ("en", "three quarters of 96", "72"),
    ("en", "what's a third of 270", "90"),
    ("en", "sqrt(225)", "15"),
    ("en", "2^10", "1024"),
    ("en", "what is the sum of 45, 67 and 89", "201"),
    ("en", "45 + 67 + 89 =", "201"),
    ("en", "divide 91 by 7", "13"),
    ("en", "what is twelve times twelve", "144"),
    ("en", "eight hundred and fifty divided by 25", "34"),
    ("en", "what percentage is 45 of 180?", "25"),
    ("en", "45 is what percent of 180", "25"),
    ("en", "how much is 30 percent off 120 dollars", "84"),
    ("en", "price went from 40 to 50, what percent increase is that", "25"),
    ("en", "what's 1000 - 387.5", "612.5"),
    ("en", "what's (15+7)*3", "66"),
    ("en", "can you work out 45 x 12", "540"),
    ("en", "6 x 7", "42"),
    ("en", "how many eggs are in 3 dozen", "36"),
    ("en", "Three friends share a bill of 81 dollars equally. How much does each pay?", "27"),
    ("en", "If 4 of us split a $126 bill, what does each person owe?", "31.5"),
    ("en", "how much is 20% of 350 euros", "70"),
    ("en", "what is 5 factorial", "120"),
    ("de", "Wie viel ist 15 Prozent von 80?", "12"),
    ("de", "Was sind 12 mal 13", "156"),
    ("de", "wie viel macht 144 geteilt durch 12", "12"),
    ("de", "Was ergibt 17 plus 25 minus 8?", "34"),
    ("de", "Ein Pullover kostet 60 €, es gibt 20 % Rabatt. Was muss ich zahlen?", "48"),
    ("de", "Zu viert teilen wir uns 92 Euro, wie viel zahlt jeder?", "23"),
    ("de", "Wir sind zu viert und die Rechnung beträgt 92 Euro. Wie viel zahlt jeder?", "23"),
    ("de", "Rechnung 92 Euro durch 4 Personen", "23"),
    ("de", "2 hoch 10", "1024"),
    ("de", "Quadratwurzel von 225", "15"),
    ("de", "ein Drittel von 96", "32"),
    ("de", "drei Viertel von 80", "60"),
    ("de", "Wie viel sind 3 Dutzend?", "36"),
    ("de", "Rechne bitte 125 mal 8 aus", "1000"),
    ("de", "was ist die Hälfte von 37", "18.5"),
    ("de", "wieviel ist 1.200,50 minus 300", "900.5"),
    ("es", "cuánto es 144 dividido entre 12", "12"),
    ("es", "¿Cuánto es un tercio de 90?", "30"),
    ("es", "¿Cuánto da 25 por 4?", "100"),
    ("es", "Quiero dejar un 10 % de propina en una cuenta de 45 euros, ¿cuánto es?", "4.5"),
    ("es", "¿cuánto es 7 al cuadrado?", "49"),
    ("es", "el doble de 37", "74"),
    ("es", "calcula 15 más 27 menos 8", "34"),
    ("es", "Una camisa cuesta 40 € y tiene un 25 % de descuento. ¿Cuánto pago?", "30"),
    ("es", "¿Cuál es la raíz cuadrada de 225?", "15"),
    ("es", "divide 84 entre 7", "12"),
    ("es", "¿cuánto es la mitad de 1.500?", "750"),
    ("es", "Si dividimos 150 euros entre 6 personas, ¿cuánto paga cada uno?", "25"),
    ("fr", "combien font 144 divisé par 12", "12"),
    ("fr", "Combien fait 15 % de 80 ?", "12"),
    ("fr", "quel est le tiers de 90", "30"),
    ("fr", "le double de 37", "74"),
    ("fr", "Calcule 15 plus 27 moins 8", "34"),
    ("fr", "Un pantalon coûte 40 € avec 25 % de réduction. Combien je paie ?", "30"),
    ("fr", "On est 4 et l'addition est de 96 euros, combien chacun doit payer ?", "24"),
    ("fr", "Si on partage 150 euros entre 6 personnes, combien paie chacun ?", "25"),
    ("fr", "c'est combien 12 fois 15", "180"),
    ("fr", "racine carrée de 225", "15"),
    ("fr", "2 puissance 10", "1024"),
    ("fr", "combien font les trois quarts de 80", "60"),
    ("en", "one plus 12", "13"),
]


@pytest.mark.parametrize(("language", "question", "value"), CASES)
async def test_found_and_right(language: str, question: str, value: str) -> None:
    await exact.found_and_right(tool, language, question, value)


@settings(max_examples=150, deadline=None)
@given(exact.ANY_TEXT, exact.LANGUAGES)
def test_any_text_is_read_or_left(text: str, language: str) -> None:
    exact.read_or_left(tool, text, language)


@settings(max_examples=150, deadline=None)
@given(exact.WORDY, exact.LANGUAGES)
async def test_what_is_found_is_answered(text: str, language: str) -> None:
    await exact.answered(tool, text, language)


def test_long_text_is_left_at_once() -> None:
    text = "what is 1 + 1 " * 750_000
    assert tool.recognise(text, asked("x")) is None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("-3^2", "-9"),
        ("2^3^2", "512"),
        ("2^-2", "0.25"),
        ("2**0.5 * 2**0.5", "2"),
        ("8^(1/3)", "2"),
        ("(-8)^(1/3)", "-2"),
        ("17 // 5", "3"),
        ("17 % 5", "2"),
        ("-7 mod 3", "2"),
        ("200 + 10%", "220"),
        ("5% + 3%", "8"),
        ("50% * 50%", "0.25"),
        ("10 / 5%", "200"),
        ("2(3+4)", "14"),
        ("0.1 + 0.2", "0.3"),
        ("1/3 + 1/3 + 1/3", "1"),
        ("round(2.345, 2)", "2.35"),
        ("round(-2.5)", "-3"),
        ("root(81, 4)", "3"),
        ("log(1024, 2)", "10"),
        ("ln(e)", "1"),
        ("median(4, 1, 3, 2)", "2.5"),
        ("lcm(4, 6)", "12"),
        ("floor(-1.5)", "-2"),
        ("ceil(1.2)", "2"),
        ("abs(-4)", "4"),
        ("0!", "1"),
        ("99999999999999999999 + 1", "100000000000000000000"),
    ],
)
async def test_expressions(expression: str, value: str) -> None:
    result = await tool.call({"expression": expression}, asked(expression))
    assert isinstance(result, Exact)
    assert result.value == value


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("1 / 0", "division_by_zero"),
        ("5 mod 0", "division_by_zero"),
        ("0^-1", "division_by_zero"),
        ("9^9^9^9", "too_large"),
        ("2^99999999", "too_large"),
        ("99999!", "too_large"),
        ("sqrt(-1)", "no_real_result"),
        ("2 +", "bad_expression"),
        ("(1 + 2", "bad_expression"),
        ("__import__('os')", "bad_expression"),
        ("a + 1", "bad_expression"),
        ("", "bad_expression"),
        ("(" * 300, "bad_expression"),
        ("-" * 300 + "1", "bad_expression"),
        ("15% 80", "bad_expression"),
        ("2.5!", "bad_expression"),
        ("1+" * 300 + "1", "bad_expression"),
        ("6 / 2(1+2)", "bad_expression"),
    ],
)
async def test_what_cannot_be_worked_out(expression: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        await tool.call({"expression": expression}, asked(expression))
    assert caught.value.code == code
    assert caught.value.why
    assert caught.value.next


@given(st.fractions(max_denominator=999), st.fractions(max_denominator=999))
async def test_sums_are_exact(a: object, b: object) -> None:
    result = await tool.call({"expression": f"({a}) - ({b}) - (({a}) - ({b}))"}, asked("x"))
    assert isinstance(result, Exact)
    assert result.value == "0"


async def test_the_working_is_shown_step_by_step() -> None:
    result = await answer("What is 17 * 23 + 9?")
    assert result.answer == "17 × 23 + 9 = 400"
    assert result.working == "17 × 23 = 391\n391 + 9 = 400"


async def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert (await answer("Was ergibt 1.250 mal 3,25", "de")).answer == "1.250 × 3,25 = 4.062,5"
    assert (await answer("What is 1,250 times 3.25")).answer == "1,250 × 3.25 = 4,062.5"
    assert (await answer("What is 10 / 3?")).answer == "10 ÷ 3 = 10/3 ≈ 3.333333"


async def test_money_stays_money() -> None:
    assert (await answer("split $187.50 between 5 people")).answer.endswith("= $37.50")
    assert (await answer("19 % von 249,90 €", "de")).answer.endswith("≈ 47,48\u00a0€")


async def test_decimal_marks_that_could_mean_two_things_are_left() -> None:
    assert tool.recognise("combien font 1.250 fois 2", asked("x", "fr")) is None
    assert tool.recognise("1.2.3 + 4", asked("x")) is None


@pytest.mark.parametrize(
    ("language", "question", "said"),
    [
        ("en", "What is 5 divided by 0?", "Dividing by zero has no result."),
        ("de", "Was ist 5 geteilt durch 0?", "Durch null lässt sich nicht teilen"),
        ("es", "¿Cuánto es 5 dividido entre 0?", "No se puede dividir entre cero"),
        ("fr", "Combien font 5 divisé par 0 ?", "On ne peut pas diviser par zéro"),
        ("en", "What is sqrt(-4)?", "There is no real square root"),
        ("en", "What is the square root of -4?", "There is no real square root"),
    ],
)
async def test_what_has_no_result_is_said_and_no_model_invents_one(
    language: str, question: str, said: str
) -> None:
    turn = asked(question, language)
    model = ScriptedModel([])
    turn.models, turn.tools = lambda tier: model, {"calculate": tool}
    events = [event async for event in assistant.answer(turn)]
    assert turn.chosen == "exact"
    assert turn.answer.startswith(said)
    assert "".join(e.delta for e in events if isinstance(e, TextDelta)) == turn.answer
    assert isinstance(events[-1], RunFinished)
    assert not model.requests


async def test_a_question_in_two_parts_is_answered_where_it_can_be() -> None:
    turn = asked("What is 5 divided by 0? And what is 2 + 3?")
    model = ScriptedModel([])
    turn.models, turn.tools = lambda tier: model, {"calculate": tool}
    async for _ in assistant.answer(turn):
        pass
    assert "Dividing by zero" in turn.answer
    assert "2 + 3 = 5" in turn.answer
    assert not model.requests
