"""100 questions over tables, each with the SQL that a model would write and its answer, worked out
in Python beside it; and 50 other ways to ask such things, written before anything read them.

`made(rows)` makes the tables from a seed; the last one has `rows` rows.
"""

# ruff: noqa: E501, E741 - a question is a line

from __future__ import annotations

import datetime
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

Row = dict[str, Any]
Tables = dict[str, list[Row]]
D = datetime.date

CITIES = ("Kiel", "Bonn", "Bremen", "Hamburg", "Jena", "Ulm", "Mainz", "Trier")
KINDS = ("chair", "lamp", "desk", "shelf", "rug")
TEAMS = ("sales", "support", "design", "engineering")
STATIONS = ("North", "South", "East", "West", "Harbour")
COUNTRIES = ("DE", "FR", "ES", "US", "BR", "JP")
PAGES = ("home", "search", "cart", "help", "item")
DEVICES = ("phone", "laptop", "tablet")


class Question(NamedTuple):
    """`plain` is whether it is a simple one over one table, which may be read without a model."""

    text: str
    files: tuple[str, ...]
    sql: str
    answer: Callable[[Tables], Any]
    plain: bool = True


def made(rows: int = 1_000_000) -> tuple[Tables, dict[str, bytes]]:
    """The tables as rows, and as files."""
    dice = random.Random(7)
    day = D(2023, 1, 1)
    shop = [
        {"item": f"{KINDS[n % 5]} {n + 1:03d}", "category": KINDS[n % 5],
         "price": dice.randrange(500, 250_000) / 100, "weight": dice.randrange(2, 400) / 10,
         "stock": dice.randrange(0, 120), "added": day + datetime.timedelta(dice.randrange(700))}
        for n in range(100)
    ]  # fmt: skip
    orders = [
        {"order": 1000 + n, "day": day + datetime.timedelta(dice.randrange(730)),
         "item": shop[dice.randrange(100)]["item"], "city": dice.choice(CITIES),
         "quantity": dice.randrange(1, 20), "discount": dice.choice((0, 5, 10, 15)),
         "paid": dice.random() < 0.8}
        for n in range(10_000)
    ]  # fmt: skip
    people = [
        {"name": f"Person {n + 1}", "team": dice.choice(TEAMS),
         "born": D(1960, 1, 1) + datetime.timedelta(dice.randrange(16_000)),
         "salary": dice.randrange(28_000, 120_000), "remote": dice.random() < 0.4,
         "city": dice.choice(CITIES)}
        for n in range(500)
    ]  # fmt: skip
    weather = [
        {"station": STATIONS[n % 5], "day": D(2000, 1, 1) + datetime.timedelta(n // 5),
         "rain": round(max(0.0, dice.gauss(1, 3)), 1), "temperature": round(dice.gauss(10, 8), 1),
         "wind": dice.randrange(0, 30)}
        for n in range(100_000)
    ]  # fmt: skip
    begin = datetime.datetime(2024, 1, 1)
    visits = [
        {"id": n, "at": begin + datetime.timedelta(seconds=n * 31), "country": dice.choice(COUNTRIES),
         "page": dice.choice(PAGES), "seconds": dice.randrange(1, 900),
         "device": dice.choice(DEVICES), "bought": dice.random() < 0.05}
        for n in range(rows)
    ]  # fmt: skip
    tables = {"shop": shop, "orders": orders, "people": people, "weather": weather,
              "visits": visits}  # fmt: skip
    files = {
        "shop.csv": _csv(shop, ";", {"price": _euros, "weight": _kilos}),
        "orders.csv": _csv(orders, ",", {"discount": lambda n: f"{n} %"}),
        "people.json": _json(people),
        "weather.csv": _csv(weather, ","),
        "visits.csv": _csv(visits, ","),
    }
    return tables, files


def _euros(price: float) -> str:
    return f"€ {price:,.2f}".translate(str.maketrans(",.", ".,"))


def _kilos(weight: float) -> str:
    return f"{weight} kg".replace(".", ",")


def _csv(rows: list[Row], sign: str, ways: dict[str, Callable[[Any], str]] | None = None) -> bytes:
    ways = ways or {}
    lines = [sign.join(rows[0])]
    for row in rows:
        lines.append(sign.join(ways.get(name, _cell)(value) for name, value in row.items()))
    return ("\n".join(lines) + "\n").encode()


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(rows: list[Row]) -> bytes:
    import json

    return json.dumps(rows, default=str).encode()


def total(rows: Iterable[Row], name: str) -> float:
    return sum(row[name] for row in rows)


def mean(rows: Iterable[Row], name: str) -> float:
    values = [row[name] for row in rows]
    return sum(values) / len(values)


def where(rows: list[Row], **wanted: Any) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def most(rows: list[Row], name: str, of: str) -> Any:
    return max(rows, key=lambda row: row[name])[of]


def least(rows: list[Row], name: str, of: str) -> Any:
    return min(rows, key=lambda row: row[name])[of]


def grouped(rows: list[Row], by: str, name: str = "") -> list[tuple[Any, float]]:
    """By group: how many rows, or the sum of a column; in the order of the groups."""
    found: dict[Any, float] = defaultdict(int)
    for row in rows:
        found[row[by]] += row[name] if name else 1
    return sorted(found.items())


def means(rows: list[Row], by: str, name: str) -> list[tuple[Any, float]]:
    sums, counts = dict(grouped(rows, by, name)), dict(grouped(rows, by))
    return [(key, sums[key] / counts[key]) for key in sorted(sums)]


def top(groups: list[tuple[Any, float]], n: int = 1) -> Any:
    best = sorted(groups, key=lambda pair: -pair[1])[:n]
    return best[0][0] if n == 1 else best


def _price(t: Tables) -> dict[str, float]:
    return {row["item"]: row["price"] for row in t["shop"]}


def _kind(t: Tables) -> dict[str, str]:
    return {row["item"]: row["category"] for row in t["shop"]}


S, O, P, W, V = ("shop.csv",), ("orders.csv",), ("people.json",), ("weather.csv",), ("visits.csv",)
Q = Question

QUESTIONS = (
    # shop: 100 rows
    Q("How many items are there?", S, "SELECT count(*) FROM shop", lambda t: len(t["shop"])),
    Q("What is the total stock?", S, "SELECT sum(stock) FROM shop", lambda t: total(t["shop"], "stock")),
    Q("What is the average price?", S, "SELECT avg(price) FROM shop", lambda t: mean(t["shop"], "price")),
    Q("What is the highest price?", S, "SELECT max(price) FROM shop", lambda t: max(r["price"] for r in t["shop"])),
    Q("What is the lowest weight?", S, "SELECT min(weight) FROM shop", lambda t: min(r["weight"] for r in t["shop"])),
    Q("Which item is the most expensive?", S, "SELECT item FROM shop ORDER BY price DESC LIMIT 1", lambda t: most(t["shop"], "price", "item"), False),
    Q("Which item has the highest price?", S, "SELECT item FROM shop ORDER BY price DESC LIMIT 1", lambda t: most(t["shop"], "price", "item")),
    Q("Which item weighs the least?", S, "SELECT item FROM shop ORDER BY weight LIMIT 1", lambda t: least(t["shop"], "weight", "item"), False),
    Q("How many lamps are there?", S, "SELECT count(*) FROM shop WHERE category = 'lamp'", lambda t: len(where(t["shop"], category="lamp"))),
    Q("What is the average price of desks?", S, "SELECT avg(price) FROM shop WHERE category = 'desk'", lambda t: mean(where(t["shop"], category="desk"), "price")),
    Q("What is the total stock by category?", S, "SELECT category, sum(stock) FROM shop GROUP BY ALL ORDER BY 1", lambda t: grouped(t["shop"], "category", "stock")),
    Q("How many items cost more than 1000?", S, "SELECT count(*) FROM shop WHERE price > 1000", lambda t: sum(r["price"] > 1000 for r in t["shop"])),
    Q("How many items have a stock of 0?", S, "SELECT count(*) FROM shop WHERE stock = 0", lambda t: len(where(t["shop"], stock=0))),
    Q("What are the 3 items with the highest price?", S, "SELECT item FROM shop ORDER BY price DESC LIMIT 3", lambda t: [(r["item"],) for r in sorted(t["shop"], key=lambda r: -r["price"])[:3]]),
    Q("What is the price of lamp 002?", S, "SELECT price FROM shop WHERE item = 'lamp 002'", lambda t: where(t["shop"], item="lamp 002")[0]["price"]),
    Q("How many items were added in 2024?", S, "SELECT count(*) FROM shop WHERE year(added) = 2024", lambda t: sum(r["added"].year == 2024 for r in t["shop"])),
    Q("When was the newest item added?", S, "SELECT max(added) FROM shop", lambda t: max(r["added"] for r in t["shop"]), False),
    Q("What is the whole stock worth?", S, "SELECT sum(price * stock) FROM shop", lambda t: sum(r["price"] * r["stock"] for r in t["shop"]), False),
    Q("How many grams does chair 001 weigh?", S, "SELECT weight * 1000 FROM shop WHERE item = 'chair 001'", lambda t: where(t["shop"], item="chair 001")[0]["weight"] * 1000, False),
    Q("Which category has the most stock?", S, "SELECT category FROM shop GROUP BY 1 ORDER BY sum(stock) DESC LIMIT 1", lambda t: top(grouped(t["shop"], "category", "stock"))),
    Q("What is the median price?", S, "SELECT median(price) FROM shop", lambda t: sum(sorted(r["price"] for r in t["shop"])[49:51]) / 2),
    Q("How many different categories are there?", S, "SELECT count(DISTINCT category) FROM shop", lambda t: len({r["category"] for r in t["shop"]})),
    # orders: 10,000 rows
    Q("How many orders are there?", O, "SELECT count(*) FROM orders", lambda t: len(t["orders"])),
    Q("How many orders came from Kiel?", O, "SELECT count(*) FROM orders WHERE city = 'Kiel'", lambda t: len(where(t["orders"], city="Kiel"))),
    Q("What is the total quantity for Bremen?", O, "SELECT sum(quantity) FROM orders WHERE city = 'Bremen'", lambda t: total(where(t["orders"], city="Bremen"), "quantity")),
    Q("What is the average quantity per city?", O, "SELECT city, avg(quantity) FROM orders GROUP BY 1 ORDER BY 1", lambda t: means(t["orders"], "city", "quantity")),
    Q("Which city has the most orders?", O, "SELECT city FROM orders GROUP BY 1 ORDER BY count(*) DESC LIMIT 1", lambda t: top(grouped(t["orders"], "city"))),
    Q("Which city has the highest total quantity?", O, "SELECT city FROM orders GROUP BY 1 ORDER BY sum(quantity) DESC LIMIT 1", lambda t: top(grouped(t["orders"], "city", "quantity"))),
    Q("How many orders were not paid?", O, "SELECT count(*) FROM orders WHERE NOT paid", lambda t: len(where(t["orders"], paid=False))),
    Q("How many orders were made in March 2024?", O, "SELECT count(*) FROM orders WHERE day >= DATE '2024-03-01' AND day < DATE '2024-04-01'", lambda t: sum((r["day"].year, r["day"].month) == (2024, 3) for r in t["orders"])),
    Q("How many orders came before 1 July 2023?", O, "SELECT count(*) FROM orders WHERE day < DATE '2023-07-01'", lambda t: sum(r["day"] < D(2023, 7, 1) for r in t["orders"])),
    Q("What is the total quantity in 2023?", O, "SELECT sum(quantity) FROM orders WHERE year(day) = 2023", lambda t: sum(r["quantity"] for r in t["orders"] if r["day"].year == 2023)),
    Q("How many orders have a discount of 15 %?", O, "SELECT count(*) FROM orders WHERE discount = 15", lambda t: len(where(t["orders"], discount=15))),
    Q("What is the average discount?", O, "SELECT avg(discount) FROM orders", lambda t: mean(t["orders"], "discount")),
    Q("How many orders are there by city?", O, "SELECT city, count(*) FROM orders GROUP BY 1 ORDER BY 1", lambda t: grouped(t["orders"], "city")),
    Q("What is the largest quantity in Ulm?", O, "SELECT max(quantity) FROM orders WHERE city = 'Ulm'", lambda t: max(r["quantity"] for r in where(t["orders"], city="Ulm"))),
    Q("How many different items were ordered?", O, "SELECT count(DISTINCT item) FROM orders", lambda t: len({r["item"] for r in t["orders"]})),
    Q("What were the top 3 cities by quantity?", O, "SELECT city, sum(quantity) q FROM orders GROUP BY 1 ORDER BY q DESC LIMIT 3", lambda t: top(grouped(t["orders"], "city", "quantity"), 3)),
    Q("What share of orders was paid, in percent?", O, "SELECT 100.0 * avg(paid::INT) FROM orders", lambda t: 100 * sum(r["paid"] for r in t["orders"]) / 10_000, False),
    Q("How many orders were made on Sundays?", O, "SELECT count(*) FROM orders WHERE dayofweek(day) = 0", lambda t: sum(r["day"].weekday() == 6 for r in t["orders"]), False),
    Q("Which month of 2024 had the most orders?", O, "SELECT month(day) FROM orders WHERE year(day) = 2024 GROUP BY 1 ORDER BY count(*) DESC LIMIT 1", lambda t: Counter(r["day"].month for r in t["orders"] if r["day"].year == 2024).most_common(1)[0][0], False),
    Q("How many orders of more than 10 pieces came from Jena?", O, "SELECT count(*) FROM orders WHERE quantity > 10 AND city = 'Jena'", lambda t: sum(r["quantity"] > 10 for r in where(t["orders"], city="Jena")), False),
    Q("How many paid orders came from Trier?", O, "SELECT count(*) FROM orders WHERE paid AND city = 'Trier'", lambda t: len(where(t["orders"], city="Trier", paid=True))),
    Q("How many orders came from Kiel or Bonn?", O, "SELECT count(*) FROM orders WHERE city IN ('Kiel', 'Bonn')", lambda t: len(where(t["orders"], city="Kiel")) + len(where(t["orders"], city="Bonn"))),
    # two files
    Q("What is the total revenue before discounts?", O + S, "SELECT sum(quantity * price) FROM orders JOIN shop USING (item)", lambda t: sum(r["quantity"] * _price(t)[r["item"]] for r in t["orders"]), False),
    Q("What is the revenue after discounts?", O + S, "SELECT sum(quantity * price * (1 - discount / 100.0)) FROM orders JOIN shop USING (item)", lambda t: sum(r["quantity"] * _price(t)[r["item"]] * (1 - r["discount"] / 100) for r in t["orders"]), False),
    Q("How many orders were for lamps?", O + S, "SELECT count(*) FROM orders o JOIN shop s ON o.item = s.item WHERE category = 'lamp'", lambda t: sum(_kind(t)[r["item"]] == "lamp" for r in t["orders"]), False),
    Q("What quantity of each category was ordered?", O + S, "SELECT category, sum(quantity) FROM orders JOIN shop USING (item) GROUP BY 1 ORDER BY 1", lambda t: grouped([r | {"category": _kind(t)[r["item"]]} for r in t["orders"]], "category", "quantity"), False),
    Q("Which items were never ordered?", O + S, "SELECT item FROM shop ANTI JOIN orders USING (item) ORDER BY 1", lambda t: sorted((i,) for i in _price(t).keys() - {r["item"] for r in t["orders"]}), False),
    Q("How many tonnes were sent to Hamburg?", O + S, "SELECT sum(quantity * weight) / 1000 FROM orders JOIN shop USING (item) WHERE city = 'Hamburg'", lambda t: sum(r["quantity"] * {s["item"]: s["weight"] for s in t["shop"]}[r["item"]] for r in where(t["orders"], city="Hamburg")) / 1000, False),
    Q("In which city was most spent on rugs?", O + S, "SELECT city FROM orders JOIN shop USING (item) WHERE category = 'rug' GROUP BY 1 ORDER BY sum(quantity * price) DESC LIMIT 1", lambda t: top(grouped([r | {"spent": r["quantity"] * _price(t)[r["item"]]} for r in t["orders"] if _kind(t)[r["item"]] == "rug"], "city", "spent")), False),
    Q("How many people live in cities with more than 1250 orders?", O + P, "SELECT count(*) FROM people WHERE city IN (SELECT city FROM orders GROUP BY 1 HAVING count(*) > 1250)", lambda t: sum(dict(grouped(t["orders"], "city")).get(r["city"], 0) > 1250 for r in t["people"]), False),
    Q("How many orders are there per person in Ulm?", O + P, "SELECT (SELECT count(*) FROM orders WHERE city = 'Ulm') / (SELECT count(*) FROM people WHERE city = 'Ulm')", lambda t: len(where(t["orders"], city="Ulm")) / len(where(t["people"], city="Ulm")), False),
    Q("What is the price of the item of order 1005?", O + S, 'SELECT price FROM orders JOIN shop USING (item) WHERE "order" = 1005', lambda t: _price(t)[where(t["orders"], order=1005)[0]["item"]], False),
    Q("How many orders were made by 1 February 2023 for chairs?", O + S, "SELECT count(*) FROM orders JOIN shop USING (item) WHERE day <= DATE '2023-02-01' AND category = 'chair'", lambda t: sum(r["day"] <= D(2023, 2, 1) and _kind(t)[r["item"]] == "chair" for r in t["orders"]), False),
    Q("How many days lie between the first and the last order?", O, "SELECT max(day) - min(day) FROM orders", lambda t: (max(r["day"] for r in t["orders"]) - min(r["day"] for r in t["orders"])).days, False),
    # people: 500 rows
    Q("How many people are there?", P, "SELECT count(*) FROM people", lambda t: 500),
    Q("What is the average salary?", P, "SELECT avg(salary) FROM people", lambda t: mean(t["people"], "salary")),
    Q("What is the average salary by team?", P, "SELECT team, avg(salary) FROM people GROUP BY 1 ORDER BY 1", lambda t: means(t["people"], "team", "salary")),
    Q("Who has the highest salary?", P, "SELECT name FROM people ORDER BY salary DESC LIMIT 1", lambda t: most(t["people"], "salary", "name")),
    Q("How many people work in design?", P, "SELECT count(*) FROM people WHERE team = 'design'", lambda t: len(where(t["people"], team="design"))),
    Q("How many people in sales are remote?", P, "SELECT count(*) FROM people WHERE team = 'sales' AND remote", lambda t: len(where(t["people"], team="sales", remote=True))),
    Q("How many people were born before 1980?", P, "SELECT count(*) FROM people WHERE born < DATE '1980-01-01'", lambda t: sum(r["born"] < D(1980, 1, 1) for r in t["people"])),
    Q("How many people earn more than 100,000?", P, "SELECT count(*) FROM people WHERE salary > 100000", lambda t: sum(r["salary"] > 100_000 for r in t["people"]), False),
    Q("How many people have a salary above 100,000?", P, "SELECT count(*) FROM people WHERE salary > 100000", lambda t: sum(r["salary"] > 100_000 for r in t["people"])),
    Q("What is the salary of Person 17?", P, "SELECT salary FROM people WHERE name = 'Person 17'", lambda t: where(t["people"], name="Person 17")[0]["salary"]),
    Q("Which team has the lowest average salary?", P, "SELECT team FROM people GROUP BY 1 ORDER BY avg(salary) LIMIT 1", lambda t: min(means(t["people"], "team", "salary"), key=lambda p: p[1])[0]),
    Q("How many people are there per city?", P, "SELECT city, count(*) FROM people GROUP BY 1 ORDER BY 1", lambda t: grouped(t["people"], "city")),
    Q("What do all salaries come to?", P, "SELECT sum(salary) FROM people", lambda t: total(t["people"], "salary"), False),
    Q("Who is the oldest?", P, "SELECT name FROM people ORDER BY born LIMIT 1", lambda t: least(t["people"], "born", "name"), False),
    Q("What is the difference between the highest and the lowest salary?", P, "SELECT max(salary) - min(salary) FROM people", lambda t: max(r["salary"] for r in t["people"]) - min(r["salary"] for r in t["people"]), False),
    Q("How many teams are there?", P, "SELECT count(DISTINCT team) FROM people", lambda t: 4),
    Q("What is the total salary of the support team?", P, "SELECT sum(salary) FROM people WHERE team = 'support'", lambda t: total(where(t["people"], team="support"), "salary")),
    Q("How many people live in Mainz and are not remote?", P, "SELECT count(*) FROM people WHERE city = 'Mainz' AND NOT remote", lambda t: len(where(t["people"], city="Mainz", remote=False)), False),
    # weather: 100,000 rows
    Q("How many rows does the table have?", W, "SELECT count(*) FROM weather", lambda t: 100_000),
    Q("What is the highest temperature?", W, "SELECT max(temperature) FROM weather", lambda t: max(r["temperature"] for r in t["weather"])),
    Q("What is the average temperature at the Harbour station?", W, "SELECT avg(temperature) FROM weather WHERE station = 'Harbour'", lambda t: mean(where(t["weather"], station="Harbour"), "temperature")),
    Q("How much rain fell in total?", W, "SELECT sum(rain) FROM weather", lambda t: total(t["weather"], "rain")),
    Q("What is the total rain by station?", W, "SELECT station, sum(rain) FROM weather GROUP BY 1 ORDER BY 1", lambda t: grouped(t["weather"], "station", "rain")),
    Q("On which day was the lowest temperature?", W, "SELECT day FROM weather ORDER BY temperature LIMIT 1", lambda t: least(t["weather"], "temperature", "day")),
    Q("What was the rain at North on 5 May 2010?", W, "SELECT rain FROM weather WHERE station = 'North' AND day = DATE '2010-05-05'", lambda t: where(t["weather"], station="North", day=D(2010, 5, 5))[0]["rain"]),
    Q("What is the total rain in 2005?", W, "SELECT sum(rain) FROM weather WHERE year(day) = 2005", lambda t: sum(r["rain"] for r in t["weather"] if r["day"].year == 2005)),
    Q("On how many days was there no rain at South?", W, "SELECT count(*) FROM weather WHERE station = 'South' AND rain = 0", lambda t: len(where(t["weather"], station="South", rain=0.0)), False),
    Q("What is the average wind per station?", W, "SELECT station, avg(wind) FROM weather GROUP BY 1 ORDER BY 1", lambda t: means(t["weather"], "station", "wind")),
    Q("How many rows have a temperature below -10?", W, "SELECT count(*) FROM weather WHERE temperature < -10", lambda t: sum(r["temperature"] < -10 for r in t["weather"])),
    Q("Which year was the wettest?", W, "SELECT year(day) FROM weather GROUP BY 1 ORDER BY sum(rain) DESC LIMIT 1", lambda t: top(grouped([r | {"year": r["day"].year} for r in t["weather"]], "year", "rain")), False),
    Q("What is the highest temperature in Fahrenheit?", W, "SELECT max(temperature) * 9 / 5 + 32 FROM weather", lambda t: max(r["temperature"] for r in t["weather"]) * 9 / 5 + 32, False),
    Q("What is the first day in the table?", W, "SELECT min(day) FROM weather", lambda t: D(2000, 1, 1), False),
    Q("What was the maximum wind in January 2015?", W, "SELECT max(wind) FROM weather WHERE day BETWEEN DATE '2015-01-01' AND DATE '2015-01-31'", lambda t: max(r["wind"] for r in t["weather"] if (r["day"].year, r["day"].month) == (2015, 1))),
    # visits: 1,000,000 rows
    Q("How many visits are there?", V, "SELECT count(*) FROM visits", lambda t: len(t["visits"])),
    Q("What is the average number of seconds?", V, "SELECT avg(seconds) FROM visits", lambda t: mean(t["visits"], "seconds")),
    Q("How many visits came from FR?", V, "SELECT count(*) FROM visits WHERE country = 'FR'", lambda t: len(where(t["visits"], country="FR"))),
    Q("How many visits are there by country?", V, "SELECT country, count(*) FROM visits GROUP BY 1 ORDER BY 1", lambda t: grouped(t["visits"], "country")),
    Q("What is the sum of seconds by page?", V, "SELECT page, sum(seconds) FROM visits GROUP BY 1 ORDER BY 1", lambda t: grouped(t["visits"], "page", "seconds")),
    Q("Which device has the most visits?", V, "SELECT device FROM visits GROUP BY 1 ORDER BY count(*) DESC LIMIT 1", lambda t: top(grouped(t["visits"], "device"))),
    Q("How many visits by phone bought something?", V, "SELECT count(*) FROM visits WHERE device = 'phone' AND bought", lambda t: len(where(t["visits"], device="phone", bought=True)), False),
    Q("How many visits lasted longer than 600 seconds?", V, "SELECT count(*) FROM visits WHERE seconds > 600", lambda t: sum(r["seconds"] > 600 for r in t["visits"]), False),
    Q("How many visits were there on 14 February 2024?", V, "SELECT count(*) FROM visits WHERE \"at\"::DATE = DATE '2024-02-14'", lambda t: sum(r["at"].date() == D(2024, 2, 14) for r in t["visits"])),
    Q("How many hours were spent in all?", V, "SELECT sum(seconds) / 3600 FROM visits", lambda t: total(t["visits"], "seconds") / 3600, False),
    Q("At which hour of the day do most visits from JP come?", V, "SELECT hour(\"at\") FROM visits WHERE country = 'JP' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1", lambda t: Counter(r["at"].hour for r in where(t["visits"], country="JP")).most_common(1)[0][0], False),
)  # fmt: skip

# Asked otherwise: (question, file, the SQL that answers it). What is no such question has none: to
# be left alone.
OTHERS: tuple[tuple[str, str, str], ...] = (
    ("how many desks do we have", "shop.csv", "SELECT count(*) FROM shop WHERE category = 'desk'"),
    ("Average weight of the rugs?", "shop.csv", "SELECT avg(weight) FROM shop WHERE category = 'rug'"),
    ("give me the mean price per category", "shop.csv", "SELECT category, avg(price) FROM shop GROUP BY 1"),
    ("max price", "shop.csv", "SELECT max(price) FROM shop"),
    ("sum of stock", "shop.csv", "SELECT sum(stock) FROM shop"),
    ("What's the minimum stock for shelf?", "shop.csv", "SELECT min(stock) FROM shop WHERE category = 'shelf'"),
    ("items with stock under 10", "shop.csv", "SELECT * FROM shop WHERE stock < 10"),
    ("Show the five items with the lowest price", "shop.csv", "SELECT item FROM shop ORDER BY price LIMIT 5"),
    ("How many items have a price between 100 and 200?", "shop.csv", "SELECT count(*) FROM shop WHERE price BETWEEN 100 AND 200"),
    ("How many rows?", "shop.csv", "SELECT count(*) FROM shop"),
    ("count of items by category", "shop.csv", "SELECT category, count(*) FROM shop GROUP BY 1"),
    ("Which categories are there?", "shop.csv", "SELECT DISTINCT category FROM shop"),
    ("Wie viele Zeilen hat die Tabelle?", "shop.csv", "SELECT count(*) FROM shop"),
    ("Was ist der höchste price?", "shop.csv", "SELECT max(price) FROM shop"),
    ("Can you tell me the total quantity sold in Hamburg?", "orders.csv", "SELECT sum(quantity) FROM orders WHERE city = 'Hamburg'"),
    ("How many orders from Mainz in 2024?", "orders.csv", "SELECT count(*) FROM orders WHERE city = 'Mainz' AND year(day) = 2024"),
    ("number of orders per city", "orders.csv", "SELECT city, count(*) FROM orders GROUP BY 1"),
    ("What's the biggest quantity ordered?", "orders.csv", "SELECT max(quantity) FROM orders"),
    ("total quantity by city, please", "orders.csv", "SELECT city, sum(quantity) FROM orders GROUP BY 1"),
    ("How many orders had a quantity over 15?", "orders.csv", "SELECT count(*) FROM orders WHERE quantity > 15"),
    ("how many orders with quantity 7", "orders.csv", "SELECT count(*) FROM orders WHERE quantity = 7"),
    ("How many orders after 2024-06-30?", "orders.csv", "SELECT count(*) FROM orders WHERE day > DATE '2024-06-30'"),
    ("What is the average discount for orders from Ulm?", "orders.csv", "SELECT avg(discount) FROM orders WHERE city = 'Ulm'"),
    ("Which city had the fewest orders?", "orders.csv", "SELECT city FROM orders GROUP BY 1 ORDER BY count(*) LIMIT 1"),
    ("In how many cities do we sell?", "orders.csv", "SELECT count(DISTINCT city) FROM orders"),
    ("How many unpaid orders?", "orders.csv", "SELECT count(*) FROM orders WHERE NOT paid"),
    ("How many orders are paid?", "orders.csv", "SELECT count(*) FROM orders WHERE paid"),
    ("What is the average quantity of paid orders from Bonn?", "orders.csv", "SELECT avg(quantity) FROM orders WHERE paid AND city = 'Bonn'"),
    ("Who earns the most?", "people.json", "SELECT name FROM people ORDER BY salary DESC LIMIT 1"),
    ("Which team is Person 3 in?", "people.json", "SELECT team FROM people WHERE name = 'Person 3'"),
    ("In which city does Person 44 live?", "people.json", "SELECT city FROM people WHERE name = 'Person 44'"),
    ("highest salary in engineering", "people.json", "SELECT max(salary) FROM people WHERE team = 'engineering'"),
    ("how many people work remotely?", "people.json", "SELECT count(*) FROM people WHERE remote"),
    ("Who is in the design team and lives in Kiel?", "people.json", "SELECT name FROM people WHERE team = 'design' AND city = 'Kiel'"),
    ("Median salary by team", "people.json", "SELECT team, median(salary) FROM people GROUP BY 1"),
    ("How many people were born in 1985?", "people.json", "SELECT count(*) FROM people WHERE year(born) = 1985"),
    ("average rain per station", "weather.csv", "SELECT station, avg(rain) FROM weather GROUP BY 1"),
    ("What was the lowest temperature at East in 2012?", "weather.csv", "SELECT min(temperature) FROM weather WHERE station = 'East' AND year(day) = 2012"),
    ("How many days had more than 10 mm of rain at West?", "weather.csv", "SELECT count(*) FROM weather WHERE rain > 10 AND station = 'West'"),
    ("Which station has the highest average wind?", "weather.csv", "SELECT station FROM weather GROUP BY 1 ORDER BY avg(wind) DESC LIMIT 1"),
    # What is to be left alone
    ("Why did sales fall in Kiel?", "orders.csv", ""),
    ("Is the average price too high?", "shop.csv", ""),
    ("Write a poem about the total stock.", "shop.csv", ""),
    ("What will the total quantity be next year?", "orders.csv", ""),
    ("How many orders did we lose to competitors?", "orders.csv", ""),
    ("What is the average price in Paris?", "shop.csv", ""),
    ("How many people work in marketing?", "people.json", ""),
    ("What is the average salary in Germany?", "people.json", ""),
    ("How much does the most popular desk cost?", "shop.csv", ""),
    ("What is the highest temperature ever measured on Earth?", "weather.csv", ""),
)  # fmt: skip
