"""The encoding of a text: what is marked or stated is believed, the rest is told by the bytes and the language."""

import codecs
import logging
import re
from collections import Counter
from collections.abc import Iterator
from math import log
from pathlib import Path

from leads.errors import SourceError

CHUNK = 1 << 20
LINE = 1 << 20  # characters a physical line may have

logger = logging.getLogger(__name__)

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The Windows code page a language is written in; sr is more often exported in Cyrillic.
CODE_PAGES = {"ru": "cp1251", "sr": "cp1251", "hu": "cp1250", "ro": "cp1250", "bs": "cp1250", "hr": "cp1250"}

# The 8-bit encodings and the languages written in them, the commoner first.
PAGES = {
    "cp1251": ("ru", "sr"), "cp1250": ("hu", "ro", "hr", "de"), "cp1252": ("de", "west"),
    "koi8-r": ("ru",), "cp866": ("ru",), "iso8859-2": ("hu", "ro", "hr", "de"),
}  # fmt: skip
# How often each letter beyond ASCII stands in a text of the language, per mille of such letters, roughly.
LETTERS = {
    "ru": dict(zip("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", (
        110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 17, 16, 14, 12, 10, 9, 7, 6, 5,
        4, 3, 3, 1, 3,
    ), strict=True)),
    "sr": dict(zip("аоиенрстуквјпдмзлбгњчћхшђжцљфџ", (
        115, 92, 90, 88, 57, 52, 47, 44, 42, 38, 37, 36, 34, 33, 32, 19, 26, 16, 17, 9, 10, 8, 7, 8, 6, 7, 8, 6, 3, 1,
    ), strict=True)),
    "hu": {"á": 290, "é": 270, "ö": 90, "ó": 90, "ő": 80, "í": 50, "ü": 50, "ú": 30, "ű": 20},
    "ro": {"ă": 340, "î": 150, "ş": 170, "ţ": 180, "â": 110},
    "hr": {"č": 300, "š": 280, "ž": 160, "ć": 170, "đ": 80},
    "de": {"ü": 360, "ä": 320, "ö": 180, "ß": 130},
    "west": {
        "é": 350, "è": 90, "ê": 60, "à": 120, "á": 60, "ó": 60, "í": 40, "ñ": 40, "ç": 60, "ô": 20, "ã": 20, "ø": 30,
        "å": 40, "ë": 20,
    },
}  # fmt: skip
SIGNS = "«»„“”‘’№–—…€°§©®™\u00a0\u00ad"
RARE, STRANGE, OWN = log(0.02), log(0.0002), 0.5

NUL = "\0"
_NULS, _CONTROL = re.compile(rb"\0+"), re.compile(rb"[\x01-\x08\x0e-\x1f]")
# A program fills its fields up with a few NUL bytes; more of them are a hole in the file.
_FILL, _ENDS, _SIDES = 255, "\r\n", '\r\n;,\t|"'
_WORD = re.compile(rb"[A-Za-z]{0,9}[\x80-\xff][A-Za-z\x80-\xff]*")  # bounded: else quadratic in a long word
WORDS = 5000
# Two alphabets in one word, or a small letter before a capital one: the wrong encoding was taken.
_FLIP = re.compile("[a-zß-ÿа-яё][А-ЯЁЂ-Џ]|[а-яёђ-џ][A-Za-zÀ-Ý]|[A-Za-z][а-яёђ-џ]|[А-ЯЁ][A-Za-z]")

# Bytes more than characters. In a code page, letters form a UTF-8 sequence only by accident: so many of them
# before the first fault are UTF-8 that was damaged later on.
UTF8_FOR_SURE = 10


