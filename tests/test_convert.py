"""Units in ordinary words: what is found is right, and nothing else is found."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings

import exact
from each import each
from exact import asked
from musespark import lexicon, plugins
from musespark.problem import Problem
from musespark.tool import Exact

tool = plugins.load("tools", "convert")
answer = partial(exact.answer, tool)

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


# Words in any order, with whatever is said around them
FREE = [
    ("en", "what's the metric equivalent of 12 inches", "30.48"),
    ("en", "350F in metric", "176.666666666667"),
    ("en", "kg to lbs 72", "158.732828773112"),
    ("en", "celsius to fahrenheit 25", "77"),
    ("en", "20 c to f", "68"),
    ("en", "in pounds, how much is 90 kg?", "198.41603596639"),
    ("en", "my scale only shows grams, the recipe says 12 oz of butter", "340.1942775"),
    ("en", "the recipe calls for half a cup of sugar how many ml is that", "118.29411825"),
    ("en", "how many milliliters is one and a half cups", "354.88235475"),
    ("en", "three quarters of a mile in km", "1.207008"),
    ("en", "someone told me he's six foot two what is that in centimeters", "187.96"),
    ("en", "what does 55 kilos come to in stones and pounds", "8.66101744297733"),
    ("en", "it's 75 degrees outside; what's that in celsius?", "23.8888888888889"),
    ("en", "roast needs 180 celsius but my oven shows fahrenheit", "356"),
    ("en", "5 km -> miles", "3.10685596118667"),
    ("en", "5 km = ? miles", "3.10685596118667"),
    ("en", "2 m plus 35 cm in inches", "92.5196850393701"),
    ("en", "one plank is 120 cm, the other 1.4 m, how long are they together in m", "2.6"),
    ("en", "how many 250 g packs in 2 kg", "8"),
    ("en", "is a mile longer than a kilometer", "true"),
    ("en", "is 6 feet shorter than 180 cm", "false"),
    ("en", "is 38 C the same as 100.4 F", "true"),
    ("en", "what's 100 mbps in MB/s", "12.5"),
    ("en", "5:30 min/km in min/mile", "8.851392"),
    ("en", "How big is 2000 sq ft in m2?", "185.80608"),
    ("en", "a pint in ml uk", "568.26125"),
    ("en", "The recipe my grandmother from Ohio left me says to bake at 375 degrees Fahrenheit, so "
     "what should I set my oven to in Celsius?", "190.555555555556"),
    ("fr", "Ma recette américaine demande 2 tasses de farine, combien de ml ça fait ?",
     "473.176473"),
    ("fr", "Est-ce qu'un mile est plus long qu'un kilomètre ?", "true"),
    ("es", "¿Cuántos vasos de 250 ml salen de 2 litros?", "8"),
    ("de", "ich bin 1,83 m groß, wie viel ist das in Fuß und Zoll", "6.00393700787402"),
    ("de", "Laut Rezept 2 cups Mehl, wie viele ml sind das", "473.176473"),
    ("de", "zweieinhalb Stunden in Minuten", "150"),
    ("de", "eine Dreiviertelstunde in Minuten", "45"),
    ("de", "Mein Auto nimmt 7 Liter auf 100 km, was wäre das in mpg", "33.6020833333333"),
    ("de", "Ist eine Meile länger als 1,5 km?", "true"),
    ("de", "in Quadratmeter: 2 Hektar", "20000"),
    ("es", "un metro ochenta en pies", "5.90551181102362"),
    ("es", "la receta dice 350 grados fahrenheit, a cuántos centígrados pongo el horno",
     "176.666666666667"),
    ("es", "tres cuartos de hora en minutos", "45"),
    ("es", "dos tazas y media en mililitros", "625"),
    ("es", "cuantos litros tiene un galon", "3.785411784"),
    ("es", "¿es una milla más larga que un kilómetro?", "true"),
    ("fr", "je mesure 1m75, ça fait combien en pieds et pouces", "5.74146981627297"),
    ("fr", "une demi-heure en secondes", "1800"),
    ("fr", "2h30 en minutes", "150"),
    ("fr", "combien de grammes y a-t-il dans un kilo et demi de farine", "1500"),
    ("fr", "il fait moins 5 degrés celsius, c'est combien en fahrenheit", "23"),
    ("fr", "Est-ce que 6 pieds c'est plus que 180 cm ?", "true"),
]  # fmt: skip

# What has a quantity and a unit of its kind, and asks for something else
LEFT = [
    ("en", "how many grams of protein in 3 oz of chicken"),
    ("en", "how many mg of caffeine are in 8 oz of coffee"),
    ("en", "how many grams of sugar in 12 oz of coke"),
    ("en", "how many ounces in 2 cups of flour"),
    ("en", "how many hours are in a work week"),
    ("en", "how many hours in a day on Mars"),
    ("en", "how many hours does a cat sleep in 2 days"),
    ("en", "how many minutes of ads in an hour of tv"),
    ("en", "I run 5 km a day, how many miles do I run in a week"),
    ("en", "how much longer is a mile than a kilometer"),
    ("en", "twice 5 km in miles"),
    ("en", "5-10 km in miles"),
    ("en", "2 people ran 5 km, how many miles"),
    ("en", "5 kg or 10 pounds in grams"),
    ("en", "how many 330 ml cans make 1 litre"),
    ("en", "100 feet in meters and yards"),
    ("en", "how many pounds in a gallon of water"),
    ("en", "100 mb/s in MB/s"),
    ("de", "Wie viele Stunden hat eine Arbeitswoche"),
    ("de", "wie viel Gramm Zucker stecken in 3 Unzen Honig"),
    ("de", "wie viele Pfund hat ein Zentner"),
    ("es", "cuántos gramos de proteína hay en 3 onzas de pollo"),
    ("es", "una hora menos en minutos"),
    ("fr", "combien de grammes de sucre dans 3 onces de chocolat"),
    ("fr", "une heure de plus en minutes"),
]


@each([*CASES, *FREE])
async def test_found_and_right(language: str, question: str, value: str) -> None:
    await exact.found_and_right(tool, language, question, value)


@each(LEFT)
def test_what_asks_for_something_else_is_left(language: str, question: str) -> None:
    assert tool.recognise(question, asked(question, language)) is None


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
    "area-acre": "4046.8564224 meter**2", "length-hand": "4 inch", "mass-stick": "4 ounce",
    "pressure-kilogram-force-per-square-centimeter": "kilogram_force/centimeter**2",
    "torque-newton-meter": "newton*meter", "torque-pound-force-foot": "force_pound*foot",
    "speed-foot-per-second": "foot/second",
}  # fmt: skip
BASES = {
    "length": "meter", "mass": "gram", "volume": "liter", "area": "meter**2",
    "speed": "meter/second", "time": "second", "calendar": "month", "data": "bit",
    "pressure": "pascal", "energy": "joule", "power": "watt", "frequency": "hertz",
    "angle": "degree", "rate": "bit/second", "torque": "newton*meter", "fuel": "kilometer/liter",
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
        ("1 m + 20 cm", "cm", "120"),
        ("2 l", "250 ml", "8"),
        ("6 ft", "> 180 cm", "true"),
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
        ("5 km", "0 m", "division_by_zero"),
        ("5 km", "> 3 kg", "units_do_not_fit"),
        ("5 km", "> miles", "unknown_unit"),
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
