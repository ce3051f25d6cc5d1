"""The text of a file that may state its encoding or not."""

import codecs
from pathlib import Path

from sources.formats.found import Given, Refused

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes, given: Given, stated: str = "") -> str:
    """`data` in the encoding of its mark, of the source, as `stated` in the file, UTF-8, or its language's code page.

    Raises Refused naming the byte that is not in a known encoding.
    """
    mark = next((name for bom, name in _BOMS if data.startswith(bom)), "")
    for encoding in (mark, given.encoding, stated):
        if encoding and _known(encoding):
            return _strict(data, encoding)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _strict(data, given.code_page)


def read(path: Path, given: Given) -> str:
    """The text of a whole file; see `decoded`."""
    return decoded(path.read_bytes(), given)


def _known(encoding: str) -> bool:
    try:
        return bool(codecs.lookup(encoding))
    except LookupError:
        return False


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        place = f"byte {error.start}" if isinstance(error, UnicodeDecodeError) else "a byte"
        raise Refused(f"{place} cannot be read: it is no {encoding} text there", "State its `encoding`") from None
