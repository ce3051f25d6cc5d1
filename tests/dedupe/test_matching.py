"""From records to clusters, on made-up people: slips are seen through, colleagues and families are not glued."""

import random
from collections import defaultdict

import pandas as pd
import pytest

from dedupe import matching
from dedupe.evidence.kinds import Evidence, Kind
from dedupe.matching import Matched, match
from dedupe.scoring.weights import Model
from leads.schema import texts

SYLLABLES = ["ka", "ro", "mi", "te", "lu", "sa", "no", "vi", "de", "pa", "bo", "ge"]
Row = dict[str, str]
KINDS: dict[str, Kind] = {
    "given": "given", "family": "family", "born": "date", "phone": "phone", "email": "email", "city": "word",
}  # fmt: skip


def evidence(rows: list[Row]) -> list[Evidence]:
    return [Evidence(name, kind) for name, kind in KINDS.items() if any(name in row for row in rows)]


def matched(rows: list[Row], **options: object) -> Matched:
    of = evidence(rows)
    frame = pd.DataFrame({one.column: texts([row.get(one.column) for row in rows]) for one in of})
    return match(frame, of, **options)  # type: ignore[arg-type]


def clusters(rows: list[Row], **options: object) -> list[int]:
    return matched(rows, **options).clusters["cluster"].to_list()


def slip(chance: random.Random, text: str) -> str:
    """One letter is another one, or two have changed places."""
    place = chance.randrange(1, len(text) - 1)
    if chance.random() < 0.5:
        return text[:place] + chance.choice("aeiourst") + text[place + 1 :]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def word(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(syllables))


def people(count: int, seed: int = 3) -> tuple[list[Row], list[int]]:
    """Of each person one to three records, with slips and gaps; who each is."""
    chance = random.Random(seed)
    rows: list[Row] = []
    truth: list[int] = []
    givens, cities = [word(chance, 2) for _ in range(40)], [word(chance, 3) for _ in range(12)]
    for person in range(count):
        whole = {
            "given": chance.choice(givens), "family": word(chance, 3), "city": chance.choice(cities),
            "born": f"{chance.randrange(1940, 2005)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}",
            "phone": f"9{chance.randrange(10**9):09}", "email": f"{word(chance, 3)}{chance.randrange(99)}@mail.example",
        }  # fmt: skip
        for _ in range(chance.choice((1, 2, 2, 3))):
            row = {name: value for name, value in whole.items() if chance.random() > 0.2}
            for name in ("given", "family"):
                if name in row and chance.random() < 0.2:
                    row[name] = slip(chance, row[name])
            rows.append(row)
            truth.append(person)
    return rows, truth


def quality(found: list[int], truth: list[int]) -> tuple[float, float]:
    def pairs(labels: list[object]) -> set[tuple[int, int]]:
        groups = defaultdict(list)
        for place, label in enumerate(labels):
            groups[label].append(place)
        return {(a, b) for of in groups.values() for a in of for b in of if a < b}

    mine, true = pairs(list(found)), pairs(list(truth))
    return len(mine & true) / max(len(mine), 1), len(mine & true) / max(len(true), 1)


def test_people_with_slips_and_gaps_are_found() -> None:
    rows, truth = people(500)
    precision, recall = quality(clusters(rows), truth)
    assert precision > 0.99
    assert recall > 0.93


def test_the_same_records_make_the_same_clusters() -> None:
    rows, _ = people(150)
    first, second = matched(rows), matched(rows)
    pd.testing.assert_frame_equal(first.clusters, second.clusters)
    pd.testing.assert_frame_equal(first.doubtful, second.doubtful)
    assert first.model == second.model


def office(seed: int = 5) -> tuple[list[Row], list[int]]:
    """People of 30 firms, who state the switchboard and the firm's mailbox, and some of them themselves twice."""
    chance = random.Random(seed)
    rows: list[Row] = []
    truth: list[int] = []
    for firm in range(30):
        for _ in range(8):
            person = {"given": word(chance, 2), "family": word(chance, 3)}
            shared = {"phone": f"495{firm:07}", "email": f"info@firm{firm}.example", "city": f"city{firm % 5}"}
            for _ in range(chance.choice((1, 2))):
                rows.append(person | shared)
                truth.append(len(rows) if rows[-2:-1] != [person | shared] else truth[-1])
    return rows, truth


def test_colleagues_behind_a_switchboard_are_not_one_person() -> None:
    rows, truth = office()
    precision, recall = quality(clusters(rows, mailboxes=frozenset({"info"})), truth)
    assert precision > 0.99
    assert recall > 0.95


