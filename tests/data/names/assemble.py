"""Write the corpora of this folder anew: python assemble.py FAKER_WHEEL FAKER_JS_PACKAGE PHP_PERSON (see README.md).

Every name is drawn from the lists of given names and surnames of the packages and written in one of the styles of
its language; the draw is seeded, so the same packages give the same files.
"""

import csv
import importlib
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
COUNT = 700
COLUMNS = ("text", "style", "family", "given", "patronymic", "gender", "title")
PACKAGES = {
    "ru": (["ru_RU"], ["ru"]),
    "uk": (["uk_UA"], ["uk"]),
    "en": (["en_US", "en_GB"], ["en"]),
    "de": (["de_DE", "de_AT", "de_CH"], ["de"]),
    "hu": (["hu_HU"], ["hu"]),
    "ro": (["ro_RO"], ["ro"]),
    "hr": (["hr_HR"], ["hr"]),
    "sr": ([], ["sr_RS_latin"]),
}
GENDERS = ("female", "male")
Draw = dict[str, str]


class Person:
    """One drawn person, and the random choices its style makes."""

    def __init__(self, lists: dict[str, dict[str, list[str]]], chance: random.Random) -> None:
        self.gender = chance.choice(GENDERS)
        names = lists[self.gender]
        self.chance, self.names = chance, names
        self.family, self.family2 = chance.sample(names["family"], 2)
        self.given, self.given2 = chance.sample(names["given"], 2)
        self.father = chance.choice(names["father"]) if names["father"] else ""
        other = lists[GENDERS[self.gender == "female"]]["given"]
        self.unsure = self.given in other
        # Either word may be either part: the text does not say which, so that it has no right answer.
        self.either_way = self.family in (*names["given"], *other) and self.given in names["family"]

    def one(self, *female_male: tuple[str, str]) -> str:
        return self.chance.choice(female_male)[self.gender == "male"]


def row(text: str, family: str, given: str, father: str = "", title: str = "") -> tuple[str, str, str, str, str]:
    return text, family, given, father, title


Style = Callable[[Person], tuple[str, str, str, str, str]]
PLAIN: dict[str, Style] = {
    "given first": lambda p: row(f"{p.given} {p.family}", p.family, p.given),
    "family first": lambda p: row(f"{p.family} {p.given}", p.family, p.given),
    "comma": lambda p: row(f"{p.family}, {p.given}", p.family, p.given),
    "two given": lambda p: row(f"{p.given} {p.given2} {p.family}", p.family, f"{p.given} {p.given2}"),
    "hyphened given": lambda p: row(f"{p.given}-{p.given2} {p.family}", p.family, f"{p.given}-{p.given2}"),
    "family first, hyphened given": lambda p: row(
        f"{p.family} {p.given}-{p.given2}", p.family, f"{p.given}-{p.given2}"
    ),
    "family first, two given": lambda p: row(
        f"{p.family} {p.given} {p.given2}", p.family, f"{p.given} {p.given2}"
    ),
    "comma, two given": lambda p: row(f"{p.family}, {p.given} {p.given2}", p.family, f"{p.given} {p.given2}"),
    "hyphened family": lambda p: row(f"{p.given} {p.family}-{p.family2}", f"{p.family}-{p.family2}", p.given),
    "hyphened family first": lambda p: row(
        f"{p.family}-{p.family2} {p.given}", f"{p.family}-{p.family2}", p.given
    ),
    "two families": lambda p: row(f"{p.given} {p.family} {p.family2}", f"{p.family} {p.family2}", p.given),
    "shouted": lambda p: row(f"{p.given} {p.family}".upper(), p.family, p.given),
    "shouted, family first": lambda p: row(f"{p.family} {p.given}".upper(), p.family, p.given),
    "family shouted": lambda p: row(f"{p.family.upper()} {p.given}", p.family, p.given),
    "family shouted last": lambda p: row(f"{p.given} {p.family.upper()}", p.family, p.given),
    "small": lambda p: row(f"{p.given} {p.family}".lower(), p.family, p.given),
    "small, family first": lambda p: row(f"{p.family} {p.given}".lower(), p.family, p.given),
    "initial first": lambda p: row(f"{p.given[0]}. {p.family}", p.family, f"{p.given[0]}."),
    "initial last": lambda p: row(f"{p.family} {p.given[0]}.", p.family, f"{p.given[0]}."),
    "middle initial": lambda p: row(f"{p.given} {p.given2[0]}. {p.family}", p.family, f"{p.given} {p.given2[0]}."),
    "comma, middle initial": lambda p: row(
        f"{p.family}, {p.given} {p.given2[0]}.", p.family, f"{p.given} {p.given2[0]}."
    ),
    "two initials": lambda p: row(
        f"{p.given[0]}. {p.given2[0]}. {p.family}", p.family, f"{p.given[0]}. {p.given2[0]}."
    ),
}


