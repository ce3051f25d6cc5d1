import codecs
from pathlib import Path

import pytest

from leads.errors import SourceError
from sources import encodings

# Sentences of made-up people and firms, the first one short.
TEXTS = {
    "ru": (
        "Ёлка Примерова",
        "Общество с ограниченной ответственностью Пример, город Тверь, улица Цветочная, съезд",
    ),
    "sr": ("Ђорђе Пример", "Друштво за производњу и трговину Пример, Нови Сад, Његошева улица"),
    "hu": ("Kő Űrhajó", "Példa Kereskedelmi és Szolgáltató Társaság, Győr, Szőlő utca, fűtéstechnika"),
    "ro": ("Ştefan Exemplu", "Societate cu răspundere limitată, Bucureşti, strada Înfrăţirii, judeţul Iaşi"),
    "hr": ("Đurđa Čep", "Društvo s ograničenom odgovornošću za trgovinu, Šibenik, Žitnjak, kuća Ćosić"),
    "de": ("Jürgen Groß", "Gesellschaft für Möbel und Küchen, Straße der Einheit, Köln, Geschäftsführer"),
}
CASES = [
    ("ru", "cp1251"), ("ru", "koi8-r"), ("ru", "cp866"), ("sr", "cp1251"), ("hu", "cp1250"), ("hu", "iso8859-2"),
    ("ro", "cp1250"), ("hr", "cp1250"), ("hr", "iso8859-2"), ("de", "cp1252"), ("ru", "utf-8"), ("hu", "utf-8-sig"),
    ("ru", "utf-16"), ("de", "utf-16"), ("ru", "utf-16-le"), ("ru", "utf-16-be"), ("hu", "utf-16-le"),
]  # fmt: skip


def written(folder: Path, text: str, encoding: str) -> Path:
    file = folder / "base.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize("text", [0, 1], ids=["short", "long"])
@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_encoding_by_the_bytes(tmp_path: Path, language: str, encoding: str, text: int) -> None:
    whole = f"Name;Phone;Mail\r\n{TEXTS[language][text]};8 (916) 000-00-01;anna@example.com\r\n"
    file = written(tmp_path, whole, encoding)
    found = encodings.encoding(file, language)
    assert file.read_bytes().decode(found).removeprefix("\ufeff") == whole


@pytest.mark.parametrize(("language", "encoding"), [c for c in CASES if c[1] not in ("utf-8", "iso8859-2")])
def test_encoding_of_another_language_than_the_sources(tmp_path: Path, language: str, encoding: str) -> None:
    """The bytes speak louder than the source, where there are enough of them."""
    other = "de" if language in ("ru", "sr") else "ru"
    whole = f"Name\n{TEXTS[language][1]}\n{TEXTS[language][1]}\n"
    file = written(tmp_path, whole, encoding)
    assert file.read_bytes().decode(encodings.encoding(file, other)).removeprefix("\ufeff") == whole


def test_what_is_stated_is_believed(tmp_path: Path) -> None:
    file = written(tmp_path, TEXTS["ru"][1], "koi8-r")
    assert encodings.encoding(file, "ru", "cp866") == "cp866"
    assert encodings.encoding(written(tmp_path, "a;b\n", "utf-8-sig"), "ru", "utf-8") == "utf-8-sig"


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", b"a\0\0\0b\0\0\0", bytes(range(256)) * 4]
)
def test_bytes_that_are_no_text(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "base.csv").write_bytes(content)
    with pytest.raises(SourceError, match="is not a text file"):
        encodings.encoding(tmp_path / "base.csv", "ru")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [b"", b"\xff\xfe"])
def test_utf_16_cut_in_the_middle_of_a_character(tmp_path: Path, encoding: str, mark: bytes) -> None:
    if mark and encoding == "utf-16-be":
        mark = codecs.BOM_UTF16_BE
    (tmp_path / "base.csv").write_bytes(mark + "Name;Phone\r\nAnna;1234567\r\n".encode(encoding)[:-3])
    with pytest.raises(SourceError, match="cannot be read: it is no utf-16"):
        encodings.encoding(tmp_path / "base.csv", "ru")


@pytest.mark.parametrize(
    "content", [b"a;\xed\xa0\x80;Mail \xd0\x96\xd0\x96\xd0\x96\xd0\x96\xd0\x96\xd0\x96\xd0\x96\n"]
)
def test_a_lone_surrogate_is_no_utf_8(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "base.csv"
    file.write_bytes(content[9:] * 3 + content)
    with pytest.raises(SourceError, match="cannot be read: it is no utf-8"):
        encodings.encoding(file, "ru")


@pytest.mark.parametrize("page", ["cp1251", "cp1252"])
@pytest.mark.parametrize("language", ["ru", "hu", "hr", "de"])
def test_text_encoded_twice_is_seen_and_mended(
    tmp_path: Path, language: str, page: str, caplog: pytest.LogCaptureFixture
) -> None:
    plain = f"Name\n{TEXTS[language][1]}\n"
    free = {"cp1251": b"\x98", "cp1252": b"\x81\x8d\x8f\x90\x9d"}[page]
    # A code page lets its free bytes through as control characters.
    wrong = "".join(chr(b) if b in free else bytes([b]).decode(page) for b in plain.encode())
    file = written(tmp_path, wrong, "utf-8")
    found = encodings.twice(file, language, "utf-8")
    assert encodings.mended(wrong, found) == plain
    assert f"read as {found}" in caplog.text and TEXTS[language][1] not in caplog.text


@pytest.mark.parametrize("language", TEXTS)
def test_sound_text_is_never_mended(tmp_path: Path, language: str) -> None:
    assert encodings.twice(written(tmp_path, "\n".join(TEXTS[language]), "utf-8"), language, "utf-8") == ""
    partly = TEXTS[language][1] + "\n" + TEXTS["ru"][1].encode().decode("cp1251", "ignore")
    assert encodings.twice(written(tmp_path, partly, "utf-8"), language, "utf-8") == "", "only some of it shows it"


def test_a_long_word_takes_no_long_time(tmp_path: Path) -> None:
    file = written(tmp_path, "x" * 500_000 + " Анна", "cp1251")
    assert encodings.encoding(file, "ru") == "cp1251"
