"""Numbers that nobody has: those that regulators keep for films and examples, and those that people make up.

Imports nothing slow: the commands that look one number up start with it.
"""

import re
from functools import cache

# By calling code, the national numbers that are kept for fiction, as patterns in the syntax of phonenumbers' metadata
# (`phones.patterns` reads them). Compiled from what the regulators publish.
KEPT = {
    # North America (ATIS): the last hundred of 555-01xx in every area.
    1: r"[2-9]\d\d55501\d\d",
    # France (Arcep).
    33: r"(?:19900|26191|35301|46571|53649|63998)\d{4}",
    # United Kingdom (Ofcom): towns, no town, mobile, freephone, premium rate, the whole country.
    44: r"1(?:1[3-8]|[2-6]1)4960\d{3}|1914980\d{3}|2079460\d{3}|28(?:90180|96496)\d{3}|2920180\d{3}"
    r"|1632960\d{3}|7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3}",
    # Germany (Bundesnetzagentur, notice 148/2021): five towns, and what the mobile networks keep.
    49: r"(?:3023125|6990009|4066969|2214710|8999998)\d{3}|152(?:28817386|28895456|54599371)|17139200\d\d"
    r"|172(?:9925904|9968532|9973185|9973186|9980752)|174(?:9091317|9464308)|17604069\d{3}",
    # Australia (ACMA): four areas, mobile.
    61: r"[2378](?:5550|7010)\d{4}|491570(?:006|1(?:5[6-9]|10))",
}
# Nothing but one digit, or the row of the digits.
MADE_UP = r"0{7,14}|1{7,14}|2{7,14}|3{7,14}|4{7,14}|5{7,14}|6{7,14}|7{7,14}|8{7,14}|9{7,14}|1234567890?"
# A subscriber of noughts alone, whatever the area.
NOBODY = 10**7


def of_fiction(code: int) -> str:
    """The pattern of the national numbers of a calling code that nobody has."""
    return f"{KEPT[code]}|{MADE_UP}" if code in KEPT else MADE_UP


def is_fiction(code: int, national: str) -> bool:
    """Is this a national significant number that nobody has?"""
    return int(national) % NOBODY == 0 or bool(_pattern(code).fullmatch(national))


@cache
def _pattern(code: int) -> re.Pattern[str]:
    return re.compile(of_fiction(code))