def titled(title: str, order: str = "{given} {family}") -> Style:
    return lambda p: row(f"{title} {order.format(given=p.given, family=p.family)}", p.family, p.given, title=title)


def degreed(degree: str, order: str = "{given} {family}") -> Style:
    return lambda p: row(
        f"{order.format(given=p.given, family=p.family)}, {degree}", p.family, p.given, title=degree
    )


def salutation(female: str, male: str, order: str = "{given} {family}") -> Style:
    def style(p: Person) -> tuple[str, str, str, str, str]:
        title = p.one((female, male))
        return row(f"{title} {order.format(given=p.given, family=p.family)}", p.family, p.given, title=title)

    return style


def particled(particle: str) -> Style:
    return lambda p: row(f"{p.given} {particle} {p.family}", f"{particle} {p.family}", p.given)


def maiden(word: str, order: str = "{given} {family}") -> Style:
    return lambda p: row(
        f"{order.format(given=p.given, family=p.family)} {word.format(p.family2)}", p.family, p.given
    )


FIRST, LAST = "{family} {given}", "{given} {family}"
EAST_SLAVIC: dict[str, tuple[int, Style]] = {
    "family given father": (24, lambda p: row(f"{p.family} {p.given} {p.father}", p.family, p.given, p.father)),
    "given father family": (10, lambda p: row(f"{p.given} {p.father} {p.family}", p.family, p.given, p.father)),
    "family first": (12, PLAIN["family first"]),
    "given first": (12, PLAIN["given first"]),
    "given father": (4, lambda p: row(f"{p.given} {p.father}", "", p.given, p.father)),
    "family initials": (
        5, lambda p: row(f"{p.family} {p.given[0]}. {p.father[0]}.", p.family, f"{p.given[0]}.", f"{p.father[0]}.")
    ),
    "family initials glued": (
        4, lambda p: row(f"{p.family} {p.given[0]}.{p.father[0]}.", p.family, f"{p.given[0]}.", f"{p.father[0]}.")
    ),
    "initials family glued": (
        2, lambda p: row(f"{p.given[0]}.{p.father[0]}.{p.family}", p.family, f"{p.given[0]}.", f"{p.father[0]}.")
    ),
    "initials family": (
        3, lambda p: row(f"{p.given[0]}. {p.father[0]}. {p.family}", p.family, f"{p.given[0]}.", f"{p.father[0]}.")
    ),
    "shouted with father": (
        4, lambda p: row(f"{p.family} {p.given} {p.father}".upper(), p.family, p.given, p.father)
    ),
    "small with father": (3, lambda p: row(f"{p.family} {p.given} {p.father}".lower(), p.family, p.given, p.father)),
    "shouted": (2, PLAIN["shouted"]),
    "small, family first": (2, PLAIN["small, family first"]),
    "family shouted": (2, PLAIN["family shouted"]),
    "comma with father": (2, lambda p: row(f"{p.family}, {p.given} {p.father}", p.family, p.given, p.father)),
    "hyphened family first": (2, PLAIN["hyphened family first"]),
}  # fmt: skip
STYLES: dict[str, dict[str, tuple[int, Style]]] = {
    "ru": EAST_SLAVIC | {
        "salutation": (2, salutation("г-жа", "г-н", FIRST)),
        "title": (2, titled("д-р", FIRST)),
        "degree": (2, degreed("к.т.н.", FIRST)),
        "maiden": (1, maiden("(урожд. {})", FIRST)),
    },
    "uk": EAST_SLAVIC | {"salutation": (2, salutation("пані", "пан", LAST))},
    "en": {
        "given first": (40, PLAIN["given first"]), "two given": (8, PLAIN["two given"]),
        "middle initial": (10, PLAIN["middle initial"]), "comma": (8, PLAIN["comma"]),
        "comma, middle initial": (4, PLAIN["comma, middle initial"]), "shouted": (4, PLAIN["shouted"]),
        "small": (3, PLAIN["small"]), "hyphened family": (3, PLAIN["hyphened family"]),
        "initial first": (3, PLAIN["initial first"]), "two initials": (2, PLAIN["two initials"]),
        "salutation": (5, salutation("Mrs", "Mr")), "salutation, stop": (2, salutation("Ms.", "Mr.")),
        "title": (3, titled("Dr.")), "degree": (2, degreed("PhD")),
        "generation": (2, lambda p: row(f"{p.given} {p.family} Jr.", f"{p.family} Jr.", p.given)),
        "nickname": (2, lambda p: row(f'{p.given} "{p.given2}" {p.family}', p.family, p.given)),
    },
    "de": {
        "given first": (40, PLAIN["given first"]), "comma": (12, PLAIN["comma"]),
        "family first": (2, PLAIN["family first"]), "two given": (4, PLAIN["two given"]),
        "hyphened given": (5, PLAIN["hyphened given"]), "hyphened family": (6, PLAIN["hyphened family"]),
        "shouted": (4, PLAIN["shouted"]), "small": (3, PLAIN["small"]), "initial first": (3, PLAIN["initial first"]),
        "salutation": (6, salutation("Frau", "Herr")), "title": (3, titled("Dr.")), "titles": (3, titled("Prof. Dr.")),
        "engineer": (2, titled("Dipl.-Ing.")), "von": (3, particled("von")), "von der": (1, particled("von der")),
        "zu": (1, particled("zu")), "maiden": (2, maiden("geb. {}")),
    },
    "hu": {
        "family first": (50, PLAIN["family first"]), "family first, two given": (8, PLAIN["family first, two given"]),
        "given first": (3, PLAIN["given first"]), "title": (8, titled("dr.", FIRST)), "comma": (2, PLAIN["comma"]),
        "hyphened family first": (4, PLAIN["hyphened family first"]),
        "shouted, family first": (5, PLAIN["shouted, family first"]),
        "small, family first": (4, PLAIN["small, family first"]), "initial last": (3, PLAIN["initial last"]),
        "generation": (3, lambda p: row(f"ifj. {p.family} {p.given}", f"ifj. {p.family}", p.given)),
        "wife": (4, lambda p: row(f"{p.family}né {p.family2} {p.given}", f"{p.family}né {p.family2}", p.given)),
        "maiden": (2, maiden("(szül. {})", FIRST)),
    },
    "ro": {
        "given first": (35, PLAIN["given first"]), "family first": (22, PLAIN["family first"]),
        "hyphened given": (8, PLAIN["hyphened given"]), "comma": (5, PLAIN["comma"]),
        "family first, hyphened given": (6, PLAIN["family first, hyphened given"]),
        "two given": (4, PLAIN["two given"]), "family first, two given": (4, PLAIN["family first, two given"]),
        "shouted": (3, PLAIN["shouted"]), "shouted, family first": (2, PLAIN["shouted, family first"]),
        "small": (3, PLAIN["small"]), "hyphened family": (3, PLAIN["hyphened family"]),
        "salutation": (4, salutation("D-na", "Dl.")), "title": (3, titled("ing.")),
        "family shouted": (2, PLAIN["family shouted"]),
    },
}  # fmt: skip
STYLES["hr"] = {
    "given first": (45, PLAIN["given first"]), "family first": (22, PLAIN["family first"]),
    "comma": (5, PLAIN["comma"]), "two families": (5, PLAIN["two families"]),
    "hyphened family": (4, PLAIN["hyphened family"]), "shouted": (3, PLAIN["shouted"]),
    "shouted, family first": (2, PLAIN["shouted, family first"]), "small": (3, PLAIN["small"]),
    "title": (3, titled("dr.")), "science": (2, titled("mr. sc.")), "degree": (3, degreed("dipl. ing.")),
    "family shouted last": (2, PLAIN["family shouted last"]), "initial first": (2, PLAIN["initial first"]),
    "salutation": (3, salutation("gđa", "gosp.")),
}  # fmt: skip
STYLES["sr"] = STYLES["bs"] = STYLES["hr"]
# Vuk Karadžić's alphabet: one letter, or two, for one.
SERBIAN = {
    "lj": "љ", "nj": "њ", "dž": "џ", "đ": "ђ", "ž": "ж", "č": "ч", "ć": "ћ", "š": "ш",
    **dict(zip("abvgdezijklmnoprstufhc", "абвгдезијклмнопрстуфхц", strict=True)),
}  # fmt: skip


