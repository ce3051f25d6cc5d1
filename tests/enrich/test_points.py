"""The steps that phones and e-mails share."""

import pandas as pd
import pyarrow.compute as pc

from enrich.points import by_place, pieces, storable
from leads import schema


def test_a_piece_keeps_what_stands_beside_its_cell() -> None:
    cells = pd.DataFrame({"lead_id": schema.texts("abc"), "text": schema.texts(["1 2", None, "3"])})
    found = pieces(cells.set_axis([7, 8, 9]), str.split)
    assert found.values.tolist() == [["a", "1"], ["a", "2"], ["c", "3"]]
    assert found["text"].dtype == schema.TEXT


def test_a_cell_may_give_no_piece() -> None:
    cells = pd.DataFrame({"lead_id": schema.texts("a"), "text": schema.texts([""])})
    assert pieces(cells, str.split).empty


def test_cells_that_stand_alone_are_trimmed_and_stay_in_their_places() -> None:
    cells = pd.DataFrame({"text": schema.texts(["1 2", " 3", "", "4", "1 2"])})
    asked: list[str] = []

    def split(text: str) -> list[str]:
        asked.append(text)
        return text.split()

    found = pieces(cells, split, lambda texts: pc.match_substring_regex(texts, "^ ?[0-9]$"))
    assert found["text"].tolist() == ["1", "2", "3", "4", "1", "2"]
    assert asked == ["1 2", ""]


def test_texts_are_cut_and_without_nul() -> None:
    assert storable(schema.texts(["a\x00b", "abcdef", "abcde"]), 5).tolist() == ["a\ufffdb", "abcd…", "abcde"]


def test_frames_are_put_together_in_the_order_of_the_leads() -> None:
    phones = pd.DataFrame({"lead_id": ["b", "a"], "n": [1, 2]})
    emails = pd.DataFrame({"lead_id": ["b", "a"], "n": [3, 4]})
    assert by_place([phones, emails], pd.Series(["b", "c", "b", "a"]))["n"].tolist() == [1, 3, 2, 4]
