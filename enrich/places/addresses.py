"""Address cells -> country, region, city, street, house and postcode."""

import re
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from enrich.distinct import read_each
from enrich.folding import folded
from enrich.markers import is_empty_marker
from enrich.places.countries import read_country
from enrich.places.gazetteer import places
from enrich.places.parts import read_part
from enrich.places.reader import Piece
from enrich.places.regions import NOT_UNDERSTOOD as REGION_NOT_UNDERSTOOD
from enrich.places.regions import city_region, region_code, region_name
from enrich.places.styles import Style, style_of

CELLS = ("country", "region", "city", "address", "postcode", "language", "source_region")
# A cell longer than this is a text about a place.
LONGEST = 400
TOO_LONG = "address too long"
NOT_UNDERSTOOD = "address not understood"
POSTCODE_NOT_VALID = "postcode not valid"
COMMAS = re.compile(r"[,;|\n\r\t()\[\]]+")
# Between two names; between two numbers it is a range.
DASHES = re.compile(r"\s[-–—]\s(?=\D)")
# Stands behind each part.
END = Piece("end", "")
CYRILLIC = re.compile(r"[\u0400-\u04FF]")
DIGIT, LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")


class Address(NamedTuple):
    """An address read; `region_code` in ISO 3166-2, `flag` a `|`-list of why something was not read."""

    country: str | None = None
    region: str | None = None
    region_code: str | None = None
    city: str | None = None
    street: str | None = None
    house: str | None = None
    postcode: str | None = None
    flag: str | None = None


def read_addresses(cells: pd.DataFrame) -> pd.DataFrame:
    """`lead_id` and the columns of `CELLS` (as stated; `country` and `source_region` in ISO) -> `lead_id` and the
    fields of `Address`, row by row.

    What a column states wins; what is missing is read out of the address, never guessed. `source_region` says how to
    read it, and is the country only of a region or a city that was found there. A city alone tells its region where
    its name means one region of the country.
    """
    read = read_each(cells, CELLS, Address._fields, _row)
    return pd.concat([cells[["lead_id"]].reset_index(drop=True), read], axis=1)


def _row(*cells: str | None) -> tuple[str | None, ...]:
    """`read_address` as a plain tuple: of the many that are kept, Python's collector passes over the plain ones."""
    return tuple(read_address(*cells))


def read_address(
    country: str | None,
    region: str | None,
    city: str | None,
    address: str | None,
    postcode: str | None,
    language: str | None,
    source_region: str | None,
) -> Address:
    """One address, from its cells."""
    region, city, address, postcode = map(_stated, (region, city, address, postcode))
    if not (region or city or address or postcode):
        return Address(country)
    flags = (
        {TOO_LONG} if any(cell and len(cell) > LONGEST for cell in (region, city, address, postcode)) else set()
    )
    if flags:
        region, city, address, postcode = (_short(cell) for cell in (region, city, address, postcode))
    parts = _parts(address)
    named = country or _named_country(parts, source_region)
    home = named or source_region
    style = style_of(home, None if home else _language(address or city, language))
    found = _Found(home, named)
    found.take_stated(region, city, postcode, style)
    if address:
        found.take(_pieces(parts, style, home))
        flags |= set() if found.understood else {NOT_UNDERSTOOD}
    return found.address(region, postcode, style, flags)


def _stated(cell: str | None) -> str | None:
    return None if cell is None or is_empty_marker(cell) else cell


def _short(cell: str | None) -> str | None:
    return cell if cell and len(cell) <= LONGEST else None


def _language(text: str | None, language: str | None) -> str | None:
    return language or ("ru" if text and CYRILLIC.search(text) else None)


def _is_postcode(text: str, style: Style) -> bool:
    """Whether it is one, or there is none here and nobody can tell."""
    return not style.postcode or not text or bool(style.postcode.fullmatch(text.strip()))


def _parts(address: str | None) -> list[str]:
    """What stands between the commas, brackets and lines of an address."""
    parts = COMMAS.split(address or "")
    if address and DASHES.search(address):
        parts = [piece for part in parts for piece in DASHES.split(part)]
    return [part for part in map(str.strip, parts) if part]