def cyrillic(text: str) -> str:
    for latin, letter in SERBIAN.items():
        for cased in (latin, latin.capitalize(), latin.upper()):
            text = text.replace(cased, letter if cased == latin else letter.upper())
    return text


def lists_of(language: str, wheel: str, package: str) -> dict[str, dict[str, list[str]]]:
    """gender -> `family`, `given`, `father` -> names."""
    sys.path.insert(0, wheel)
    pythons, scripts = PACKAGES[language]
    found: dict[str, dict[str, set[str]]] = {
        g: {"family": set(), "given": set(), "father": set()} for g in GENDERS
    }
    for locale in pythons:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for gender, names in found.items():
            families = getattr(provider, f"last_names_{gender}", provider.last_names)
            names["family"].update(families)
            names["given"].update(getattr(provider, f"first_names_{gender}"))
            names["father"].update(
                getattr(provider, f"middle_names_{gender}", ()) if language in ("ru", "uk") else ()
            )
    for locale in scripts:
        person = of_faker_js(package, locale)
        for gender, names in found.items():
            names["family"].update(person["last_name"].get(gender) or person["last_name"]["generic"])
            names["given"].update(person["first_name"][gender])
            names["father"].update(
                person.get("middle_name", {}).get(gender, ()) if language in ("ru", "uk") else ()
            )
    return {
        gender: {part: sorted(filter(usable, values)) for part, values in names.items()}
        for gender, names in found.items()
    }


