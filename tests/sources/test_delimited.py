"""Delimited text through `frames`: any dialect, any damage, and what proves that the file is whole."""

import csv
import io
import logging
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leads.errors import SourceError
from leads.pull import NOTE
from leads.source import Source
from sources import delimited

COLUMNS = {"Имя": "full_name", "Телефон": "phone", "E-mail": "email", "Город": "city"}
HEADER = "Имя;Телефон;E-mail;Город"
ROW = "Анна Примерова;8 (916) 000-00-01;anna@example.com;Тверь"
CUT = "unreadable: the file ends within this row"


def made(**given: Any) -> Source:
    return Source.model_validate({
        "name": "base", "title": "A base", "kind": "purchased_base", "owner": "owner@example.com", "licence": "1",
        "legal_basis": "claimed", "from_person": False, "region": "RU", "language": "ru", "columns": COLUMNS,
    } | given)  # fmt: skip


def read(
    folder: Path, content: bytes | str, encoding: str = "", delimiter: str = "", **given: Any
) -> pd.DataFrame:
    file = folder / "base.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return pd.concat(list(delimited.frames(file, encoding, delimiter, made(**given))), ignore_index=True)


def rows(frame: pd.DataFrame) -> list[list[Any]]:
    own = [name for name in frame if not str(name).startswith("@")]
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame[own].to_numpy()]


def notes(frame: pd.DataFrame) -> list[Any]:
    return [None if pd.isna(note) else note for note in frame[NOTE]]


# The letters an encoding has; a digit or an @ could make a column of phones or e-mails, which has its own tests.
LETTERS = {
    "utf-8": "aЖőș😀", "utf-8-sig": "aЖő", "utf-16": "aЖő😀", "utf-16-le": "aЖő", "utf-16-be": "aЖ", "cp1251": "aЖљ№",
    "cp1250": "aőčţ", "cp1252": "aüß€", "koi8-r": "aЖя", "iso8859-2": "aőčţ", "cp866": "aЖя",
}  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], dict[str, Any]]:
    """A table and the dialect it is to be written in."""
    encoding, quote = draw(st.sampled_from(sorted(LETTERS))), draw(st.sampled_from("\"'"))
    how = {
        "encoding": encoding, "quotechar": quote, "delimiter": draw(st.sampled_from(";,\t|^~:")),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n"])),
        "quoting": csv.QUOTE_ALL if quote == "'" else draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])),
    }  # fmt: skip
    cell = st.text(LETTERS[encoding] + " ;,\t|^~:\n12-" + quote, max_size=6)
    width = draw(st.integers(2, 5))
    return draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=6)), how


@settings(max_examples=150, deadline=None)
@given(table=tables())
def test_any_table_in_any_dialect_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[list[list[str]], dict[str, Any]]
) -> None:
    cells, how = table
    encoding, out = how.pop("encoding"), io.StringIO(newline="")
    header = ["name", "phone", "mail", "city", "note"][: len(cells[0]) if cells else 3]
    csv.writer(out, **how).writerows([header, *cells])
    columns = dict(zip(header, ("full_name", "phone", "email", "city", "request"), strict=False))
    stated = how["delimiter"] if len(cells) < 3 else ""
    folder = tmp_path_factory.mktemp("dialect")
    if encoding == "utf-8":
        # Letters that are UTF-8 read as a code page, in every place of the file, are taken for that.
        assume(not out.getvalue().isascii() or "Ж" in out.getvalue())
    frame = read(folder, out.getvalue().encode(encoding), encoding, stated, columns=columns) if cells else None
    if frame is not None:
        assert rows(frame) == [[cell or None for cell in row] for row in cells]
        assert {note for note in notes(frame) if note} <= {"blank"}


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|", "^", "~", ":"])
@pytest.mark.parametrize("columns", [COLUMNS, {}], ids=["mapped", "not mapped"])
def test_every_delimiter_is_found(tmp_path: Path, delimiter: str, columns: dict[str, str]) -> None:
    text = f"{HEADER}\n{ROW}\nПётр, сын; О'Нил | 12:30;1;2;3\n{ROW}\n{ROW}\n".replace(";", delimiter)
    frame = read(
        tmp_path, text if delimiter == ";" else text.replace(", сын", "").replace(" | 12:30", ""), columns=columns
    )
    assert rows(frame)[0] == rows(frame)[-1] == ROW.split(";")


