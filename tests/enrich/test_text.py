"""Cells made fit to show."""

from hypothesis import given
from hypothesis import strategies as st

from enrich.text import lines, one_line
from leads import schema


def test_one_line_has_no_line_ends_and_nothing_hidden() -> None:
    stated = [
        "  a\u00a0 b\n",
        "Ann\u2028Smith",
        "Ann\u0085Smith",
        "Ann\u000bSmith",
        "a\x00b\u202ec\u200b\ufeff",
        "e\u0301",
        " ",
        None,
    ]
    shown = ["a b", "Ann Smith", "Ann Smith", "Ann Smith", "abc", "é", None, None]
    assert one_line(schema.texts(stated)).tolist() == schema.texts(shown).tolist()


def test_joiners_that_spell_words_stay() -> None:
    assert one_line(schema.texts(["می\u200cخواهم"])).tolist() == ["می\u200cخواهم"]


def test_lines_keep_their_ends() -> None:
    assert lines(schema.texts(["one\r\n two\t3\x00\u202e\n"])).tolist() == ["one\n two\t3"]


@given(st.lists(st.none() | st.text(max_size=30), max_size=5))
def test_reading_twice_changes_nothing(texts: list[str | None]) -> None:
    for read in (one_line, lines):
        once = read(schema.texts(texts))
        assert read(once).equals(once)
