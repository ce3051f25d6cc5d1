"""In which time zones may a person be? From the number, and narrowed by a postal address where there is one.

A number says less than it seems: a Russian mobile may ring in eleven zones, an American toll-free one in forty. What
phonenumbers knows of prefixes is looked up here without reading each number anew, for it has to be quick.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "zones.toml"
UNKNOWN = "Etc/Unknown"
# A number of these kinds rings where its prefix says; any other may be carried through the whole country.
FIXED = frozenset({"fixed_line", "fixed_line_or_mobile"})

Zones = tuple[str, ...]


def candidates(
    number: str | None,
    kind: str | None,
    country: str | None,
    region: str | None,
    jurisdictions: Sequence[str] = (),
) -> Zones:
    """Every time zone the person may be in, sorted; none where nothing is known.

    `number`: E.164, or a messenger account that is one (`whatsapp:+…`); `kind` as phonenumbers names it (`mobile`,
    `fixed_line`), `country` (ISO 3166-1) and `region` (ISO 3166-2) of the postal address. An address tells where a
    number without a place is; beside one that has a place both count, for either may be wrong. Without either, the
    countries whose law is asked (`jurisdictions`).
    """
    digits = (number or "").rpartition("+")[2]
    addressed = _address(country, region)
    if not digits.isdigit():
        return addressed or tuple(sorted({zone for name in jurisdictions for zone in _whole(name)}))
    code = _calling_code(digits)
    placed = _prefix(digits) if kind in FIXED or (kind == "mobile" and code in geographic_codes()) else ()
    if placed and placed != _prefix(code):
        return tuple(sorted({*placed, *addressed}))
    around = _prefix(code)
    if addressed and country in _countries(code):
        return addressed
    own = _of_countries(code, around)
    return tuple(sorted({*own, *addressed}))


@cache
def geographic_codes() -> list[str]:
    """The calling codes of countries whose mobiles have a place (as phonenumbers holds of Mexico, Brazil, China, …)."""
    from phonenumbers.phonenumberutil import _GEO_MOBILE_COUNTRIES

    return sorted(map(str, _GEO_MOBILE_COUNTRIES))


@cache
def reaches() -> dict[str, int]:
    """calling code -> how many digits of a number with a place can tell where it is: equal ones have equal zones."""
    by_code: dict[str, dict[str, Zones]] = {}
    for prefix, zones in _table().items():
        by_code.setdefault(_calling_code(prefix), {})[prefix] = zones
    return {
        code: max(map(len, found)) if len(set(found.values())) > 1 else len(code)
        for code, found in by_code.items()
        if code
    }


@cache
def _table() -> Mapping[str, Zones]:
    from phonenumbers.tzdata import TIMEZONE_DATA

    return TIMEZONE_DATA  # type: ignore[no-any-return]


@cache
def _longest() -> int:
    return max(map(len, _table()))


def _prefix(digits: str) -> Zones:
    """The zones of the longest known prefix."""
    table = _table()
    found = next(
        (table[digits[:n]] for n in range(min(len(digits), _longest()), 0, -1) if digits[:n] in table), ()
    )
    return tuple(sorted(zone for zone in found if zone != UNKNOWN))


@cache
def _codes() -> Mapping[int, tuple[str, ...]]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return COUNTRY_CODE_TO_REGION_CODE  # type: ignore[no-any-return]


def _calling_code(digits: str) -> str:
    return next((digits[:n] for n in (1, 2, 3) if digits[:n] and int(digits[:n]) in _codes()), "")


def _countries(code: str) -> tuple[str, ...]:
    return _codes().get(int(code), ()) if code else ()


def _of_countries(code: str, around: Zones) -> Zones:
    """The zones of a calling code; those our own table knows better are taken from there."""
    known = {zone for country in _countries(code) for zone in _of_country(country)}
    return tuple(sorted({*around, *known}))


def _address(country: str | None, region: str | None) -> Zones:
    """The zones of an address: of its region where the country has several zones, else of the country."""
    if not country:
        return ()
    known = _regions().get(country, {}).get((region or "").partition("-")[2])
    return tuple(known) if known else _whole(country)


@cache
def _whole(country: str) -> Zones:
    from phonenumbers import country_code_for_region

    if ours := _of_country(country):
        return tuple(sorted(ours))
    code = str(country_code_for_region(country) or "")
    return _prefix(code) if code else ()


@cache
def _regions() -> dict[str, dict[str, list[str]]]:
    """country -> region (the part of its code behind the country) -> zones, from `zones.toml`."""
    stated = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        country: {part: zones.split() for zones, parts in by_zone.items() for part in parts.split()}
        for country, by_zone in stated.items()
    }


def _of_country(country: str) -> set[str]:
    """The zones of a country that has several; empty for one that is not in the table."""
    return {zone for zones in _regions().get(country, {}).values() for zone in zones}
