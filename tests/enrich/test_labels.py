"""Labels of contact points, line by line."""

import pandas as pd

from enrich.labels import labelled
from leads import schema


def read(*cells: tuple[str | None, str | None]) -> list[tuple[int, str | None, str | None]]:
    stated = pd.DataFrame({
        "lead_id": schema.texts(f"lead{i}" for i in range(len(cells))),
        "phone": schema.texts(text for text, _ in cells),
        "phone_labels": schema.texts(labels for _, labels in cells),
    })  # fmt: skip
    found = labelled(stated, "phone")
    assert list(found["lead_id"]) == [f"lead{place}" for place in found["place"]]
    empty = found.astype(object).where(found.notna(), None)
    return list(empty[["place", "text", "label"]].itertuples(index=False, name=None))


def test_without_labels_every_cell_stays_whole() -> None:
    assert read(("1\n2", None), (None, None)) == [(0, "1\n2", None), (1, None, None)]


def test_lines_of_one_label_stay_together() -> None:
    cells = (("1\next. 2\n3", "work\nwork\n"), (None, None), ("4\n5", None), ("6\n7\n8", "\nfax\nhome"))
    assert read(*cells) == [
        (0, "1\next. 2", "work"), (0, "3", None), (1, None, None), (2, "4\n5", None),
        (3, "6", None), (3, "7", "fax"), (3, "8", "home"),
    ]  # fmt: skip


def test_labels_that_are_too_few_label_no_line() -> None:
    assert read(("1\n2", "work"), ("3", "home\nwork")) == [(0, "1", "work"), (0, "2", None), (1, "3", "home")]


def test_no_rows() -> None:
    assert read() == []
