"""The words of one part of an address: told by markers (`ул.`, `utca`, `nr.`), by their shape (a postcode, the number
of a house) and by what they stand beside.
"""

import re
from typing import NamedTuple

from enrich.folding import folded
from enrich.places.gazetteer import places
from enrich.places.regions import region_code
from enrich.places.styles import NAMED, NUMBERED, Style, apart

LETTERS = "A-Za-zÀ-žА-Яа-яЁёЂ-џ"
# 12, 12a, 12/2, 12-14, 5к2с1; not 1-я.
HOUSE = re.compile(rf"\d{{1,5}}[{LETTERS}]?(?:[/\-–]\d{{0,4}}[{LETTERS}]{{0,2}})*\.?")
GLUED_BLOCKS = re.compile(r"\d{1,4}[а-яА-Я]?(?:[/-]\d+)?(?:(?:корп|стр|лит|к|с)\.?\d*[а-яА-Я]?){1,4}")
ORDINAL = re.compile(r"\d+(?:-?(?:я|й|ая|ой|ий|го|st|nd|rd|th))", re.IGNORECASE)
LETTER = re.compile(rf"[{LETTERS}]")
ROMAN = re.compile(r"[IVXLC]+\.?")
LONGEST_NUMBER = 20
# Written with their markers, where a town is not.
WITH_MARKER = ("street", "region", "area")
# The longest name of a town in words.
TOWN_WORDS = 4


class Piece(NamedTuple):
    """What a few words of an address are: `street`, `city`, `region`, `area`, `house`, `block`, `postcode`, `place` (a
    name beside a postcode), `name` (nothing says what) or `number`."""

    kind: str
    text: str