def test_a_family_with_one_phone_is_not_one_person() -> None:
    rows, _ = people(200)
    family = [
        {"given": given, "family": "petrov", "phone": "9161112233"} for given in ("boris", "anna", "vikenti")
    ]
    bare = [{name: cell for name, cell in row.items() if name not in ("born", "email")} for row in rows]
    assert len(set(clusters([*family, *bare])[:3])) == 3


def test_a_small_file_is_matched_by_what_we_ship() -> None:
    rows = [
        {"given": "anna", "family": "meier", "phone": "9161112233", "city": "ulm"},
        {"given": "ana", "family": "meier", "phone": "9161112233"},
        {"given": "boris", "family": "popov", "phone": "9035556677", "city": "ulm"},
        {"given": "boris", "family": "sidorov", "email": "boris@mail.example", "city": "ulm"},
    ]
    assert clusters(rows) == [1, 1, 3, 4]


def test_a_pet_name_is_no_conflict() -> None:
    rows = [{"given": "dima", "family": "katsaros", "phone": "9161112233"},
            {"given": "dmitri", "family": "katsaros", "phone": "9161112233"}]  # fmt: skip
    frame = pd.DataFrame({name: texts([row[name] for row in rows]) for name in rows[0]}).assign(
        root=texts(["dmitri\nvadim", "dmitri"])
    )
    of = [Evidence("given", "given", root="root"), Evidence("family", "family"), Evidence("phone", "phone")]
    assert match(frame, of).clusters["cluster"].to_list() == [1, 1]
    assert match(frame, [Evidence("given", "given"), *of[1:]]).clusters["cluster"].to_list() == [1, 2]


def test_score_and_reason_are_of_the_best_link_and_empty_for_one_alone() -> None:
    rows, _ = people(100)
    found = matched(rows).clusters
    sizes = found["cluster"].map(found["cluster"].value_counts())
    assert found.loc[sizes == 1, ["score", "reason"]].isna().all(axis=None)
    together = found[sizes > 1]
    assert together["score"].between(0.3, 1).all()
    assert together["reason"].str.contains("equal").mean() > 0.95


def test_a_model_can_be_saved_and_used_again() -> None:
    rows, _ = people(200)
    first = matched(rows)
    assert first.model
    again = matched(rows, model=Model.loaded(first.model.saved()))
    pd.testing.assert_frame_equal(first.clusters, again.clusters)


def strangers(count: int) -> list[Row]:
    """People who have nothing in common but a phone."""
    chance = random.Random(8)
    names = {(word(chance, 4), word(chance, 5)) for _ in range(count)}
    return [{"given": given, "family": family, "phone": "4951234567"} for given, family in sorted(names)]


BAD: dict[str, list[Row]] = {
    "one phone": strangers(3_000),
    "nothing stated": [{} for _ in range(3_000)],
    "one letter": [{"given": "abcdefg"[n % 7], "family": "hijklmno"[n % 8]} for n in range(3_000)],
}


@pytest.mark.parametrize("name", BAD)
def test_what_tells_nothing_joins_nobody(name: str) -> None:
    rows = BAD[name]
    of = [Evidence(column, KINDS[column]) for column in ("given", "family", "phone")]
    frame = pd.DataFrame({one.column: texts([row.get(one.column) for row in rows]) for one in of})
    found = match(frame, of)
    assert found.clusters["cluster"].nunique() > 0.99 * len(rows)
    assert found.candidates.pairs < 60_000


@pytest.mark.parametrize("count", [0, 1, 2, matching.COPIES + 1, 5_000])
def test_the_same_record_over_and_over_is_one(count: int) -> None:
    rows = [{"given": "anna", "family": "meier", "phone": "4951234567", "email": "anna@mail.example"}] * count
    of = [Evidence(column, KINDS[column]) for column in ("given", "family", "phone", "email")]
    frame = pd.DataFrame({one.column: texts([row.get(one.column) for row in rows]) for one in of})
    assert match(frame, of).clusters["cluster"].to_list() == [1] * count


def test_copies_go_with_their_first_among_others() -> None:
    rows, _ = people(60)
    copied = {"given": "anna", "family": "meier", "phone": "4951234567", "email": "anna@mail.example"}
    found = clusters([*rows, *[copied] * (matching.COPIES + 30)])
    assert set(found[len(rows) :]) == {len(rows) + 1}
    assert found[: len(rows)] == clusters([*rows, copied, copied])[: len(rows)]
