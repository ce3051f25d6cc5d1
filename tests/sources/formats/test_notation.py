from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leads.errors import SourceError
from sources.formats import notation
from sources.formats.found import Given, Refused

SUITE = Path(__file__).parents[3] / "../shared/data/bad-inputs/json-test-suite/test_parsing"
FILES = sorted(SUITE.glob("*.json")) if SUITE.is_dir() else []
Read = Callable[..., dict[str, list[list[Any]]]]
needs_suite = pytest.mark.skipif(not FILES, reason="the shared json-test-suite is not beside the checkout")


def fault(file: Path) -> str:
    """Why the file is no JSON; empty when it is, even if it holds no table."""
    try:
        notation.tables(Given(file))
    except Refused as refused:
        return str(refused) if "no list of objects" not in str(refused) else ""
    return ""


@needs_suite
@pytest.mark.parametrize("file", [f for f in FILES if f.name.startswith("y_")], ids=lambda f: f.stem)
def test_valid_json_is_accepted(file: Path) -> None:
    twice = file.stem.startswith("y_object_duplicated_key")  # valid, and yet we cannot know which value is meant
    assert fault(file) == ("it is no valid JSON: an object has a key twice" if twice else "")


@needs_suite
@pytest.mark.parametrize("file", [f for f in FILES if f.name.startswith("n_")], ids=lambda f: f.stem)
def test_what_is_no_json_is_refused(file: Path) -> None:
    assert fault(file)


@needs_suite
@pytest.mark.parametrize("file", [f for f in FILES if f.name.startswith("i_")], ids=lambda f: f.stem)
def test_what_parsers_may_do_as_they_like_is_read_or_refused(file: Path) -> None:
    try:
        batches = [batch for table in notation.tables(Given(file)) for batch in table.batches() or ()]
    except Refused:
        return
    assert all(batch.num_rows for batch in batches)


def test_an_array_of_objects(cells: Read) -> None:
    text = """[{"name": "Anna", "phone": 79161234567.0, "address": {"city": "Tver", "geo": {"x": 1}},
        "tags": ["a", "b"], "ok": true, "none": null},
        {"name": "Ede", "more": 1e5, "mails": [{"type": "work", "value": "e@example.com"}, {"value": "f@example.com"}]}]"""
    assert cells(text) == {
        "base.dat": [
            ["name", "phone", "address.city", "address.geo.x", "tags", "ok", "none", "more", "mails.type", "mails.value"],
            ["Anna", "79161234567.0", "Tver", "1", "a\nb", "true", None, None, None, None],
            ["Ede", None, None, None, None, None, None, "1e5", "work\n", "e@example.com\nf@example.com"],
        ]
    }  # fmt: skip


def test_arrays_within_an_object_are_tables(cells: Read) -> None:
    text = '{"total": 2, "data": {"people": [{"a": "1"}], "firms": [{"b": "2"}]}}'
    assert cells(text) == {"data.people": [["a"], ["1"]], "data.firms": [["b"], ["2"]]}


def test_one_of_several_arrays_is_chosen(cells: Read) -> None:
    assert cells('{"people": [{"a": "1"}], "firms": [{"b": "2"}]}', sheet="firms") == {"firms": [["b"], ["2"]]}


def test_an_object_alone_is_a_record(cells: Read) -> None:
    assert cells('{"a": "1", "b": ["2", "3"]}') == {"base.dat": [["a", "b"], ["1", "2\n3"]]}


def test_an_array_of_rows(cells: Read) -> None:
    assert cells('[["name", "phone"], ["Anna", 1], []]')["base.dat"] == [
        ["name", "phone"], ["Anna", "1"], [None, None],
    ]  # fmt: skip


def test_lines(cells: Read) -> None:
    lines = '\ufeff{"a": "1", "b": "2"}\r\n\r\n{"a": "3"} x\n[1]\n{"c": "4"}\n{"a": "5'
    assert cells(lines) == {
        "base.dat": [
            ["a", "b", "c", None],
            ["1", "2", None, None],
            ['{"a": "3"} x', None, None, "unreadable: no JSON object on this line"],
            ["[1]", None, None, "unreadable: no JSON object on this line"],
            [None, None, "4", None],
            ['{"a": "5', None, None, "unreadable: the file ends within this row"],
        ]
    }


def test_lines_that_begin_damaged(cells: Read) -> None:
    assert cells('{"a": \n{"a": "1"}\n')["base.dat"][1:] == [
        ['{"a": ', "unreadable: no JSON object on this line"],
        ["1", None],
    ]


def test_keys_that_come_to_the_same_path(cells: Read) -> None:
    assert cells('[{"a.b": "1", "a": {"b": "2"}}]') == {"base.dat": [["a.b", "a.b (2)"], ["1", "2"]]}


def test_a_key_cannot_pass_for_a_note(cells: Read) -> None:
    assert cells('[{"note": "1", "@note": "2"}]') == {"base.dat": [["note", "@note"], ["1", "2"]]}


def test_half_a_surrogate_pair_stands_as_it_was_written(cells: Read) -> None:
    assert cells(r'[{"a": "x\ud800", "\udc00": "\ud83d\ude00"}]') == {
        "base.dat": [["a", r"\udc00"], [r"x\ud800", "😀"]]
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_encodings(cells: Read, encoding: str) -> None:
    data = '[{"имя": "Ёлка"}]'.encode(encoding)
    assert cells(data, code_page="cp1251") == {"base.dat": [["имя"], ["Ёлка"]]}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[{"a": 1, "a": 2}]', "an object has a key twice"),
        ('[{"a": NaN}]', "NaN is no number"),
        ('[{"a": -Infinity}]', "-Infinity is no number"),
        ('[{"a": 1}] x', "extra data in line 1, column 12"),
        ('[{"a": "Anna', "unterminated string"),
        ("[1, 2]", "holds no list of objects"),
        ("{}", "holds no list of objects"),
        ("[" * 100_000, "it is nested too deep"),
    ],
)
def test_refused(cells: Read, text: str, why: str) -> None:
    with pytest.raises(SourceError, match=why) as caught:
        cells(text)
    assert "Anna" not in str(caught.value)


def test_what_lies_too_deep_is_kept_as_json(cells: Read) -> None:
    assert cells('[{"a": ' + '{"b": ' * 30 + "1" + "}" * 31 + "]")["base.dat"][1][0].startswith('{"b": {"b"')


def test_keys_without_end(cells: Read) -> None:
    records = ",".join(f'{{"k{i}": 1}}' for i in range(20_000))
    with pytest.raises(SourceError, match="rows of .* columns"):
        cells(f"[{records}]")