def encoding(path: Path, language: str, stated: str = "") -> str:
    """The encoding in which every byte of the file can be read.

    A byte order mark and a stated encoding are believed; then UTF-16 is known by its zero bytes, UTF-8 by its
    sequences, and the code pages by how often their letters are letters of a language, that of the source first.
    Raises SourceError for what is no text, and naming the first byte that cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    marked = next((name for bom, name in BOMS if head.startswith(bom)), "")
    if not marked and not stated and b"\0" in head:
        stated = _wide(head, path.name)
    if marked and (not stated or codecs.lookup(stated).name in ("utf-8", "utf-8-sig", "utf-16")):
        stated = marked
    if not stated:
        fault = _fault(path, "utf-8")
        if fault is None:
            return "utf-8"
        stated = "utf-8" if fault[1] >= UTF8_FOR_SURE else code_page(words(path), language)
    fault = _fault(path, stated)
    if fault is not None:
        raise SourceError(
            f"byte {fault[0]} cannot be read", where=path.name, why=f"it is no {stated} text there",
            do="State the right `encoding` under [pull], or have the file exported again",
        )  # fmt: skip
    return stated


def _wide(head: bytes, where: str) -> str:
    """UTF-16 without a mark has its zero bytes, and the line ends, all in the same half of each pair.

    Empty for another text with a few of them.
    """
    even, odd = head[::2].count(0), head[1::2].count(0)
    for name, mine, other in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        text = head[: len(head) // 2 * 2].decode(name, "replace")
        broken = text.count("\ufffd") + sum(char < " " and char not in "\t\r\n" for char in text)
        if mine > 20 * other and mine * 20 >= len(head) and not broken:
            return name
    if _strayed(head):
        return ""
    raise SourceError("is not a text file", where=where, why="it holds NUL bytes", do="Export it as CSV or XLSX")


def _strayed(head: bytes) -> bool:
    """Whether the NUL bytes are a few runs in what is text otherwise: padding, or a spot that was spoiled."""
    text = _NULS.sub(b"", head)
    return len(_NULS.findall(head)) * 4 <= len(text) and not _CONTROL.search(text)


def words(path: Path) -> bytes:
    """The first words of a file that hold bytes beyond ASCII."""
    found: list[bytes] = []
    with path.open("rb") as file:
        while len(found) < WORDS and (chunk := file.read(CHUNK)):
            if not chunk.isascii():
                found += _WORD.findall(chunk)
    return b" ".join(found[:WORDS])


def code_page(sample: bytes, language: str) -> str:
    """The 8-bit encoding in which `sample` looks most like a language; equal ones: the usual of `language`."""
    usual = CODE_PAGES.get(language, "cp1252")
    order = sorted(PAGES, key=lambda page: page != usual)
    return max(order, key=lambda page: _likeness(sample.decode(page, "replace"), PAGES[page], language))


def _likeness(text: str, languages: tuple[str, ...], language: str) -> float:
    """The mean logarithm of how likely each character beyond ASCII is, in the language that suits it best."""
    counts = Counter(char for char in text if char > "\x7f")
    flips = STRANGE * len(_FLIP.findall(text))
    own = "hr" if language == "bs" else language
    return max(
        (sum(n * _likely(char, LETTERS[one]) for char, n in counts.items()) + flips) / max(counts.total(), 1)
        + OWN * (one == own)
        for one in languages
    )


def _likely(char: str, letters: dict[str, int]) -> float:
    weight = letters.get(char.lower())
    if weight:
        return log(weight / 1000) - 0.3 * char.isupper()
    return RARE if char in SIGNS else STRANGE


def _fault(path: Path, encoding: str) -> tuple[int, int] | None:
    """The first byte that is not in `encoding`, and how many more bytes than characters stand before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = surplus = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            pending = decoder.getstate()[0]
            try:
                surplus += len(chunk) - len(decoder.decode(chunk, final=not chunk))
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(encoding, "replace")
                return offset - len(pending) + error.start, surplus + error.start - len(before)
            if not chunk:
                return None
            offset += len(chunk)


def _control(error: UnicodeError) -> tuple[bytes, int]:
    """The bytes that a code page leaves free went through as control characters."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].encode("latin-1"), error.end


codecs.register_error("sources.control", _control)


def _is_fill(run: re.Match[str]) -> bool:
    """Whether NUL bytes are a line of their own, or fill up the cell beside which they stand."""
    before, after = run.string[run.start() - 1 : run.start()], run.string[run.end() : run.end() + 1]
    if before in _ENDS and after in _ENDS:  # also at the ends of the text
        return True
    return run.end() - run.start() <= _FILL and (before in _SIDES or after in _SIDES)


def mended(text: str, page: str, nul: str = "") -> str:
    """`text` as it was before its UTF-8 was read as `page`; raises UnicodeError where it was not.

    NUL bytes that fill up a cell are left out; others are `nul`, for nobody knows what stood there.
    """
    if NUL in text:
        text = re.sub("\0+", lambda run: "" if _is_fill(run) else nul, text)
    return text.encode(page, "sources.control").decode("utf-8") if page else text


def twice(path: Path, language: str, encoding: str) -> str:
    """The code page as which UTF-8 was read and saved once more, where the whole file shows it; else empty."""
    if encoding not in ("utf-8", "utf-8-sig"):
        return ""
    sample = words(path).decode("utf-8", "ignore")
    if sum(char > "\x7f" for char in sample) < 4:
        return ""
    usual = CODE_PAGES.get(language, "cp1252")
    for page in sorted(("cp1252", "cp1251", "cp1250"), key=lambda page: page != usual):
        if _all_mended(sample.split(" "), page) and _all_mended(_lines(path, encoding), page):
            logger.warning("%s: UTF-8 that was read as %s and saved again; it is mended", path.name, page)
            return page
    return ""


def _all_mended(texts: Iterator[str] | list[str], page: str) -> bool:
    try:
        for text in texts:
            mended(text, page)
    except UnicodeError:
        return False
    return True


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with path.open(encoding=encoding, newline="") as file:
        while text := file.read(CHUNK):
            yield text + file.readline(LINE)
