"""Units in ordinary words: what is found is right, and nothing else is found."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musespark import lexicon, plugins
from musespark.message import say
from musespark.person import Person
from musespark.problem import Problem
from musespark.tool import Exact
from musespark.turn import Turn

tool = plugins.load("tools", "convert")
OTHERS = {
    name: plugins.load("tools", name)
    for name in ("calculate", "convert", "dates", "times")
    if name != "convert"
}


def asked(question: str, language: str = "en", zone: str = "Europe/Berlin") -> Turn:
    """A question asked on Saturday, 14 March 2026, at 9:26: New York has summer time, Berlin
    has not."""
    return Turn(
        person=Person(language=language, zone=zone),
        messages=[say("user", question)],
        models=lambda tier: pytest.fail(f"no model is needed, and {tier} was asked for"),
        now=datetime(2026, 3, 14, 9, 26, tzinfo=ZoneInfo("Europe/Berlin")),
    )


async def answer(question: str, language: str = "en", zone: str = "Europe/Berlin") -> Exact:
    turn = asked(question, language, zone)
    arguments = tool.recognise(question, turn)
    assert arguments is not None, "not recognised"
    result = await tool.call(arguments, turn)
    assert isinstance(result, Exact)
    return result


# (language, question, the value that must come out)
CASES = [
    ("en", "how many feet in a mile", "5280"),
    ("en", "convert 5 km to miles", "3.10685596118667"),
    ("en", "5'11\" in cm", "180.34"),
    ("en", "I'm 5'11\", how tall is that in cm?", "180.34"),
    ("en", "180 cm in feet and inches", "5.90551181102362"),
    ("en", "12 stone in kg", "76.20351816"),
    ("en", "how many ounces in a pound", "16"),
    ("en", "how many ounces in a cup", "8"),
    ("en", "30 mpg in l/100km", "7.84048611111111"),
    ("en", "8 l/100 km in mpg", "29.4018229166667"),
    ("en", "100 km/h in mph", "62.1371192237334"),
    ("en", "70F to C", "21.1111111111111"),
    ("en", "-40 °C in °F", "-40"),
    ("en", "2 GiB in MB", "2147.483648"),
    ("en", "500 mb in gb", "0.5"),
    ("en", "how many minutes in 2.5 hours", "150"),
    ("en", "how many seconds in a day", "86400"),
    ("en", "90 minutes in hours", "1.5"),
    ("en", "1.5 acres in square meters", "6070.2846336"),
    ("en", "30 psi in bar", "2.06842718795051"),
    ("en", "500 kcal to kJ", "2092"),
    ("en", "180 degrees to radians", "3.14159265358979"),
    ("en", "2 1/2 cups in ml", "591.47059125"),
    ("en", "how many cups in 2 liters", "8.45350567546075"),
    ("en", "how many months in 3 years", "36"),
    ("en", "250 g in ounces", "8.8184904873951"),
    ("en", "how many mm in 3 inches", "76.2"),
    ("en", "what is 72 in in cm", "182.88"),
    ("en", "3 lb to kg", "1.36077711"),
    ("en", "convert half a mile to meters", "804.672"),
    ("en", "1 hour 30 minutes in minutes", "90"),
    ("de", "Was sind 70 Grad Fahrenheit in Celsius?", "21.1111111111111"),
    ("de", "Wie viele Meter sind 3 Meilen?", "4828.032"),
    ("de", "5 Fuß 11 Zoll in cm", "180.34"),
    ("de", "Rechne 100 km/h in m/s um", "27.7777777777778"),
    ("de", "1,5 Liter in Milliliter", "1500"),
    ("de", "wie viele Minuten hat ein Tag", "1440"),
    ("de", "20 Grad Celsius in Fahrenheit", "68"),
    ("de", "2 Stunden 30 Minuten in Minuten", "150"),
    ("es", "¿Cuántas pulgadas hay en un pie?", "12"),
    ("es", "convierte 10 millas a kilómetros", "16.09344"),
    ("es", "¿A cuántos kilómetros equivalen 5 millas?", "8.04672"),
    ("es", "30 grados Celsius en Fahrenheit", "86"),
    ("es", "¿Cuántos segundos tiene una hora?", "3600"),
    ("es", "2 libras en gramos", "907.18474"),
    ("fr", "Combien de mètres font 3 miles ?", "4828.032"),
    ("fr", "combien de centimètres dans un pouce", "2.54"),
    ("fr", "30 degrés Celsius en Fahrenheit", "86"),
    ("fr", "5 kg en livres", "11.0231131092439"),
    ("fr", "combien y a-t-il de minutes dans 3 heures", "180"),
    ("fr", "10 km/h en m/s", "2.77777777777778"),
    ("fr", "2,5 Go en Mo", "2500"),
    ("en", "how many days are in a week", "7"),
    ("en", "how many grams are in 3 ounces?", "85.048569375"),
    ("en", "what is 10 km in miles", "6.21371192237334"),
    ("en", "how tall is 5 foot 9 in centimeters", "175.26"),
    ("en", "5 foot 9 in cm", "175.26"),
    ("en", "how many liters is 2 gallons", "7.570823568"),
    ("en", "180 Celsius in Fahrenheit", "356"),
    ("en", "what's 20 degrees Celsius in Fahrenheit?", "68"),
    ("en", "how hot is 100°F in celsius", "37.7777777777778"),
    ("en", "3 cups of flour in ml", "709.7647095"),
    ("en", "how much is 3 tablespoons in ml", "44.36029434375"),
    ("en", "how many ml is 2 cups", "473.176473"),
    ("en", "60 mph to km/h", "96.56064"),
    ("en", "how fast is 60 mph in km/h", "96.56064"),
    ("en", "how many minutes are in 3.5 hours", "210"),
    ("en", "how many hours is 450 minutes?", "7.5"),
    ("en", "how many inches are in 2 metres", "78.740157480315"),
    ("en", "what's 200 pounds in stone", "14.2857142857143"),
    ("en", "200 lbs in kilos", "90.718474"),
    ("en", "1.5 TB in GB", "1500"),
    ("en", "how many bytes in a kilobyte", "1000"),
    ("en", "how many square feet is 50 square metres", "538.195520835486"),
    ("en", "what is 35 mpg in litres per 100 km", "6.72041666666667"),
    ("en", "How heavy is 150 pounds in kilograms", "68.0388555"),
    ("en", "how many weeks is 45 days", "6.42857142857143"),
    ("en", "what's 98.6 F in C", "37"),
    ("en", "how many yards in 100 metres", "109.361329833771"),
    ("en", "2 litres to pints", "4.22675283773037"),
    ("de", "Wie viel Fahrenheit sind 20 Grad Celsius?", "68"),
    ("de", "Wie viele Liter sind 5 Gallonen?", "18.92705892"),
    ("de", "100 Meilen in Kilometer umrechnen", "160.9344"),
    ("de", "Rechne 5 Meilen in Kilometer um", "8.04672"),
    ("de", "Wie viele Gramm sind 2,5 Kilo?", "2500"),
    ("de", "Wie viele Stunden sind 150 Minuten?", "2.5"),
    ("de", "Wie viele Sekunden hat eine Stunde?", "3600"),
    ("de", "was sind 6 Fuß 2 Zoll in cm", "187.96"),
    ("de", "Wie viel ml sind 3 Esslöffel?", "45"),
    ("de", "wie viel Meter sind ein Kilometer", "1000"),
    ("es", "¿Cuántos centímetros son 5 pulgadas?", "12.7"),
    ("es", "¿Cuánto son 10 kilómetros en millas?", "6.21371192237334"),
    ("es", "convierte 100 grados Fahrenheit a Celsius", "37.7777777777778"),
    ("es", "¿cuántos mililitros tiene una taza?", "250"),
    ("es", "¿A cuántos grados Celsius equivalen 86 grados Fahrenheit?", "30"),
    ("es", "¿Cuántos minutos hay en 3 horas?", "180"),
    ("es", "5 pies 10 pulgadas en cm", "177.8"),
    ("es", "pasar 2 litros a mililitros", "2000"),
    ("fr", "combien de kilomètres font 10 miles ?", "16.09344"),
    ("fr", "Convertis 100 degrés Fahrenheit en Celsius", "37.7777777777778"),
    ("fr", "combien de grammes y a-t-il dans 2 livres", "907.18474"),
    ("fr", "5 pieds 10 pouces en cm", "177.8"),
    ("fr", "combien font 20 degrés Celsius en Fahrenheit", "68"),
    ("fr", "combien de minutes dans 2,5 heures", "150"),
    ("fr", "combien de millilitres dans une cuillère à soupe", "15"),
    ("fr", "10 miles c'est combien de kilomètres", "16.09344"),
]


@pytest.mark.parametrize(("language", "question", "value"), CASES)
async def test_found_and_right(language: str, question: str, value: str) -> None:
    result = await answer(question, language)
    assert result.value == value
    assert result.answer
    turn = asked(question, language)
    assert not [name for name, other in OTHERS.items() if other.recognise(question, turn)]


WORDS = sorted(
    {word for table in lexicon.languages().values() for word in table.telling | set(table.spans)}
    | set("0123456789+-*/%^!().,:'?€$°") | set(lexicon.units().signs)
)  # fmt: skip
LANGUAGES = st.sampled_from(["en", "de", "es", "fr", "en-GB", "it", "xx", ""])


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=10_000),
        st.lists(st.sampled_from(WORDS), max_size=120).map(" ".join),
        st.lists(st.sampled_from(WORDS), max_size=60).map("".join),
    ),
    LANGUAGES,
)
def test_any_text_is_read_or_left(text: str, language: str) -> None:
    """Whatever is typed, recognising neither raises nor gives anything but arguments."""
    found = tool.recognise(text, asked(text, language))
    assert found is None or isinstance(found, dict)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join), LANGUAGES)
async def test_what_is_found_is_answered(text: str, language: str) -> None:
    """What is recognised gets an answer, or a problem said in words; never another error."""
    turn = asked(text, language)
    found = tool.recognise(text, turn)
    if found is not None:
        try:
            result = await tool.call(found, turn)
        except Problem as problem:
            result = Exact(problem.text)
        assert isinstance(result, Exact)
        assert result.answer


def test_long_text_is_left_at_once() -> None:
    text = "what is 1 + 1 " * 750_000
    assert tool.recognise(text, asked("x")) is None


# CLDR's names and ours -> pint's, for the check of the whole table against pint
PINT = {
    "mass-ton": "short_ton", "mass-tonne": "metric_ton", "mass-metric-pound": "500 gram",
    "mass-centner": "50 kilogram", "mass-hundredweight": "100 kilogram",
    "mass-ounce-troy": "troy_ounce", "volume-gallon-imperial": "imperial_gallon",
    "volume-quart-imperial": "imperial_quart", "volume-pint-imperial": "imperial_pint",
    "volume-fluid-ounce-imperial": "imperial_fluid_ounce", "volume-fluid-ounce": "fluid_ounce",
    "volume-cup-metric": "250 milliliter", "volume-tablespoon-metric": "15 milliliter",
    "volume-teaspoon-metric": "5 milliliter", "volume-barrel": "oil_barrel",
    "duration-quarter": "3 month", "duration-decade": "10 year",
    "duration-century": "100 year", "duration-fortnight": "fortnight",
    "pressure-pound-force-per-square-inch": "psi", "pressure-millimeter-ofhg": "mmHg",
    "pressure-inch-ofhg": "inHg", "energy-british-thermal-unit": "Btu_it",
    "power-horsepower": "horsepower", "power-horsepower-metric": "metric_horsepower",
    "angle-arc-minute": "arcminute", "angle-arc-second": "arcsecond", "area-are": "are",
    "consumption-kilometer-per-liter": "kilometer/liter",
    "consumption-mile-per-gallon": "mile/gallon",
    "consumption-mile-per-gallon-imperial": "mile/imperial_gallon",
    "length-light-year": "light_year", "length-nautical-mile": "nautical_mile",
    "length-astronomical-unit": "astronomical_unit", "mass-carat": "carat",
    "energy-watt-hour": "watt_hour", "energy-megawatt-hour": "megawatt_hour",
    "energy-kilowatt-hour": "kilowatt_hour", "length-furlong": "201.168 meter",
    "length-fathom": "1.8288 meter", "mass-long-ton": "long_ton",
    "area-acre": "4046.8564224 meter**2", "speed-foot-per-second": "foot/second",
}  # fmt: skip
BASES = {
    "length": "meter", "mass": "gram", "volume": "liter", "area": "meter**2",
    "speed": "meter/second", "time": "second", "calendar": "month", "data": "bit",
    "pressure": "pascal", "energy": "joule", "power": "watt", "frequency": "hertz",
    "angle": "degree", "fuel": "kilometer/liter",
}  # fmt: skip


def test_every_unit_agrees_with_pint() -> None:
    pint = pytest.importorskip("pint")
    registry = pint.UnitRegistry(cache_folder=None)
    for unit, (dimension, size, _) in lexicon.units().sizes.items():
        if dimension == "temperature" or size.startswith("inverse"):
            continue
        name = PINT.get(unit)
        if name is None:
            name = unit.split("-", 1)[1].replace("-per-", "/").replace("-", "_")
            for power, word in ((2, "square_"), (3, "cubic_")):
                if name.startswith(word):
                    name = f"{name.removeprefix(word)}**{power}"
        above, _, below = size.partition("/")
        ours = float(above) / float(below or 1)
        theirs = registry.parse_expression(name).to(BASES[dimension])
        assert ours == pytest.approx(theirs.magnitude, rel=1e-7), unit


@pytest.mark.parametrize(
    ("quantity", "to", "value"),
    [
        ("26.2 miles", "km", "42.1648128"),
        ("0 °C", "K", "273.15"),
        ("1 cup", "ml", "236.5882365"),
        ("6 ft 2 in", "cm", "187.96"),
        ("5'11\"", "cm", "180.34"),
        ("1 inch", "mm", "25.4"),
        ("10 l/100km", "km/l", "10"),
        ("2 GB", "MB", "2000"),
        ("2 GiB", "MiB", "2048"),
        ("1/3 foot", "inch", "4"),
    ],
)
async def test_called_by_a_model(quantity: str, to: str, value: str) -> None:
    result = await tool.call({"quantity": quantity, "to": to}, asked("x"))
    assert isinstance(result, Exact)
    assert result.value == value


@pytest.mark.parametrize(
    ("quantity", "to", "code"),
    [
        ("5 km", "kg", "units_do_not_fit"),
        ("5 wibbles", "km", "unknown_unit"),
        ("km", "miles", "unknown_unit"),
        ("5 dollars", "euros", "unknown_unit"),
        ("-500 °C", "°F", "below_absolute_zero"),
        ("0 l/100km", "mpg", "division_by_zero"),
        ("", "", "unknown_unit"),
    ],
)
async def test_what_cannot_be_converted(quantity: str, to: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        await tool.call({"quantity": quantity, "to": to}, asked("x"))
    assert caught.value.code == code
    assert caught.value.why
    assert caught.value.next


async def test_the_working_says_which_cup_and_which_gallon() -> None:
    assert "US measure: 1 cup = 236.5882365" in (await answer("2 cups in ml")).working
    assert (await answer("2 gallons in litres", "en-GB")).value == "9.09218"
    assert "imperial measure" in (await answer("2 gallons in litres", "en-GB")).working
    assert (await answer("2 US gallons in litres", "en-GB")).value == "7.570823568"


async def test_answers_are_in_the_language_of_the_question() -> None:
    result = await answer("Wie viele Meter sind 3 Meilen?", "en")
    assert result.answer == "3 Meilen = 4.828,032 Meter"


async def test_feet_and_inches_together() -> None:
    assert (await answer("180 cm in feet and inches")).answer == (
        "180 centimeters ≈ 5 feet 10.86614 inches"
    )