def _named_country(parts: list[str], likely: str | None) -> str | None:
    """The country that the last or the first part of an address names; in the United States Georgia is none, nor is
    Lebanon."""
    for part in (parts[-1], parts[0]) if parts else ():
        named = _country(part)
        if named and (not likely or named == likely or not _is_in(part, likely)):
            return named
    return None


def _is_in(text: str, country: str) -> bool:
    """Is `text` the name of a region or a town of `country`?"""
    return region_code(text, country) is not None or folded(text) in places(country)


def _country(text: str) -> str | None:
    return None if text[-1].isdigit() or text[0].isdigit() else _country_of_words(text.strip(" ."))


@lru_cache(maxsize=1 << 14)
def _country_of_words(text: str) -> str | None:
    return read_country(text).country if len(text) > 2 else None


def _pieces(parts: list[str], style: Style, country: str | None) -> list[Piece]:
    """The pieces of all parts in order."""
    found: list[Piece] = []
    for part in parts:
        found += read_part(part, style, country)
        found.append(END)
    return found


class _Found:
    """What is known of an address while its pieces are taken: a text for each kind of piece, and of a number without a
    marker `number`, the street before it (`tail`), or `in_village` where there is a village instead."""

    def __init__(self, home: str | None, country: str | None) -> None:
        self.home, self.country = home, country
        self.by_kind: dict[str, str] = {}
        self.blocks: list[str] = []
        self.understood = False

    def take_stated(self, region: str | None, city: str | None, postcode: str | None, style: Style) -> None:
        """What the columns state, before the address is read."""
        if region:
            self.by_kind["region"] = region
        if city:
            town, stated = self._beside(city, style)
            self.by_kind["city"] = town or city
            if town:
                self.by_kind = {
                    kind: stated[kind] for kind in ("region", "postcode") if kind in stated
                } | self.by_kind
        if postcode:
            self._stated_postcode(postcode, style)

    def _stated_postcode(self, text: str, style: Style) -> None:
        """The postcode of a column that may state the town beside it (`PLZ/Ort`: `10117 Berlin`) or instead of it."""
        self.by_kind["postcode"] = text
        if _is_postcode(text, style) or not LETTER.search(text):
            return
        town, stated = self._beside(text, style)
        if town:
            self.by_kind.setdefault("city", town)
        if "postcode" in stated:
            self.by_kind["postcode"] = stated["postcode"]
        elif town and not DIGIT.search(text):
            del self.by_kind["postcode"]

    def _beside(self, text: str, style: Style) -> tuple[str | None, dict[str, str]]:
        """The town of a column that may state more (`г. Подольск, Московская обл.`, `10117 Berlin`), and all it states
        by kind."""
        pieces = _pieces(_parts(text), style, self.home)
        stated = {piece.kind: piece.text for piece in reversed(pieces) if piece.kind != "end"}
        names = [piece.text for piece in pieces if piece.kind == "name"]
        alone = names[0] if len(names) == 1 and self._is_town(names[0]) else None
        return stated.get("city") or stated.get("place") or alone, stated

    def take(self, pieces: list[Piece]) -> None:
        """The pieces of the address: first what says what it is, then the names that do not."""
        names, before = [], END
        for place, piece in enumerate(pieces):
            kind = piece.kind
            if kind == "end":
                continue
            if kind == "name":
                names.append(place)
            elif kind == "block":
                self.blocks.append(piece.text)
            elif kind == "place":
                self._place(piece.text)
            elif kind == "number":
                self._number(before, piece, pieces[place + 1])
            else:
                self.by_kind.setdefault(kind, piece.text)
            self.understood = self.understood or kind not in ("name", "number")
            before = piece
        for place in names:
            self._name(pieces, place)

    def _place(self, text: str) -> None:
        """A name beside a postcode: the town, unless it is the country or the region."""
        if _country(text):
            self.country = self.country or _country(text)
        elif self._is_region(text) and not self._is_town(text):
            self.by_kind.setdefault("region", text)
        else:
            self.by_kind.setdefault("city", text)

    def _number(self, before: Piece, number: Piece, behind: Piece) -> None:
        """A number without a marker: the house where it stands beside its street, or behind its village."""
        known = self.by_kind
        if before.kind in ("street", "area"):
            known.setdefault("tail", before.text)
            known.setdefault("number", number.text)
        elif behind.kind == "street":
            known.setdefault("number", number.text)
        elif before.kind == "city":
            known.setdefault("in_village", number.text)

    def _name(self, pieces: list[Piece], place: int) -> None:
        text = pieces[place].text
        number = self._house_beside(pieces, place)
        if number and "street" not in self.by_kind and not self._is_the_town(pieces, text):
            self.by_kind |= {"street": text, "number": number}
        elif (named := _country(text)) and (named == self.home or not self._is_here(text)):
            self.country = self.country or named
        elif self._is_region(text) and ("city" in self.by_kind or not self._is_town(text)):
            self.by_kind.setdefault("region", text)
        elif self._is_town(text) or self._stands_before_postcode(pieces, place):
            self.by_kind.setdefault("city", text)
        else:
            return
        self.understood = True

    def _house_beside(self, pieces: list[Piece], place: int) -> str | None:
        """The number right behind the name, or in English before it; across a comma only behind a known town."""
        behind = pieces[place + 1 : place + 3]
        if behind and behind[0].kind == "number":
            return behind[0].text
        if place and pieces[place - 1].kind == "number" and (place < 2 or pieces[place - 2].kind == "end"):
            return pieces[place - 1].text
        split = len(behind) == 2 and behind[0].kind == "end"
        if (
            split
            and behind[1].kind in ("number", "house")
            and "city" in self.by_kind
            and not self._is_town(pieces[place].text)
        ):
            return behind[1].text
        return None

    def _stands_before_postcode(self, pieces: list[Piece], place: int) -> bool:
        """English: the line before that of the postcode is the town's."""
        behind = [piece.kind for piece in pieces[place + 1 : place + 4]]
        return "street" in self.by_kind and (
            behind[:2] == ["end", "postcode"] or behind == ["end", "region", "postcode"]
        )

    def _is_town(self, text: str) -> bool:
        home = self.home
        return home is not None and (folded(text) in places(home) or city_region(text, home) is not None)

    def _is_region(self, text: str) -> bool:
        return bool(self.home) and region_code(text, self.home or "") is not None

    def _is_here(self, text: str) -> bool:
        return self.home is not None and _is_in(text, self.home)

    def _is_the_town(self, pieces: list[Piece], text: str) -> bool:
        """Is a name with a number the town (`Dublin 2`), and no street that is called like one?"""
        if "city" in self.by_kind:
            return folded(text) == folded(self.by_kind["city"])
        others = (piece.text for piece in pieces if piece.kind == "name" and piece.text != text)
        return self._is_town(text) and not any(map(self._is_town, others))

    def address(self, region: str | None, postcode: str | None, style: Style, flags: set[str]) -> Address:
        """The address, with the region's code; `flags` and those of the stated `region` and `postcode`."""
        known = self.by_kind
        code = region_code(known["region"], self.home) if self.home and "region" in known else None
        if region and not code:
            flags = flags | {REGION_NOT_UNDERSTOOD}
        if not code and not region and self.home and "city" in known:
            code = places(self.home).get(folded(known["city"])) or city_region(known["city"], self.home)
        if postcode and self.home and not _is_postcode(known.get("postcode", ""), style):
            flags = flags | {POSTCODE_NOT_VALID}
        street, house = self._street()
        return Address(
            country=self.country or (self.home if code and code.startswith(f"{self.home}-") else None),
            region=known.get("region") or (region_name(code) if code else None),
            region_code=code,
            city=known.get("city"),
            street=street,
            house=house,
            postcode=known.get("postcode"),
            flag="|".join(sorted(flags)) or None,
        )

    def _street(self) -> tuple[str | None, str | None]:
        """Street and house. A number behind the street is a part of its name where the house has a marker."""
        known = self.by_kind
        street, house = known.get("street", known.get("area")), known.get("house")
        if house and street and known.get("tail") == street:
            street = f"{street} {known['number']}"
        house = house or known.get("number") or (None if street else known.get("in_village"))
        whole = " ".join([*([house] if house else []), *self.blocks])
        return street, whole or None