def bosnian(file: str) -> dict[str, dict[str, list[str]]]:
    """The lists of the PHP class `Person` for `bs_BA`."""
    arrays = re.findall(r"\$(\w+) = array\((.*?)\)", Path(file).read_text(encoding="utf-8"), re.DOTALL)
    names = {field: sorted(filter(usable, set(re.findall(r'"([^"]+)"', words)))) for field, words in arrays}
    return {
        gender: {"family": names["lastName"], "given": names[f"firstName{gender.capitalize()}"], "father": []}
        for gender in GENDERS
    }


def usable(name: str) -> bool:
    """One word in ordinary case; Mc and Mac are written both ways in the lists."""
    return name.istitle() and " " not in name and not name.startswith(("Mc", "Mac")) and len(name) > 1


def of_faker_js(package: str, locale: str) -> dict[str, dict[str, list[str]]]:
    script = f"import {{allLocales}} from '{Path(package).resolve()}/dist/index.js';"
    script += f"console.log(JSON.stringify(allLocales.{locale}.person))"
    answer = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout)


def rows(language: str, wheel: str, package: str, php: str) -> list[tuple[str, ...]]:
    chance = random.Random(f"held out {language}")
    lists = bosnian(php) if language == "bs" else lists_of(language, wheel, package)
    styles = STYLES[language]
    weights = [weight for weight, _ in styles.values()]
    found: dict[str, tuple[str, ...]] = {}
    while len(found) < COUNT:
        name = chance.choices(list(styles), weights)[0]
        person = Person(lists, chance)
        text, family, given, father, title = styles[name][1](person)
        told = "salutation" in name or father[2:] or "wife" in name
        gender = "" if person.unsure and not told else person.gender
        if person.either_way or (("maiden" in name or "wife" in name) and person.gender == "male"):
            continue
        if "." in given and not given[2:].strip(". ") and not told:
            gender = ""
        if language == "sr" and chance.random() < 0.5 and not title:
            text, family, given = map(cyrillic, (text, family, given))
        if language == "en" and len(person.given) == 1:
            continue
        found.setdefault(text, (text, name, family, given, father, gender, title))
    return list(found.values())


def main() -> None:
    for language in (*PACKAGES, "bs"):
        with (HERE / f"{language}.tsv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(rows(language, *sys.argv[1:]))


if __name__ == "__main__":
    main()
