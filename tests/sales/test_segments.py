from pathlib import Path

import pandas as pd
import pytest

from leads import schema
from leads.errors import ConfigError
from leads.settings import SHIPPED_CONFIG
from sales.segments import load_segments, members

CARD = {
    "contact": "c1", "kind": "person", "sources": "website_form", "source_kinds": "web_form", "source_regions": "RU",
    "audience": "consumer", "first_seen": "2026-05-01T00:00:00.000000Z",
    "last_seen": "2026-05-01T00:00:00.000000Z",
}  # fmt: skip


def cards(*rows: dict[str, str]) -> pd.DataFrame:
    columns = list(schema.CARDS.columns)
    full = [{**CARD, "contact": f"c{i}", **row} for i, row in enumerate(rows, start=1)]
    return pd.DataFrame({c: schema.texts(row.get(c) for row in full) for c in columns})


def written(folder: Path, text: str) -> Path:
    (folder / "segments.toml").write_text(text, encoding="utf-8")
    return folder


def contacts(folder: Path, rule: str, *rows: dict[str, str]) -> list[str]:
    segments = load_segments(written(folder, f"[segments.some]\ntitle = {{ en = 'Some' }}\n{rule}"))
    return members(cards(*rows), segments)["contact"].tolist()


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ("where = {}", ["c1", "c2", "c3"]),
        ("where = { country = ['RU'] }", ["c1"]),
        ("where = { country = ['RU', 'HU'] }", ["c1", "c2"]),
        ("where = { country = ['RU', 'HU'], tier = ['ОПТ'] }", ["c1"]),
        ("where = { source = ['expo_visitors'] }", ["c2"]),
        ("where = { source = ['expo'] }", []),
        ("where = { source_kind = ['event', 'listing'] }", ["c2", "c3"]),
        ("where = { kind = ['organisation'] }", ["c3"]),
        ("where = { tag = ['supplier'] }", ["c1"]),
        ("where = { region = ['московская  область'] }", ["c1"]),
        ("where = { language = ['hu'] }", ["c2"]),
        ("where = {}\nnot = { country = ['RU'] }", ["c2", "c3"]),
        ("where = {}\nnot = { country = ['RU'], kind = ['organisation'] }", ["c1", "c2", "c3"]),
        ("where = { tier = ['x'] }", []),
    ],
)
def test_lists_are_or_and_keys_are_and(tmp_path: Path, rule: str, fits: list[str]) -> None:
    rows = (
        {"country": "RU", "tier": "опт", "tags": "expo|Supplier", "region": "Московская область"},
        {
            "country": "HU",
            "language": "hu",
            "sources": "expo_visitors|website_form",
            "source_kinds": "event|web_form",
        },
        {"kind": "organisation", "sources": "company_directory", "source_kinds": "listing"},
    )
    assert contacts(tmp_path, rule, *rows) == fits


def test_members_of_no_cards_is_an_empty_frame_of_text(tmp_path: Path) -> None:
    segments = load_segments(written(tmp_path, "[segments.all]\ntitle = { en = 'All' }\nwhere = {}"))
    found = members(schema.empty(schema.CARDS), segments)
    assert list(found.columns) == ["segment", "contact"]
    assert found.empty
    assert (found.dtypes == schema.TEXT).all()


def test_the_shipped_segments_tell_the_demo_sources_apart() -> None:
    world = cards(
        {"source_kinds": "purchased_base", "sources": "stroyka_base", "tier": "Опт", "country": "RU"},
        {"source_kinds": "web_form", "sources": "website_form"},
        {"source_kinds": "event", "sources": "expo_visitors", "country": "HU"},
        {"source_kinds": "event", "sources": "expo_visitors", "country": "HU", "tags": "supplier"},
        {"source_kinds": "listing", "sources": "company_directory", "kind": "organisation"},
        {"source_kinds": "purchased_base", "sources": "stroyka_base", "country": "RU", "region": "Москва"},
    )
    found = members(world, load_segments(SHIPPED_CONFIG)).groupby("segment")["contact"].agg(list).to_dict()
    assert found == {
        "everybody": ["c1", "c2", "c3", "c4", "c5", "c6"],
        "wholesale": ["c1"],
        "website_enquiries": ["c2"],
        "fair_visitors": ["c3"],
        "company_directory": ["c5"],
        "moscow": ["c6"],
    }


def test_titles_fall_back_to_a_language_the_reader_knows(tmp_path: Path) -> None:
    everybody = load_segments(SHIPPED_CONFIG)["everybody"]
    assert everybody.title_in("ru") == "Все контакты"
    assert everybody.title_in("sr") == everybody.title_in("bs") == "Svi kontakti"
    only_german = load_segments(written(tmp_path, "[segments.all]\ntitle = { de = 'Alle' }\nwhere = {}"))
    assert only_german["all"].title_in("hu") == "Alle"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[segments.a1]\ntitle = { en = 'A' }\nwhere = { regoin = ['x'] }", "segments.a1.where.regoin"),
        ("[segments.a1]\ntitle = { en = 'A' }\nwhere = { region = [] }", "segments.a1.where.region"),
        ("[segments.a1]\ntitle = { en = 'A' }\nwhere = { region = 'x' }", "segments.a1.where.region"),
        ("[segments.a1]\ntitle = { en = 'A' }\nwhere = { country = ['Russia'] }", "segments.a1.where.country.0"),
        ("[segments.a1]\ntitle = { en = 'A' }\nwhere = { kind = ['firm'] }", "segments.a1.where.kind.0"),
        ("[segments.a1]\ntitle = { xx = 'A' }\nwhere = {}", "segments.a1.title.xx"),
        ("[segments.a1]\ntitle = {}\nwhere = {}", "segments.a1.title"),
        ("[segments.a1]\ntitle = { en = 'A' }", "segments.a1.where"),
        ("[segments.a1]\ntitle = { en = 'A' }\nwhere = {}\nnot = { x = ['y'] }", "segments.a1.not.x"),
        ("[segments.'A 1']\ntitle = { en = 'A' }\nwhere = {}", "segments.A 1"),
        ("[segment.a1]\ntitle = { en = 'A' }\nwhere = {}", "segments"),
        ("", "segments"),
    ],
)
def test_what_is_not_understood_is_an_error_naming_the_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError, match=r"segments\.toml: key") as error:
        load_segments(written(tmp_path, text))
    assert f"key '{key}" in str(error.value)


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"segments\.toml: cannot be read"):
        load_segments(tmp_path)
    with pytest.raises(ConfigError, match=r"cannot be read: .* line 1"):
        load_segments(written(tmp_path, "segments = = 1"))