@pytest.mark.parametrize("delimiter", ['"', "\n", "\r"])
def test_an_impossible_delimiter_is_refused(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(SourceError, match="cannot be the delimiter"):
        read(tmp_path, f"{HEADER}\n{ROW}\n", delimiter=delimiter)


@pytest.mark.parametrize("delimiter", ["§", "x", " ", "\x1f"])
def test_a_stated_delimiter_may_be_any_character(tmp_path: Path, delimiter: str) -> None:
    text = "Имя;Телефон;E-mail;Город\nАнна;1;a@eample.com;Тверь\n".replace(";", delimiter)
    assert rows(read(tmp_path, text, delimiter=delimiter)) == [["Анна", "1", "a@eample.com", "Тверь"]]


def test_apostrophes_as_quotes(tmp_path: Path) -> None:
    frame = read(tmp_path, "'Имя','Телефон','E-mail','Город'\n'Анна, П.','1','a@example.com','О''Нил'\n")
    assert rows(frame) == [["Анна, П.", "1", "a@example.com", "О'Нил"]]
    frame = read(tmp_path, f"{HEADER}\nО'Нил;'+7916;'s;rock 'n'\n{ROW}\n")
    assert rows(frame)[0] == ["О'Нил", "'+7916", "'s", "rock 'n'"]


def test_a_decimal_comma_is_no_delimiter(tmp_path: Path) -> None:
    frame = read(tmp_path, "Товар;Цена\n" + "Вещь, малая;1,5\n" * 5, columns={})
    assert list(frame)[:2] == ["Товар", "Цена"] and rows(frame)[0] == ["Вещь, малая", "1,5"]


def test_text_encoded_twice_is_read_as_it_was(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        wrong = "".join(
            chr(b) if b == 0x98 else bytes([b]).decode("cp1251") for b in f"{HEADER}\n{ROW}\n".encode()
        )
        frame = read(tmp_path, wrong)
    assert rows(frame) == [ROW.split(";")] and "UTF-8 that was read as cp1251" in caplog.text


def test_one_column_encoded_twice_is_mended(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    names = [f"Ёлка {letter}римерова" for letter in "ПКТЛМ"]
    wrong = [
        "".join(chr(b) if b == 0x98 else bytes([b]).decode("cp1251") for b in name.encode()) for name in names
    ]
    frame = read(tmp_path, HEADER + "\n" + "".join(f"{name};1;2;Тверь\n" for name in [*wrong, "Anna"]))
    assert rows(frame) == [[name, "1", "2", "Тверь"] for name in [*names, "Anna"]]
    assert "column 1 is UTF-8 that was read as cp1251" in caplog.text and "римерова" not in caplog.text
    sound = read(tmp_path, HEADER + "\n" + "".join(f"{name};1;2;Тверь\n" for name in [*wrong, names[0]]))
    assert rows(sound)[0][0] == wrong[0], "one sound value: the column does not show it"


@pytest.mark.parametrize(
    ("last", "is_cut"),
    [
        ("Пётр;8 916 000 00 02;p@example.com;Тве", False),  # a word: no wrong contact point
        ("Пётр;8 916 000 00 02;p@example.com;", False),
        ("Пётр;8 916 000 00 02;p@exam", True),
        ("Пётр;8 916 000 00", True),
        ("Пётр;1;2;piotr@example.co", True),
        ("Пётр;1;2;8 916 000 00", True),
        ('Пётр;1;2;"8 916 000 00 02"', True),  # a closed quote proves nothing: it may be half of a doubled one
        ("Итого: 1", False),
    ],
)
def test_a_file_without_its_last_line_end(tmp_path: Path, last: str, is_cut: bool) -> None:
    frame = read(tmp_path, f"{HEADER}\n{ROW}\n{last}")
    assert notes(frame) == [None, CUT if is_cut else "totals" if "Итого" in last else None]
    assert rows(frame)[0] == ROW.split(";") and str(rows(frame)[1][0])[:4] == last[:4]
    assert notes(read(tmp_path, f"{HEADER}\n{last}\n{ROW}\n"))[0] in (None, "totals"), "only the last row"


@pytest.mark.parametrize("target", ["phone:work", "email", "telegram"])
@pytest.mark.parametrize("cell", ["", "89", "89160000002"])
def test_a_contact_point_in_the_last_column_is_never_taken_on_trust(
    tmp_path: Path, target: str, cell: str
) -> None:
    columns = {"Имя": "full_name", "Связь": target}
    assert notes(read(tmp_path, f"Имя;Связь\nАнна;1\nПётр;{cell}", columns=columns)) == [None, CUT]
    assert notes(read(tmp_path, f"Имя;Связь\nАнна;1\nПётр;{cell}\n", columns=columns)) == [None, None]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16", "utf-16-be"])
def test_no_cut_loads_a_wrong_phone(tmp_path: Path, encoding: str) -> None:
    """Cut at every byte: each row that is taken for a record has the phone and the e-mail it had."""
    columns = {"Имя": "full_name", "E-mail": "email", "Телефон": "phone"}
    text = 'Имя;E-mail;Телефон\r\nАнна;a@example.com;89160000001\r\n"Пётр";p@example.com;"8916 ""0000002"\r\n'
    whole, started = text.encode(encoding), time.monotonic()
    true = {("a@example.com", "89160000001"), ("p@example.com", '8916 "0000002')}
    read_right = refused = 0
    for end in range(len("Имя;E-mail;Телефон\r\n".encode(encoding)) + 1, len(whole) + 1):
        try:
            frame = read(tmp_path, whole[:end], encoding, columns=columns)
        except SourceError as error:  # a character cut in two
            assert "cannot be read" in str(error)
            refused += 1
            continue
        taken = [tuple(row[1:]) for row, note in zip(rows(frame), notes(frame), strict=True) if not note]
        assert set(taken) <= true
        read_right += 1
    assert read_right > 60 and (refused > 0) == (encoding != "cp1251") and time.monotonic() - started < 20


def test_shifted_cells_are_noted(tmp_path: Path) -> None:
    good = "".join(f"Анна {i};8 916 000 00 {i:02};a{i}@example.com;Тверь\n" for i in range(20))
    lost = "Пётр 8 916 000 00 50;p@example.com;Тверь;область\n"
    gained = "Пётр;Петров;8 916 000 00 50;p@example.com\n"
    wrong = "Пётр;нет;не дал;Тверь\n"
    frame = read(tmp_path, f"{HEADER}\n{good}{lost}{gained}{wrong}")
    assert notes(frame) == [None] * 20 + ["unreadable: cells do not fit their columns"] * 2 + [None]
    assert rows(frame)[20][0] == "Пётр 8 916 000 00 50", "the cells stay as they are"


def test_phones_in_two_columns_are_no_shift(tmp_path: Path) -> None:
    header = {"Имя": "full_name", "Тел 1": "phone", "Тел 2": "phone", "ИНН": "ignore"}
    good = "".join(f"Анна;8916000{i:04};{'' if i % 2 else f'8926000{i:04}'};{7700000000 + i}\n" for i in range(20))
    frame = read(tmp_path, f"Имя;Тел 1;Тел 2;ИНН\n{good}Пётр;нет;89160000002;7700000099\n", columns=header)
    assert notes(frame) == [None] * 21


WIDE = ";".join(f"h{i}" for i in range(10_000))
BYTES = f"{HEADER}\n{ROW}\n".encode()
# Content, and either (records read, records set aside) or what the refusal says.
MALFORMED: dict[str, tuple[bytes, tuple[int, int] | str]] = {
    "cut in the header": (HEADER.encode()[:9], "no header row"),
    "cut after the header": (f"{HEADER}\n".encode(), (0, 0)),
    "cut in the first cell": (BYTES + "Ан".encode(), (1, 1)),
    "cut after a delimiter": (BYTES + "Анна;".encode(), (1, 1)),
    "cut within a quoted cell": (BYTES + 'Анна;1;2;"Тв'.encode(), (1, 1)),
    "cut behind an opening quote": (BYTES + 'Анна;1;2;"'.encode(), (1, 1)),
    "cut between CR and LF": (f"{HEADER}\r\n{ROW}\r".encode(), (1, 0)),
    "cut within a character": (BYTES + "Анна".encode()[:-1], "cannot be read"),
    "NUL in a cell": (BYTES * 100 + b"a\0b;1;2;3\n", (100, 1)),
    "NUL at the start": (b"\0" + BYTES, (1, 0)),
    "NUL in place of letters": (BYTES.replace("нн".encode(), b"\0"), (0, 1)),
    "NUL only": (b"\0" * 10_000, "is not a text file"),
    "bare CR in a row": (BYTES + "Анна\rП;1;2;3\n".encode() + BYTES, (2, 1)),
    "mixed line ends": (f"{HEADER}\r\n{ROW}\n{ROW}\r\n\n{ROW}\n".encode(), (3, 0)),
    "CR alone as line end": (f"{HEADER}\r{ROW}\r{ROW}\r".encode(), (2, 0)),
    "two CR and an LF": (f"{HEADER}\r\n{ROW}\r\r\n{ROW}\r\n".encode(), (2, 0)),
    "10,000 columns": (f"{WIDE}\n{WIDE.replace('h', '')}\n".encode(), (1, 0)),
    "10,000 columns, one too many": (f"{WIDE}\n{WIDE};1\n".encode(), (0, 1)),
    "1 MB cell": (f"{HEADER}\n{'x' * 1_000_000};1;2;3\n{ROW}\n".encode(), (1, 1)),
    "1 MB cell in quotes, of lines": (
        f'{HEADER}\n"{"x" * 99}{chr(10) * 999_999}";1;2;3\n{ROW}\n'.encode(),
        (1, 2),
    ),
    "a line of 30 MB": (f"{HEADER}\n".encode() + b"x;" * 15_000_000, "a line is longer than"),
    "30 MB without a line end": (b"x" * 30_000_000, "a line is longer than|no header row"),
    "lone surrogates": (BYTES + b"\xed\xa0\x80;1;2;3\n", "cannot be read"),
    "overlong UTF-8": (BYTES + b"\xc0\xaf;1;2;3\n", "cannot be read"),
    "byte without a character": (f"{HEADER}\n{ROW}\n".encode("cp1251") + b"\x98;1;2;3\n", "cannot be read"),
    "UTF-16 cut in a character": (f"{HEADER}\n{ROW}\n".encode("utf-16")[:-1], "cannot be read"),
    "UTF-16 with a lone surrogate": (f"{HEADER}\n".encode("utf-16") + b"\x00\xd8;\0", "cannot be read"),
    "UTF-16 mark and nothing": (b"\xff\xfe", "no header row"),
    "UTF-8 mark and nothing": (b"\xef\xbb\xbf", "no header row"),
    "line ends only": (b"\r\n" * 1000, "no header row"),
    "quotes only": (b'"' * 1_000_001, "no header row|a line is longer"),
    "a quote opened in every row": (f"{HEADER}\n".encode() + b'a;"b;1;2\n' * 5001, (0, 5001)),
    "quotes never closed in turn": (f"{HEADER}\n".encode() + b'a;"b";1;"2\n' * 3000, (0, 3000)),
    "delimiters only": (f"{HEADER}\n".encode() + b";;;\n" * 100, (0, 0)),
    "rows of every width": (f"{HEADER}\n".encode() + b"".join(b"x;" * n + b"x\n" for n in range(50)), (4, 46)),
    "a mark in the middle": (BYTES + b"\xef\xbb\xbf" + BYTES, (2, 0)),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_text_is_read_right_or_refused(tmp_path: Path, name: str) -> None:
    content, expected = MALFORMED[name]
    columns = {f"h{i}": "ignore" for i in range(4)} if content.startswith(b"h0;") else COLUMNS
    started = time.monotonic()
    if isinstance(expected, str):
        with pytest.raises(SourceError, match=expected) as caught:
            read(tmp_path, content, columns=columns)
        assert "\n" not in str(caught.value) and "Анна" not in str(caught.value)
    else:
        found = notes(read(tmp_path, content, columns=columns)) if expected != (0, 0) else []
        good, bad = found.count(None), sum(str(note).startswith("unreadable: ") for note in found)
        assert good == expected[0] and (bad == expected[1] or (name.startswith("1 MB cell in") and bad))
    assert time.monotonic() - started < 20


def test_a_delimiter_inside_the_cells_of_every_row_is_not_the_delimiter(tmp_path):
    rows = [f'Sample {n},+36 30 123 45{n:02},"Budapest, Fő utca {n}.",base|2026' for n in range(20)]
    frame = read(tmp_path, "\n".join(["Name,Phone,Address,Tags", *rows, ""]), columns={})
    assert {"Name", "Phone", "Address", "Tags"} <= set(frame.columns)
