"""By what a person is found in texts that nobody has normalised: files, and rows that were set aside."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cached_property

import phonenumbers

from enrich.emails.reader import read_address
from store.erasure import Point


class Marks:
    """The ids and the contact points of one person; of points that others share, a text tells nothing."""

    def __init__(self, ids: Iterable[str], points: Iterable[Point]) -> None:
        self.ids, self.points = frozenset(ids), frozenset(points)

    @cached_property
    def _digits(self) -> list[str]:
        """The national part of each phone: what every spelling of it has in common."""
        phones = [value for type_, value in self.points if type_ == "phone"]
        return [str(phonenumbers.parse(value).national_number) for value in phones]

    @cached_property
    def _words(self) -> list[str]:
        """What stands in a text that names an e-mail address or an account."""
        return [value if type_ == "email" else value.partition(":")[2].lstrip("+")
                for type_, value in self.points if type_ != "phone"]  # fmt: skip

    def name(self, text: str) -> bool:
        """Does a cell name the person?"""
        folded = "".join(unicodedata.normalize("NFKC", text).casefold().split())
        if text in self.ids or any(word.casefold() in folded for word in self._words if len(word) > 3):
            return True
        # A spreadsheet makes `79000001234.0` of a phone.
        digits = re.sub(r"\D", "", re.sub(r"\.0$", "", folded))
        if any(number in digits for number in self._digits):
            return True
        several = re.split(r"[;,|\n]", text) if "@" in folded else ()
        return any(("email", read_address(one).value) in self.points for one in (text, *several) if "@" in one)

    def in_any(self, cells: Iterable[str | None]) -> bool:
        """Does one of the cells?"""
        return any(self.name(cell) for cell in cells if cell)