class PartReader:
    """Reads the words of one part from left to right; `loose` are the words that nothing has claimed yet."""

    def __init__(self, text: str, style: Style, country: str | None) -> None:
        self.words = apart(text, style).split()
        self.style, self.country = style, country
        self.found: list[Piece] = []
        self.loose: list[str] = []
        self.kind: str | None = None  # of the marker that stands before `loose`
        self.marker = ""
        self.after_postcode = False

    def read(self) -> list[Piece]:
        """The pieces, in order; once only."""
        at = 0
        while at < len(self.words):
            at += self._take(at)
        self._close()
        return self.found

    def _take(self, at: int) -> int:
        """Claim the word at `at`, and perhaps some behind it; how many."""
        if taken := self._postcode(at):
            return taken
        word = self.words[at]
        kind = self._marker(at)
        if kind in NUMBERED:
            return self._numbered(kind, at)
        if kind in NAMED:
            self._named(kind, at)
        elif kind == "alone" or self._is_number(at):
            return self._number(at)
        elif kind != "skipped":
            self.loose.append(word)
        return 1

    def _marker(self, at: int) -> str | None:
        word = self.words[at]
        key = folded(word)
        if len(key) == 1 and self._is_initial(word):
            return None
        if key in self.style.latin_streets and word.isascii():
            return "street"
        kind = self.style.markers.get(key)
        if kind is None:
            return self._glued_street(word)
        if len(key) > 1 or kind == "alone":
            return kind
        number_next = at + 1 < len(self.words) and self.words[at + 1][0].isdigit()
        if key in ("d", "s", "p") and self.style.name == "ru":
            kind = {"d": "house", "s": "block", "p": "unit"}[key] if number_next else "city"
        if kind in NUMBERED:
            return kind if number_next or word.endswith(".") else None
        return kind if word.endswith(".") or at in (0, len(self.words) - 1) else None

    def _is_initial(self, word: str) -> bool:
        """ул. С. Орлова: a capital with a full stop before the first word of a street's name."""
        begins = self.kind == "street" and all(len(folded(other)) == 1 for other in self.loose)
        return begins and word.isupper() and word.endswith(".")

    def _glued_street(self, word: str) -> str | None:
        """German: Hauptstraße, Hauptstr. are a name and its marker."""
        if self.style.name == "de" and folded(word).endswith(("strasse", "str", "strae")) and len(word) > 4:
            return "glued"
        return None

    def _postcode(self, at: int) -> int:
        pattern = self.style.postcode
        word = self.words[at]
        if pattern is None or (len(word) > 3 and word.isalpha()):
            return 0
        for count in (2, 1):
            match = pattern.fullmatch(" ".join(self.words[at : at + count]))
            if match and at + count <= len(self.words) and self._may_be_postcode(at, count, match):
                self._before_postcode()
                code = match[1].upper()
                digits = code.replace(" ", "")
                self.found.append(Piece("postcode", digits if digits.isdigit() else code))
                self.after_postcode = True
                return count
        return 0

    def _may_be_postcode(self, at: int, count: int, match: re.Match[str]) -> bool:
        if any(piece.kind == "postcode" for piece in self.found):
            return False
        if count == 2 and match[1] == self.words[at + 1] and not self.words[at].isalpha():
            return False
        if self.style.name == "en":
            return at + count == len(self.words)
        if self.style.short:
            return (
                at == 0 and (at + count == len(self.words) or not self._is_number(at + count)) and not self.loose
            )
        return True

    def _before_postcode(self) -> None:
        """A name right before a postcode is a place, in English with its state."""
        if self.kind is None and self.loose:
            state = self.loose[-1].replace(".", "").strip(",")
            known = self.style.name == "en" and state.isupper() and self.country
            has_state = bool(known) and region_code(state, self.country or "") is not None
            if has_state:
                self.loose.pop()
            if not self._ends_with_number():
                self._emit("place", self.loose)
            elif start := self._start_of_town():
                self._emit("name", self.loose[:start])
                self._emit("place", self.loose[start:])
            else:
                self._emit("name", self.loose)
            self.found += [Piece("region", state)] if has_state else []
            self.loose = []
        self._close()

    def _start_of_town(self) -> int:
        """Where in the loose words a known town begins that they end with; 0 for nowhere."""
        known = places(self.country) if self.country else {}
        starts = range(max(1, len(self.loose) - TOWN_WORDS), len(self.loose))
        return next((at for at in starts if folded(" ".join(self.loose[at:])) in known), 0)

    def _ends_with_number(self) -> bool:
        return bool(self.found) and self.found[-1].kind == "number"

    def _named(self, kind: str, at: int) -> None:
        """A marker of a name: the name stands behind it, or is what was read so far."""
        if self.loose and not self._name_follows(at):
            self._name_before(kind, at)
            return
        self._close()
        self.kind, self.marker = kind, self.words[at]

    def _name_follows(self, at: int) -> bool:
        behind = self.words[at + 1 :]
        if (
            not behind
            or self._marker(at + 1)
            or (self.style.postcode and self.style.postcode.fullmatch(behind[0]))
        ):
            return False
        if self._is_number(at + 1):
            return not self.loose and len(behind) > 1 and not self._marker(at + 2) and not self._is_number(at + 2)
        return not ROMAN.fullmatch(behind[0].rstrip(","))

    def _name_before(self, kind: str, at: int) -> None:
        """`loose` and the marker at `at` are a name of `kind`, perhaps with another before it."""
        marker = self.words[at]
        start = self._start_of_name(kind, marker)
        before, name = self.loose[:start], self.loose[start:]
        self.loose = before
        self._close()
        if kind == "street":
            self.loose, self.kind, self.marker = [*name, marker], "street", ""
        elif kind in ("region", "district"):
            text = " ".join([*name, marker])
            known = self.country and region_code(text, self.country)
            self.found.append(Piece("region" if known or kind == "region" else "district", text))
        else:
            self._emit(kind, name)

    def _start_of_name(self, kind: str, marker: str) -> int:
        if kind in ("region", "district"):
            for start in range(len(self.loose)):
                if self.country and region_code(" ".join([*self.loose[start:], marker]), self.country):
                    return start
            return len(self.loose) - 1 if kind == "district" else 0
        if kind == "street" and (self.after_postcode or self.kind == "city"):
            return self._end_of_town()
        if kind == "street":
            return self._end_of_town(sure=True)
        return len(self.loose) - 1 if self.kind else 0

    def _end_of_town(self, *, sure: bool = False) -> int:
        """How many of the loose words are a town before something else: the longest known name, else one unless that
        must be `sure`; never all of them."""
        known = places(self.country) if self.country else {}
        for count in range(min(TOWN_WORDS, len(self.loose) - 1), 0, -1):
            if folded(" ".join(self.loose[:count]).strip(",")) in known:
                return count
        return 0 if sure or len(self.loose) < 2 else 1

    def _numbered(self, kind: str, at: int) -> int:
        """A marker of a number, and the number or letter behind it."""
        behind = self.words[at + 1] if at + 1 < len(self.words) else ""
        self._close()
        value = behind.strip(".,")
        if not value or not (
            value[0].isdigit() or LETTER.fullmatch(value) or (kind != "house" and len(value) < 4)
        ):
            return 1
        if self._marker(at + 1) in NAMED | NUMBERED and not value[0].isdigit() and len(value) > 1:
            return 1
        taken = 2
        if kind == "house":
            taken, value = self._with_letter(at + 1)
            taken += 1
        self.found.append(Piece(kind, f"{self.words[at]} {value}" if kind == "block" else value))
        return taken

    def _is_number(self, at: int) -> bool:
        word = self.words[at].rstrip(",")
        if not word[:1].isdigit() or len(word) > LONGEST_NUMBER or ORDINAL.fullmatch(word):
            return False
        return bool(HOUSE.fullmatch(word) or GLUED_BLOCKS.fullmatch(word))

    def _number(self, at: int) -> int:
        """A number without a marker: a part of a street's name, or its house."""
        if self.kind == "area" and not self.loose:
            self.loose.append(self.words[at])
            return 1
        behind = self.words[at + 1 : at + 2]
        word_next = (
            bool(behind) and behind[0][0].isalpha() and not self._marker(at + 1) and len(behind[0].strip(".,")) > 1
        )
        nothing_yet = not self.loose and self.kind in (None, "street")
        ordinal = self.words[at].endswith(".") and self.style.name in ("de", "bs")
        marker = self._marker(at + 1) if behind else None
        house_next = marker == "house" and not LETTER.fullmatch(behind[0])
        house_next = house_next or (marker == "street" and self.style.name == "hu")
        if (word_next and (ordinal or (nothing_yet and self._number_begins_name()))) or (
            house_next and self.loose
        ):
            self.loose.append(self.words[at])
            return 1
        taken, value = self._with_letter(at)
        if self.kind is None and self.loose and self.after_postcode:
            end = self._end_of_town()
            town, self.loose = self.loose[:end], self.loose[end:]
            self._emit("place", town)
            self.after_postcode = False
        self._close(numbered=True)
        self.found.append(Piece("number", value))
        return taken

    def _number_begins_name(self) -> bool:
        return self.kind == "street" or self.style.name != "en"

    def _with_letter(self, at: int) -> tuple[int, str]:
        """The number at `at` with a letter or the end of a range that stands apart: `12 a`, `12 - 14`."""
        value = self.words[at].strip(".,")
        rest = self.words[at + 1 : at + 3]
        if len(rest) == 2 and rest[0] in "-–/" and rest[1][0].isdigit():
            return 3, f"{value}{rest[0]}{rest[1].strip('.,')}"
        ends = self.style.name == "en" or self.words[at].endswith(".") or not value[-1].isdigit()
        if rest and not ends and LETTER.fullmatch(rest[0]) and not self._marker(at + 1):
            return 2, value + rest[0]
        return 1, value

    def _close(self, *, numbered: bool = False) -> None:
        """End the name that is being read; a marker without one is nothing."""
        words, kind, marker = self.loose, self.kind, self.marker
        self.loose, self.kind, self.marker = [], None, ""
        if not words:
            return
        if kind in WITH_MARKER:
            self._emit(kind, [marker, *words] if marker else words)
        elif kind is not None:
            self._emit(kind, words)
        elif self.after_postcode and not numbered:
            self._emit("place", words)
            self.after_postcode = False
        else:
            self._emit("street" if self._is_street(words) else "name", words)

    def _is_street(self, words: list[str]) -> bool:
        """Does a name without a marker say by itself that it is a street's?"""
        if self.style.endings and len(words) > 1 and folded(words[-1]) in self.style.endings:
            return True
        return self.style.name == "de" and any(self._glued_street(word) for word in words)

    def _emit(self, kind: str, words: list[str]) -> None:
        text = " ".join(words).strip(" ,;:-–")
        if text and not (kind in ("name", "place") and ROMAN.fullmatch(text)):
            self.found.append(Piece(kind, text))
