"""The contacts that both sides of crm_bench.py keep: invented, the same for the same number of rows."""

import csv
import random

SYLLABLES = "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa".split()
TITLES = ["Buyer", "Engineer", "Director", "Plant Manager", "Head of Purchasing", "Owner", "Foreman", "Controller"]
COUNTRIES = ["US", "CA", "MX", "DE"]
CITIES = 500

FIELDS = ["external_id", "first_name", "last_name", "title", "email", "phone", "mailing_city", "mailing_country"]
MAPPING = {"object": "contact", "key": "external_id", "columns": {name: name for name in FIELDS}}


def names(count, syllables, seed):
    maker = random.Random(seed)
    found = set()
    while len(found) < count:
        found.add("".join(maker.choice(SYLLABLES) for _ in range(syllables)).capitalize())
    return sorted(found)


FIRST, LAST = names(800, 2, 1), names(8000, 3, 2)
CITY = [f"{name} {number}" for number, name in enumerate(names(CITIES, 3, 3))]


def contacts(rows, first_number=0):
    """Yields `rows` contacts as lists in the order of FIELDS."""
    pick = random.Random(7 + first_number).randrange
    for number in range(first_number, first_number + rows):
        first, last = FIRST[pick(len(FIRST))], LAST[pick(len(LAST))]
        yield [
            f"X-{number:08d}",
            first,
            last,
            TITLES[pick(len(TITLES))],
            f"{first.lower()}.{last.lower()}{number}@example.com",
            f"+1 {pick(800) + 200} {pick(1000):03d} {pick(10000):04d}",
            CITY[pick(CITIES)],
            COUNTRIES[pick(len(COUNTRIES))],
        ]


def write_csv(path, rows, first_number=0):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(contacts(rows, first_number))
