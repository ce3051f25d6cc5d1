"""What requests are about, on invented ones that a reader has labelled."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich.requests.phrases import fold, pattern
from enrich.requests.topics import LANGUAGES, Topics, load_topics, read_topics, shipped
from leads import schema
from leads.errors import ConfigError

TOLD = Path(__file__).parents[2] / "data" / "topics"


def requests(name: str) -> list[dict[str, str]]:
    return tomllib.loads((TOLD / f"{name}.toml").read_text(encoding="utf-8"))["request"]


def read(text: str | None, language: str | None = None, topics: Topics | None = None) -> str | None:
    found = read_topics(schema.texts([text]), schema.texts([language]), topics).iloc[0]
    return None if pd.isna(found) else found


def as_read(rows: list[dict[str, str]]) -> list[set[str]]:
    found = read_topics(schema.texts(r["text"] for r in rows), schema.texts(r["language"] for r in rows))
    return [set(tags.split("|")) if tags else set() for tags in found.astype(object).where(found.notna(), None)]


def labels(rows: list[dict[str, str]]) -> list[set[str]]:
    return [set(filter(None, row["topics"].split("|"))) for row in rows]


def test_every_request_is_read_as_labelled() -> None:
    rows = requests("requests")
    wrong = [
        row["text"] for row, one, other in zip(rows, labels(rows), as_read(rows), strict=True) if one != other
    ]
    assert wrong == []


def test_requests_the_table_was_not_made_for() -> None:
    """Measured when the table was made: precision 0.94, recall 1.00. Whoever wrote them wrote the table too: expect less
    of strangers. Of 34 further ways to ask for calls or for none, 68 % were read before the table learned them.
    """
    rows = requests("held_out")
    pairs = list(zip(labels(rows), as_read(rows), strict=True))
    right = sum(len(one & other) for one, other in pairs)
    assert right / sum(len(other) for _, other in pairs) >= 0.9
    assert right / sum(len(one) for one, _ in pairs) >= 0.9


def test_no_wish_to_be_left_alone_is_missed_and_none_invented() -> None:
    rows = requests("requests") + requests("held_out")
    for row, one, other in zip(rows, labels(rows), as_read(rows), strict=True):
        assert ("do_not_contact" in one) == ("do_not_contact" in other), row["text"]
        assert "callback" not in other or "do_not_contact" not in other, row["text"]


def test_there_are_enough_requests() -> None:
    rows = requests("requests") + requests("held_out")
    for languages in (("ru",), ("en",), ("de",), ("hu",), ("ro",), ("bs", "hr", "sr")):
        assert sum(row["language"] in languages for row in rows) >= 25


def test_every_tag_has_phrases_in_every_language() -> None:
    for tag, phrases in shipped().topics.items():
        assert set(phrases) == set(LANGUAGES), tag
    for part in (shipped().topics, shipped().unless):
        for phrases in part.values():
            for language, each in phrases.items():
                assert all(pattern({language: [phrase]}) for phrase in each)


@pytest.mark.parametrize(
    ("text", "language", "tags"),
    [
        ("How much is it?", "ru", "price"),
        ("Mennyibe kerül?", "de", "price"),
        ("Mennyibe kerül?", None, "price"),
        ("Mennyibe kerul?", "hu", "price"),
        ("CÂT COSTĂ?", "ro", "price"),
        ("Сколько\nстоит", "ru", "price"),
        ("Сколько\u00a0это — стоит?", "ru", "price"),
        ("Не звоните", "en", "do_not_contact"),
        ("pretty good", "en", None),
        (None, "ru", None),
        ("", "ru", None),
    ],
)  # fmt: skip
def test_a_request(text: str | None, language: str | None, tags: str | None) -> None:
    assert read(text, language) == tags


def test_an_operator_adds_phrases_and_tags(tmp_path: Path) -> None:
    (tmp_path / "topics.toml").write_text(
        '[topics.price]\nru = ["почём нынче"]\n[topics.solar]\nde = ["solar*"]\n[unless.solar]\nde = ["solarplexus"]\n',
        encoding="utf-8",
    )
    known = load_topics(tmp_path)
    assert read("Solaranlage, was kostet das?", "de", known) == "price|solar"
    assert read("Solarplexus", "de", known) is None
    assert read("Solaranlage", "de") is None
    assert load_topics(tmp_path / "none") is shipped()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[topics.price]\nxx = ["a"]', "price.xx"),
        ('[topics.price]\nru = [" * "]', "empty"),
        ('[topics."Bad Tag"]\nru = ["a"]', "Bad Tag"),
        ('[words]\nru = ["a"]', "words"),
    ],
)
def test_a_table_that_is_wrong_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "topics.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=why):
        load_topics(tmp_path)


def test_phrases() -> None:
    def found(phrase: str, text: str, language: str = "ru") -> bool:
        cell = fold(schema.texts([text]).array._pa_array.chunk(0))
        expression = pattern({language: [phrase]})
        assert expression
        import pyarrow.compute as pc

        return bool(pc.match_substring_regex(cell, expression)[0].as_py())

    assert found("цен*", "Какие цены?") and not found("цен", "Какие цены?")
    assert found("сколько * стои*", "сколько же это стоит") and not found("сколько * стои*", "сколько а б в стоит")
    assert (
        found("dostav*", "Достава", "bs") and found("narudžbu", "наруџбу", "bs") and found("ljubav", "љубав", "bs")
    )
    assert found("позвоните мне", "pozvonite mne") and not found("цен", "cen")
    assert found("größe", "GROESSE".replace("OE", "Ö"), "de")


@pytest.mark.parametrize("sign", ["\x00", "\u202e", "\u200b", "я" * 1_000, "a" * 1_000_000, "🙂" * 5_000])
def test_odd_texts_change_no_neighbour(sign: str) -> None:
    texts = schema.texts(["Сколько стоит?", sign, f"Сколько стоит? {sign}", None])
    found = read_topics(texts, schema.texts(["ru"] * 4))
    assert found.iloc[0] == found.iloc[2] == "price"
    assert found.iloc[1:4:2].isna().all()


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    tags = read(text, "ru")
    assert tags is None or set(tags.split("|")) <= set(shipped().topics)
