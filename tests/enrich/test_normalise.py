"""The stage STATED -> LEADS and POINTS."""

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.markers import is_empty_marker
from enrich.normalise import normalise
from enrich.quality import unusable
from leads import schema
from leads.errors import LeadsError

BAD_INPUTS = Path(__file__).parents[2].parent / "shared" / "data" / "bad-inputs"
CASES = Path(__file__).parents[1] / "data" / "normalise.csv"
NUMBERS = ("row", "part")


def stated(*rows: dict[str, str | None]) -> pd.DataFrame:
    """STATED with one lead per row, `lead0`, `lead1`, …"""
    columns: dict[str, Any] = {}
    for name in schema.STATED.columns:
        columns[name] = schema.texts(row.get(name) for row in rows)
    columns["lead_id"] = schema.texts(f"lead{place}" for place in range(len(rows)))
    columns["record_key"] = schema.texts(f"key{place}" for place in range(len(rows)))
    columns["row"] = pd.Series(pd.array([0] * len(rows), dtype=schema.INT))
    columns["part"] = pd.Series(pd.array([0] * len(rows), dtype=schema.INT))
    return pd.DataFrame(columns)


def read(
    *rows: dict[str, str | None], region: str = "RU", language: str = "ru"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    return normalise(stated(*rows), region=region, language=language)


def shown(point: dict[str, Any]) -> str:
    return f"{point['type']}:{point['value']}" if point["usable"] else f"{point['type']}?{point['flag']}"


def cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["full_name"] or case["company"] or "nothing")
def test_a_lead_in_one_spelling(case: dict[str, str]) -> None:
    given_cells = ("full_name", "company", "phone", "email", "country")
    leads, points = read({cell: case[cell] or None for cell in given_cells})
    lead = leads.iloc[0].fillna("").to_dict()
    for field in ("kind", "family_name", "given_name", "flags"):
        assert lead[field] == case[field], field
    assert (lead["company"], lead["country"]) == (case["company_read"], case["country_read"])
    assert " ".join(map(shown, points.to_dict("records"))) == case["points"]
    assert "".join(unusable(leads, points)["reason"]) == case["unusable"]


def test_everything_else_passes_through_trimmed() -> None:
    attributes = json.dumps({"Категория": " опт "}, ensure_ascii=False)
    cells = {
        "region": " Московская  обл. ", "city": "Москва\u00a0", "address": "ул. Примерная,\nд. 1", "postcode": "101000",
        "website": "https://shop.example.com", "job": "директор", "tier": "A", "tags": "a|b", "consent": " нет ",
        "request": "Цена?\n\nСрочно", "attributes": attributes, "occurred_at": "2026-05-03T14:10:00.000000Z",
        "source_uri": "base.csv#1",
    }  # fmt: skip
    lead = read(cells)[0].iloc[0]
    assert (lead["region"], lead["city"], lead["address"]) == ("Московская обл.", "Москва", "ул. Примерная, д. 1")
    assert (lead["consent"], lead["request"], lead["attributes"]) == ("нет", "Цена?\n\nСрочно", attributes)
    assert lead["tags"] == "a|b|price|urgent", "what the request is about is added"
    for field in ("postcode", "website", "job", "tier", "occurred_at", "source_uri"):
        assert lead[field] == cells[field]


def test_an_empty_marker_is_no_city_but_may_be_an_answer() -> None:
    lead = read({"city": "-", "job": "нет", "consent": "-", "tier": "-"})[0].iloc[0]
    assert lead[["city", "job"]].isna().all()
    assert lead[["consent", "tier"]].tolist() == ["-", "-"]


def test_a_stated_moment_stands_in_where_the_source_gave_none() -> None:
    own = "2026-05-03T14:10:00.000000Z"
    leads, _ = read(
        {"stated_at": "04.05.2026"}, {"stated_at": "04.05.2026", "occurred_at": own}, {"stated_at": "soon"}
    )
    assert leads["occurred_at"].tolist() == ["2026-05-04T00:00:00.000000Z", own, pd.NA]
    assert leads["flags"].tolist() == [pd.NA, pd.NA, "stated_at not understood"]


def test_the_language_is_the_leads_own_else_the_sources() -> None:
    leads, _ = read(
        {"language": "hu-HU", "full_name": "László Béla"}, {"full_name": "László Béla"}, {"language": "?!x"}
    )
    assert leads["language"].tolist() == ["hu", "ru", "ru"]
    assert leads["family_name"].tolist()[:2] == ["László", "Béla"]
    assert leads["flags"].tolist()[2] == "language not understood"


