"""What is taken off around an address, a column at once."""

import pyarrow as pa
import pytest

from enrich.emails.spellings import bare, mended


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("Ann <ann@example.com>", "ann@example.com"),
        ("Иван Петров <ann@example.com>., ", "ann@example.com"),
        ("mailto:ann@example.com?subject=a?b", "ann@example.com"),
        ("E-Mail: ann@example.com", "ann@example.com"),
        ("<MAILTO: ann@example.com>", "ann@example.com"),
        ("no label", "no label"),
    ],
)
def test_a_name_and_a_label_are_taken_off(text: str, inner: str) -> None:
    assert bare(pa.array([7]), pa.array([text])).to_pylist() == [{"row": 7, "text": inner}]


@pytest.mark.parametrize(
    "text", ["a <b> c", "<<a@b.com>>", "label: ann@example.com", "<a@b.com", "x" * 3_000 + "<a@b.com>"]
)
def test_what_is_not_surely_a_name_or_a_label_is_left_out(text: str) -> None:
    assert bare(pa.array([7]), pa.array([text])).to_pylist() == []


@pytest.mark.parametrize(
    ("text", "inner", "repair"),
    [
        ("ann@example.com.", "ann@example.com", "repaired: punctuation"),
        ("(ann@example.com)!", "ann@example.com", "repaired: punctuation"),
        ("ann@example.com\u200b", "ann@example.com", "repaired: punctuation"),
        ("ann @ example.com", "ann@example.com", "repaired: blanks"),
        ("'ann @example.com'", "ann@example.com", "repaired: punctuation, blanks"),
    ],
)
def test_what_is_mended_is_named(text: str, inner: str, repair: str) -> None:
    odd = pa.record_batch([pa.array([7]), pa.array([text])], ["row", "text"])
    assert mended(odd).to_pylist() == [{"row": 7, "text": inner, "repair": repair}]


@pytest.mark.parametrize(
    "text", ["ann@example,com", "ann smith@example.com", "a@b@c.com", "«ann@example.com", "@example.com."]
)
def test_what_may_be_meant_otherwise_is_not_mended(text: str) -> None:
    odd = pa.record_batch([pa.array([7]), pa.array([text])], ["row", "text"])
    assert mended(odd).to_pylist() == []
