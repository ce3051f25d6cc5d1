"""Columns whose UTF-8 was read as a code page and saved once more, in a file whose other columns are sound."""

import logging

import pyarrow
import pyarrow.compute as pc

from sources.encodings import CODE_PAGES, mended

ENOUGH = 3  # values that must show it, and all that are not plain ASCII must

logger = logging.getLogger(__name__)


class Mender:
    """Which columns are to be mended is told by the first frame: in those, a later value that cannot be, stays."""

    def __init__(self, where: str, language: str) -> None:
        usual = CODE_PAGES.get(language, "cp1252")
        self._order = sorted(("cp1252", "cp1251", "cp1250"), key=lambda page: page != usual)
        self._where = where
        self._pages: dict[int, str] | None = None

    def columns(self, columns: list[pyarrow.ChunkedArray]) -> list[pyarrow.ChunkedArray]:
        """The same columns, mended."""
        if self._pages is None:
            found = {place: self._page(column) for place, column in enumerate(columns)}
            self._pages = {place: page for place, page in found.items() if page}
            for place, page in self._pages.items():
                logger.warning(
                    "%s: column %d is UTF-8 that was read as %s and saved again; it is mended",
                    self._where, place + 1, page,
                )  # fmt: skip
        mended_ones = {place: _all(columns[place], page) for place, page in self._pages.items()}
        return [mended_ones.get(place, column) for place, column in enumerate(columns)]

    def _page(self, column: pyarrow.ChunkedArray) -> str:
        told = pc.unique(column.filter(pc.invert(pc.string_is_ascii(column)), null_selection_behavior="drop"))
        if len(told) < ENOUGH:
            return ""
        return next((page for page in self._order if all(_was(text.as_py(), page) for text in told)), "")


def _was(text: str, page: str) -> bool:
    return _mended(text, page) != text


def _mended(text: str, page: str) -> str:
    try:
        return mended(text, page)
    except UnicodeError:
        return text


def _all(column: pyarrow.ChunkedArray, page: str) -> pyarrow.ChunkedArray:
    values = [None if text is None else _mended(text, page) for text in column.to_pylist()]
    return pyarrow.chunked_array([pyarrow.array(values, pyarrow.string())])