def test_a_bare_number_is_read_in_the_country_stated_else_the_sources() -> None:
    rows = [{"phone": "061 123 456", "country": country} for country in ("BiH", "Srbija", None, "Atlantis")]
    _, points = read(*rows, region="BA")
    assert points["region"].tolist() == ["BA", "RS", "BA", "BA"]


def test_flags_of_a_lead_are_sorted() -> None:
    leads, _ = read({"full_name": "тест", "country": "Atlantis", "language": "???x"})
    assert leads["flags"].tolist() == ["country not understood|junk name|language not understood"]


def test_a_company_stands_over_a_name_that_is_one() -> None:
    leads, _ = read({"full_name": "ООО Ромашка", "company": "ООО Василёк"}, {"full_name": "ООО Ромашка"})
    assert leads["company"].tolist() == ["Василёк", "Ромашка"]
    assert leads["company_form"].tolist() == ["ООО", "ООО"]
    assert leads["name_text"].tolist() == ["ООО Ромашка", "ООО Ромашка"]


def test_points_stand_in_the_order_of_the_leads() -> None:
    rows = [{"phone": "89161234567", "email": "a@example.com; b@example.com"} for _ in range(3)]
    _, points = read(*rows)
    assert points["lead_id"].tolist() == [f"lead{place}" for place in range(3) for _ in range(3)]
    assert points["type"].tolist() == ["phone", "email", "email"] * 3
    assert points["slot"].tolist() == [0, 0, 1] * 3


def test_no_leads_give_no_leads() -> None:
    leads, points = normalise(schema.empty(schema.STATED), region="RU", language="ru")
    assert leads.empty
    assert points.empty
    assert unusable(leads, points).empty


def test_an_index_of_the_callers_own_does_not_matter() -> None:
    frame = stated({"phone": "89161234567"}, {"phone": "89161234568"}, {"phone": "89161234569"})
    whole = normalise(frame, region="RU", language="ru")
    part = normalise(frame.iloc[[2, 1]], region="RU", language="ru")
    assert part[1]["value"].tolist() == whole[1]["value"].tolist()[:0:-1]
    assert part[0]["lead_id"].tolist() == ["lead2", "lead1"]


def test_a_frame_of_another_shape_is_refused_without_its_values() -> None:
    frame = stated({"phone": "89161234567"}).drop(columns="email")
    with pytest.raises(LeadsError, match="STATED") as refused:
        normalise(frame, region="RU", language="ru")
    assert "8916" not in str(refused.value)


HOSTILE = (
    "phone", "email", "full_name", "given_name", "company", "country", "language", "stated_at", "request",
)  # fmt: skip
hostile_texts = st.text(max_size=25) | st.sampled_from([
    "8 916 123-45-67", "06 30 123 4567;12345", "нет", "-", "ООО Ромашка", "Иванов И. И.", "ann@example.com", "a\x00b",
    "\u202e", "RU",
])  # fmt: skip
hostile_rows = st.fixed_dictionaries(dict.fromkeys(HOSTILE, st.none() | hostile_texts))


@settings(max_examples=40, deadline=None)
@given(hostile_rows, st.lists(hostile_rows, max_size=4), st.lists(hostile_rows, max_size=4))
def test_any_row_is_read_and_alone_as_among_others(
    row: dict[str, str | None], before: list[dict[str, str | None]], behind: list[dict[str, str | None]]
) -> None:
    leads, points = read(*before, row, *behind)
    assert leads["lead_id"].tolist() == [f"lead{place}" for place in range(len(before) + 1 + len(behind))]
    among = leads.iloc[[len(before)]], points[points["lead_id"] == f"lead{len(before)}"]
    for frame, alone in zip(among, read(row), strict=True):
        skip = [column for column in ("lead_id", "record_key") if column in frame]
        pd.testing.assert_frame_equal(frame.drop(columns=skip).reset_index(drop=True), alone.drop(columns=skip))


