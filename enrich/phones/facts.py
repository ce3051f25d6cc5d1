"""What phonenumbers knows of a number beside its plan: the network it was given out by, and the hours of its place.

On demand, not part of normalising: the tables are large and read when they are first asked.
"""

from collections.abc import Callable

import pandas as pd
import phonenumbers
from phonenumbers import PhoneNumber

from enrich.distinct import read_each
from leads import schema


def carriers(values: pd.Series, language: str = "en") -> pd.Series:
    """The network of each number of `values` (E.164), as it was given out: a number may have moved since.

    Null where phonenumbers knows none, as for most fixed lines, and for what is no E.164. `language` is of the name,
    where it has one in it.
    """
    # Reading the tables takes a second, which only those who ask should wait.
    from phonenumbers import carrier

    return _each(values, lambda number: carrier.name_for_number(number, language) or None)


def time_zones(values: pd.Series) -> pd.Series:
    """The time zones (IANA) in which each number of `values` (E.164) may be, sorted, as a `|`-set; null for none known.

    A mobile number has those of its country.
    """
    from phonenumbers import timezone

    def zones(number: PhoneNumber) -> str | None:
        known = set(timezone.time_zones_for_number(number)) - {timezone.UNKNOWN_TIMEZONE}
        return "|".join(sorted(known)) or None

    return _each(values, zones)


def _each(values: pd.Series, read: Callable[[PhoneNumber], str | None]) -> pd.Series:
    """What `read` says of each distinct value."""

    def read_value(value: str | None) -> tuple[str | None]:
        try:
            return (read(phonenumbers.parse(value, None)),) if value else (None,)
        except phonenumbers.NumberParseException:
            return (None,)

    frame = pd.DataFrame({"value": values.astype(schema.TEXT)})
    return read_each(frame, ["value"], ["read"], read_value)["read"].set_axis(values.index)
