"""Arithmetic in ordinary words: what is found is right, and nothing else is found."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exact
from each import each
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
    ("en", "whats 20 percent tip on 47.50", "9.5"),
    ("en", "my meal was $42, what would a 20% tip be", "8.4"),
    ("en", "a 250 dollar coat at 40% off", "150"),
    ("en", "how much would I save with 30% off a $220 jacket", "66"),
    ("en", "what is 85 increased by 20 percent", "102"),
    ("en", "percent change from 50 to 65", "30"),
    ("en", "what is 7 as a percentage of 35", "20"),
    ("en", "12 is 30% of what number", "40"),
    ("en", "12 eggs cost 3.60, how much per egg", "0.3"),
    ("en", "change from 20 if I spend 13.85", "6.15"),
    ("en", "net price of 119 euros including 19% VAT", "100"),
    ("en", "how much VAT is in 120 at 20%", "20"),
    ("en", "what's the average of 90, 85 and 77", "84"),
    ("en", "add together 12, 15.5 and 7", "34.5"),
    ("en", "what is the product of 6, 7 and 8", "336"),
    ("en", "47 modulo 5", "2"),
    ("en", "is 0.3 greater than 0.25", "true"),
    ("en", "what's smaller, 0.5 or 0.45", "0.45"),
    ("en", "round off 5.67", "6"),
    ("en", "15 squared", "225"),
    ("en", "fourth root of 81", "3"),
    ("en", "a quarter of 88", "22"),
    ("en", "twice 37", "74"),
    ("en", "difference between 1000 and 378", "622"),
    ("en", "take 25 off 90", "65"),
    ("en", "12 times 12 plus 6", "150"),
    ("en", "six hundred and twelve plus three hundred and nine", "921"),
    ("en", "perimeter of a rectangle 6 by 9", "30"),
    ("en", "saving 50 a week how much after 12 weeks", "600"),
    ("en", "dinner was 180 for 6 people, what's each person's share", "30"),
    ("en", "hey what is 45 plus 55 minus 20", "80"),
    ("en", "30 percent of 1,200", "360"),
    ("en", "100 divided by 3 rounded to 2 decimal places", "33.33"),
    ("en", "greatest common divisor of 24 and 36", "12"),
    ("en", "(8 + 4) / 3", "4"),
    ("en", "17 x 4", "68"),
    ("en", "0.35 as a percent", "35"),
    ("en", "is 97 a prime number", "true"),
    ("en", "10% deposit on 3500", "350"),
    ("en", "if i buy 5 shirts for 60 dollars how much is each", "12"),
    ("en", "3 nights at 89 euros per night", "267"),
    (
        "en",
        "Hi there, my sister and I are splitting a $58 dinner bill evenly. What do we each owe?",
        "29",
    ),
    ("en", "I'd like to know what seven percent of three hundred is", "21"),
    ("en", "For my budget: if I put aside 150 a month, what will that be in a year?", "1800"),
    ("en", "Could you add 19% VAT to 350 euros for me please?", "416.5"),
    ("en", "My old salary was 2,800 and my new one is 3,080. What percentage raise is that?", "10"),
    ("en", "What is the square of 25?", "625"),
    ("en", "We need 130 chairs and each row has 12. How many rows do we need?", "11"),
    ("en", "my bank charges a 2.5% fee on 400 euros, how much is it", "10"),
    ("en", "I scored 18 out of 20 on a quiz. What percentage did I get?", "90"),
    ("en", "If one ticket costs 12.50, how much do 4 tickets cost?", "50"),
    ("en", "a dozen eggs cost 3.60. what does one egg cost?", "0.3"),
    ("en", "I drove 450 km and used 30 litres. How many km per litre is that?", "15"),
    ("en", "restaurant bill of 64, add 10% tip, what's the total", "70.4"),
    ("en", "bill 200, tip 15%, 4 people, how much each", "57.5"),
    ("en", "what's 60 less 25%", "45"),
    ("en", "Is 57 a prime?", "false"),
    ("en", "three and a half times four", "14"),
    ("en", "what do 3.20, 4.80 and 1.50 add up to", "9.5"),
    ("en", "what number is 20% of 90", "18"),
    ("en", "9 plus 10", "19"),
    ("en", "if 3 apples cost 1.80, how much do 7 cost", "4.2"),
    ("en", "I have 60 euros. How many 7 euro books can I buy?", "8"),
    ("en", "what's the average price of 12.50, 13.10 and 14", "13.2"),
    ("en", "how much is left of 200 after spending 45.50 and 30", "124.5"),
    ("de", "was sind 15 prozent von 80", "12"),
    ("de", "15% trinkgeld auf 60 euro", "9"),
    ("de", "126 euro durch 4 personen", "31.5"),
    ("de", "30% rabatt auf 89,90", "62.93"),
    ("de", "nach 20% rabatt kostet es 64 euro, was war der ursprüngliche preis", "80"),
    ("de", "bruttopreis bei 50 euro netto und 7% mehrwertsteuer", "53.5"),
    ("de", "miete steigt von 800 auf 840, wie viel prozent mehr ist das", "5"),
    ("de", "18 von 24 in prozent", "75"),
    ("de", "30 ist 15 prozent von wie viel", "200"),
    ("de", "durchschnitt von 2, 3 und 4", "3"),
    ("de", "median von 5, 1, 9", "5"),
    ("de", "zieh 15 von 40 ab", "25"),
    ("de", "ist 91 durch 7 teilbar", "true"),
    ("de", "runde 3,14159 auf zwei nachkommastellen", "3.14"),
    ("de", "5 hoch 3", "125"),
    ("de", "12 zum quadrat", "144"),
    ("de", "drei fünftel von 50", "30"),
    ("de", "dreifache von 20", "60"),
    ("de", "5 eis für je 1,80 was kostet das", "9"),
    ("de", "10 eier kosten 2,50 wie viel kostet ein ei", "0.25"),
    ("de", "ich habe 100 euro und gebe 37,50 aus, wie viel bleibt", "62.5"),
    ("de", "12,99 im monat, wie viel im jahr", "155.88"),
    ("de", "jede woche 20 euro sparen, wie viel nach 10 wochen", "200"),
    ("de", "zwölf mal zwölf", "144"),
    ("de", "was ergibt 5 plus 6 mal 2", "17"),
    ("de", "fakultät von 5", "120"),
    ("de", "3/4 in prozent", "75"),
    ("de", "4 nächte für 480 euro, wie viel pro nacht", "120"),
    ("de", "5 prozent provision auf 2000 euro", "100"),
    ("de", "Ich wüsste gern, was sieben Prozent von dreihundert sind", "21"),
    (
        "de",
        "Wenn ich jeden Monat 150 Euro zurücklege, wie viel habe ich dann in einem Jahr?",
        "1800",
    ),
    ("de", "Kannst du bitte 19 % Mehrwertsteuer auf 350 Euro draufrechnen?", "416.5"),
    (
        "de",
        "Mein altes Gehalt war 2800 und das neue ist 3080. Wie viel Prozent mehr ist das?",
        "10",
    ),
    ("de", "welche zahl ist die kleinste: 0,3, 0,29 oder 0,031", "0.031"),
    ("de", "Ich habe im Test 18 von 20 Punkten, wie viel Prozent sind das?", "90"),
    ("de", "5 kg kartoffeln kosten 6 euro, was kostet das kilo", "1.2"),
    ("de", "wie viel sind 60 euro abzüglich 25 prozent", "45"),
    ("de", "dreieinhalb mal vier", "14"),
    ("de", "wie viele 20-euro-scheine sind 340 euro", "17"),
    ("de", "von 200 euro gebe ich 45,50 und 30 aus, was bleibt übrig", "124.5"),
    ("de", "Teile 91 durch 7", "13"),
    ("de", "gib mir den mittelwert von 4, 9 und 11", "8"),
    ("de", "120 prozent von 50", "60"),
    ("de", "was ergibt zwölf mal acht plus vier", "100"),
    ("de", "Handyvertrag 24,99 im Monat, was zahle ich im Jahr?", "299.88"),
    ("de", "9 + 10", "19"),
    ("de", "Wurzel von 50 auf zwei Stellen gerundet", "7.07"),
    ("es", "cuánto es el 15 por ciento de 80", "12"),
    ("es", "propina del 10% de 54 euros", "5.4"),
    ("es", "126 euros entre 4 personas", "31.5"),
    ("es", "un abrigo cuesta 120 euros y está rebajado un 30%, cuánto cuesta ahora", "84"),
    ("es", "después de un 20% de descuento cuesta 64 euros, cuál era el precio original", "80"),
    ("es", "cuánto iva hay en 121 euros al 21%", "21"),
    ("es", "bajó de 80 a 60, qué porcentaje de bajada es", "25"),
    ("es", "12 qué porcentaje es de 48", "25"),
    ("es", "sueldo de 1500 con una subida del 4%, cuánto cobraré", "1560"),
    ("es", "mediana de 5, 1 y 9", "5"),
    ("es", "resta 15 de 40", "25"),
    ("es", "qué resto da 100 entre 7", "2"),
    ("es", "cuál es mayor, 0,7 o 0,65", "0.7"),
    ("es", "5 elevado a 3", "125"),
    ("es", "raíz cúbica de 27", "3"),
    ("es", "tres quintos de 50", "30"),
    ("es", "el triple de 20", "60"),
    ("es", "5 helados a 1,80 cada uno", "9"),
    ("es", "pago 17,35 con un billete de 20, cuánto me devuelven", "2.65"),
    ("es", "área de un rectángulo de 4 por 5", "20"),
    ("es", "cien menos treinta y siete", "63"),
    ("es", "factorial de 5", "120"),
    ("es", "cuánto es 25 por 16 por favor", "400"),
    ("es", "cuánto es un 10% de 350", "35"),
    ("es", "Mi hermana y yo compartimos una cuenta de 58 euros, ¿cuánto paga cada una?", "29"),
    ("es", "Me gustaría saber cuánto es el siete por ciento de trescientos", "21"),
    ("es", "Si ahorro 150 euros al mes, ¿cuánto tendré en un año?", "1800"),
    ("es", "¿Puedes añadir el 21 % de IVA a 350 euros, por favor?", "423.5"),
    ("es", "Mi sueldo anterior era 2800 y el nuevo es 3080. ¿Qué porcentaje de subida es?", "10"),
    ("es", "Saqué 18 de 20 en el examen, ¿qué porcentaje es?", "90"),
    ("es", "5 kg de patatas cuestan 6 euros, ¿a cuánto sale el kilo?", "1.2"),
    ("es", "¿Es 57 un número primo?", "false"),
    ("es", "cuánto suman 3,20 y 4,80 y 1,50", "9.5"),
    ("es", "tengo 60 euros, ¿cuántos libros de 7 euros puedo comprar?", "8"),
    ("es", "¿Cuánto es un tercio de 72?", "24"),
    ("es", "un vestido de 80 euros con el 30% de descuento", "56"),
    ("es", "dos elevado a diez", "1024"),
    ("es", "súmale 17 a 25", "42"),
    ("es", "cuánto es 3/4 de 60", "45"),
    ("es", "100 menos 25 por ciento", "75"),
    ("es", "cuánto es 8 al cuadrado más 6 al cuadrado", "100"),
    ("fr", "combien font 15 pour cent de 80", "12"),
    ("fr", "pourboire de 10% sur 54 euros", "5.4"),
    ("fr", "126 euros à partager entre 4 personnes", "31.5"),
    (
        "fr",
        "un manteau coûte 120 euros et il est soldé à -30%, combien coûte-t-il maintenant",
        "84",
    ),
    ("fr", "après 20% de remise ça coûte 64 euros, quel était le prix initial", "80"),
    ("fr", "combien de tva dans 120 euros ttc à 20%", "20"),
    ("fr", "baisse de 80 à 60 en pourcentage", "25"),
    ("fr", "12 représente quel pourcentage de 48", "25"),
    ("fr", "salaire de 1500 augmenté de 4%", "1560"),
    ("fr", "médiane de 5, 1 et 9", "5"),
    ("fr", "soustrais 15 de 40", "25"),
    ("fr", "91 est-il divisible par 7", "true"),
    ("fr", "quel est le plus grand, 0,7 ou 0,65", "0.7"),
    ("fr", "5 puissance 3", "125"),
    ("fr", "racine cubique de 27", "3"),
    ("fr", "trois cinquièmes de 50", "30"),
    ("fr", "le triple de 20", "60"),
    ("fr", "différence entre 90 et 35", "55"),
    ("fr", "8 bouteilles coûtent 6,40, combien coûte une bouteille", "0.8"),
    ("fr", "je gagne 14 euros de l'heure et je travaille 38 heures, combien je gagne", "532"),
    ("fr", "j'économise 20 euros par semaine, combien j'aurai après 10 semaines", "200"),
    ("fr", "douze fois douze", "144"),
    ("fr", "(3+4)*2", "14"),
    ("fr", "3/4 en pourcentage", "75"),
    ("fr", "200 moins 15%", "170"),
    ("fr", "3 douzaines", "36"),
    ("fr", "Ma sœur et moi partageons une addition de 58 euros, combien paie chacune ?", "29"),
    ("fr", "J'aimerais savoir combien font sept pour cent de trois cents", "21"),
    ("fr", "Si je mets 150 euros de côté chaque mois, combien aurai-je au bout d'un an ?", "1800"),
    ("fr", "Peux-tu ajouter 20 % de TVA à 350 euros s'il te plaît ?", "420"),
    ("fr", "J'ai eu 18 sur 20 à l'examen, ça fait quel pourcentage ?", "90"),
    ("fr", "trois et demi fois quatre", "14"),
    ("fr", "si 3 pommes coûtent 1,80, combien coûtent 7 pommes", "4.2"),
    ("fr", "sur 200 euros j'ai dépensé 45,50 et 30, combien il me reste", "124.5"),
    ("fr", "divise 91 par 7", "13"),
    ("fr", "120 pour cent de 50", "60"),
    ("fr", "je suis payé 13,50 euros de l'heure pour 20 heures, combien je gagne", "270"),
    ("fr", "une chambre de 4 m de large et 5 m de long, quelle est la surface ?", "20"),
    ("fr", "racine carrée de 50 arrondie à deux décimales", "7.07"),
    ("fr", "enlève 30 à 100", "70"),
    ("fr", "qu'est-ce qui est plus grand 3/4 ou 0,7", "0.75"),
    ("fr", "moyenne de mes notes : 7, 8,5 et 9", "8.16666666666667"),
    ("en", "15 people at 22.50 per person, total cost", "337.5"),
    ("en", "half price on a 64 dollar game, what do I pay", "32"),
    ("en", "A pack of 4 batteries is 6.20, what's that per battery", "1.55"),
    ("en", "how much are 2.5 pounds of beef at 8 dollars per pound", "20"),
    ("en", "take 15% off 240", "204"),
    ("de", "eine packung mit 4 batterien kostet 6,20, was kostet eine batterie", "1.55"),
    ("es", "15 personas a 22,50 por persona, cuánto es en total", "337.5"),
    ("es", "añade un 12% a 85", "95.2"),
    ("fr", "15 personnes à 22,50 par personne, combien au total", "337.5"),
    ("fr", "enlève 15% à 240", "204"),
]


@each(CASES)
async def test_found_and_right(language: str, question: str, value: str) -> None:
    await exact.found_and_right(tool, language, question, value)


# Stories whose operation no cue tells, questions that could mean two things, and what is no sum
LEFT = [
    ("en", "Tom has 5 apples and buys 3 more. How many does he have?"),
    ("en", "I bought 3 shirts for 20 each and returned one, how much did I pay"),
    ("en", "Buy 2 get 1 free on 15 dollar shirts, what do I pay for 3"),
    ("en", "If 3 painters need 6 hours, how long do 4 need?"),
    ("en", "I invested 1000 at 5% for 3 years, how much do I have"),
    ("en", "Should I tip 15 or 20 percent on a 50 dollar bill?"),
    ("en", "In a group of 30, 12 wear glasses. What percent do not?"),
    ("en", "how much is 50 dollars plus 30 euros"),
    ("en", "split the bill between 5 people how much each"),
    ("en", "20% off, what do i pay"),
    ("en", "what is 80 euros including 20% VAT"),
    ("en", "the bill is 80, 15% tip"),
    ("en", "average rainfall in 2019, 2020 and 2021"),
    ("en", "two of us are kids who pay half, how much each for 4 people on an 80 dollar bill"),
    ("en", "half of the 30 students are girls and 5 left, how many girls remain"),
    ("en", "how much are 4 tickets"),
    ("de", "Anna hat 5 Äpfel und isst 2, wie viele bleiben übrig"),
    ("de", "von den 30 Schülern sind 40% krank, wie viele sind gesund"),
    ("de", "Miete 800 Euro steigt jedes Jahr um 3%, wie hoch nach 5 Jahren"),
    ("de", "Ich kaufe 3 Pizzen, was muss ich insgesamt bezahlen"),
    ("es", "Ana tiene 5 manzanas y come 2, ¿cuántas quedan?"),
    ("es", "¿Debo dejar 10 o 15 por ciento de propina en 50 euros?"),
    ("es", "¿Cuánto falta para las 14:30?"),
    ("es", "lleva 3 y paga 2, camisetas a 20 euros"),
    ("fr", "Anne a 5 pommes et en mange 2, combien en reste-t-il ?"),
    ("fr", "sur 30 élèves 40% sont malades, combien sont en bonne santé ?"),
    ("fr", "3 pour le prix de 2, chemises à 20 euros, combien je paie"),
    ("fr", "je roule 6 heures, ça fait combien de km"),
]


@each(LEFT)
def test_left_to_others(language: str, question: str) -> None:
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
        ("factor(91)", "7"),
        ("factor(97)", "97"),
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
        ("factor(1)", "bad_expression"),
        ("factor(99999999999999)", "too_large"),
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


async def test_a_comparison_says_yes_or_no() -> None:
    assert (await answer("is 5/8 more than 3/5")).answer == "Yes: 5/8 > 3/5"
    assert (await answer("ist 92 durch 7 teilbar", "de")).answer == "Nein: 92 mod 7 = 1"
    assert (await answer("which is the biggest of 0.7, 0.65 and 0.71")).answer == (
        "0.71 > 0.7 > 0.65"
    )


async def test_a_rate_is_known_in_another_unit_of_time() -> None:
    assert (await answer("9.99 a month, how much is that per year")).value == "119.88"
    assert (await answer("600 euro im jahr, wie viel pro monat", "de")).value == "50"


async def test_money_stays_money_where_the_result_is_money() -> None:
    assert (await answer("12 € plus 3 €", "de")).answer.endswith("= 15,00\u00a0€")
    assert (await answer("3 coffees at $2.80 each, how much is that")).answer.endswith("= $8.40")
    assert (await answer("how many 20-euro notes make 340 euros")).answer.endswith("= 17")


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