@settings(max_examples=40, deadline=None)
@given(st.lists(hostile_rows, max_size=6))
def test_every_contact_stated_is_a_point_or_an_empty_marker(given_rows: list[dict[str, str | None]]) -> None:
    leads, points = read(*given_rows)
    for kind in ("phone", "email"):
        found = set(points.loc[points["type"] == kind, "lead_id"])
        for lead_id, row in zip(leads["lead_id"], given_rows, strict=True):
            text = row[kind]
            assert (
                text is None or lead_id in found or all(map(is_empty_marker, text.replace(";", "\n").split("\n")))
            )
    assert not points.duplicated(["lead_id", "type", "slot"]).any()
    assert (points["usable"] <= points["valid"]).all()
    assert (points["usable"] | points["flag"].notna()).all()


@pytest.mark.skipif(not BAD_INPUTS.is_dir(), reason="../shared/data/bad-inputs is not here")
@pytest.mark.parametrize(
    "cell", ["phone", "email", "full_name", "company", "country", "language", "stated_at", "city"]
)
def test_naughty_strings_in_every_cell(cell: str) -> None:
    texts = [text for text in json.loads((BAD_INPUTS / "blns" / "blns.json").read_text(encoding="utf-8")) if text]
    leads, points = read(*({cell: text} for text in texts))
    assert len(leads) == len(texts) > 400
    assert len(unusable(leads, points)) <= len(texts)


@pytest.mark.parametrize(
    "cell", [name for name in schema.STATED.columns if name not in (*NUMBERS, "lead_id", "record_key")]
)
def test_a_megabyte_in_any_cell_is_bounded(cell: str) -> None:
    for text in ("x" * 1_000_000, "1, " * 300_000, "\n" * 1_000_000 + "a"):
        leads, points = read({cell: text})
        assert len(leads) == 1
        assert len(points) <= 2
        assert points["text"].str.len().sum() <= 600


def test_contact_points_keep_their_labels() -> None:
    _, points = read({
        "phone": "8 916 123-45-67\n8 495 123-45-67\n8 495 765-43-21", "phone_labels": "mobile\nwork\nfax",
        "email": "info@example.com",
    })  # fmt: skip
    found = points.astype(object).where(points.notna(), None)
    assert list(found[["type", "slot", "label", "usable", "flag"]].itertuples(index=False, name=None)) == [
        ("phone", 0, "mobile", True, None), ("phone", 1, "work", True, None), ("phone", 2, "fax", False, "fax"),
        ("email", 0, None, True, None),
    ]  # fmt: skip


def test_a_number_of_both_a_fax_and_a_phone_is_a_phone() -> None:
    _, points = read({"phone": "8 495 123-45-67\n+74951234567", "phone_labels": "fax\nwork"})
    assert list(points[["label", "usable"]].itertuples(index=False, name=None)) == [("work", True)]


def test_messengers_of_all_columns_are_points() -> None:
    leads, points = read(
        {"telegram": "@sample_k", "messenger": "Viber: 8 916 123-45-67", "messenger_labels": "work", "vk": "-"},
        {"whatsapp": "06 30 123 4567", "country": "Magyarország"},
        {"skype": "нет"},
    )
    found = points.astype(object).where(points.notna(), None)
    assert list(found[["lead_id", "slot", "value", "label"]].itertuples(index=False, name=None)) == [
        ("lead0", 0, "viber:+79161234567", "work"), ("lead0", 1, "telegram:sample_k", None),
        ("lead1", 0, "whatsapp:+36301234567", None),
    ]  # fmt: skip
    assert list(unusable(leads, points)["lead_id"]) == ["lead2"]


def test_what_has_no_reading_is_kept_as_stated() -> None:
    stated_too = {
        "legal_address": "Example street 1", "postal_address": " p/o box 2 ", "delivery_address": "-",
        "external_id": "77", "responsible": "Образцова А.", "birthday": "7.3.1985",
    }  # fmt: skip
    leads, _ = read(stated_too, {"birthday": "весной"})
    lead = leads.iloc[0].fillna("").to_dict()
    assert {name: lead[name] for name in stated_too} == {
        **stated_too, "postal_address": "p/o box 2", "delivery_address": "", "birthday": "1985-03-07",
    }  # fmt: skip
    assert leads["flags"].iloc[1] == "birthday not understood"


def test_tags_stand_with_their_own_lead() -> None:
    rows = (
        {},
        {"tags": "a"},
        {"request": "Цена?"},
        {},
        {"tags": "b", "request": "Цена?"},
        {"tags": "c"},
        {"tags": " d | |e||"},
    )
    leads, _ = read(*rows)
    assert leads["tags"].fillna("").tolist() == ["", "a", "price", "", "b|price", "c", "d|e"]
