import pytest

from dedupe.deciding.conflicts import conflicts

NOBODY = {"kind": "person", "registrations": None, "birthday": None, "gender": None}


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({}, {"birthday": "1980-04-03", "gender": "male", "registrations": "RU-INN:7707083893"}, []),
        ({"birthday": "1980-04-03"}, {"birthday": "1980-04-03"}, []),
        ({"birthday": "1980-04-03"}, {"birthday": "--04-03"}, []),
        ({"birthday": "1980-04-03"}, {"birthday": "--04-04"}, ["their birthdays differ"]),
        ({"birthday": "1980-04-03"}, {"birthday": "1981-04-03"}, ["their birthdays differ"]),
        ({"gender": "male"}, {"gender": "female"}, ["their genders differ"]),
        ({"registrations": "RU-INN:1|RU-KPP:2"}, {"registrations": "RU-INN:1"}, []),
        ({"registrations": "RU-INN:1|RU-KPP:2"}, {"registrations": "RU-INN:1|RU-KPP:3"},
         ["their registrations differ (RU-KPP)"]),
        ({"registrations": "RU-INN:1|RU-INN:2"}, {"registrations": "RU-INN:2|RU-INN:3"}, []),
        ({"registrations": "RU-INN:1"}, {"registrations": "HU-ADO:1"}, []),
        ({"kind": "organisation"}, {"gender": "male"}, ["one is a person, the other an organisation"]),
    ],
)  # fmt: skip
def test_what_speaks_against_one_person(one: dict, other: dict, said: list[str]) -> None:
    assert conflicts(NOBODY | one, NOBODY | other) == said
    assert conflicts(NOBODY | other, NOBODY | one) == said
